"""The Hugging Face hub: is it there, what does a repository hold, and which files of it do we keep on this machine.

Deals in repository ids, files and bytes; knows nothing of torch or of what a model is. Every failure is a
`PlaygroundError` with a next step. Files land in the hub's own cache, so what other programs downloaded is found.
"""

from __future__ import annotations

import errno
import fnmatch
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import PlaygroundError
from .files import CONFIG, SMALL_FILES, WEIGHTS, WEIGHTS_INDEX, WHOLE_NUMBERS, has_tokenizer, weight_files
from .settings import settings

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Progress = Callable[[float | None, str], None]
"""Called with how much is done (0–1, or None where that is unknown) and a sentence. May raise, to cancel."""

TIMEOUT_S = 10
CONVERTER, CONVERSION = "SFconvertbot", "Adding `safetensors` variant of this model"
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?")


@dataclass(frozen=True)
class Listing:
    """What the hub says about one repository, before anything heavy is downloaded."""

    id: str
    revision: str
    """`main`, or the hub's own conversion of it to safetensors."""
    sizes: dict[str, int]
    """File name → bytes, for the files we would need; 0 where the hub does not tell."""
    n_parameters: int

    @property
    def small(self) -> tuple[str, ...]:
        """Config and tokenizer."""
        return tuple(name for name in self.sizes if not name.endswith(".safetensors"))

    @property
    def weights(self) -> tuple[str, ...]:
        """The safetensors files."""
        return tuple(name for name in self.sizes if name.endswith(".safetensors"))


def check_id(name: str) -> None:
    """Refuse what can be no repository id, before it gets anywhere near a URL or a path.

    Raises:
        PlaygroundError: wrong characters, `..`, more than one slash, or longer than 96 characters.
    """
    well_formed = len(name) <= 96 and _ID.fullmatch(name) and not name.endswith((".git", "-", "."))
    if not well_formed or ".." in name or "--" in name:
        raise PlaygroundError(
            f"{shown(name)} is not a model name. Type a bundled name such as storyteller, a hub id such as"
            " openai-community/gpt2, or the path of a folder."
        )


def shown(name: str) -> str:
    """A typed name in quotes, cut, with unprintable characters escaped."""
    return repr(name if len(name) <= 60 else name[:60] + "…")


def cached_folder(repo_id: str) -> Path | None:
    """The folder of a repository that was downloaded whole (config, tokenizer and all weights), or None."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    home = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo_id, repo_type="model")
    if not home.is_dir():  # asked for every model of the list, at every opening of the page
        return None
    main = home / "refs" / "main"
    newest = main.read_text().strip() if main.is_file() else ""
    # `main` first; a conversion to safetensors lies under another revision
    folders = sorted(home.glob("snapshots/*"), key=lambda folder: folder.name != newest)
    return next((folder for folder in folders if _is_whole(folder)), None)


def _is_whole(folder: Path) -> bool:
    weights = weight_files(folder) if (folder / CONFIG).exists() and has_tokenizer(folder) else ()
    return bool(weights) and all(part.exists() for part in weights)


def config_folder(repo_id: str) -> Path | None:
    """Where a repository's config.json lies, if it was downloaded before: alone, or with the model."""
    from huggingface_hub import try_to_load_from_cache

    here = try_to_load_from_cache(repo_id, CONFIG)
    return Path(here).parent if isinstance(here, str) else None


def require_reachable(repo_id: str) -> None:
    """Find out quickly whether the hub can be asked at all.

    The libraries below would retry for three quarters of a minute. The question goes out on a thread of its own,
    because a name lookup without a network ignores every timeout.

    Raises:
        PlaygroundError: offline by setting, or no answer within `probe_timeout_ms`.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    if settings().offline or constants.is_offline_mode():
        raise not_here(repo_id, "the playground runs offline")
    answered: list[int] = []
    timeout_s = settings().probe_timeout_ms / 1000

    def ask() -> None:
        try:
            answered.append(get_session().head(constants.ENDPOINT, timeout=timeout_s).status_code)
        except Exception:  # whatever went wrong, the hub did not answer: that is all we want to know
            return

    thread = threading.Thread(target=ask, daemon=True, name="hub-probe")
    thread.start()
    thread.join(timeout_s)
    if not answered:
        raise not_here(repo_id, f"the hub ({constants.ENDPOINT}) does not answer")


def not_here(repo_id: str, why: str) -> PlaygroundError:
    """What to say of a model that would have to be fetched, and cannot be."""
    return PlaygroundError(
        f"{repo_id} is not on this machine, and {why}."
        " Choose a bundled model or one that was downloaded before, or connect to the network and try again."
    )


def _unknown(repo_id: str) -> PlaygroundError:
    return PlaygroundError(
        f"The hub knows no public model {repo_id}. Check the spelling (owner/name);"
        " for a private model set HF_TOKEN to your access token."
    )


def look_up(repo_id: str) -> Listing:
    """Ask the hub what `repo_id` holds: a request or two, no weights.

    Raises:
        PlaygroundError: unknown, gated, not safetensors, or the hub cannot be asked.
    """
    from huggingface_hub import HfApi, constants

    require_reachable(repo_id)
    api = HfApi(endpoint=constants.ENDPOINT)
    listing = _list(api, repo_id, "main")
    if not listing.weights:
        revision = asking(repo_id, lambda: _converted(api, repo_id))
        listing = _list(api, repo_id, revision) if revision else listing
    if not listing.weights:
        raise PlaygroundError(
            f"{repo_id} has its weights in an old format only; the playground loads safetensors, which cannot carry"
            " code. Choose a model with a model.safetensors, or convert this one and open it as a folder."
        )
    return listing


def _list(api: HfApi, repo_id: str, revision: str) -> Listing:
    info = asking(repo_id, lambda: api.model_info(repo_id, revision=revision, files_metadata=True, timeout=TIMEOUT_S))
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    if CONFIG not in sizes:
        raise PlaygroundError(
            f"{repo_id} holds no {CONFIG}, so it is not a transformers model. Choose the repository of the model itself"
            " (not a dataset, an adapter or a GGUF file)."
        )
    needed = {name: sizes[name] for name in _needed(sizes)}
    if info.safetensors:
        count = sum(n for dtype, n in info.safetensors.parameters.items() if dtype not in WHOLE_NUMBERS)
    else:  # no summary: read the headers of the remote files, where there are any
        count = (
            asking(repo_id, lambda: _count(api, repo_id, revision))
            if WEIGHTS in needed or WEIGHTS_INDEX in needed
            else 0
        )
    return Listing(repo_id, revision, needed, count)


def _needed(sizes: dict[str, int]) -> list[str]:
    top = [name for name in sizes if "/" not in name]
    small = [name for name in top if any(fnmatch.fnmatchcase(name, pattern) for pattern in SMALL_FILES)]
    if WEIGHTS in sizes:
        return [*small, WEIGHTS]
    # Shards by their standard name; which of them belong together the index says, and transformers checks.
    shards = [name for name in sizes if re.fullmatch(r"model-\d+-of-\d+\.safetensors", name)]
    return [*small, *shards] if WEIGHTS_INDEX in sizes else small


def _count(api: HfApi, repo_id: str, revision: str) -> int:
    metadata = api.get_safetensors_metadata(repo_id, revision=revision, timeout=TIMEOUT_S)
    return sum(count for dtype, count in metadata.parameter_count.items() if dtype not in WHOLE_NUMBERS)


def _converted(api: HfApi, repo_id: str) -> str | None:
    """Where the hub's own conversion to safetensors waits, as it does beside many older models.

    transformers looks there too, but when it finds nothing it asks a service to convert; we only look.
    """
    found = api.get_repo_discussions(repo_id, author=CONVERTER, discussion_type="pull_request")
    conversions = (item for item in found if item.author == CONVERTER and item.is_pull_request)
    return next(
        (item.git_reference for item in conversions if item.title == CONVERSION and item.status == "open"), None
    )


def asking(repo_id: str, ask: Callable[[], Any]) -> Any:
    """Run one exchange with the hub.

    Raises:
        PlaygroundError: in place of the many exceptions of the library. What else `ask` raises goes through.
    """
    from huggingface_hub import constants, errors

    try:
        return ask()
    except errors.GatedRepoError as error:
        raise PlaygroundError(
            f"{repo_id} is gated: its owners want you to accept their terms. Accept them on the model's page, set"
            " HF_TOKEN to your access token and start the playground again, or choose another model."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise _unknown(repo_id) from error
    except (errors.NotASafetensorsRepoError, errors.SafetensorsParsingError) as error:
        raise PlaygroundError(f"The weights of {repo_id} cannot be read. Choose another model.") from error
    except errors.OfflineModeIsEnabled as error:
        raise not_here(repo_id, "the playground runs offline") from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "an unknown status")
        if status in {401, 404}:  # mirrors of the hub do not send the header that tells the library what it means
            raise _unknown(repo_id) from error
        raise PlaygroundError(
            f"The hub answered the request for {repo_id} with status {status}."
            " Try again in a minute, or choose a bundled model."
        ) from error
    except (OSError, errors.HTTPError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise PlaygroundError(
                f"The disk is full, so {repo_id} could not be stored in {constants.HF_HUB_CACHE}."
                " Free some space and try again, or set HF_HOME to a larger disk."
            ) from error
        raise PlaygroundError(
            f"The download of {repo_id} broke off."
            " Try again, it goes on where it stopped; a bundled model needs no network."
        ) from error

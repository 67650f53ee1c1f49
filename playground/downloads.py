"""Files of the hub come to this machine: a few models at a time, within bounds of bytes and disk, with progress.

Downloads have a lane of their own: however slow they are, nobody who runs a model that is here waits for them.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from .errors import PlaygroundError
from .hub import Listing, Progress, asking
from .settings import settings

AT_ONCE = 2
"""Models that are downloaded at the same time; more would only share the line."""
MAX_SMALL_BYTES = 60_000_000
"""Of one file that is no weights. The largest tokenizers have 35 MB; what is larger only calls itself one."""
LOOK_EVERY_BYTES = 50_000_000
"""How often the disk is looked at while a download goes on: others write to it too."""

MAX_WAITING = 8
"""Downloads that wait for the lane; each is a visitor's request that is held open."""
_lane = threading.BoundedSemaphore(AT_ONCE)
_queue = threading.BoundedSemaphore(AT_ONCE + MAX_WAITING)


@contextmanager
def lane(repo_id: str, tell: Progress) -> Iterator[None]:
    """A place among those who download; `tell` is called while all places are taken, and may raise to leave.

    Raises:
        PlaygroundError: too many wait already.
    """
    if not _queue.acquire(blocking=False):
        raise PlaygroundError(
            f"{AT_ONCE} models are being downloaded and {MAX_WAITING} more wait, so {repo_id} cannot be fetched now."
            " Choose a model that is here, or try again in some minutes."
        )
    try:
        while not _lane.acquire(timeout=0.5):
            tell(None, f"Waiting to download {repo_id}: {AT_ONCE} other models are being downloaded")
        try:
            yield
        finally:
            _lane.release()
    finally:
        _queue.release()


def check_room(listing: Listing) -> None:
    """Refuse a model whose files are too large, all of them counted, before any is fetched.

    Raises:
        PlaygroundError: too many bytes, too little disk, or a file too large for what it should be.
    """
    for name in listing.small:
        if listing.sizes[name] > MAX_SMALL_BYTES:
            raise PlaygroundError(
                f"{listing.id} has a file {name} of {_mb(listing.sizes[name])}, where a tokenizer or a config is"
                f" expected; at most {_mb(MAX_SMALL_BYTES)} are fetched. Choose another model."
            )
    total = sum(listing.sizes.values())
    if total > settings().max_download_bytes:
        raise PlaygroundError(
            f"The files of {listing.id} have {_mb(total)}; at most {_mb(settings().max_download_bytes)} are downloaded"
            " here. Choose a smaller model, or raise PLAYGROUND_MAX_DOWNLOAD_BYTES."
        )
    _check_disk(listing.id, total)


def _check_disk(repo_id: str, n_bytes: int) -> None:
    free, keep = _free_disk(), settings().keep_free_bytes
    if n_bytes + keep > free:
        raise PlaygroundError(
            f"{repo_id} needs {_mb(n_bytes)} of disk, {_mb(free)} are free, and {_mb(keep)} are to stay free."
            " Free some space and try again, set HF_HOME to a larger disk, or choose a model that is here."
        )


def _free_disk() -> int:
    """Bytes that are free where the hub's files are kept."""
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def download(listing: Listing, names: tuple[str, ...], progress: Progress) -> Path:
    """Bring `names` of a repository to this machine (what is here already is not fetched again); gives the folder.

    Raises:
        PlaygroundError: the hub refused, went away, sent more than it had said, or the disk is full. What `progress`
            raises, to cancel, goes through.
    """
    from huggingface_hub import constants, hf_hub_download

    fetch = partial(
        hf_hub_download,
        listing.id,
        revision=listing.revision,
        endpoint=constants.ENDPOINT,
        cache_dir=constants.HF_HUB_CACHE,
        tqdm_class=_progress_bar(listing, names, progress),
    )
    folder = Path()
    for name in names:
        folder = Path(asking(listing.id, partial(fetch, filename=name))).parent
    return folder


def _progress_bar(listing: Listing, names: tuple[str, ...], progress: Progress) -> type:
    """A class that the hub library drives like a tqdm bar: it reports bytes over all files, and keeps the bounds."""
    from tqdm import tqdm

    total = sum(listing.sizes[name] for name in names)
    bound = total if all(listing.sizes[name] for name in names) else settings().max_download_bytes
    done = looked = 0

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})  # draws nothing on the terminal
            self.update(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            nonlocal done, looked
            done += int(n or 0)
            if done > bound:
                raise PlaygroundError(
                    f"The hub sent more of {listing.id} than the {_mb(bound)} that are allowed. Choose another model."
                )
            if done - looked > LOOK_EVERY_BYTES:
                looked = done
                _check_disk(listing.id, max(0, total - done))
            fraction = min(1.0, done / max(1, total))
            progress(fraction, f"Downloading {listing.id}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")

        # With these two the library counts bytes from the network here too, instead of making a second bar.
        def update_transfer(self, n: float) -> None: ...
        def set_transfer_postfix_str(self, *args: Any, **kwargs: Any) -> None: ...

    return Bar

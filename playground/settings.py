"""Limits and switches of one running playground, read once from `PLAYGROUND_…` environment variables.

Knows nothing of models, pages or requests: plain numbers and names with their units. The README's settings table
is made from the same fields: see `variable_names`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .errors import PlaygroundError

PREFIX = "PLAYGROUND_"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses that only this machine can reach."""
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def memory_bytes() -> int | None:
    """How much memory this process may use: the container's limit or the machine's; None where neither can be read."""
    sizes = []
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            sizes.append(int(Path(path).read_text()))
        except (OSError, ValueError):  # not Linux, or the word "max"
            continue
    with suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        sizes.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(sizes, default=None)


def free_bytes() -> int | None:
    """Memory that a new model could take now; None where the system does not tell (it does on Linux)."""
    try:
        text = Path("/proc/meminfo").read_text()
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


def _default_cache_bytes() -> int:
    total = memory_bytes()
    return min(8 * 10**9, total // 2) if total else 4 * 10**9


def _in_a_space() -> bool:
    return bool(os.environ.get("SPACE_ID"))


def _whole(low: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` on; `1.6e9`, `8_000` and `2048` are all fine."""

    def read(text: str) -> int:
        number = float(text)
        if number != int(number) or number < low:
            raise ValueError(f"a whole number of at least {low}")
        return int(number)

    return read


def _flag(text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ValueError("1 or 0")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _folders(text: str) -> tuple[Path, ...] | None:
    if text.lower() == "any":
        return None
    if text.lower() in {"", "none"}:
        return ()
    return tuple(Path(part).expanduser().resolve() for part in text.split(os.pathsep) if part)


def _device(text: str) -> str:
    if text not in {"auto", "cpu", "cuda", "mps"}:
        raise ValueError("auto, cpu, cuda or mps")
    return text


def _setting(
    read: Callable[[str], Any], about: str, default: Any = None, factory: Callable[[], Any] | None = None
) -> Any:
    metadata = {"read": read, "about": about}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """One field per environment variable: `max_tokens` is `PLAYGROUND_MAX_TOKENS`."""

    max_tokens: int = _setting(_whole(1), "Tokens of the text that one forward pass may take.", 512)
    max_new_tokens: int = _setting(_whole(1), "Tokens that one generation may add.", 256)
    max_parameters: int = _setting(_whole(1), "Parameters of the largest model that may be loaded.", 1_600_000_000)
    max_characters: int = _setting(
        _whole(1), "Characters of a text that are looked at; longer ones are refused before they are cut into tokens.",
        20_000,
    )  # fmt: skip
    load_timeout_s: int = _setting(_whole(1), "Seconds that loading one model may take once its files are here.", 300)
    max_download_bytes: int = _setting(
        _whole(0), "Bytes that the files of one model may have to be downloaded, all files counted.", 8_000_000_000
    )
    keep_free_bytes: int = _setting(_whole(0), "Bytes of the disk that a download must leave free.", 2_000_000_000)
    cache_bytes: int = _setting(
        _whole(0),
        "Bytes of weights kept loaded; the least recently used model goes first, the newest always stays."
        " Default: half the memory, at most 8 GB.",
        factory=_default_cache_bytes,
    )
    result_bytes: int = _setting(
        _whole(0),
        "Bytes of captured results kept for the next look; the least recently used goes first.",
        1_000_000_000,
    )
    models: tuple[str, ...] = _setting(_names, "Models that may be loaded, separated by commas. Empty: any.", ())
    folders: tuple[Path, ...] | None = _setting(
        _folders,
        "Folders that models may be loaded from, separated as in PATH; `any` or `none`."
        " Default: any; none in a Hugging Face Space, or where `--host` lets others in.",
        factory=lambda: () if _in_a_space() else None,
    )
    offline: bool = _setting(_flag, "1: never ask the hub, use bundled and downloaded models only.", False)
    device: str = _setting(_device, "Where models run: auto, cpu, cuda or mps.", "auto")
    threads: int = _setting(
        _whole(0), "Threads that torch uses in one forward pass. 0: the cores, shared among the passes under way.", 0
    )
    workers: int = _setting(_whole(1), "Forward passes and generations that run at the same time.", 2)
    queue_size: int = _setting(_whole(1), "Visitors' requests that may wait before new ones are turned away.", 200)
    log_texts: bool = _setting(
        _flag, "1: what visitors typed may stand in the log beside a failure; else only its length does.", False
    )
    probe_timeout_ms: int = _setting(_whole(1), "How long the hub may take to answer before it counts as away.", 1500)


def variable_names() -> dict[str, str]:
    """Environment variable → what it does, in the order of the fields of `Settings`."""
    return {PREFIX + item.name.upper(): item.metadata["about"] for item in fields(Settings)}


def read_settings(environment: dict[str, str] | os._Environ[str] = os.environ) -> Settings:
    """The settings that `environment` asks for.

    Raises:
        PlaygroundError: a value cannot be read; the sentence names the variable, the value and what it wants.
    """
    values: dict[str, Any] = {}
    for item in fields(Settings):
        name = PREFIX + item.name.upper()
        text = environment.get(name)
        if text is None:
            continue
        try:
            values[item.name] = item.metadata["read"](text.strip())
        except (ValueError, OverflowError) as error:
            wants = str(error) if "could not convert" not in str(error) else "a number"
            raise PlaygroundError(f"The environment variable {name} is {text!r}; it wants {wants}.") from error
    if "offline" not in values and environment.get("HF_HUB_OFFLINE", "").strip().lower() in _TRUE:
        values["offline"] = True
    return Settings(**values)


_current: Settings | None = None


def settings() -> Settings:
    """The settings of this process: read from the environment on the first call, then kept."""
    global _current
    if _current is None:
        _current = read_settings()
    return _current


def use_settings(new: Settings | None) -> Settings | None:
    """Put `new` in place (None: read the environment again when next asked); gives back what was there."""
    global _current
    old, _current = _current, new
    return old


@contextmanager
def override(**changes: Any) -> Iterator[Settings]:
    """Other values for a while, for every thread of the process: `with override(max_tokens=8): …`."""
    old = use_settings(replace(settings(), **changes))
    try:
        yield settings()
    finally:
        use_settings(old)


def quiet_environment() -> None:
    """Switch off analytics, telemetry, version checks and busy waiting of the libraries below us, unless the user set
    them.

    Must run before gradio, transformers, huggingface_hub or torch is imported: they read the environment at import.
    """
    for name, value in {
        "GRADIO_ANALYTICS_ENABLED": "False",  # gradio wants this very string
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",  # else every queued event rebuilds a table of past events
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        # torch's helper threads wait for one another by spinning, on the very cores that the others need: where
        # something else runs too, a token took fifteen times as long
        "GOMP_SPINCOUNT": "1000",
    }.items():
        os.environ.setdefault(name, value)

"""From a name to the place where its model lies: a bundled folder, the user's own folder, or the hub.

Decides what a name means and whether it is allowed here. Reads no model, downloads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import hub
from .catalog import EXAMPLE, SHORT_NAMES, bundled_folder
from .errors import PlaygroundError
from .files import CONFIG
from .settings import settings


@dataclass(frozen=True)
class Place:
    """Where a name leads."""

    id: str
    source: str
    """`bundled`, `hub` or `folder`."""
    folder: Path | None
    """None for a model of the hub."""

    @property
    def key(self) -> str:
        """Names the model in the cache."""
        return f"{self.source}:{self.folder or self.id}"


def locate(name: str) -> Place:
    """Where `name` leads: to a bundled model, a folder that exists, or the hub, tried in this order.

    Raises:
        PlaygroundError: an empty name, no possible hub id, a folder that is not allowed or holds no model, a model
            that is not offered here.
    """
    name = name.strip() if isinstance(name, str) else ""  # a program may send anything
    if not name:
        raise PlaygroundError("Name a model: a bundled one such as storyteller, a hub id, or the path of a folder.")
    bundled = bundled_folder(name)
    if bundled is not None:
        return _permitted(Place(name, "bundled", bundled))
    folder = _own_folder(name)
    if folder is not None:
        return _permitted(Place(str(folder), "folder", folder))
    hub.check_id(name)
    return _permitted(Place(SHORT_NAMES.get(name, name), "hub", None))


def _permitted(place: Place) -> Place:
    allowed = settings().models
    if allowed and place.id not in allowed:
        raise PlaygroundError(f"{place.id} is not offered here. Choose one of: {', '.join(allowed)}.")
    return place


def _own_folder(name: str) -> Path | None:
    """The folder that `name` means, or None where it is to be taken for a hub id.

    Raises:
        PlaygroundError: it can only be a folder, but is none, is not allowed or holds no model.
    """
    if "\0" in name or "://" in name or len(name) > 1024:
        return None
    is_path = name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1 or Path(name).is_absolute()
    folder, is_model = _resolved(name)
    roots = settings().folders
    if roots is not None and not (folder and any(folder.is_relative_to(root) for root in roots)):
        # the same words whether it exists or not: strangers must not learn what is on this machine
        if is_path:
            raise PlaygroundError("That folder is not among the allowed ones. Choose a model from the list.")
        return None
    if folder is None or not (is_path or is_model):
        return None
    if not folder.is_dir():
        raise PlaygroundError(
            f"There is no folder {hub.shown(name)}. Check the path, or type a hub id such as {EXAMPLE}."
        )
    if not is_model:
        raise PlaygroundError(
            f"The folder {hub.shown(name)} holds no config.json, so it is no model. Choose the folder of one."
        )
    return folder


def _resolved(name: str) -> tuple[Path | None, bool]:
    """The full path that a name means, and whether a model lies there; None where it can mean none."""
    try:
        folder = Path(name).expanduser().resolve()
        return folder, (folder / CONFIG).is_file()
    except (OSError, RuntimeError, ValueError):  # no such user, a loop of links, a part too long
        return None, False

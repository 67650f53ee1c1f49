"""Several pictures in one panel, each under a heading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from .base import Picture


@dataclass(frozen=True)
class Row:
    """Pictures that stand side by side where the panel is wide, below each other where it is narrow."""

    widths: tuple[float, ...] = (1.0,)
    """Share of the width for each of them, relative to the others."""
    height: float = 1.0
    """Share of the panel's height, relative to the other rows."""


@dataclass(frozen=True, eq=False)
class Group(Picture):
    """A click in any of the pictures is a click in the group."""

    kind: ClassVar[str] = "group"
    titles: tuple[str, ...]
    """A heading for each picture; "" for none."""
    pictures: tuple[Picture, ...]
    rows: tuple[Row, ...] = ()
    """How they stand, in their order; (): all in one row, equally wide."""

    def __post_init__(self) -> None:
        """A heading and a place for each picture, and no group in a group."""
        self.expect("titles", (len(self.pictures),), "the pictures")
        if any(isinstance(picture, Group) for picture in self.pictures):
            raise ValueError("a Group in a Group: put its pictures into one")
        if not self.rows:
            object.__setattr__(self, "rows", (Row((1.0,) * len(self.pictures)),))
        places = sum(len(row.widths) for row in self.rows)
        if places != len(self.pictures):
            raise ValueError(f"Group.rows has {places} places for {len(self.pictures)} pictures")

    def payload(self, known: Collection[str] = ()) -> tuple[dict[str, Any], dict[str, str]]:
        """As every picture's. The inner ones travel under ``{"pictures": […]}`` and keep their kept fields, by names
        such as ``pictures.0.maps``."""
        inner = [picture.payload(known) for picture in self.pictures]
        rows = [{"widths": list(row.widths), "height": row.height} for row in self.rows]
        kept = {key: f"pictures.{i}.{name}" for i, (_, names) in enumerate(inner) for key, name in names.items()}
        fields = {"pictures": [sent for sent, _ in inner]}
        return {"kind": self.kind, "titles": list(self.titles), "pictures": fields, "rows": rows}, kept

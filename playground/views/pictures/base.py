"""What all kinds of picture share: their checks at birth and their form on the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import wire

KEPT = {"kept": True}
"""``field(metadata=KEPT)``: clicks rarely change this field, so the browser keeps it and it is not sent again."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What one script in ``assets/pictures`` draws; its fields are all that the script may read."""

    kind: ClassVar[str]
    """Name of the script and style sheet in ``assets/pictures``."""

    def expect(self, field: str, shape: tuple[int, ...], why: str) -> None:
        """Refuses an array, or a sequence, of another shape than ``why`` asks for.

        Raises:
            ValueError: with the shape that was found and the one that was expected.
        """
        value = getattr(self, field)
        found = value.shape if isinstance(value, np.ndarray) else (len(value),)
        if found != shape:
            raise ValueError(f"{type(self).__name__}.{field} has shape {found}, but {why} ask for {shape}")

    def expect_index(self, field: str, length: int, least: int = 0) -> None:
        """Refuses an index that is not from ``least`` to ``length`` − 1; None chooses nothing and is allowed.

        Raises:
            ValueError: with the index and the bounds.
        """
        value = getattr(self, field)
        if value is not None and not least <= value < length:
            raise ValueError(f"{type(self).__name__}.{field} is {value}, outside {least} … {length - 1}")

    def payload(self, known: Collection[str] = ()) -> tuple[dict[str, Any], dict[str, str]]:
        """The picture for the browser, and its kept fields as {digest: name}.

        A kept field whose digest is in ``known`` travels as ``{"same": digest}``.
        """
        fields: dict[str, Any] = {"kind": self.kind}
        kept = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not field.metadata.get("kept"):
                fields[field.name] = wire.packed(value)
                continue
            key = wire.digest(value, f"{self.kind}.{field.name}")
            kept[key] = field.name
            fields[field.name] = {"same": key} if key in known else wire.packed(value)
        return fields, kept


def texts_of(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Rows of texts as tuples, as a frozen record holds them."""
    return tuple(tuple(row) for row in rows)

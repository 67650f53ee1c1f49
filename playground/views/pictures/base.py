"""What all kinds of picture share: their checks at birth and their form on the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import wire

KEPT = {"kept": "whole"}
"""``field(metadata=KEPT)``: clicks rarely change this field, so the browser keeps it and it is not sent again."""
KEPT_IN_BLOCKS = {"kept": "blocks"}
"""For a tuple that grows at its end while it is watched: what stands is kept, only its last records are sent."""
BLOCK = 16
"""Records that are kept together."""


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

        A kept field whose digest is in ``known`` travels as ``{"same": digest}``. One that is kept in blocks travels as
        ``{"blocks": […]}``, each of them the same way; the name of a block is ``field.0``, ``field.1``, …
        """
        fields: dict[str, Any] = {"kind": self.kind}
        kept: dict[str, str] = {}

        def sent(value: Any, name: str) -> Any:
            key = wire.digest(value, f"{self.kind}.{name}")
            kept[key] = name
            return {"same": key} if key in known else wire.packed(value)

        for field in dataclasses.fields(self):
            value, how = getattr(self, field.name), field.metadata.get("kept")
            if how == "whole":
                fields[field.name] = sent(value, field.name)
            elif how == "blocks":
                blocks = [value[start : start + BLOCK] for start in range(0, len(value), BLOCK)]
                fields[field.name] = {"blocks": [sent(block, f"{field.name}.{i}") for i, block in enumerate(blocks)]}
            else:
                fields[field.name] = wire.packed(value)
        return fields, kept

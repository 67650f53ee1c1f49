"""Arrays that cannot be written to, and records that hold them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def frozen(array: np.ndarray) -> np.ndarray:
    """The same array, no longer writable (the flag is set on a view, never on the caller's own array)."""
    view = array.view()
    view.flags.writeable = False
    return view


class ReadOnly:
    """Makes each array field of a frozen dataclass read-only when the record is born."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and value.flags.writeable:
                object.__setattr__(self, name, frozen(value))

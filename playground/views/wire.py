"""How a picture's fields travel to the browser: records as mappings, arrays as base64 of little-endian numbers.

``assets/js/parts.js`` reads what is written here.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from .figures import little_endian

DEFLATED_FROM = 100_000
"""Bytes from which on an array is compressed: below, the time is worth more than the bytes."""


def packed(node: Any) -> Any:
    """The same tree as JSON holds it: dataclasses as mappings of their fields, arrays by :func:`array`."""
    if isinstance(node, np.ndarray):
        return array(node)
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        return {field.name: packed(getattr(node, field.name)) for field in dataclasses.fields(node)}
    if isinstance(node, Mapping):
        return {key: packed(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [packed(value) for value in node]
    return plain(node)


def array(values: np.ndarray) -> dict[str, Any]:
    """``{"dtype", "shape", "bdata"}``: the numbers as they lie in memory, in base64.

    Large arrays come as ``{"dtype", "shape", "planes"}`` instead: first the first byte of every number, then the
    second, and so on, deflated. Exponents of neighbouring numbers are alike, so this saves a seventh of a dense map and
    half of a causal one, and loses no bit.
    """
    name, raw = little_endian(values)
    spec: dict[str, Any] = {"dtype": name, "shape": list(values.shape)}
    if len(raw) < DEFLATED_FROM:
        return spec | {"bdata": base64.b64encode(raw).decode("ascii")}
    planes = np.frombuffer(raw, np.uint8).reshape(-1, int(name[1])).T
    return spec | {"planes": base64.b64encode(zlib.compress(planes.tobytes(), 1)).decode("ascii")}


def digest(value: Any, name: str) -> str:
    """A short name for a field's content; the field's name is part of it, so that no two fields share one."""
    found = hashlib.blake2b(name.encode(), digest_size=12)
    if isinstance(value, np.ndarray):
        found.update(f"{value.dtype.str}{value.shape}".encode())
        found.update(np.ascontiguousarray(value).tobytes())
    else:
        found.update(json.dumps(packed(value), ensure_ascii=True).encode())
    return found.hexdigest()


def plain(value: Any) -> Any:
    """A number or word as JSON can hold it: a float32 with as many digits as name it, no NaN and no infinities."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and float(np.float32(value)) == value:
        value = float(str(np.float32(value)))
    # The browser's parser stops at NaN and at infinities, so they travel as words.
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value

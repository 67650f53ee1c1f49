"""Keeps the process's memory where the settings put it.

What Python frees goes back to the C library, which keeps it for later: in a heap of its own for each thread, up to
eight for each core, and for large pieces too once it has seen some come and go. A server that makes and forgets
megabytes for every visitor, on many threads, then grows far beyond what it holds.
"""

from __future__ import annotations

import ctypes
import sys

MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
"""Parameters of glibc's ``mallopt``."""
LARGE_BYTES = 1_000_000
"""From this size on a piece is taken from the system, and given back to it as soon as it is free."""
ARENAS = 2


def keep_memory_flat() -> bool:
    """Bounds what glibc keeps; False where there is no glibc (macOS, Windows, musl), whose allocators do otherwise."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return all(
        mallopt(name, value) == 1
        for name, value in ((ARENA_MAX, ARENAS), (MMAP_THRESHOLD, LARGE_BYTES), (TRIM_THRESHOLD, LARGE_BYTES))
    )

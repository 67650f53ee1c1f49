"""Keeps the process's memory where the settings put it.

What Python frees goes back to the C library, which keeps it for later. A server that makes and forgets megabytes for
every visitor leaves holes of all sizes there, and grows far beyond what it holds: to 1.85 GB after 500 texts of 200
tokens, where results may take 1 GB. Asked to, glibc gives all free pages back to the system: 1.35 GB, and it stays so.

In between it is told to keep what is freed, in one heap for all threads: left to itself it hands the tens of megabytes
of each forward pass back as soon as they are free, and fetching them again costs a tenth of the next pass.
"""

from __future__ import annotations

import ctypes
import threading
import time

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""``M_TRIM_THRESHOLD``, ``M_MMAP_THRESHOLD`` and ``M_ARENA_MAX`` of ``malloc.h``."""
KEPT_BYTES, LARGEST_BYTES = 256 << 20, 32 << 20
"""How much may lie free at the end of the heap, and how large a piece may be that is cut from it."""
EVERY_S = 5.0
"""Between two askings. Each takes some 30 ms after a busy while, and nothing after a quiet one."""


def keep_memory_flat() -> bool:
    """Gives free memory back from now on; False where there is no glibc (macOS, Windows, musl), whose allocators do
    otherwise."""
    try:
        library = ctypes.CDLL(None)
        give_back = library.malloc_trim
        library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(MMAP_THRESHOLD, LARGEST_BYTES)
        library.mallopt(ARENA_MAX, 1)
    except (AttributeError, OSError, TypeError):  # the last: Windows wants a name
        return False

    def keep() -> None:
        while True:
            time.sleep(EVERY_S)
            give_back(0)

    threading.Thread(target=keep, name="memory", daemon=True).start()
    return True

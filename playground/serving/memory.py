"""Keeps the process's memory where the settings put it.

What Python frees goes back to the C library, which keeps it for later. A server that makes and forgets megabytes for
every visitor leaves holes of all sizes there, and grows far beyond what it holds: to 1.85 GB after 500 texts of 200
tokens, where results may take 1 GB. Asked to, glibc gives all free pages back to the system: 1.35 GB, and it stays so.
"""

from __future__ import annotations

import ctypes
import threading
import time

EVERY_S = 5.0
"""Between two askings. Each takes some 30 ms after a busy while, and nothing after a quiet one."""


def keep_memory_flat() -> bool:
    """Gives free memory back from now on; False where there is no glibc (macOS, Windows, musl), whose allocators do
    otherwise."""
    try:
        give_back = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # the last: Windows wants a name
        return False

    def keep() -> None:
        while True:
            time.sleep(EVERY_S)
            give_back(0)

    threading.Thread(target=keep, name="memory", daemon=True).start()
    return True

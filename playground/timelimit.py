"""A bound on how long a piece of Python may take, also where it is not ours and never asks whether it should stop."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_S = 1.0
"""An interruption can get lost (in a callback whose errors are ignored): it is repeated until the block is left."""


class TimeIsUp(BaseException):
    """Raised inside the block. No ``Exception``: libraries catch those and go on."""


@contextmanager
def time_limit(seconds: float, error: Exception) -> Iterator[None]:
    """Raises ``error`` where the block takes longer, at the next Python instruction of this thread.

    A single call into C (a read from a disk that does not answer) is not interrupted before it comes back.
    """
    watch = _Watch(threading.get_ident())
    try:
        try:
            watch.start(seconds)
            yield
        finally:
            try:
                watch.stop()
            except TimeIsUp:  # rang while it was being stopped; it will not ring again so soon
                watch.stop()
    except TimeIsUp:
        raise error from None
    if watch.rang:  # the block ended in the very moment of the interruption, which was taken back
        raise error


class _Watch:
    """Interrupts one thread when the time has come, until it is stopped."""

    def __init__(self, thread_id: int) -> None:
        self._thread_id = thread_id
        self._lock = threading.Lock()
        self._stopped = False
        self._timer: threading.Timer | None = None
        self.rang = False

    def start(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        with self._lock:
            if self._stopped:
                return
            self.rang = True
            _raise_in(self._thread_id, ctypes.py_object(TimeIsUp))
            self.start(AGAIN_S)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            if self.rang:
                _raise_in(self._thread_id, None)  # an interruption that has not arrived must not arrive later
        if self._timer is not None:
            self._timer.cancel()


def _raise_in(thread_id: int, error: ctypes.py_object | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), error)

"""How often the page is drawn anew while work goes on: each update costs the server as much as some tokens."""

from __future__ import annotations

import time

from .rounds import n_writers
from .work import crowd


class Pace:
    """Says when the next update is due: the more people write or wait, the fewer each of them gets.

    Args:
        every_s: seconds between two updates for somebody alone.
        at_once: whether the first is due at once.
    """

    def __init__(self, every_s: float, *, at_once: bool = True) -> None:
        self._every_s = every_s
        self._last = float("-inf") if at_once else time.monotonic()

    def due(self) -> bool:
        """Whether to draw now; then the next one is due after another while."""
        now = time.monotonic()
        if now - self._last <= self._every_s * max(1, crowd(), n_writers()):
            return False
        self._last = now
        return True

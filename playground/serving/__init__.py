"""What stands between the network and Gradio: which requests come through, what goes back, and in what words.

``files`` serves scripts and styles compressed once, ``gate`` lets through what the page needs and nothing else,
``guard`` turns what goes wrong inside Gradio into sentences.
"""

from __future__ import annotations

from typing import Any

from ..settings import settings

SESSIONS = 200
"""Visits whose component values Gradio keeps (about 2 MB each; the page's own memory of a visit is in ``tabs``)."""
SPARE_THREADS = 250
"""Beside those that may wait in the line: for what waits for a download or for another visitor's computation, and for
what never waits (choosing, turning, drawing). A thread is made when it is needed."""


def attach(demo: Any) -> None:
    """Puts the guard and the short cut for what does not change before a page's events. Call it once it is built."""
    from .guard import guard
    from .lean import lean

    guard()
    lean(demo)


def queue_options() -> dict[str, Any]:
    """What ``Blocks.queue`` is told: everything comes in at once, for the line before the models (``turns``) keeps the
    order, tells everyone their place, and refuses with a sentence when it is full."""
    return {"default_concurrency_limit": None, "max_size": None}


def launch_options() -> dict[str, Any]:
    """What ``Blocks.launch`` is told: the gate, and bounds on threads, sessions and uploads."""
    from .gate import Gate

    return {
        "app_kwargs": {"middleware": [(Gate, (), {})], "docs_url": None, "redoc_url": None, "openapi_url": None},
        "max_threads": settings().queue_size + SPARE_THREADS,
        "state_session_capacity": SESSIONS,
        "max_file_size": 1,
        "show_error": False,
        "enable_monitoring": False,
    }

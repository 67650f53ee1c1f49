"""What goes wrong while Gradio handles an event: a sentence for whoever sent it, and a line in the log.

Requests are anyone's guess: a handler that does not exist, three values where it takes one, a list where a number
belongs. Gradio prints a traceback for each and answers with an error that says nothing. Whatever our own code raises
is another matter: that is a mistake of ours, and the log gets its traceback.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ..errors import PlaygroundError
from ..settings import settings

logger = logging.getLogger(__name__)

HOME = Path(__file__).parents[1]
BROKEN = "Something went wrong here. Try another text or model."
UNFIT = "This request does not fit the page: it names no event of it, or brings values that the event does not take."


def ours(error: BaseException) -> bool:
    """Whether an error arose below our own code, so that it is a mistake of ours and not of the request."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(HOME)]
    return any(not Path(frame.filename).is_relative_to(HOME / "serving") for frame in inside)


def note(error: BaseException, doing: str) -> None:
    """One line in the log for a request that does not fit; the traceback for a mistake of ours.

    Messages of errors may quote what visitors typed: they are left out unless ``settings().log_texts``.
    """
    if not ours(error):
        logger.info("%s: a request that does not fit (%s)", doing, type(error).__name__)
        return
    where = "".join(traceback.format_tb(error.__traceback__))
    said = f": {error}" if settings().log_texts else ""
    logger.error("%s failed\n%s%s%s", doing, where, type(error).__name__, said)


def guard() -> None:
    """From now on, what Gradio's events raise reaches its sender as a sentence, and no traceback is printed for it.

    Wraps the one function through which Gradio runs every event, queued or not: `gradio.route_utils.call_process_api`.
    If a newer Gradio has moved it, tests/serving/test_guard.py fails: find what `queueing.py` and `routes.py` call.
    """
    from gradio import route_utils

    if not hasattr(route_utils.call_process_api, "guarded"):
        route_utils.call_process_api = guarded(route_utils.call_process_api)  # type: ignore[assignment]


def guarded(run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """``run`` with errors as ``gr.Error``, whose sentence Gradio hands on and whose traceback it does not print."""
    import gradio as gr

    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await run(*args, **kwargs)
        except gr.Error as error:
            raise gr.Error(error.message, error.duration, print_exception=False) from error
        except PlaygroundError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            name = getattr(kwargs.get("fn"), "api_name", None)
            note(error, f"the event {name}" if name else "an event")
            raise gr.Error(BROKEN if ours(error) else UNFIT, print_exception=False) from error

    call.guarded = True  # type: ignore[attr-defined]
    return call

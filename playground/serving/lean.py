"""What an event does not change costs nothing, and what a visitor was shown is not kept for a purpose nobody has.

Where a handler leaves an output as it is, Gradio 6.31 makes the component anew, keeps it for the visitor and describes
it again, only to tell the browser that nothing has changed; an event of this page has up to forty outputs. And for its
deep links, which this page has not (its links stand in the address bar), it keeps every picture that was sent, and at
a visitor's first event describes all components of the page, two thirds of what an opening costs the server.
"""

from __future__ import annotations

import copy
from functools import wraps
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import processing_utils
from gradio.state_holder import SessionState
from gradio.utils import is_prop_update


def lean(demo: gr.Blocks) -> None:
    """Has ``demo`` hand only the outputs that change through Gradio's own ``postprocess_data``, and keep none of them.

    If a newer Gradio has moved these methods, tests/serving/test_lean.py fails; the page works without them.
    """
    whole = demo.postprocess_data

    async def changed_only(block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        outputs = list(block_fn.outputs)
        if len(outputs) < 2 or not _by_component(predictions, outputs):
            return await whole(block_fn, predictions, state)
        changed = {
            n: predictions[one] for n, one in enumerate(outputs) if one in predictions and not _same(predictions[one])
        }
        answer: list[Any] = [gr.skip() for _ in outputs]
        if changed:
            less = copy.copy(block_fn)
            less.outputs = [outputs[n] for n in changed]
            values = list(changed.values())
            given = await whole(less, values if len(values) > 1 else values[0], state)
            for n, value in zip(changed, given, strict=True):
                answer[n] = value
        return answer

    demo.postprocess_data = changed_only  # type: ignore[method-assign]
    for name in ("_update_config", "_update_value_in_config"):
        setattr(SessionState, name, _nothing)
    processing_utils.add_root_url = _without_files(processing_utils.add_root_url)
    if not hasattr(SessionState.__init__, "__wrapped__"):
        SessionState.__init__ = _without_descriptions(SessionState.__init__)  # type: ignore[method-assign]


def _without_descriptions(init: Any) -> Any:
    """A new session's state, for which no component is described: it describes those in ``blocks.blocks``."""

    @wraps(init)
    def begun(self: SessionState, blocks: gr.Blocks) -> None:
        init(self, SimpleNamespace(default_config=blocks.default_config, blocks={}))

    return begun


def _without_files(add_root_url: Any) -> Any:
    """Gradio looks through every value of every answer for files of the server, whose addresses it completes. This page
    has none; descriptions of the page (mappings) are looked through as ever."""
    if hasattr(add_root_url, "__wrapped__"):
        return add_root_url

    @wraps(add_root_url)
    def added(data: Any, *rest: Any, **named: Any) -> Any:
        return data if isinstance(data, list) else add_root_url(data, *rest, **named)

    return added


def _by_component(predictions: Any, outputs: list[Any]) -> bool:
    return isinstance(predictions, dict) and bool(predictions) and all(key in outputs for key in predictions)


def _same(value: Any) -> bool:
    return is_prop_update(value) and set(value) == {"__type__"}


def _nothing(*_: Any) -> None:
    """In place of what describes a visitor's components."""

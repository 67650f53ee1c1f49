"""An event hands through Gradio what it changes, and nothing else; the browser is told the same as without."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from playground import ui
from playground.serving.lean import lean


def built(n_outputs: int = 3) -> tuple[gr.Blocks, list[gr.Textbox]]:
    """A page with one event, and its text boxes."""
    with gr.Blocks(analytics_enabled=False) as demo:
        boxes = [gr.Textbox(str(n)) for n in range(n_outputs)]
        boxes[0].change(lambda given: {}, {boxes[0]}, set(boxes))  # type: ignore[arg-type]
    return demo, boxes


def waited(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives. In a thread of its own: Playwright leaves a loop running in pytest's."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, work).result()


def answered(demo: gr.Blocks, boxes: list[gr.Textbox], predictions: Any) -> list[Any]:
    """What the browser is told, by box."""
    event = demo.fns[0]
    told = waited(demo.postprocess_data(event, predictions, SessionState(demo)))
    by_box = dict(zip([one._id for one in event.outputs], told, strict=True))
    return [by_box[box._id] for box in boxes]


CHANGES: list[Any] = [
    lambda boxes: {boxes[1]: "new"},
    lambda boxes: {boxes[0]: "a", boxes[2]: None},
    lambda boxes: {boxes[0]: gr.update(value="a", visible=False)},
    lambda boxes: {boxes[0]: gr.skip()},
    lambda boxes: {boxes[0]: gr.Textbox("b", lines=3), boxes[1]: "c"},
    lambda boxes: ["a", "a", gr.skip()],
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_browser_is_told_the_same(change: Any) -> None:
    demo, boxes = built()
    expected = answered(demo, boxes, change(boxes))
    lean(demo)
    assert answered(demo, boxes, change(boxes)) == expected  # made anew: Gradio empties the updates that it is given


def test_what_stays_is_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    demo, boxes = built(20)
    lean(demo)
    monkeypatch.setattr(gr.Textbox, "__init__", lambda *_, **__: pytest.fail("made anew"))
    assert answered(demo, boxes, {boxes[0]: "new", boxes[1]: gr.skip()})[0] == "new"


def test_pictures_are_not_kept_for_each_visitor() -> None:
    demo, boxes = built()
    lean(demo)
    state = SessionState(demo)
    waited(demo.postprocess_data(demo.fns[0], {boxes[0]: "a large picture"}, state))
    assert "a large picture" not in str(state.config_values) and "a large picture" not in str(state.state_data)


def test_a_new_session_describes_no_component() -> None:
    """Its values are there all the same, and it is a session's own."""
    demo, boxes = built(3)
    lean(demo)
    one, other = SessionState(demo), SessionState(demo)
    assert one.config_values == {}
    assert one[boxes[0]._id] is boxes[0] and boxes[0]._id in one
    one[boxes[0]._id] = boxes[1]
    assert other[boxes[0]._id] is boxes[0]


def test_answers_are_not_searched_for_files() -> None:
    """A description of the page is, as ever; and the law that the page has no component that holds a file."""
    from gradio import processing_utils

    lean(built()[0])
    answer = [{"url": "a", "path": "b", "meta": {"_type": "gradio.FileData"}}]
    assert processing_utils.add_root_url(answer, "http://x", None) is answer
    described = processing_utils.add_root_url({"one": dict(answer[0])}, "http://x/", None)
    assert described["one"]["url"] == "http://x/a"
    page = ui.build()
    kinds = {block.get_block_name() for block in page.blocks.values() if isinstance(block, gr.components.Component)}
    assert not kinds & {
        "file",
        "image",
        "audio",
        "video",
        "gallery",
        "chatbot",
        "model3d",
        "uploadbutton",
        "imageeditor",
    }

"""A small page behind the gate, on loopback: what it answers to requests that fit and to those that do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import pytest

from playground import serving
from playground.errors import PlaygroundError
from playground.tokens import clean


def ask(text: str, number: int = 1) -> dict[str, Any]:
    """An endpoint that meets everything an endpoint can meet."""
    if text == "visitor":
        raise PlaygroundError("Shorten it.")
    if text == "ours":
        clean(None)  # type: ignore[arg-type]
    return {"text": text, "number": number}


@pytest.fixture(scope="session")
def page() -> Iterator[httpx.Client]:
    """A client of the page."""
    with gr.Blocks(analytics_enabled=False) as demo:
        box = gr.Number(1, elem_id="box")
        box.change(lambda number: number, box, box, queue=False, api_visibility="private")
        gr.api(ask, api_name="ask")
    demo.queue(**serving.queue_options())
    serving.attach(demo)
    _, url, _ = demo.launch(
        server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, ssr_mode=False, run_history=False,
        **serving.launch_options(),
    )  # fmt: skip
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client
    demo.close()

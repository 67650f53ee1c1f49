"""Whatever comes in, the answer is a sentence; whatever goes wrong, no traceback shows a visitor's words."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from playground.serving import guard
from playground.settings import override

UNFIT = "This request does not fit the page"


def call(page: httpx.Client, body: Any, name: str = "ask") -> tuple[int, str]:
    """Status and all that is said by an endpoint, as a program asks it."""
    asked = page.post(
        f"/gradio_api/call/{name}", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    if asked.status_code != 200:
        return asked.status_code, asked.text
    return 200, page.get(f"/gradio_api/call/{name}/{asked.json()['event_id']}").text


def test_a_request_that_fits_is_answered(page: httpx.Client) -> None:
    assert '"text": "a cat"' in call(page, {"data": ["a cat", 2]})[1]
    assert page.post("/gradio_api/run/ask", json={"data": ["a cat", 2]}).json()["data"] == [
        {"text": "a cat", "number": 2}
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"data": ["visitor", 1]}, "Shorten it."),
        ({"data": ["ours", 1]}, "Something went wrong here"),
        ({"data": []}, UNFIT),
        ({"data": "text"}, "valid list"),
        ({}, "Field required"),
        ([], "valid dictionary"),
    ],
)
def test_every_answer_of_an_endpoint_is_a_sentence(
    page: httpx.Client, body: Any, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    _, answer = call(page, body)
    assert said in answer and '"error": null' not in answer and "/work" not in answer and ".py" not in answer
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    "body",
    [
        {"fn_index": 0, "data": ["no number"]},
        {"fn_index": 0, "data": [{"a": 1}]},
        {"fn_index": 0, "data": [1, 2]},
        {"fn_index": 10**9, "data": []},
        {"fn_index": -1, "data": [1]},
        {"fn_index": "0", "data": [1], "trigger_id": 10**9, "event_data": [[]]},
        {"fn_index": 0, "data": [None], "event_data": {"deep": [[[]]]}},
        {"fn_index": None, "data": [1]},
    ],
)
def test_events_of_the_page_are_answered_too(
    page: httpx.Client, body: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    direct = page.post("/gradio_api/run/predict", json={"session_hash": "me", **body})
    joined = page.post("/gradio_api/queue/join", json={"session_hash": "me", **body})
    for answer in (direct, joined):
        assert answer.status_code in {200, 400, 404, 422, 500}
        assert '"error":null' not in answer.text.replace(" ", "") and ".py" not in answer.text
    if joined.status_code == 200:
        with page.stream("GET", "/gradio_api/queue/data", params={"session_hash": "me"}) as stream:
            told = next(line for line in stream.iter_lines() if "process_completed" in line or "unexpected" in line)
        assert '"error":null' not in told
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_stream_that_breaks_off_ends_with_a_sentence(page: httpx.Client, capfd: pytest.CaptureFixture[str]) -> None:
    """Gradio begins to answer before it looks for the event that is asked for."""
    answer = page.get("/gradio_api/call/ask/nosuchevent")
    assert UNFIT in answer.text and "event: error" in answer.text
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_mistake_of_ours_is_in_the_log_with_its_traceback_and_without_what_was_typed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from playground.tokens import clean

    def broken() -> None:
        clean(b"what was typed")  # type: ignore[arg-type]

    for allowed in (False, True):
        caplog.clear()
        with override(log_texts=allowed), caplog.at_level(logging.INFO):
            try:
                broken()
            except TypeError as error:
                guard.note(error, "an event")
        assert "tokens.py" in caplog.text and "TypeError" in caplog.text
        assert ("cannot use a string pattern" in caplog.text) == allowed

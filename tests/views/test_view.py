"""What all views share: numbers for people, payloads that a browser can parse, code as data."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest

from playground.views.code import captured
from playground.views.highlight import highlighted
from playground.views.pictures import Bar, BarGroup, Bars
from playground.views.tables import Table
from playground.views.view import View, count, listed, message, number, percent, quoted


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.5, "50 %"),
        (0.454, "45 %"),
        (0.0996, "10 %"),
        (0.0994, "9.9 %"),
        (0.001, "0.1 %"),
        (0.0004, "less than 0.1 %"),
        (0, "0 %"),
        (1, "100 %"),
        (0.9952, "99.5 %"),
        (0.99951, "more than 99.9 %"),
        (np.float32(0.25), "25 %"),
    ],
)
def test_percent(share: float, shown: str) -> None:
    assert percent(share) == shown
    assert percent(share, sign=True) == shown.replace("less than", "<").replace("more than", ">")


@pytest.mark.parametrize(
    ("value", "shown"), [(12345.6, "12,346"), (999.6, "1,000"), (0.00012345, "0.000123"), (2, "2"), (12.345, "12.3")]
)
def test_number(value: float, shown: str) -> None:
    assert number(value) == shown


def test_words() -> None:
    assert [count(n, "token") for n in (0, 1, 2, 1500)] == ["0 tokens", "1 token", "2 tokens", "1,500 tokens"]
    assert count(2, "match", "matches") == "2 matches"
    assert [listed(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert quoted("cat") == "“cat”"
    assert quoted("x" * 40) == "“" + "x" * 29 + "…”"


def test_a_payload_is_json_that_a_browser_can_parse() -> None:
    """No NaN, no infinity, no numpy; a float32 with as many digits as name it."""
    cells = (np.float32(0.1), np.int64(3), float("nan"), float("-inf"), np.float32("nan"), "text", np.True_)
    picture = Bars((BarGroup("t", (Bar("a", 0.5),)),), 1.0)
    view = View(picture, "r", Table(tuple("abcdefg"), (cells,)), "pass", ("n",))
    back = json.loads(json.dumps(view.payload(), allow_nan=False))
    assert back["table"]["rows"] == [[0.1, 3, "nan", "-inf", "nan", "text", True]]
    assert set(back) == {"picture", "kept", "reading", "table", "python", "highlighted", "notes", "name"}
    assert set(view.whole()) == {"picture", "reading", "table", "python", "notes", "name"}


def test_messages_say_their_tone() -> None:
    assert message("Nothing yet.") == {"message": "Nothing yet.", "tone": "empty"}
    assert message("No.", "error")["tone"] == "error"


@pytest.mark.parametrize("text", ["a = 1\n", "\n\nx  \n", "print('<b>')  # “ü”", '"""\nnot closed', "\t$ ? !"])
def test_highlighted_code_is_the_code(text: str) -> None:
    assert "".join(part for _, part in highlighted(text)) == text


def test_words_of_python_are_told_apart() -> None:
    kinds = {part: kind for kind, part in highlighted("from x import y  # why\nprint(1.5, 'z')\n")}
    assert (kinds["from"], kinds["1.5"], kinds["'z'"], kinds["print"]) == ("keyword", "number", "string", "builtin")
    assert kinds["# why"] == "comment"


@pytest.mark.parametrize("text", ["it's", 'a "b"', "line\nbreak", "back\\slash", "${1+1} {{x}} %s", "\0", "'''\"\"\""])
def test_any_text_can_stand_in_the_code(text: str) -> None:
    lines = captured("my model's", text, text, "read_out")
    found = {node.value for node in ast.walk(ast.parse(lines)) if isinstance(node, ast.Constant)}
    assert {text, "my model's"} <= found
    assert "import capture, load_model, read_out" in lines

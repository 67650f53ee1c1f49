"""What all views share: numbers for people, tables that fit, payloads that a browser can parse."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from playground.views.code import captured
from playground.views.view import Table, View, count, listed, message, number, percent, quoted, raw


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.5, "50.0 %"),
        (1, "100.0 %"),
        (1 / 3, "33.3 %"),
        (0.001, "0.1 %"),
        (0.0004, "4e-2 %"),
        (6e-7, "6e-5 %"),
        (3e-12, "3e-10 %"),
        (0, "0 %"),
        (np.float32(0.25), "25.0 %"),
    ],
)
def test_percent(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(1234.5, "1.23e+03"), (0.00012345, "0.000123"), (2, "2"), (12.345, "12.3")]
)
def test_number(value: float, shown: str) -> None:
    assert number(value) == shown


def test_words() -> None:
    assert [count(n, "token") for n in (0, 1, 2, 1500)] == ["0 tokens", "1 token", "2 tokens", "1,500 tokens"]
    assert count(2, "match", "matches") == "2 matches"
    assert [listed(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert quoted("cat") == "“cat”"
    assert quoted("x" * 40) == "“" + "x" * 29 + "…”"


def test_a_table_whose_rows_do_not_fit_is_refused() -> None:
    assert Table(("a", "b"), ((1, 2), (3, 4))).rows
    with pytest.raises(ValueError, match="3 cells in a table of 2"):
        Table(("a", "b"), ((1, 2), (1, 2, 3)))


def test_a_payload_is_json_that_a_browser_can_parse() -> None:
    """No NaN, no infinity, no numpy."""
    cells = (np.float32(0.5), np.int64(3), float("nan"), float("-inf"), np.float32("nan"), "text", np.True_)
    view = View(
        picture={"kind": "x", "array": np.arange(3), "deep": [{"n": np.float32(1)}]},
        reading="r",
        table=Table(tuple("abcdefg"), (cells,)),
        python="pass",
        notes=("n",),
    )
    back = json.loads(json.dumps(view.payload(), allow_nan=False))
    assert back["table"]["rows"] == [[0.5, 3, "nan", "-inf", "nan", "text", True]]
    assert back["picture"]["deep"] == [{"n": 1}]
    assert set(back) == {"picture", "reading", "table", "python", "notes", "name"}


def test_raw_arrays_are_little_endian() -> None:
    array = np.array([[1.5, -2]], dtype=">f8")
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(raw(array, "f4")), "<f4"), [1.5, -2])
    assert np.frombuffer(base64.b64decode(raw(array.T, "f4")), "<f4").tolist() == [1.5, -2]


def test_messages_say_their_tone() -> None:
    assert message("Nothing yet.") == {"message": "Nothing yet.", "tone": "empty"}
    assert message("No.", "error")["tone"] == "error"


@pytest.mark.parametrize("text", ["it's", 'a "b"', "line\nbreak", "back\\slash", "${1+1} {{x}} %s", "\0", "'''\"\"\""])
def test_any_text_can_stand_in_the_code(text: str) -> None:
    lines = captured("my model's", text, text, "read_out")
    tree = compile(lines, "code", "exec")
    assert text in _constants(tree) and "my model's" in _constants(tree)
    assert "import capture, load_model, read_out" in lines


def _constants(code: object) -> set[object]:
    return set(code.co_consts)  # type: ignore[attr-defined]

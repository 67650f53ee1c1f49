"""Pictures of one head step by step, of its whole matrices, and of maps with another one beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground import capture
from playground.analysis.attention import ROLES, AttentionMaps, attention_maps, attentions, role_scores, sides
from playground.analysis.attention.beside import Match, mask_lifted, pieces_of
from playground.analysis.attention.maps import thumbnails_without
from playground.analysis.attention.steps import head_steps
from playground.analysis.walk import inside_layer
from playground.trace import Attention
from playground.views.attention.beside import lifted_beside, model_beside
from playground.views.attention.maps import MOST_ROWS, WHOLE, Extras, Heads, attention_view
from playground.views.attention.matrices import matrices_view
from playground.views.attention.steps import Standing, steps_view
from playground.views.pictures import Heads as Picture
from playground.views.pictures import HeadSteps, Matrices
from playground.views.view import View
from tests.tiny import tiny
from tests.views.shown import HOSTILE, TEXT, shown, trace_of

ODD = ["The", HOSTILE, "👩‍👩‍👧 family", "שלום עולם", "cat cat cat cat cat cat cat cat"]


def steps_of(name: str, kind: str = "self", step: str = "all", text: str = TEXT) -> View:
    model, trace = tiny(name), trace_of(name, text)
    pos = len(sides(trace, kind)[0]) - 1
    steps = head_steps(model, trace, inside_layer(model, trace, 1), kind, 1, 0, pos, None)
    return steps_view(Standing(steps, step, 2, "pass\n"))


@pytest.mark.parametrize(
    ("name", "kind", "stops"),
    [
        ("gpt2", "self", "all qkv dot scale mask softmax mix out"),
        ("bert", "self", "all qkv dot scale mask softmax mix out"),
        ("marian", "cross", "all qkv dot scale mask softmax mix out"),
        ("t5", "self", "all qkv dot scale bias mask softmax mix out"),
        ("gemma2", "self", "all qkv dot scale mask softmax mix out"),
        ("falcon", "self", "all"),
    ],
)
def test_every_step_is_told_with_its_numbers(name: str, kind: str, stops: str) -> None:
    view = steps_of(name, kind)
    picture = view.picture
    assert isinstance(picture, HeadSteps)
    assert [stop.name for stop in picture.stops] == stops.split()
    assert all(stop.title and stop.sentence.endswith(".") for stop in picture.stops)
    checked = {stop.name: stop for stop in picture.stops}
    if name != "falcon":
        assert checked["softmax"].exact and checked["mix"].exact and checked["out"].exact
        assert all(stop.lines for stop in picture.stops)
    columns = shown(view)["table"]["columns"]
    weights = [row[columns.index("weight")] for row in shown(view)["table"]["rows"]]
    (column,) = [part for part in picture.parts if part.form == "share"]
    assert sum(weights) + float(column.rest.sum()) == pytest.approx(1, abs=1e-4)


def test_the_written_formula_is_that_of_the_chosen_key() -> None:
    view = steps_of("gpt2")
    picture = view.picture
    assert isinstance(picture, HeadSteps)
    lines = {stop.name: stop.lines for stop in picture.stops}
    (scores,) = [part.values for part in picture.parts if part.name == "q · k"]
    at = picture.shown.index(picture.key)
    assert lines["dot"][-1].endswith(f"= {scores[at]:.3g}".replace("-", "−"))
    assert lines["dot"][0].count("·") == 4 and lines["dot"][0].endswith("…")
    assert float(picture.products.sum()) == pytest.approx(float(scores[at]), abs=1e-4)


@pytest.mark.parametrize("step", ["softmax", "no such step"])
def test_a_step_that_is_not_there_is_the_first(step: str) -> None:
    picture = steps_of("falcon", step=step).picture
    assert isinstance(picture, HeadSteps) and picture.at == 0


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("name", ["gpt2", "bert", "llama"])
def test_odd_texts(name: str, text: str) -> None:
    for view in (steps_of(name, text=text), matrices_view(trace_of(name, text), "self", 1, 0, 0, -1, "pass\n")):
        assert shown(view)["picture"]


@pytest.mark.parametrize(("name", "kind"), [("gpt2", "self"), ("llama", "self"), ("t5", "encoder"), ("bart", "cross")])
def test_whole_matrices_are_the_models_own(name: str, kind: str) -> None:
    trace = trace_of(name)
    view = matrices_view(trace, kind, 1, 1, 2, 1, "pass\n")
    picture, attention = view.picture, attentions(trace, kind)[1]
    assert isinstance(picture, Matrices) and picture.exact
    np.testing.assert_array_equal(picture.weights, attention.weights[1])
    np.testing.assert_array_equal(picture.out, attention.head_out[1])  # type: ignore[index]
    assert (picture.row, picture.column) == (2, 1)
    assert picture.stages[-1].values.shape == picture.weights.shape
    rows = shown(view)["table"]["rows"]
    assert rows[2][1:] == pytest.approx(attention.weights[1, 2].tolist())


# Maps, grown


def heads_of(name: str, kind: str = "self", text: str = TEXT) -> Heads:
    maps = attention_maps(trace_of(name, text), kind)
    return Heads(maps, 1, 0, len(maps.rows) - 1, "trace = None\n")


@pytest.mark.parametrize("name", ["gpt2", "bert"])
def test_what_is_left_out_is_said_and_rows_sum_to_one(name: str) -> None:
    heads, trace = heads_of(name), trace_of(name)
    view = attention_view(heads, Extras(thumbs=thumbnails_without(tiny(name), trace, "self")))
    picture = view.picture
    assert isinstance(picture, Picture) and picture.hidden == heads.maps.resting and 0 in picture.hidden
    assert not picture.weights[:, list(picture.hidden)].any()
    np.testing.assert_allclose(picture.weights[2:].sum(-1), 1, atol=1e-4)
    assert "left out" in view.notes[0] and f"“{heads.maps.columns[0].text}”" in view.notes[0]
    names: dict[str, Any] = {"trace": trace, "print": lambda *values: names.setdefault("printed", values)}
    exec(view.python.removeprefix("trace = None\n"), names)
    np.testing.assert_allclose(names["printed"][0], picture.weights, atol=1e-5)


@pytest.mark.parametrize("key", ["previous", "first", "entropy_bits", "distance"])
def test_heads_are_sorted_by_what_they_do(key: str) -> None:
    heads, values = heads_of("gpt2"), role_scores(trace_of("gpt2"), "self").values[key]
    picture = attention_view(heads, Extras(ROLES[key], values)).picture
    assert isinstance(picture, Picture) and len(picture.order) == values.size
    found = [float(values[layer, head]) for layer, head in picture.order]
    assert found == sorted(found, reverse=key != "entropy_bits")
    if ROLES[key].unit == "share":
        assert picture.clear == sum(value >= 0.3 for value in found)


def test_a_row_of_cross_attention_is_named_by_the_word_that_is_written() -> None:
    heads = heads_of("marian", "cross")
    names = (*(t.text for t in heads.maps.rows[1:]), "(end)")
    picture = attention_view(heads, Extras(written=names)).picture
    assert isinstance(picture, Picture) and picture.rows == names and len(names) == len(heads.maps.rows)


def test_the_mask_lifted_stands_beside() -> None:
    trace, heads = trace_of("gpt2"), heads_of("gpt2")
    found = mask_lifted(tiny("gpt2"), trace)
    beside = lifted_beside(heads, found, ["a", "b", "c"], ["d", "e", "f"])
    view = attention_view(heads, Extras(beside=beside))
    assert isinstance(view.picture, Picture) and view.picture.other is not None
    np.testing.assert_array_equal(view.picture.other.weights, found.layers[1].weights[0])
    same = found.before[0][0] == found.after[0][0]
    assert ("the answer after the text stays “a”" if same else "from “a”") in view.reading
    assert beside.note in view.notes


def test_rows_know_their_partners_in_another_model() -> None:
    heads, theirs = heads_of("gpt2"), trace_of("bert")
    pieces = pieces_of(TEXT, heads.maps.rows, theirs.tokens)
    match = Match(1, 2, 0.25, pieces)
    beside = model_beside(heads, match, "bert", theirs.tokens, attentions(theirs)[1].weights[2], causal=False)
    for ours, partners in enumerate(beside.other.partners):
        for row in partners:
            assert theirs.tokens[row].text.strip("#").lower() in TEXT.lower()
            mine = heads.maps.rows[ours].span
            other = theirs.tokens[row].span
            assert mine is not None and other is not None
    assert "differ by 25 %" in beside.said and "bert" in beside.other.title


@pytest.mark.parametrize("pos", [0, 300, 599])
def test_of_a_long_text_some_whole_rows_are_sent(pos: int) -> None:
    n = 600
    assert n > WHOLE
    weights = np.tril(np.ones((1, n, n), np.float32))
    weights /= weights.sum(-1, keepdims=True)
    tokens = tuple(replace(t) for t in trace_of("gpt2").tokens[:1] * n)
    maps = AttentionMaps("self", (Attention(weights=weights),), tokens, tokens, np.zeros((1, 1, 48, 48), np.uint8),
                         True, (((),),), True, (0, 0))  # fmt: skip
    view = attention_view(Heads(maps, 0, 0, pos, "pass\n"))
    picture = view.picture
    assert isinstance(picture, Picture) and picture.weights.shape == (MOST_ROWS, n)
    assert picture.first <= pos < picture.first + MOST_ROWS
    np.testing.assert_array_equal(picture.weights[pos - picture.first], weights[0, pos])
    assert any("around the chosen one" in note for note in view.notes)
    assert len(json.dumps(view.payload()["picture"])) < 1_300_000


def test_a_step_more_sends_neither_vectors_nor_words_again() -> None:
    first = steps_of("gpt2", step="dot")
    again = steps_of("gpt2", step="softmax").payload(first.payload()["kept"])["picture"]
    assert all("same" in again[name] for name in ("parts", "weights", "rows", "columns", "query", "shares"))
    assert len(json.dumps(again)) < 15_000


def test_capture_of_one_token() -> None:
    model = tiny("gpt2")
    trace = capture(model, "The")
    steps = head_steps(model, trace, inside_layer(model, trace, 0), "self", 0, 0, 0, None)
    assert steps.weights.tolist() == [1.0] and "100 %" in steps_view(Standing(steps, "all", 2, "pass\n")).reading

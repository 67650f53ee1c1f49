"""Attention's views as the page asks for them: steps, maps with what stands beside them, and the head by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from playground import engine
from playground.analysis.attention.by_hand import OF_A_MODEL
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.hooks import forward_count
from playground.tabs import drawing
from playground.tabs.contract import Look
from playground.views.pictures import Heads, HeadSteps, Matrices
from playground.views.view import View
from tests.tabs.test_code import run
from tests.tabs.tiny_pages import PROMPTS, drawn, find, shown, values_of, visit_on


@pytest.mark.parametrize(("model", "which"), [("gpt2", "self"), ("bert", "self"), ("marian", "cross"),
                                             ("marian", "encoder"), ("falcon", "self")])  # fmt: skip
def test_the_code_of_a_step_gives_its_table(model: str, which: str) -> None:
    view = shown("attention-steps", PROMPTS[model], Look(pos=1, layer=1, head=1), which=which)
    columns, rows = view.whole()["table"]["columns"], view.whole()["table"]["rows"]
    printed, _ = run(view.python)
    (weights,) = next(values for values in printed if len(values) == 1)
    np.testing.assert_allclose(weights, [row[columns.index("weight")] for row in rows], atol=1e-6)
    if model != "falcon":
        np.testing.assert_allclose(printed[0][0], [row[columns.index("q · k")] for row in rows], atol=1e-4)
        masked = [float(row[columns.index("masked")]) for row in rows]
        np.testing.assert_allclose(printed[0][1], masked, atol=1e-4)


@pytest.mark.parametrize(("model", "which"), [("gpt2", "self"), ("bert", "self"), ("marian", "cross")])
def test_the_code_of_the_whole_matrices_gives_their_table(model: str, which: str) -> None:
    view = shown("attention-steps", PROMPTS[model], Look(layer=1, head=0), which=which, show="whole")
    assert isinstance(view.picture, Matrices)
    printed, _ = run(view.python)
    np.testing.assert_allclose(printed[1][0], [row[1:] for row in view.whole()["table"]["rows"]], atol=1e-6)


def test_another_head_of_an_open_layer_needs_no_other_pass() -> None:
    shown("attention-steps", PROMPTS["gpt2"], Look(layer=1, head=0))
    before = forward_count()
    for look in (Look(layer=1, head=1), Look(layer=1, head=2, pos=1)):
        assert isinstance(shown("attention-steps", PROMPTS["gpt2"], look).picture, HeadSteps)
    assert forward_count() == before


def test_a_page_of_typed_numbers_equals_its_code() -> None:
    for change in ({}, {"scale": True}, {"causal": True}, {"tokens": "a 1 2 | 0 1 | 3\nb 2 2 | 1 1 | 4"}):
        view = shown("attention-by-hand", PROMPTS["gpt2"], **change)
        printed, _ = run(view.python)
        picture: Any = view.picture
        np.testing.assert_allclose(printed[0][1].numpy(), picture.weights, atol=1e-5)
        np.testing.assert_allclose(printed[0][2].numpy(), picture.out, atol=1e-4)
        np.testing.assert_allclose(printed[1][0].numpy(), [0.3557, 0.4175, 0.2268], atol=5e-5)


def taken(prompt: Prompt | None, look: Look, **values: Any) -> View:
    """What “Take the chosen head” gives."""
    tab, view = find("attention-by-hand")
    (action,) = view.actions
    given = values_of(tab, PROMPTS["gpt2"], view.id, **values)
    (found,) = action.run(drawing.asked(tab, view, visit_on(prompt, look), given, action.reads), lambda: False)
    assert isinstance(found, View)
    return found


@pytest.mark.parametrize(
    ("model", "which"), [("gpt2", "self"), ("marian", "self"), ("marian", "cross"), ("bert", "self")]
)
def test_a_head_put_in_by_hand_gives_the_models_own_weights(model: str, which: str) -> None:
    """Where its first tokens look at nothing but each other; else the page says what is missing."""
    long = Prompt("tiny-bert", "The cat sat on the mat. The dog sat on the [MASK].")
    prompt = long if model == "bert" else PROMPTS[model]
    view = taken(prompt, Look(layer=1, head=1), which=which)
    picture: Any = view.picture
    layer = engine.trace(prompt).layers[1]
    attention = layer.cross_attention if which == "cross" else layer.attention
    assert attention is not None
    n, m = picture.weights.shape
    assert n <= OF_A_MODEL and m <= OF_A_MODEL
    own = attention.weights[1, :n, :m]
    assert picture.exact == bool(np.allclose(own.sum(-1), 1, atol=1e-4)), "nothing else is looked at"
    if picture.exact:
        np.testing.assert_allclose(picture.weights, own, atol=1e-5)
    else:
        assert model != "gpt2" and "more tokens" in picture.check
    printed, _ = run(view.python)
    np.testing.assert_allclose(printed[0][1].numpy(), picture.weights, atol=1e-5)


@pytest.mark.parametrize("values", [{}, {"tokens": "a 3 | -4 | 1\nb 2 | -3 | 4\nc 1 | 2 | 1"}])
@pytest.mark.parametrize("model", ["", "gpt2", "marian"])
def test_what_is_printed_by_hand_can_be_computed_by_hand(model: str, values: dict[str, str]) -> None:
    """Also where all scores lie far below 0, so that exp of each would be printed as 0.0000."""
    if model:
        picture: Any = taken(PROMPTS[model], Look(layer=1, head=1)).picture
    else:
        picture = shown("attention-by-hand", PROMPTS["gpt2"], Look(), **values).picture

    def value(text: str) -> float:
        return float(eval(text.replace("−", "-").replace("·", "*").replace("×", "*"), {"exp": math.exp}))

    for cell in picture.lines:
        lines = dict(cell)
        for name in {"scaled", "softmax"} & set(lines):
            found = [value(part) for part in lines[name].split(" = ")]
            assert all(math.isclose(part, found[-1], rel_tol=2e-3, abs_tol=2e-4) for part in found), lines[name]


def test_before_a_model_is_loaded_typed_numbers_are_there_and_no_head() -> None:
    tab, view = find("attention-by-hand")
    payload = drawing.draw(tab, view, visit_on(None), values_of(tab, PROMPTS["gpt2"]))
    assert payload is not None and "picture" in payload
    with pytest.raises(PlaygroundError, match="Nothing has been run"):
        taken(None, Look())


def test_maps_of_cross_attention_are_named_by_what_is_written() -> None:
    view = shown("attention-maps", PROMPTS["marian"], which="cross")
    picture = view.picture
    assert isinstance(picture, Heads)
    fed = [token.text for token in engine.trace(PROMPTS["marian"]).tokens]
    assert list(picture.rows[:-1]) == fed[1:] and picture.rows[-1].startswith("(")
    assert view.reading.startswith("To write")


@pytest.mark.parametrize(
    ("model", "values", "says"),
    [
        ("bert", {"beside": "the mask lifted"}, "no causal mask"),
        ("marian", {"beside": "the mask lifted", "which": "cross"}, "no causal mask"),
        ("marian", {"beside": "tiny-gpt2"}, "encoder's own"),
        ("gpt2", {"beside": "no-such-model"}, "no model no-such-model"),
        ("gpt2", {"beside": "tiny-falcon"}, ""),
        ("gpt2", {"beside": "tiny-bert"}, ""),
        ("marian", {"beside": "tiny-bert", "which": "encoder"}, ""),
        ("gpt2", {"beside": "tiny-marian"}, ""),
        ("gpt2", {"order": "no such order"}, ""),
        ("marian", {"order": "Previous token", "which": "cross"}, ""),
    ],
)
def test_what_can_stand_beside_a_map(model: str, values: dict[str, Any], says: str) -> None:
    payload = drawn("attention-maps", PROMPTS[model], **values)
    if says:
        assert payload["tone"] == "reason" and says in payload["message"]
    else:
        assert "picture" in payload, payload


def test_the_other_model_reads_the_same_sentence() -> None:
    view = shown("attention-maps", PROMPTS["gpt2"], Look(layer=0, head=1), beside="tiny-gpt2")
    picture = view.picture
    assert isinstance(picture, Heads) and picture.other is not None
    np.testing.assert_array_equal(picture.other.weights, picture.weights)
    assert all(partners == (row,) for row, partners in enumerate(picture.other.partners) if partners)
    assert "differ by 0 %" in view.reading or "less than 0.1 %" in view.reading

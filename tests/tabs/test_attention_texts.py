"""Attention over the text, what heads do, and while writing, asked as the page asks them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import SamplingSettings, engine
from playground.analysis.attention import ROLES, attentions, role_scores
from playground.engine import Prompt
from playground.tabs import drawing
from playground.tabs.contract import Chosen, Look
from playground.views.pictures import AttentionText, Grid, Group, SignedBars
from tests.tabs.tiny_pages import PROMPTS, drawn, find, shown, values_of, visit_on

CASES = [("gpt2", "self"), ("bert", "self"), ("marian", "self"), ("marian", "cross"), ("marian", "encoder")]


def text_picture(model: str, **values: Any) -> AttentionText:
    look = Look(pos=1, layer=1, head=1)
    picture = shown("attention-text", PROMPTS[model], look, **values).picture
    assert isinstance(picture, AttentionText)
    return picture


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_over_the_text_the_numbers_are_the_models(model: str, kind: str) -> None:
    layers = attentions(engine.trace(PROMPTS[model]), kind)
    every = np.stack([a.weights for a in layers])
    for measure, expected in (("head", every[1, 1]), ("heads", every[1].mean(0)), ("layers", every.mean((0, 1)))):
        found = text_picture(model, which=kind, measure=measure)
        np.testing.assert_allclose(found.values, expected, atol=1e-6)
        assert (found.layer, found.pos) == (1, 1)
    assert bool(found.column_pieces) == (kind == "cross")
    rolled = text_picture(model, which=kind, measure="rollout").values
    assert (rolled >= 0).all() and (rolled.sum(-1) <= 1 + 1e-5).all()
    moved = text_picture(model, which=kind, measure="moved").values
    v = layers[1].v
    assert v is not None and moved.shape == every[1, 1].shape
    # The head's weight divided out, the length belongs to the key alone.
    lengths = np.divide(moved, every[1, 1], out=np.full_like(moved, np.nan), where=every[1, 1] > 1e-6)
    assert np.nanmax(np.nanstd(lengths, axis=0)) < 1e-4 * np.nanmax(lengths)


def test_rollout_begins_at_the_top() -> None:
    picture = shown("attention-text", PROMPTS["gpt2"], Look(), measure="rollout").picture
    assert isinstance(picture, AttentionText) and picture.layer == picture.n_layers - 1 == 1


def test_what_a_family_does_not_hand_over_is_said() -> None:
    assert "values" in drawn("attention-text", PROMPTS["falcon"], measure="moved")["message"]


# What heads do


def roles(model: str, **values: Any) -> Group:
    picture = shown("attention-roles", PROMPTS[model], Look(layer=1, head=1), **values).picture
    assert isinstance(picture, Group)
    return picture


@pytest.mark.parametrize(("model", "kind"), CASES)
def test_the_map_of_a_role_holds_its_scores(model: str, kind: str) -> None:
    scores = role_scores(engine.trace(PROMPTS[model]), kind).values
    overview = roles(model, which=kind).pictures[0]
    assert isinstance(overview, Grid)
    for heat in overview.maps:
        ((_, key),) = heat.also
        np.testing.assert_array_equal(heat.values, scores[str(key)])
    picture = roles(model, which=kind, score="entropy_bits")
    grid, bars, text = picture.pictures
    assert isinstance(grid, Grid) and isinstance(bars, SignedBars) and isinstance(text, AttentionText)
    np.testing.assert_array_equal(grid.maps[0].values, scores["entropy_bits"])
    assert grid.chosen == (0, 1, 1) and (text.layer, text.head) == (1, 1)
    listed = [bar.value for bar in bars.groups[0].bars]
    assert listed == sorted(listed, reverse=True)
    assert listed[0] == pytest.approx(float(scores["entropy_bits"].max()))
    for bar in bars.groups[0].bars:
        place = dict(bar.pick)
        assert scores["entropy_bits"][int(place["layer"]), int(place["head"])] == pytest.approx(bar.value)


def test_every_role_is_defined_on_the_page() -> None:
    for role in ROLES.values():
        view = shown("attention-roles", PROMPTS["gpt2"], score=role.key)
        picture = view.picture
        assert isinstance(picture, Group)
        assert role.definition in picture.titles[0] and role.source in picture.titles[0]
        assert view.reading.endswith(".")


def test_a_role_that_means_nothing_across_two_texts_is_refused() -> None:
    told = drawn("attention-roles", PROMPTS["marian"], which="cross", score="previous")
    assert "where one text looks at another" in told["message"] and told["tone"] == "reason"
    assert "causal mask" in shown("attention-roles", PROMPTS["gpt2"], score="next").reading


# While writing


def grown(model: str, **values: Any) -> tuple[list[Any], dict[str, Any]]:
    """What the action streams, and the values that it leaves behind."""
    tab, view = find("attention-writing")
    (action,) = view.actions
    question = drawing.asked(
        tab, view, visit_on(PROMPTS[model]), values_of(tab, PROMPTS[model], view.id, **values), action.reads
    )
    *views, last = action.run(question, lambda: False)
    assert isinstance(last, Chosen)
    return views, dict(last.values)


@pytest.mark.parametrize(("model", "kind"), [("gpt2", "self"), ("marian", "cross"), ("marian", "self")])
def test_the_map_grows_by_a_row_with_each_word(model: str, kind: str) -> None:
    views, left = grown(model, which=kind, n_new=4)
    ids = [int(word) for word in left["written"].split()][1:]
    greedy = SamplingSettings(max_new_tokens=4, do_sample=False)  # the view draws only where it is asked to
    generated = [step.token.token_id for step in engine.generate(PROMPTS[model], greedy)]
    assert ids == generated and left["step"] == len(ids) - 1
    views.append(shown("attention-writing", PROMPTS[model], which=kind, **left))
    assert len(views) > 1
    for view in views:
        text, grid = view.picture.pictures
        assert grid.maps[0].values.shape == (len(text.rows), len(text.columns))
        assert grid.chosen[1] == text.pos == len(text.rows) - 1
    assert len(views[-1].picture.pictures[0].rows) == len(ids)
    first = shown("attention-writing", PROMPTS[model], which=kind, **(left | {"step": 0}))
    assert first.reading.startswith(f"Step 1 of {len(ids)}")


def test_what_was_written_belongs_to_its_prompt() -> None:
    _, left = grown("gpt2", n_new=3)
    other = Prompt("tiny-gpt2", "Once upon")
    assert shown("attention-writing", other, **left).reading.startswith("Nothing is written yet")
    assert shown("attention-writing", PROMPTS["gpt2"], written="1 99999999").reading.startswith("Nothing is written")


def test_the_number_of_tokens_and_the_seed_decide_what_is_written() -> None:
    words = {key: grown("gpt2", **values)[1]["written"] for key, values in {
        "short": {"n_new": 3}, "long": {"n_new": 6}, "drawn": {"n_new": 6, "sample": True, "seed": 1},
        "other": {"n_new": 6, "sample": True, "seed": 2}}.items()}  # fmt: skip
    assert words["long"].startswith(words["short"]) and len(set(words.values())) == 4

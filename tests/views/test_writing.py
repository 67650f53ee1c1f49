"""Texts in the making: figures that are the model's, trees that keep their numbers, and what ended them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from playground import SamplingSettings
from playground.analysis.generation import Branches, MaskFills
from playground.analysis.writing_tree import WritingTree, how_drawn
from playground.views.view import View, percent
from playground.views.writing import Standing, pieces_of, shown_ids, writing_view
from tests.tiny import tiny
from tests.views.shown import shown, trace_of

SETTINGS = SamplingSettings(max_new_tokens=6, seed=2)


def view_of(tree: WritingTree, colouring: Any = "probability", at: int = 0, running: bool = False) -> View:
    branches = Branches(tiny("gpt2"), "The cat")
    found: dict[int, Any] = {}
    for leaf in tree.leaves():
        found |= zip(tree.path(leaf), branches.tokens(tree.ids(leaf)), strict=True)
    node = tree.parents()[at - 1] if at else tree.tip
    stages = branches.ahead(tree.ids(node), SETTINGS)
    taken = tree.token_ids()[at - 1] if at else None
    pieces, _ = pieces_of("The cat", trace_of("gpt2", "The cat").tokens, encoder=False)
    tokens = [found[n] for n in range(1, tree.n_nodes + 1)]
    names = [f"n{i}" for i in shown_ids(stages, taken)]
    standing = Standing(tree, "mark", pieces, (), tokens, at, colouring, stages, names, taken, running)
    return writing_view(standing, "pass\n")


def written(n: int, ended: str | None = "max new tokens") -> WritingTree:
    branches = Branches(tiny("gpt2"), "The cat")
    ids = [step.token.token_id for step in branches.write((), SETTINGS)][:n]
    return WritingTree().grown(ids, ended, how_drawn(SETTINGS))


def test_the_table_and_the_reading_are_the_models_figures() -> None:
    tree = written(6)
    view = view_of(tree)
    tokens = Branches(tiny("gpt2"), "The cat").tokens(tree.ids(tree.tip))
    assert [row[4] for row in shown(view)["table"]["rows"]] == pytest.approx([t.raw_probability for t in tokens])
    assert [row[5] for row in shown(view)["table"]["rows"]] == pytest.approx([t.surprisal_bits for t in tokens])
    first = sum(t.rank == 1 for t in tokens)
    assert f"seed 2: {first} of them the model's first choice" in view.reading
    assert "cap of 6 new tokens" in view.reading


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("end token", "its end token"), ("context window", "the context window is full"), ("stopped", "by hand"),
        ("stop string", "stop string"), (None, "seen before (0 %)."),
    ],
)  # fmt: skip
def test_how_it_ended_is_said(ended: str | None, words: str) -> None:
    assert words in view_of(written(3, ended)).reading


def test_every_text_of_a_tree_has_its_own_figures() -> None:
    tree = WritingTree(written(4).runs, 2).grown([11], None, "hand")
    picture: Any = view_of(tree, at=5).picture
    assert [text.leaf for text in picture.texts] == [4, 5] and [text.n_tokens for text in picture.texts] == [4, 3]
    alone: Any = view_of(written(4)).picture
    assert picture.texts[0].perplexity == pytest.approx(alone.texts[0].perplexity)
    assert [node.parent for node in picture.nodes] == [0, 1, 2, 3, 2]
    assert [bar.state for bar in picture.place.bars].count("chosen") == 1
    assert picture.place.title == "Token 3: what could have come"


def test_the_bars_of_a_place_and_the_rest_are_everything() -> None:
    picture: Any = view_of(written(2)).picture
    bars = picture.place.bars
    assert sum(bar.value for bar in bars) == pytest.approx(1, abs=1e-4)
    assert sum(bar.before for bar in bars) == pytest.approx(1, abs=1e-4)
    assert bars[-1].state == "rest"


@pytest.mark.parametrize("colouring", ["surprisal", "entropy"])
def test_tints_in_bits_reach_the_largest_value(colouring: str) -> None:
    picture: Any = view_of(written(5), colouring).picture
    values = [node.surprisal_bits if colouring == "surprisal" else node.entropy_bits for node in picture.nodes]
    assert max(values) <= picture.full < max(max(values), 3) + 1 and "bits" in picture.legend[1]


def test_nothing_written_yet() -> None:
    view = view_of(WritingTree())
    shown(view)
    best = Branches(tiny("gpt2"), "The cat").ahead((), SETTINGS)
    own, final = (percent(float(probs[best.raw.argmax()])) for probs in (best.raw, best.final))
    assert view.reading.startswith("Nothing is written yet. For the next token the model's own first choice is")
    assert f"with {own}" in view.reading and (f"drawn with {final}" in view.reading) == (own != final)


@pytest.mark.parametrize("top_k", [3, 0])
def test_the_rest_is_nought_only_where_all_of_it_is_cut(top_k: int) -> None:
    stages = Branches(tiny("gpt2"), "The cat").ahead((), replace(SETTINGS, top_k=top_k, top_p=1.0))
    ids = shown_ids(stages, None)
    standing = Standing(WritingTree(), "mark", ["The cat"], (), [], 0, "probability", stages, [f"n{i}" for i in ids])
    picture: Any = writing_view(standing, "pass\n").picture
    rest = picture.place.bars[-1]
    assert (rest.value == 0) == (rest.note == "all of them are cut") == (top_k == 3) and rest.before > 0


def test_an_encoders_pieces_are_its_text() -> None:
    text = "The  [MASK] sat\u00a0on it ."
    pieces, places = pieces_of(text, trace_of("bert", text).tokens, encoder=True)
    assert "".join(pieces) == text[: len("".join(pieces))] and len(pieces) == len(places)
    fills = MaskFills(tiny("bert"), text)
    assert fills.tokens((30,))[0].pos in places
    found = fills.ahead((), SETTINGS)
    assert found is not None
    names = [f"n{i}" for i in shown_ids(found[1], None)]
    standing = Standing(WritingTree(), "m", pieces, places, [], 0, "probability", found[1], names, mask=found[0])
    view = writing_view(standing, "pass\n")
    assert "In the place of the marked mask the model's own first choice" in view.reading
    assert view.picture.mask == fills.tokens((30,))[0].pos  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="mask"):
        writing_view(replace(standing, mask=len(text)), "pass\n")

"""Settings side by side: where texts part, their figures, and every continuation that a beam search weighed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from playground import SamplingSettings, beam_search, generate
from playground.analysis.generation import Branches, runs_figures
from playground.analysis.sampling import next_token
from playground.views.versus import Entry, first_ids, versus_view
from tests.tiny import tiny
from tests.views.shown import shown, trace_of

PROMPT = "The cat"


def entry(title: str, ids: tuple[int, ...], **more: Any) -> Entry:
    stages = next_token(trace_of("gpt2", PROMPT).logits[-1], SamplingSettings(top_k=4))
    tokens = Branches(tiny("gpt2"), PROMPT).tokens(ids)
    return Entry(title, "said", stages, [f"n{i}" for i in first_ids(stages)], tokens, **more)


def test_the_first_difference_is_marked() -> None:
    entries = [entry("A", (5, 6, 7)), entry("B", (5, 9, 7)), entry("C", (5, 6, 7)), entry("D", (5, 6, 7, 8))]
    view = versus_view(("The",), entries, "pass\n")
    shown(view)
    picture: Any = view.picture
    assert [c.differs for c in picture.contenders] == [None, 1, None, 3]
    assert "B parts from A at token 2" in view.reading


def test_equal_texts_are_said_to_be_equal() -> None:
    view = versus_view((), [entry("A", (5, 6)), entry("B", (5, 6))], "pass\n")
    assert "All write the same text" in view.reading


def test_before_anything_is_written_the_first_tokens_are_shown() -> None:
    view = versus_view((), [entry("A", ()), entry("B", ())], "pass\n")
    picture: Any = view.picture
    assert sum(p for _, p in picture.contenders[0].first) == pytest.approx(1, abs=1e-5)  # top-k 4 leaves four
    assert "press Write all" in view.reading


def test_many_runs_have_a_mean_between_their_ends() -> None:
    texts = [list(generate(tiny("gpt2"), PROMPT, SamplingSettings(max_new_tokens=8, seed=s))) for s in range(5)]
    figures = runs_figures(texts)
    view = versus_view((), [entry("A", (5, 6), runs=figures), entry("B", (5, 7))], "pass\n")
    picture: Any = view.picture
    for figure in picture.contenders[0].figures[:4]:
        assert figure.low <= figure.mean <= figure.high
    assert f"A {figures.n_different} different texts in 5 runs" in view.reading and "each time" not in view.reading
    alone = replace(entry("B", (5, 7)), draws=False)
    said = versus_view((), [entry("A", (5, 6), runs=figures), alone], "pass\n").reading
    assert "; B draws nothing: the same text each time" in said
    assert figures.n_tokens.mean == pytest.approx(sum(map(len, texts)) / 5)


def test_every_continuation_that_was_weighed_is_a_dot() -> None:
    settings = SamplingSettings(max_new_tokens=5, do_sample=False)
    *_, tree = beam_search(tiny("gpt2"), PROMPT, settings, 3)
    best = tree.finished[0].token_ids
    view = versus_view((), [entry("A", (5, 6)), entry("B", best)], "pass\n", beams=tree)
    shown(view)
    picture: Any = view.picture
    assert len(picture.dots) == len(tree.nodes)
    assert [picture.dots[i].text for i in picture.beams.best] == [t.text for t in picture.contenders[1].tokens]
    for dot in picture.dots:
        parent = 0.0 if dot.parent is None else picture.dots[dot.parent].score
        assert dot.score == pytest.approx(parent + dot.log_prob, abs=1e-4)
        assert dot.parent is None or picture.dots[dot.parent].depth == dot.depth - 1

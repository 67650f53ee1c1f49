"""Two prompts side by side: each group is one prompt's distribution, the outlines are the other's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import capture
from playground.analysis.prompting import Comparison, compare, expectation
from playground.trace import Token
from playground.views.prompting import Compared, Side, compared_view
from playground.views.view import View, percent
from tests.tiny import tiny
from tests.views.shown import shown

FIRST, SECOND = "The cat sat on the mat", "The cat sat at home"


def view_of(compared: Comparison, texts: tuple[str, str] = (FIRST, SECOND), written: Any = None) -> View:
    sides = [
        Side(title, capture(tiny("gpt2"), text).tokens, text, written, "and so on")
        for title, text in zip(("Prompt A", "Prompt B"), texts, strict=True)
    ]
    names = tuple(f"n{i}" for i in compared.ids)
    return compared_view(Compared((sides[0], sides[1]), compared, names, False, "pass\n", "Press it."))


def test_two_prompts() -> None:
    model = tiny("gpt2")
    a, b = expectation(capture(model, FIRST)), expectation(capture(model, SECOND))
    view = view_of(compare(a, b))
    picture: Any = view.picture
    first, second, bars = picture.pictures
    for group, mine, other in zip(bars.groups, (a, b), (b, a), strict=True):
        assert sum(bar.value for bar in group.bars) == pytest.approx(1, abs=1e-4)
        for bar in group.bars[:-1]:
            assert (bar.value, bar.before) == pytest.approx((mine.probs[bar.token_id], other.probs[bar.token_id]))
    for token_id, _, mine, other, difference in shown(view)["table"]["rows"]:
        assert (mine, other) == pytest.approx((a.probs[token_id], b.probs[token_id]))
        assert difference == pytest.approx(other - mine, abs=1e-6)
    most = int(np.abs(b.probs - a.probs).argmax())
    assert percent(a.probs[most]) in view.reading and percent(b.probs[most]) in view.reading
    assert f"“n{most}”" in view.reading and "bits apart" in view.reading
    tokens = [[t.text for t in capture(model, text).tokens] for text in (FIRST, SECOND)]
    for text, own, others in zip((first, second), tokens, tokens[::-1], strict=True):
        tinted = [name for name, value in zip(text.names, text.values, strict=True) if not np.isnan(value)]
        assert text.names == tuple(own) and set(own) - set(others) <= set(tinted) < set(own)


def test_what_was_written_stands_below() -> None:
    a = expectation(capture(tiny("gpt2"), FIRST))
    written: tuple[Token, ...] = capture(tiny("gpt2"), SECOND).tokens
    view = view_of(compare(a, a), written=written)
    picture: Any = view.picture
    assert picture.titles[-1] == "It goes on: and so on" and len(picture.pictures) == 5
    assert np.isnan(picture.pictures[-1].values).all(), "both write the same"


def test_equal_prompts() -> None:
    a = expectation(capture(tiny("gpt2"), FIRST))
    assert "expect the same" in view_of(compare(a, a), (FIRST, FIRST)).reading

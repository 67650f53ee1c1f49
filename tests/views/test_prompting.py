"""Two prompts side by side: each group is one prompt's distribution, the outlines are the other's."""

from __future__ import annotations

import numpy as np
import pytest

from playground import capture
from playground.analysis.prompting import compare, expectation
from playground.views.pictures import Bars
from playground.views.prompting import comparison_view
from playground.views.view import percent
from tests.tiny import tiny
from tests.views.shown import shown, trace_of


def test_two_prompts() -> None:
    model = tiny("gpt2")
    a, b = expectation(capture(model, "The cat")), expectation(capture(model, "Once upon a time"))
    compared = compare(a, b)
    view = comparison_view(compared, [f"n{i}" for i in compared.ids], ("Prompt A", "Prompt B"), "pass\n")
    assert isinstance(view.picture, Bars)
    for group, mine, other in zip(view.picture.groups, (a, b), (b, a), strict=True):
        assert sum(bar.value for bar in group.bars) == pytest.approx(1, abs=1e-4)
        for bar in group.bars[:-1]:
            assert (bar.value, bar.before) == pytest.approx((mine.probs[bar.token_id], other.probs[bar.token_id]))
    for token_id, _, first, second, difference in shown(view)["table"]["rows"]:
        assert (first, second) == pytest.approx((a.probs[token_id], b.probs[token_id]))
        assert difference == pytest.approx(second - first, abs=1e-6)
    most = int(np.abs(b.probs - a.probs).argmax())
    assert percent(a.probs[most]) in view.reading and percent(b.probs[most]) in view.reading
    assert f"“n{most}”" in view.reading


def test_equal_prompts() -> None:
    a = expectation(trace_of("gpt2"))
    compared = compare(a, a)
    assert "expect the same" in comparison_view(compared, [""] * len(compared.ids), ("A", "B"), "pass\n").reading

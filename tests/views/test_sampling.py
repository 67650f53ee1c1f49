"""Bars that are everything."""

from __future__ import annotations

from typing import Any

import pytest

from playground import SamplingSettings, next_token
from playground.analysis.prompting import Expectation, expectation
from playground.views.pictures import Bar, Bars
from playground.views.sampling import Answer, distribution_view, shown_ids
from playground.views.view import View, percent
from tests.views.shown import shown, trace_of


def distribution(settings: SamplingSettings) -> tuple[View, Expectation, Any]:
    trace = trace_of("gpt2")
    expected = expectation(trace)
    stages = next_token(expected.logits, settings)
    names = [f"n{i}" for i in shown_ids(expected)]
    view = distribution_view([Answer("After x", -1, expected, stages, names)], settings, "pass\n")
    return view, expected, stages


def bars_of(view: View) -> tuple[list[Bar], Bar]:
    assert isinstance(view.picture, Bars)
    (group,) = view.picture.groups
    assert [bar.state for bar in group.bars].count("rest") == 1 and group.bars[-1].state == "rest"
    return list(group.bars[:-1]), group.bars[-1]


@pytest.mark.parametrize(
    "settings",
    [
        SamplingSettings(),
        SamplingSettings(temperature=0.8, top_k=5, top_p=0.9),
        SamplingSettings(temperature=0.1),
        SamplingSettings(top_p=0.05),
        SamplingSettings(do_sample=False, top_k=3),
    ],
)
def test_bars_and_the_rest_are_everything(settings: SamplingSettings) -> None:
    view, expected, stages = distribution(settings)
    payload = shown(view)
    bars, rest = bars_of(view)
    assert sum(bar.value for bar in bars) + rest.value == pytest.approx(1, abs=1e-5)
    assert rest.before is not None
    assert sum(bar.before or 0 for bar in bars) + rest.before == pytest.approx(1, abs=1e-5)
    assert bars[0].token_id == int(expected.probs.argmax())
    for bar in bars:
        assert bar.token_id is not None and bar.before == pytest.approx(float(expected.probs[bar.token_id]))
        assert (bar.state == "cut") == (bar.value == 0) == bool(bar.note)
    columns = payload["table"]["columns"]
    for cells in payload["table"]["rows"]:
        assert cells[3 : 3 + len(stages)] == pytest.approx([float(stage.probs[cells[1]]) for stage in stages])
        assert cells[columns.index("drawn from")] == pytest.approx(float(stages.final[cells[1]]))
    if not settings.do_sample:
        assert bars[0].value == 1 and "greedy" in view.reading
    else:
        assert percent(float(stages.final[bars[0].token_id])) in view.reading


def test_which_setting_cut_a_token_is_said() -> None:
    bars, _ = bars_of(distribution(SamplingSettings(top_k=3, top_p=0.01))[0])
    assert [bar.note for bar in bars[:4]] == ["", "cut by top-p", "cut by top-p", "cut by top-k"]

"""The four pictures of a model's size say the numbers that were counted."""

from __future__ import annotations

import pytest

from playground.analysis.size import growth
from playground.analysis.size.counting import size_of
from playground.views.pictures import Group, Plot, Stacked
from playground.views.size import counted, in_bytes, size_view
from playground.views.view import View
from tests.tiny import tiny
from tests.views.shown import accepted, shown


def view_of(name: str, other: str | None = None) -> View:
    sizes = [size_of(tiny(n)) for n in (name, other) if n]
    lengths = (9, 5 if sizes[0].info.n_encoder_layers else 0)
    return size_view(
        sizes[0], sizes[1] if other else None, lengths=lengths, grown=[growth(s, 4096) for s in sizes],
        precision="fp16", code="pass\n",
    )  # fmt: skip


@pytest.mark.parametrize(("name", "other"), [("gpt2", None), ("bert", "marian"), ("marian", "gpt2"), ("t5", None)])
def test_bars_add_up_to_what_stands_beside_them(name: str, other: str | None) -> None:
    view = view_of(name, other)
    whole = shown(view)
    assert isinstance(view.picture, Group)
    parameters, weights, work, memory = view.picture.pictures
    assert isinstance(parameters, Stacked) and isinstance(weights, Stacked) and isinstance(work, Stacked)
    for bar, model in zip(parameters.bars, [n for n in (name, other) if n], strict=True):
        assert sum(segment.value for segment in bar.segments) == tiny(model).info.n_parameters
    assert [bar.segments[0].value / weights.full for bar in weights.bars][:: 2 if other else 1] == pytest.approx(
        [tiny(name).info.n_parameters * b / weights.full for b in (4, 2, 1, 0.5)]
    )
    totals = [row for row in whole["table"]["rows"] if row[1] == "all"]
    assert [row[3] for row in totals] == pytest.approx([sum(s.value for s in bar.segments) for bar in work.bars])
    assert isinstance(memory, Plot)
    accepted(memory.figure)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "words", "size"),
    [
        (0, "0", "0 bytes"),
        (999, "999", "999 bytes"),
        (5_850_000, "5.85 million", "5.85 MB"),
        (3e12, "3 trillion", "3 TB"),
    ],
)
def test_large_numbers_as_people_say_them(value: float, words: str, size: str) -> None:
    assert counted(value) == words and in_bytes(value) == size


def test_what_another_model_is_beside_this_one_is_said() -> None:
    ratio = tiny("marian").info.n_parameters / tiny("gpt2").info.n_parameters
    assert f"{ratio:.3g} times as many" in view_of("gpt2", "marian").reading
    assert "of that" in view_of("marian", "gpt2").reading

"""Surprise: tints, bars and the list of the worst are the surprisals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.analysis.prompting import surprisal
from playground.analysis.prompting.surprise import AsChat, expected_at
from playground.views.surprise import Surprised, shown_ids, surprise_view
from playground.views.view import number
from tests.tiny import tiny
from tests.views.shown import TEXT, shown, trace_of


def surprised(name: str, pos: int) -> Surprised:
    model, trace = tiny(name), trace_of(name)
    found = surprisal(model, trace)
    special = found.pseudo and trace.tokens[pos].special
    expected = None if special or (not found.pseudo and pos == 0) else expected_at(model, trace, pos)
    ids = {*shown_ids(expected, trace.tokens[pos].token_id), *(int(i) for i in found.guesses)}
    source = TEXT if trace.encoder is not None else None
    return Surprised(found, None if source else TEXT, source, pos, expected, {i: f"n{i}" for i in ids}, None, "pass\n")


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian"])
def test_every_token_is_tinted_by_its_surprisal(name: str) -> None:
    given = surprised(name, 2)
    view = surprise_view(given)
    picture: Any = view.picture
    text, expected, most = picture.pictures
    np.testing.assert_array_equal(text.values, given.found.bits)
    assert text.full >= np.nanmax(given.found.bits)
    bars = expected.groups[0].bars
    assert sum(bar.value for bar in bars) == pytest.approx(1, abs=1e-4)
    (own,) = [bar for bar in bars if bar.state == "chosen"]
    assert -np.log2(own.value) == pytest.approx(float(given.found.bits[2]), abs=1e-2), "it stands in the text"
    listed = len(shown_ids(given.expected, -1)) - 1
    at = [bar.state for bar in bars].index("rest")
    assert at == listed and (bars.index(own) > at) == (given.found.ranks[2] > listed), (
        "set apart if it was not expected"
    )
    assert own.label.startswith("stands: " if name == "bert" else "came: ")
    worst = most.groups[0].bars
    assert worst[0].value == pytest.approx(float(np.nanmax(given.found.bits)))
    assert worst[0].pick == (("pos", given.found.most_wrong),)
    assert [bar.value for bar in worst] == sorted((bar.value for bar in worst), reverse=True)
    assert number(given.found.perplexity) in view.reading
    assert ("Pseudo" in view.reading) == (name == "bert")
    rows = shown(view)["table"]["rows"]
    assert [row[2] for row in rows if row[2] != ""] == pytest.approx([b for b in given.found.bits.tolist() if b == b])


def test_where_nothing_was_predicted() -> None:
    picture: Any = surprise_view(surprised("gpt2", 0)).picture
    assert not picture.pictures[1].groups[0].bars and "Nothing stands before" in picture.pictures[1].groups[0].title
    picture = surprise_view(surprised("bert", 0)).picture
    assert "Special tokens" in picture.pictures[1].groups[0].title
    unknown = surprised("bert", 2)
    blank = replace(unknown.found, bits=np.full_like(unknown.found.bits, np.nan))
    view = surprise_view(replace(unknown, found=blank, wanted="Press it."))
    assert view.reading == "Press it." and len(view.picture.pictures) == 2  # type: ignore[attr-defined]


def test_a_chat_template_stands_below() -> None:
    given = surprised("gpt2", 2)
    n = len(given.found.bits)
    chat = AsChat(given.found, (0, n))
    view = surprise_view(replace(given, chat=chat))
    mean = number(float(np.nanmean(given.found.bits)))
    assert f"{mean} bits each as they are, {mean} in the chat template" in view.reading
    assert len(view.picture.pictures) == 4  # type: ignore[attr-defined]

"""A sum of words: sentence, bars and list of examples speak by one rule."""

from __future__ import annotations

import pytest

from playground import load_model, tokens
from playground.analysis.embedding.arithmetic import ready_sums, sum_of
from playground.analysis.embedding.table import token_table
from playground.views.angles import ThreeWords, word_sum_view
from playground.views.pictures import Group, SignedBars, WordSums
from tests.views.shown import shown


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("words", [("king", "man", "woman", "queen"), ("father", "man", "woman", "mother")])
def test_the_hoped_for_answer_has_the_place_that_the_bars_show(words: tuple[str, str, str, str], keep: bool) -> None:
    model = load_model("storyteller")
    three, wanted = words[:3], words[3]
    found = sum_of(model, token_table(model), three, keep_inputs=keep)
    ids = [*(one.token_id for one in found.answers), found.first_of_all]
    names = dict(zip(ids, tokens.vocabulary(model.tokenizer, ids), strict=True))
    solved = ready_sums(model, None, False)
    view = word_sum_view(ThreeWords(found, three, False, keep, names, solved, 5_000_000, "print()\n"))
    shown(view)
    assert isinstance(view.picture, Group)
    _, bars, sums = view.picture.pictures
    assert isinstance(bars, SignedBars) and isinstance(sums, WordSums) and bars.chosen is not None
    at = bars.chosen[1]
    assert bars.groups[0].bars[at].label == f"␣{wanted}"
    place = ("1st", "2nd", "3rd")[at]
    assert f"The hoped-for “{wanted}” comes {place}" in view.reading
    (line,) = [line for line in sums.lines if line.chosen]
    assert line.said.startswith(f"{place}, ") and line.solved == (at == 0)

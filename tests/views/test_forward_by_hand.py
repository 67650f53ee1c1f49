"""What the worked examples show is what was computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.analysis.by_hand import FUNCTIONS, activated, network, normed
from playground.views.forward_by_hand import FORMULAS, activations_view, network_view, norm_view
from tests.views.shown import shown

TYPED = ("1, 2", "0.5, 0.25, 0\n-1, 0.5, -0.5\n1, 1, -1", "1, 2, 0.5, 0.1")


def test_a_network_says_how_its_neurons_come_about() -> None:
    found = network(*TYPED)
    picture: Any = network_view(found, "h1", "pass\n").picture
    assert picture.formula == ("h₂: (−1) · 1 + 0.5 · 2 − 0.5 = −0.5", "ReLU(−0.5) = 0")
    out: Any = network_view(found, "o0", "pass\n").picture
    assert out.formula == ("y₁: 1 · 1 + 2 · 0 + 0.5 · 2 + 0.1 = 2.1",)
    whole = shown(network_view(found, "nobody", "pass\n"))
    assert whole["picture"]["neuron"] == "o0" and "silences h₂" in whole["reading"]
    assert [row[4] for row in whole["table"]["rows"]] == [1, 2, 1, 0, 2, pytest.approx(2.1)]


@pytest.mark.parametrize("rms", [False, True])
def test_a_norm_says_how_its_numbers_come_about(rms: bool) -> None:
    found = normed("2, 4, 4, 4, 5, 5, 7, 9", "2", "1", rms=rms)
    whole = shown(norm_view(found, 99, "pass\n"))
    picture = whole["picture"]
    assert picture["entry"] == 7 and len(picture["stages"]) == (3 if rms else 4)
    assert picture["stages"][-1]["values"] == pytest.approx(found.out.tolist())
    if not rms:
        assert picture["formula"] == ["(9 − 5) / 2 = 2", "2 · 2 + 1 = 5"]
        assert picture["stages"][0]["line"] == 5 and "the spread, 2" in whole["reading"]
    else:
        assert picture["formula"][1] == "2 · 1.67 = 3.34" or "β" not in str(picture["formula"])
    np.testing.assert_allclose([row[-1] for row in whole["table"]["rows"]], found.out, rtol=1e-6)


def test_equal_numbers_leave_nothing_but_the_shift() -> None:
    assert "nothing but β is left" in norm_view(normed("3 3 3", beta="7"), 0, "pass\n").reading


@pytest.mark.parametrize("name", FUNCTIONS)
def test_activations_name_their_formulas(name: str) -> None:
    whole = shown(activations_view(activated(-1.5), name, (-10, 10), "pass\n"))
    assert whole["reading"].startswith(f"{name} makes")
    assert {row[0]: row[1] for row in whole["table"]["rows"]} == FORMULAS

"""Records of pictures refuse what does not fit, and say both numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.views import pictures
from playground.views.pictures import KINDS, Bar, BarGroup, Bars, Bertviz, Chip, Generation, Heads, Lens, Plot, Tokens
from playground.views.pictures.lens import Added

PICTURES = Path(__file__).parents[2] / "assets" / "pictures"
TEXTS = ("a", "b", "c")


def lens(**changed: Any) -> Lens:
    square = np.zeros((3, 3), np.float32)
    fields: dict[str, Any] = {
        "levels": ("embedding", "layer 0", "layer 1"), "tokens": TEXTS, "guesses": (TEXTS,) * 3, "probs": square,
        "ranks": square.astype(np.int32), "norms": square, "layer": -1, "pos": 2, "added": (Added(1, "mlp", 2.0),),
    }  # fmt: skip
    return Lens(**{**fields, **changed})


def heads(**changed: Any) -> Heads:
    fields: dict[str, Any] = {
        "thumbs": np.zeros((2, 4, 3, 3), np.uint8), "names": (("",) * 4,) * 2, "layer": 1, "head": 3,
        "weights": np.zeros((3, 3), np.float32), "rows": TEXTS, "columns": TEXTS, "pos": 0, "causal": True,
        "cross": False,
    }  # fmt: skip
    return Heads(**{**fields, **changed})


def tokens(**changed: Any) -> Tokens:
    chips = tuple(Chip(i, t, t, 7 + i, False, (i, i + 1), 1, False, i) for i, t in enumerate(TEXTS))
    return Tokens(**{"text": "abc", "tokens": chips, "pos": 1, **changed})


def bertviz(**changed: Any) -> Bertviz:
    fields: dict[str, Any] = {
        "view": "head", "layers": (4, 5), "layer": 5, "head": 1, "weights": np.zeros((2, 2, 3, 3), np.float32),
        "rows": TEXTS, "columns": TEXTS,
    }  # fmt: skip
    return Bertviz(**{**fields, **changed})


@pytest.mark.parametrize(
    ("make", "wrong", "words"),
    [
        (lens, {"probs": np.zeros((2, 3), np.float32)}, "has shape (2, 3), but levels and tokens ask for (3, 3)"),
        (lens, {"guesses": (TEXTS, TEXTS[:2], TEXTS)}, "2 guesses after layer 0, for 3 tokens"),
        (lens, {"layer": 2}, "Lens.layer is 2, outside -1 … 1"),
        (lens, {"layer": -2}, "Lens.layer is -2, outside -1 … 1"),
        (lens, {"pos": 3}, "Lens.pos is 3, outside 0 … 2"),
        (lens, {"added": (Added(2, "mlp", 1.0),)}, "names layer 2, and there are 2"),
        (heads, {"weights": np.zeros((3, 2), np.float32)}, "has shape (3, 2), but rows and columns ask for (3, 3)"),
        (heads, {"names": (("",) * 4, ("",) * 3)}, "a layer of 3 heads, but the thumbnails have 4"),
        (heads, {"thumbs": np.zeros((2, 4, 3, 3), np.float32)}, "float32 (2, 4, 3, 3), not uint8"),
        (heads, {"head": 4}, "Heads.head is 4, outside 0 … 3"),
        (tokens, {"pos": 3}, "Tokens.pos is 3, which is none of the places [0, 1, 2]"),
        (tokens, {"tokens": tokens().tokens[::-1]}, "stand at [2, 1, 0], which do not rise"),
        (bertviz, {"layer": 3}, "Bertviz.layer is 3, which is none of the layers (4, 5)"),
        (bertviz, {"weights": np.zeros((3, 2, 3, 3), np.float32)}, "(3, 2, 3, 3), but layers, rows and columns"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_both_numbers(
    make: Callable[..., Any], wrong: dict[str, Any], words: str
) -> None:
    make()
    with pytest.raises(ValueError, match=re.escape(words)):
        make(**wrong)


def test_bars_fit_their_tracks_and_stories_that_run_have_not_ended() -> None:
    Bars((BarGroup("t", (Bar("a", 0.5), Bar("others", 0.9, state="rest"))),), 0.5)
    with pytest.raises(ValueError, match=r"value 0\.6, and a full one has 0\.5"):
        Bars((BarGroup("t", (Bar("a", 0.6),)),), 0.5)
    with pytest.raises(ValueError, match="ended by 'end token'"):
        Generation((), (), running=True, ended_by="end token")
    with pytest.raises(ValueError, match=re.escape("has shape (1,), but the figure's traces ask for (2,)")):
        Plot({"data": [{}, {}]}, ({},), None, "k")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found_by_its_name(kind: str) -> None:
    """Record, script and style of one kind have one name; a script without a record would be dead."""
    assert KINDS[kind].__name__.lower() == kind and KINDS[kind].__name__ in pictures.__all__
    assert f"Playground.kinds.{kind} =" in (PICTURES / f"{kind}.js").read_text("utf-8")


def test_no_script_and_no_style_is_left_over() -> None:
    assert {path.stem.split("-")[0] for path in PICTURES.iterdir()} == set(KINDS)

"""Records of pictures refuse what does not fit, and say both numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.views import pictures
from playground.views.pictures import (
    KINDS,
    Axis,
    Bar,
    BarGroup,
    Bars,
    Bertviz,
    Chip,
    Grid,
    Group,
    Heads,
    HeatMap,
    Lens,
    LevelRow,
    Plot,
    Row,
    SignedBar,
    SignedBars,
    SignedGroup,
    Tokens,
    WindowBar,
    full_of,
    track_of,
)  # fmt: skip
from playground.views.pictures.lens import Added

PICTURES = Path(__file__).parents[2] / "assets" / "pictures"
TEXTS = ("a", "b", "c")


def lens(**changed: Any) -> Lens:
    square = np.zeros((3, 3), np.float32)
    fields: dict[str, Any] = {
        "levels": ("embedding", "layer 0", "layer 1"), "tokens": TEXTS, "asked": (2,), "guesses": (TEXTS,) * 3,
        "probs": square, "token_probs": square, "ranks": square.astype(np.int32), "entropies": square,
        "divergences": square, "norms": square, "followed": "", "measure": "guess", "layer": -1, "pos": 2,
        "best": (), "added": (Added(1, "mlp", 2.0),),
    }  # fmt: skip
    return Lens(**{**fields, **changed})


def heads(**changed: Any) -> Heads:
    fields: dict[str, Any] = {
        "thumbs": np.zeros((2, 4, 3, 3), np.uint8), "names": (("",) * 4,) * 2, "layer": 1, "head": 3,
        "weights": np.zeros((3, 3), np.float32), "rows": TEXTS, "columns": TEXTS, "pos": 0, "causal": True,
        "cross": False, "first": 0, "hidden": (), "role": "", "order": (), "scores": (), "clear": 0, "other": None,
    }  # fmt: skip
    return Heads(**{**fields, **changed})


def grid(**changed: Any) -> Grid:
    """One map, "m"; ``values``, ``rows`` and ``row_values`` are those of the map."""
    fields: dict[str, Any] = {"scale": "signed", "full": 2.0, "chosen": (0, 1, 2)}
    down = Axis("layer", changed.pop("rows", ("0", "1")), "layer", changed.pop("row_values", ()))
    values = changed.pop("values", np.array([[0, 1, 2], [-2, np.nan, 0]], np.float32))
    return Grid(maps=(HeatMap("m", values, down, Axis("head", TEXTS, "head")),), **{**fields, **changed})


def signed_bars(**changed: Any) -> SignedBars:
    bars = (SignedBar("a", 2.0), SignedBar("b", -3.0, role=changed.pop("role", "mlp")), SignedBar("c", 1.5))
    fields: dict[str, Any] = {"groups": (SignedGroup("t", bars),), "full": 2.0, "low": -1.0, "running": True}
    return SignedBars(**{**fields, **changed})


def group(**changed: Any) -> Group:
    return Group(**{"titles": ("one", ""), "pictures": (grid(), signed_bars()), "rows": (), **changed})


def tokens(**changed: Any) -> Tokens:
    chips = tuple(Chip(i, t, t, 7 + i, False, (i, i + 1), 1, "61", False, i, -1, False) for i, t in enumerate(TEXTS))
    fields: dict[str, Any] = {
        "text": "abc", "before": "", "after": "", "tokens": chips, "shared": (), "levels": (), "picks": True,
        "window": WindowBar(3, 8, 8, 0, False, ""), "back": (), "back_says": "", "marks": (), "more_marks": "",
        "missing": "", "pos": 1,
    }  # fmt: skip
    return Tokens(**{**fields, **changed})


def bertviz(**changed: Any) -> Bertviz:
    fields: dict[str, Any] = {
        "view": "head", "layers": (4, 5), "heads": (0, 1), "n_layers": 6, "n_heads": 2, "layer": 5, "head": 1, "pos": 0,
        "weights": np.zeros((2, 2, 3, 3), np.float32), "queries": np.zeros((0, 0), np.float32),
        "keys": np.zeros((0, 0), np.float32), "rows": TEXTS, "columns": TEXTS, "second": None, "causal": True,
        "n_marks": 18,
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
        (tokens, {"levels": (LevelRow(("a",), (1,), ((0, 2),), ()),)}, "over 1 characters in 1 columns"),
        (tokens, {"tokens": (replace(tokens().tokens[0], group=0),), "pos": 0}, "is of group 0, and there are 0"),
        (bertviz, {"layer": 3}, "Bertviz.layer is 3, which is none of the layers (4, 5)"),
        (bertviz, {"weights": np.zeros((3, 2, 3, 3), np.float32)}, "(3, 2, 3, 3), but layers, heads, rows and columns"),
        (bertviz, {"view": "neuron", "queries": np.zeros((2, 8), np.float32)}, "(2, 8), but rows ask for (3, 8)"),
        (bertviz, {"second": 3}, "Bertviz.second is 3, outside 1 … 2"),
        (grid, {"rows": ("0",)}, "the map 'm' has shape (2, 3), but its axes ask for (1, 3)"),
        (grid, {"row_values": (4,)}, "an axis has 1 values for 2 names"),
        (grid, {"full": 1.5}, "goes from -2.0 to 2.0, its colours to 1.5"),
        (grid, {"scale": "amount"}, "goes from -2.0 to 2.0, its colours to 2.0"),
        (grid, {"chosen": (0, 2, 0)}, "Grid.chosen is (0, 2, 0), in 1 maps, the named one of (2, 3)"),
        (signed_bars, {"full": 1.9}, "the bar 'a' ends at 2.0, the track at -1.0 and 1.9"),
        (signed_bars, {"running": False}, "the bar 'b' ends at -3.0, the track at -1.0 and 2.0"),
        (signed_bars, {"role": "blue"}, "the bar 'b' has the role 'blue'"),
        (signed_bars, {"chosen": (0, 3)}, "SignedBars.chosen is (0, 3)"),
        (group, {"titles": ("one",)}, "Group.titles has shape (1,), but the pictures ask for (2,)"),
        (group, {"rows": (Row((1.0,)),)}, "Group.rows has 1 places for 2 pictures"),
        (group, {"titles": ("a",), "pictures": (group(),)}, "a Group in a Group"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_both_numbers(
    make: Callable[..., Any], wrong: dict[str, Any], words: str
) -> None:
    make()
    with pytest.raises(ValueError, match=re.escape(words)):
        make(**wrong)


def test_bars_fit_their_tracks_and_traces_have_their_picks() -> None:
    Bars((BarGroup("t", (Bar("a", 0.5), Bar("others", 0.9, state="rest"))),), 0.5)
    with pytest.raises(ValueError, match=r"value 0\.6, and a full one has 0\.5"):
        Bars((BarGroup("t", (Bar("a", 0.6),)),), 0.5)
    with pytest.raises(ValueError, match=re.escape("has shape (1,), but the figure's traces ask for (2,)")):
        Plot({"data": [{}, {}]}, ({},), "k")


def test_ends_of_colours_and_tracks_are_found() -> None:
    assert full_of(np.array([np.nan, -3.0, 2.0]), np.array([1.0])) == 3.0
    assert full_of(np.array([np.nan]), np.zeros(2, np.float32)) == 1.0, "colours need an end even where all is nought"
    bars = signed_bars().groups
    assert track_of(bars, running=True) == (-1.0, 2.0) and track_of(bars, running=False) == (-3.0, 2.0)
    low, high = track_of((SignedGroup("", (SignedBar("a", -1.0),)),), running=False)
    assert low == -1.0 and 0 < high < 0.1, "nought lies between the ends"


def test_pictures_in_a_group_keep_what_they_keep_alone() -> None:
    """A part that is in two of them is sent twice at first, and named twice when it is there."""
    twins = group(titles=("", ""), pictures=(grid(), grid()))
    sent, kept = twins.payload()
    assert set(kept.values()) == {"pictures.1.maps"} and len(sent["pictures"]["pictures"]) == 2
    again, same = twins.payload(kept)
    assert same == kept
    assert [inner["maps"] for inner in again["pictures"]["pictures"]] == [{"same": next(iter(kept))}] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found_by_its_name(kind: str) -> None:
    """Record, script and style of one kind have one name; a script without a record would be dead."""
    assert KINDS[kind].__name__.lower() == kind and KINDS[kind].__name__ in pictures.__all__
    assert f"Playground.kinds.{kind} =" in (PICTURES / f"{kind}.js").read_text("utf-8")


def test_no_script_and_no_style_is_left_over() -> None:
    assert {path.stem.split("-")[0] for path in PICTURES.iterdir()} == set(KINDS)

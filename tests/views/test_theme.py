"""The palette can be read, is complete in both themes, and every role finds its colour."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from playground.views import figures, theme
from tests.views import roles


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize("role", ["text", "muted", *(r for r in theme.PALETTE["light"] if r.endswith("_ink"))])
def test_words_can_be_read_on_every_ground(mode: theme.Mode, role: str) -> None:
    roles = theme.PALETTE[mode]
    for ground in ("page", "surface", "sunken"):
        assert theme.contrast(roles[role], roles[ground]) >= 4.5, f"{role} on {ground}, {mode}"


@pytest.mark.parametrize("mode", theme.MODES)
def test_words_can_be_read_on_every_tint(mode: theme.Mode) -> None:
    found = theme.tints(mode)
    assert len(set(found)) == theme.N_TINTS
    for tint in found:
        for role in ("text", "muted"):
            assert theme.contrast(theme.PALETTE[mode][role], tint) >= 4.5, f"{role} on {tint}, {mode}"


@pytest.mark.parametrize("mode", theme.MODES)
@pytest.mark.parametrize("role", ["query", "key", "value", "attention", "special", "residual", "mlp"])
def test_marks_stand_out_from_the_surface(mode: theme.Mode, role: str) -> None:
    """WCAG asks 3:1 of marks that carry meaning. Amber on white cannot reach it; the chosen token has a frame."""
    assert theme.contrast(theme.PALETTE[mode][role], theme.PALETTE[mode]["surface"]) >= 3


@pytest.mark.parametrize("mode", theme.MODES)
def test_words_on_a_tint_can_be_read_at_every_amount(mode: theme.Mode) -> None:
    low, high = ("#000000", "#ffffff") if mode == "light" else ("#ffffff", "#000000")
    roles, switch = theme.PALETTE[mode], theme.ink_switch(mode)
    for step in range(101):
        tint = theme.blend(roles["surface"], roles["attention"], step / 100)
        assert theme.contrast(high if step / 100 >= switch else low, tint) >= 4.5


def test_both_themes_have_the_same_roles() -> None:
    assert set(theme.PALETTE["light"]) == set(theme.PALETTE["dark"])
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("mode", theme.MODES)
def test_scales_begin_and_end_where_they_say(mode: theme.Mode) -> None:
    roles = theme.PALETTE[mode]
    amount, signed = theme.scale("amount", mode), theme.scale("signed", mode)
    assert (amount[0], amount[-1]) == (roles["surface"], roles["attention"])
    assert (signed[0], signed[len(signed) // 2], signed[-1]) == (roles["query"], roles["surface"], roles["key"])


@pytest.mark.parametrize("mode", theme.MODES)
def test_equal_steps_of_an_amount_look_equally_large(mode: theme.Mode) -> None:
    lightness = [theme._oklab(colour)[0] for colour in theme.scale("amount", mode)]
    steps = np.diff(lightness)
    assert np.abs(steps - steps.mean()).max() < 0.006  # what rounding to 8 bits leaves


def test_every_role_finds_its_colour_and_data_stays_as_it_is() -> None:
    figure = figures.figure(
        [
            {
                "type": "scatter",
                "text": ["@query", "@amount"],
                "marker": {"color": ["@query", "@chosen/0.3"], "colorscale": "@signed", "line": {"color": "@surface"}},
                "fillcolor": "@attention/0.2",
            }
        ],
        coloraxis={"colorscale": "@amount"},
        xaxis={"title": {"text": "@text"}},
    )
    for mode in theme.MODES:
        resolved = roles.resolve(figure, mode)
        trace = resolved["data"][0]
        assert trace["text"] == ["@query", "@amount"]
        assert trace["marker"]["color"] == [theme.PALETTE[mode]["query"], theme.colour("@chosen/0.3", mode)]
        assert trace["marker"]["colorscale"][0] == [0.0, theme.PALETTE[mode]["query"]]
        assert resolved["layout"]["coloraxis"]["colorscale"][-1] == [1.0, theme.PALETTE[mode]["attention"]]
        assert resolved["layout"]["xaxis"]["title"]["text"] == "@text"
        trace.pop("text"), resolved["layout"]["xaxis"]["title"].pop("text")
        assert "'@" not in repr(resolved)


def test_an_unknown_role_is_named() -> None:
    with pytest.raises(ValueError, match="@querry"):
        roles.resolve({"color": "@querry"})


def test_opacity_becomes_an_rgba_colour() -> None:
    assert theme.colour("@query/0.3", "light") == "rgba(0,114,178,0.3)"


def test_arrays_travel_packed_and_come_back_exactly() -> None:
    values = np.array([[1.5, -2.25], [3e-9, 4]], dtype=np.float32)
    spec = figures.typed(values)
    assert (spec["dtype"], spec["shape"]) == ("f4", "2, 2")
    assert np.array_equal(np.frombuffer(base64.b64decode(spec["bdata"]), "<f4").reshape(2, 2), values)
    packed = figures.pack({"x": np.arange(3), "text": np.array(["a", "b"]), "size": np.float32(2)})
    assert packed["x"]["dtype"] == "i4" and packed["text"] == ["a", "b"] and packed["size"] == 2.0
    assert figures.typed(np.array([2**40]))["dtype"] == "f8", "int64 has no counterpart in the browser"


def test_the_style_sheet_names_every_role_twice() -> None:
    css = theme.css_variables()
    for role in theme.PALETTE["light"]:
        assert css.count(f"--pg-{role.replace('_', '-')}:") == 2


def test_the_pages_widgets_take_their_colours_from_the_palette() -> None:
    """A literal colour in Gradio's settings would stay as it is when the reader switches to dark."""
    assert not [value for value in theme.gradio_settings().values() if value.startswith(("#", "rgb"))]

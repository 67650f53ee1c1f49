"""How everything looks: the only module that knows a colour, a font or a margin.

Views name a colour by its *role* ("@query", "@chosen", "@attention/0.3"), never by its value. The browser resolves
roles from the CSS variables that :func:`css_variables` writes, and does it again when the reader switches between
light and dark.

Roles stand only where Plotly expects a colour (``color``, ``bgcolor``, ``fillcolor``, ``colorscale`` …). A token text
that happens to read "@query" is data and stays as it is. Plotly's own ``go.Figure`` refuses unknown colour names, so
figures are plain dicts: ``figures.figure([{"type": "scatter", …}], xaxis={…})``.

This module knows nothing of models, tokens or Gradio.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Mode = Literal["light", "dark"]
MODES: tuple[Mode, Mode] = ("light", "dark")

FONT = "IBM Plex Sans"
FONT_MONO = "IBM Plex Mono"
FONT_STACK = f"'{FONT}', ui-sans-serif, system-ui, sans-serif"
MONO_STACK = f"'{FONT_MONO}', ui-monospace, Consolas, monospace"

# Pictures measure themselves in --pg-unit, which grows with the page's type (assets/css/playground.css), so with the
# window and with the presentation switch. Only a registered property reaches scripts as pixels.
UNIT_SIZE = "--pg-unit: calc(var(--pg-body) * 0.875);"
UNIT = '@property --pg-unit { syntax: "<length>"; inherits: true; initial-value: 12px; }'

# One role, one meaning, on every tab. The dark values are the same hues, lifted until they read on a dark surface.
PALETTE: dict[Mode, dict[str, str]] = {
    "light": {
        "page": "#f5f6f8",
        "surface": "#ffffff",
        "sunken": "#eceff3",
        "grid": "#d8dde4",
        "text": "#17202b",
        "muted": "#566170",
        "query": "#0072b2",
        "key": "#d55e00",
        "value": "#009e73",
        "attention": "#5b4fc4",
        "special": "#7d8794",
        "chosen": "#e69f00",
        "residual": "#64748b",
        "mlp": "#b4548c",
        # The same hues where they are ink (words, numbers), dark enough for small type.
        "query_ink": "#00629a",
        "key_ink": "#a84a00",
        "value_ink": "#00704f",
        "attention_ink": "#4c40b3",
        "chosen_ink": "#855b00",
        "error_ink": "#b3261e",
        "button": "#5b4fc4",
        "button_text": "#ffffff",
    },
    "dark": {
        "page": "#10141a",
        "surface": "#181d25",
        "sunken": "#222933",
        "grid": "#364150",
        "text": "#e7ebf1",
        "muted": "#a3aebd",
        "query": "#4aa8e0",
        "key": "#f0803c",
        "value": "#2fbf95",
        "attention": "#9a90f5",
        "special": "#8b95a3",
        "chosen": "#f2b53a",
        "residual": "#93a4ba",
        "mlp": "#e08abd",
        "query_ink": "#6fbdec",
        "key_ink": "#f79a62",
        "value_ink": "#4fd1aa",
        "attention_ink": "#b3abff",
        "chosen_ink": "#f5c360",
        "error_ink": "#ff9c92",
        "button": "#6a5fd6",
        "button_text": "#ffffff",
    },
}

N_TINTS = 6
STEPS = 16  # of a colour scale; between two steps everyone interpolates in RGB, which is then close enough


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue of "#rrggbb", each from 0 to 1."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    return float(_linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(first: str, second: str) -> float:
    """Contrast ratio as WCAG 2 defines it, from 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _linear(colour: str) -> np.ndarray:
    """The three channels as amounts of light rather than as sRGB steps."""
    channels = np.array(rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


# Björn Ottosson's OKLab: equal steps look equally large, so amounts can be compared by eye.
_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def _oklab(colour: str) -> np.ndarray:
    return _TO_LAB @ np.cbrt(_TO_LMS @ _linear(colour))


def _hex(lab: np.ndarray) -> str:
    linear = np.linalg.inv(_TO_LMS) @ (np.linalg.inv(_TO_LAB) @ lab) ** 3
    linear = np.clip(linear, 0, 1)
    channels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in np.clip(channels, 0, 1))


def blend(low: str, high: str, share: float) -> str:
    """The colour ``share`` of the way from ``low`` to ``high``, even to the eye."""
    return _hex(_oklab(low) * (1 - share) + _oklab(high) * share)


def tints(mode: Mode) -> list[str]:
    """Pale colours that tell neighbours apart and mean nothing else: hues a sixth of a turn apart, equally light."""
    lightness, chroma = (0.925, 0.05) if mode == "light" else (0.37, 0.055)
    turns = [2 * np.pi * (i / N_TINTS + 0.08) for i in range(N_TINTS)]
    return [_hex(np.array([lightness, chroma * np.cos(turn), chroma * np.sin(turn)])) for turn in turns]


def scale(name: str, mode: Mode) -> list[str]:
    """The colours of a scale at equal steps: "amount" (0 … 1) or "signed" (−max … 0 … +max)."""
    roles = PALETTE[mode]
    ramp = [i / STEPS for i in range(STEPS + 1)]
    if name == "amount":
        return [blend(roles["surface"], roles["attention"], share) for share in ramp]
    if name == "signed":
        low = [blend(roles["surface"], roles["query"], share) for share in reversed(ramp[1:])]
        return [*low, *(blend(roles["surface"], roles["key"], share) for share in ramp)]
    raise ValueError(f"No colour scale is called {name!r}. There are 'amount' and 'signed'.")


def ink_switch(mode: Mode) -> float:
    """From which amount on words on a tinted cell must change from ``ink_low`` to ``ink_high`` to stay readable."""
    low, high = ("#000000", "#ffffff") if mode == "light" else ("#ffffff", "#000000")
    roles = PALETTE[mode]
    for step in range(101):
        colour = blend(roles["surface"], roles["attention"], step / 100)
        if contrast(high, colour) > contrast(low, colour):
            return step / 100
    return 1.01


def css_variables() -> str:
    """The palette as CSS: light on ``:root``, dark on ``.dark`` (the class that Gradio puts on the body)."""
    blocks = []
    for mode in MODES:
        lines = [f"--pg-{role.replace('_', '-')}: {value};" for role, value in PALETTE[mode].items()]
        lines += [f"--pg-tint-{i}: {value};" for i, value in enumerate(tints(mode))]
        lines += [f"--pg-scale-{name}: {' '.join(scale(name, mode))};" for name in ("amount", "signed")]
        low, high = ("#000000", "#ffffff") if mode == "light" else ("#ffffff", "#000000")
        lines += [f"--pg-ink-switch: {ink_switch(mode)};", f"--pg-ink-low: {low};", f"--pg-ink-high: {high};"]
        if mode == "light":
            lines += [f"--pg-font: {FONT_STACK};", f"--pg-mono: {MONO_STACK};", UNIT_SIZE]
        lines.append(f"color-scheme: {mode};")
        blocks.append(f"{':root' if mode == 'light' else '.dark'} {{ {' '.join(lines)} }}")
    return "\n".join([UNIT, *blocks])


_GRADIO_COLOURS = {
    "body_background_fill": "var(--pg-page)",
    "body_text_color": "var(--pg-text)",
    "body_text_color_subdued": "var(--pg-muted)",
    "background_fill_primary": "var(--pg-surface)",
    "background_fill_secondary": "var(--pg-sunken)",
    "border_color_primary": "var(--pg-grid)",
    "border_color_accent": "var(--pg-attention)",
    "color_accent_soft": "var(--pg-sunken)",
    "block_background_fill": "transparent",
    "block_border_color": "var(--pg-grid)",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--pg-muted)",
    "block_title_text_color": "var(--pg-muted)",
    "block_info_text_color": "var(--pg-muted)",
    "panel_background_fill": "transparent",
    "input_background_fill": "var(--pg-surface)",
    "input_background_fill_focus": "var(--pg-surface)",
    "input_border_color": "var(--pg-grid)",
    "input_border_color_focus": "var(--pg-attention)",
    "input_placeholder_color": "var(--pg-muted)",
    "slider_color": "var(--pg-attention)",
    "link_text_color": "var(--pg-attention-ink)",
    "link_text_color_hover": "var(--pg-attention-ink)",
    "link_text_color_visited": "var(--pg-attention-ink)",
    "link_text_color_active": "var(--pg-attention-ink)",
    "loader_color": "var(--pg-attention)",
    "checkbox_background_color": "var(--pg-surface)",
    "checkbox_background_color_selected": "var(--pg-button)",
    "checkbox_border_color": "var(--pg-special)",
    "checkbox_border_color_selected": "var(--pg-button)",
    "checkbox_border_color_focus": "var(--pg-attention)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_hover": "var(--pg-sunken)",
    "checkbox_label_background_fill_selected": "var(--pg-sunken)",
    "checkbox_label_border_color": "var(--pg-grid)",
    "checkbox_label_text_color": "var(--pg-text)",
    "checkbox_label_text_color_selected": "var(--pg-text)",
    "button_primary_background_fill": "var(--pg-button)",
    "button_primary_background_fill_hover": "var(--pg-button)",
    "button_primary_text_color": "var(--pg-button-text)",
    "button_secondary_background_fill": "var(--pg-surface)",
    "button_secondary_background_fill_hover": "var(--pg-sunken)",
    "button_secondary_border_color": "var(--pg-grid)",
    "button_secondary_text_color": "var(--pg-text)",
    "button_cancel_background_fill": "var(--pg-surface)",
    "button_cancel_background_fill_hover": "var(--pg-sunken)",
    "button_cancel_border_color": "var(--pg-error-ink)",
    "button_cancel_text_color": "var(--pg-error-ink)",
    "error_background_fill": "var(--pg-surface)",
    "error_border_color": "var(--pg-error-ink)",
    "error_text_color": "var(--pg-error-ink)",
    "table_border_color": "var(--pg-grid)",
    "table_text_color": "var(--pg-text)",
    "table_even_background_fill": "var(--pg-surface)",
    "table_odd_background_fill": "var(--pg-surface)",
}
_GRADIO_SIZES = {
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_padding": "0px",
    "block_label_padding": "0px",
    "block_label_text_size": "13px",
    "block_title_text_size": "13px",
    "block_title_text_weight": "400",
    "block_info_text_size": "12px",
    "button_border_width": "1px",
    "button_primary_border_color": "var(--pg-button)",
    "button_primary_border_color_dark": "var(--pg-button)",
    "button_large_text_size": "14px",
    "button_medium_text_size": "14px",
    "button_small_text_size": "13px",
    "button_large_text_weight": "700",
    "button_large_padding": "8px 16px",
    "button_small_padding": "4px 10px",
    "input_border_width": "1px",
    "input_border_width_dark": "1px",
    "input_text_size": "var(--text-md)",
    "input_padding": "7px 10px",
    "layout_gap": "12px",
    "form_gap_width": "0px",
    "shadow_drop": "none",
    "shadow_drop_lg": "none",
}


def gradio_settings() -> dict[str, str]:
    """What ``gr.themes.Base().set(**…)`` needs so that Gradio's own widgets wear the palette, light and dark."""
    # A variable names both themes at once, but Gradio falls back to its own dark value wherever none is given.
    dark = {f"{name}_dark": value for name, value in _GRADIO_COLOURS.items()}
    return _GRADIO_COLOURS | dark | _GRADIO_SIZES


def colour(role: str, mode: Mode) -> str:
    """ "@query" or "@query/0.3" as a CSS colour."""
    name, _, opacity = role.removeprefix("@").partition("/")
    value = PALETTE[mode].get(name)
    if value is None:
        raise ValueError(f"No colour role is called {role!r}. There are {', '.join(PALETTE[mode])}.")
    if not opacity:
        return value
    red, green, blue = (round(255 * channel) for channel in rgb(value))
    return f"rgba({red},{green},{blue},{opacity})"

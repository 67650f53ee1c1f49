"""What the tests of the views share: traces of tiny models, and what a browser or a program gets of a View."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground import Trace, capture
from playground.views import theme
from playground.views.view import View
from tests.tiny import tiny
from tests.views import roles

TEXT = "The cat sat on the mat. The dog sat on the cat."
HOSTILE = "<b>x</b> &amp; <script>alert(1)</script> ${1+1}"


def trace_of(name: str, text: str = TEXT) -> Trace:
    """A forward pass of a tiny model; an encoder–decoder is given its target."""
    model = tiny(name)
    return capture(model, text, "the cat sat" if model.info.kind == "encoder-decoder" else None)


def shown(view: View) -> dict[str, Any]:
    """What a program gets; fails where JSON would, and where the code is no Python."""
    json.dumps(view.payload(), allow_nan=False)
    whole: dict[str, Any] = json.loads(json.dumps(view.whole(), allow_nan=False))
    assert view.reading.endswith(".") and view.notes and view.python
    compile(view.python, "code", "exec")
    return whole


def unpacked(spec: dict[str, Any]) -> np.ndarray:
    """An array of a payload, as the browser decodes it."""
    found = np.frombuffer(base64.b64decode(spec["bdata"]), f"<{spec['dtype']}")
    return found.reshape(spec["shape"]) if isinstance(spec.get("shape"), list) else found


def accepted(figure: dict[str, Any]) -> None:
    """Plotly checks every name and value when a figure is made of a dict."""
    for mode in theme.MODES:
        go.Figure(roles.resolve(figure, mode))

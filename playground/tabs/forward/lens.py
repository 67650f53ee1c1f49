"""The residual stream, read out after every layer (logit lens)."""

from __future__ import annotations

from ... import engine
from ...analysis.lens import additions, stream_lengths
from ...errors import PlaygroundError
from ...views import code
from ...views.forward import lens_view, residual_view
from ...views.view import View
from ..contract import Asked, TabView
from ..places import position


def show(asked: Asked) -> View:
    """The logit lens; where a family has no described way out, the length of the stream."""
    prompt, trace = asked.run, engine.trace(asked.run)
    if not trace.layers:
        raise PlaygroundError(" ".join(trace.missing))
    pos = position(prompt, trace.tokens, asked.look.pos)
    try:
        lens = engine.logit_lens(prompt)
    except PlaygroundError:
        lines = code.captured(prompt.model, prompt.text, prompt.target)
        return residual_view(trace, stream_lengths(trace), pos=pos, code=lines)
    last = len(trace.layers) - 1
    layer = asked.look.layer if asked.look.layer is not None and -1 <= asked.look.layer <= last else last
    lines = code.captured(prompt.model, prompt.text, prompt.target, "read_out")
    return lens_view(
        trace,
        lens,
        stream_lengths(trace),
        additions(trace, pos),
        engine.laws(prompt),
        layer=layer,
        pos=pos,
        code=lines,
        answers="at" if engine.load(prompt.model).kind == "encoder" else "after",
    )


LENS = TabView(
    "lens",
    "Lens",
    show,
    reads=frozenset({"pos", "layer"}),
    help="Each column is a token on its way up. After every layer the **residual stream** is read out as if the model "
    "stopped there (**logit lens**): the word is its best guess for what comes next (an encoder's: for what stands "
    "there), the tint how sure it is. Choose a cell to follow that token.",
)

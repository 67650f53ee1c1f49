"""The residual stream, read out after every layer (logit lens)."""

from __future__ import annotations

from ... import engine
from ...analysis.lens import additions, best_guesses, follow, stream_lengths
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Stack, Trace
from ...views import code
from ...views.forward import Cells, lens_view, residual_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import choice, words
from ..places import SIDES, position, within

MEASURES = {
    "guess": "best guess",
    "probability": "probability of a token",
    "rank": "rank of a token",
    "entropy": "entropy",
    "kl": "KL to the answer",
}
GUESSES = (("side", ("target",)),)
"""Controls of what is read out: nothing is, out of an encoder that a decoder looks at."""
SHOWN = 8
"""Tokens of the list beside the table."""
ENCODER_STREAM = (
    "The encoder's stream is never turned into tokens, so no answer can be read out of it: its last row is what the "
    "decoder's cross-attention looks at.",
)



def show(asked: Asked) -> View:
    """The logit lens; the length of the stream where there is no way from it to tokens."""
    prompt, trace = asked.run, engine.trace(asked.run)
    if not trace.layers:
        raise PlaygroundError(" ".join(trace.missing))
    if asked.values["side"] == "source" and trace.encoder is not None and trace.encoder.layers:
        return _lengths(asked, trace.encoder, ENCODER_STREAM, "encoder")
    if not engine.reads_out(prompt):
        return _lengths(asked, trace, trace.missing)
    return _lens(asked, prompt, trace)


def _lengths(asked: Asked, stack: Stack, notes: tuple[str, ...], side: str = "") -> View:
    prompt = asked.run
    pos = position(prompt, stack.tokens, asked.look.pos)
    lines = code.captured(prompt.model, prompt.text, prompt.target)
    lengths = stream_lengths(stack)
    return residual_view(stack, lengths, pos=pos, layer=asked.look.layer, code=lines, notes=notes, side=side)


def _lens(asked: Asked, prompt: Prompt, trace: Trace) -> View:
    pos = position(prompt, trace.tokens, asked.look.pos)
    wanted = asked.look.layer
    top = len(trace.layers) - 1
    layer = -1 if wanted == -1 else within(wanted, top + 1, top)
    word = asked.values["follow"]
    kind = engine.load(prompt.model).kind
    mask = engine.mask_token(prompt.model)
    masks = tuple(i for i, token in enumerate(trace.tokens) if mask is not None and token.token_id == mask[1])
    cells = Cells(
        measure=asked.values["cell"],
        layer=layer,
        pos=pos,
        best=engine.analysed(best_guesses, prompt, layer, pos, SHOWN),
        followed=engine.analysed(follow, prompt, word) if word.strip() else None,
        asked=masks if kind == "encoder" else (len(trace) - 1,),
        answers="at" if kind == "encoder" else "after",
        start=kind == "encoder-decoder" and trace.tokens[0].special,
    )
    return lens_view(
        trace,
        engine.logit_lens(prompt),
        stream_lengths(trace),
        additions(trace, pos),
        engine.laws(prompt),
        cells,
        code=code.captured(prompt.model, prompt.text, prompt.target, "read_out"),
    )


def _towers(prompt: Prompt, value: object) -> Adaptation:
    """A choice between towers, where there are two."""
    two = engine.trace(prompt).encoder is not None
    return Adaptation(visible=two, value=None if two or value == "target" else "target")


def _read_out(prompt: Prompt, value: object) -> Adaptation:
    """What chooses among guesses, where there are any."""
    return Adaptation(visible=engine.reads_out(prompt))


LENS = TabView(
    "lens",
    "Lens",
    show,
    controls=(
        choice("side", "Which text", SIDES, "target", adapt=_towers),
        choice("cell", "The number in a cell", MEASURES, "guess", stands_if=GUESSES, adapt=_read_out),
        words(
            "follow", "Follow a token (empty: the final answer)", "", limit=100, stands_if=GUESSES, adapt=_read_out
        ),
    ),
    reads=frozenset({"pos", "layer", "side", "cell", "follow"}),
    help="Each column is a token on its way up. After every layer the **residual stream** is read out as if the model "
    "stopped there (**logit lens**): the word is its best guess for what comes next (an encoder's: for what stands "
    "there), the tint how sure it is. Choose a cell for its most probable tokens; type a word to see when it comes up.",
)

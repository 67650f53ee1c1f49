"""Attention while the model writes: every token with what was looked at in the step that wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from ... import engine
from ...analysis.attention import kinds_of
from ...analysis.attention.writing import looks_while_writing
from ...analysis.sampling import SamplingSettings
from ...engine import Prompt
from ...errors import PlaygroundError
from ...facts import ModelInfo
from ...settings import settings
from ...views import code
from ...views.attention.text import MEASURES
from ...views.attention.writing import BY, Standing, attention_writing_view
from ...views.view import View
from ..contract import Action, Asked, Cancelled, Chosen, Control, TabView, Unsuited
from ..controls import choice, chosen, slider, switch, whole_number
from ..places import within

EVERY_S = 0.25
"""Seconds between two updates while text is written: each runs the model over the text so far."""
STATE = frozenset({"layer", "head", "which", "by", "written", "step"})
LONGEST = 4000
"""Characters that the written ids may have in a link."""


def show(asked: Asked) -> View:
    """What was written from this prompt, or the look before the first word."""
    return _view(asked, _written(asked), running=False, step=asked.values["step"])


def write(asked: Asked, cancelled: Cancelled) -> Iterator[View | Chosen]:
    """Writes, and shows each token's looks as they come."""
    trace = engine.trace(asked.run)
    # All steps are looked at in one pass, which may be no longer than any other.
    room = settings().max_tokens - (len(trace) if trace.encoder is None else 1) + 1
    drawing = SamplingSettings(
        max_new_tokens=min(asked.values["n_new"], room),
        do_sample=asked.values["sample"],
        temperature=0.8,
        top_k=50,
        top_p=0.9,
        seed=asked.values["seed"],
    )
    ids: list[int] = []
    pace = engine.Pace(EVERY_S)
    for step in engine.generate(asked.run, drawing, cancelled):
        ids.append(step.token.token_id)
        if not step.ended_by and pace.due():
            yield _view(asked, ids, running=True, step=len(ids) - 1)
    yield Chosen({"written": " ".join(map(str, [mark(asked.run), *ids])), "step": len(ids) - 1})


def _view(asked: Asked, ids: list[int], *, running: bool, step: int) -> View:
    prompt, trace, kind = asked.run, engine.trace(asked.run), _kind(asked)
    looks = engine.analysed(looks_while_writing, prompt, tuple(ids), kind)
    layer = within(asked.look.layer, len(looks.weights), len(looks.weights) - 1)
    return attention_writing_view(
        Standing(
            looks,
            asked.values["by"],
            layer,
            head=within(asked.look.head, looks.weights[layer].shape[0], 0),
            step=within(step, len(looks.rows), len(looks.rows) - 1),
            text=trace.text,
            running=running,
            code=code.captured(prompt.model, prompt.text, prompt.target),
        )
    )


def _kind(asked: Asked) -> str:
    there = kinds_of(engine.trace(asked.run))
    if "self" not in there:
        raise PlaygroundError("This model does not hand over its attention, so there is nothing to follow.")
    return asked.values["which"] if asked.values["which"] in there else "self"


def mark(prompt: Prompt) -> int:
    """A number for model and text, so that what was written is not taken for another prompt's."""
    return crc32(f"{prompt.model}\0{prompt.text}".encode("utf-8", "replace"))


def _written(asked: Asked) -> list[int]:
    """Ids that were written from this prompt; none for another one, or where the link holds no such ids."""
    found = [int(word) for word in asked.values["written"].split()]
    n_known = engine.load(asked.run.model).vocab_size
    ids = found[1:]
    return ids if found[:1] == [mark(asked.run)] and all(i < n_known for i in ids) else []


def _ids(text: str) -> str:
    """Whole numbers with blanks between them."""
    if len(text) > LONGEST or not all(word.isascii() and word.isdigit() for word in text.split()):
        raise ValueError("whole numbers with blanks between them")
    return text


def _writers(info: ModelInfo) -> Unsuited | None:
    if info.kind != "encoder":
        return None
    return Unsuited("An encoder-only model does not write text, so there are no steps to follow.", "storyteller")


_cap = min(64, settings().max_new_tokens)
WHILE_WRITING = TabView(
    "writing",
    "While writing",
    show,
    controls=(
        choice("by", "Measured by", {key: MEASURES[key].title for key in BY}, "layers"),
        slider("n_new", "New tokens, at most", 1, _cap, 1, min(20, _cap)),
        switch("sample", "Draw at random (else the most probable token)", False),
        whole_number("seed", "seed", 0, 2**53, 7, acts_if="sample", more=True),
        Control("written", "Written tokens", "", str, _ids, None),
        chosen("step", "Step", -1, 10_000, -1),
    ),
    reads=STATE,
    suits=_writers,
    actions=(Action("write", "Write", write, reads=STATE - {"written", "step"} | {"n_new", "sample", "seed"}),),
    help="**Write** lets the model write, and shows for every word where the model looked in the step that wrote it. "
    "The slider goes back step by step; choose a word or a row of the map to see its step.",
)

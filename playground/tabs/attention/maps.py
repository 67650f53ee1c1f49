"""All heads at a glance, one head large, and another map beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ... import engine
from ...analysis.attention import ROLES, attentions, kinds_of
from ...analysis.attention.beside import mask_lifted, most_alike, pieces_of
from ...analysis.attention.maps import thumbnails_without
from ...analysis.attention.roles import MEASURED_ANEW, roles_of
from ...catalog import catalog
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views.attention.beside import lifted_beside, model_beside
from ...views.attention.maps import WHOLE, Beside, Extras, Heads, attention_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import offer, switch
from .heads import chosen_heads

BY_PLACE, NOTHING, LIFTED = "layer and head", "nothing", "the mask lifted"
MEASURED = {role.title: role for key, role in ROLES.items() if key not in MEASURED_ANEW}


def show(asked: Asked) -> View:
    """The grid of heads and the chosen one."""
    heads, prompt = chosen_heads(asked), asked.run
    kind = heads.kind
    if kind == "cross" and asked.look.pos is None:  # a row is named by the word that it writes: the last word, then
        heads = replace(heads, pos=max(0, heads.pos - 1))
    role = MEASURED.get(asked.values["order"])
    values = engine.analysed(roles_of, prompt, kind).values.get(role.key) if role is not None else None
    thumbs = engine.analysed(thumbnails_without, prompt, kind) if asked.values["hide"] else None
    return attention_view(
        heads,
        Extras(
            role=role if values is not None else None,
            values=values,
            thumbs=thumbs,
            written=_written(prompt, heads) if kind == "cross" else (),
            beside=_beside(prompt, heads, asked.values["beside"]),
        ),
    )


def _written(prompt: Prompt, heads: Heads) -> tuple[str, ...]:
    """The word that each row of cross-attention helps to write."""
    guess = engine.names(prompt.model, [int(engine.trace(prompt).logits[-1].argmax())])[0]
    return (*(token.text for token in heads.maps.rows[1:]), f"({guess})")


def _beside(prompt: Prompt, heads: Heads, wanted: str) -> Beside | None:
    if wanted in ("", NOTHING):
        return None
    if len(heads.maps.rows) > WHOLE:
        raise PlaygroundError(
            f"Maps stand beside each other up to {WHOLE} tokens. Choose “{NOTHING}” or a shorter text."
        )
    if wanted == LIFTED:
        return _lifted(prompt, heads)
    return _other_model(prompt, heads, wanted)


def _lifted(prompt: Prompt, heads: Heads) -> Beside:
    if heads.kind != "self" or not heads.maps.causal:
        raise PlaygroundError("There is no causal mask to lift here: every token may look at all others already.")
    found = engine.analysed(mask_lifted, prompt)
    ids = [token_id for token_id, _ in (*found.before, *found.after)]
    names = engine.names(prompt.model, ids)
    return lifted_beside(heads, found, names[: len(found.before)], names[len(found.before) :])


def _other_model(prompt: Prompt, heads: Heads, model: str) -> Beside:
    trace = engine.trace(prompt)
    if heads.kind == "cross" or (trace.encoder is not None and heads.kind == "self"):
        raise PlaygroundError(
            "Another model can be laid beside the encoder's own attention, which reads the typed text."
        )
    other = Prompt(model, prompt.text)
    theirs = engine.trace(other)
    kind = "encoder" if theirs.encoder is not None else "self"
    if kind not in kinds_of(theirs):
        raise PlaygroundError(f"{model} does not hand over its attention. Choose another model to lay beside.")
    tokens = theirs.encoder.tokens if theirs.encoder is not None else theirs.tokens
    pieces = pieces_of(prompt.text, heads.maps.rows, tokens)
    match = most_alike(heads.weights, attentions(theirs, kind), pieces)
    attention = attentions(theirs, kind)[match.layer]
    causal = engine.attention_maps(other, kind).causal
    return model_beside(heads, match, model, tokens, attention.weights[match.head], causal=causal)


def orders(prompt: Prompt, value: Any) -> Adaptation:
    """What heads can be sorted by."""
    return Adaptation(choices=(BY_PLACE, *MEASURED), value=None if value in (BY_PLACE, *MEASURED) else BY_PLACE)


def others(prompt: Prompt, value: Any) -> Adaptation:
    """What can stand beside the large map: a decoder without its mask, or another model that comes along."""
    info = engine.load(prompt.model)
    models = [entry.id for entry in catalog() if entry.source == "bundled" and entry.id != prompt.model]
    choices = (NOTHING, *((LIFTED,) if info.kind != "encoder" else ()), *models)
    return Adaptation(choices=choices, value=NOTHING if value == prompt.model else None)


MAPS = TabView(
    "maps",
    "Maps",
    show,
    controls=(
        offer("order", "Sort heads by", BY_PLACE, adapt=orders),
        switch("hide", "Leave out first and special tokens", False),
        offer("beside", "Beside the large map", NOTHING, adapt=others),
    ),
    reads=frozenset({"pos", "layer", "head", "which", "order", "hide", "beside"}),
    help="How strongly each token looks at the others: one small map for each **head** of each **layer**. Choose a map "
    "to see it large; choose a row, or a word of the sentence, to see what it looks at. The page opens on the head "
    "whose looks depend most on the words: neither the distance nor the first token nor punctuation explains them.",
)

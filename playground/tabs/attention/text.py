"""Attention over the running text, by one head or by many."""

from __future__ import annotations

from ... import engine
from ...analysis.attention import attentions
from ...analysis.attention.norms import moved_norms
from ...analysis.attention.over_text import mean_weights, rolled_out
from ...engine import Prompt
from ...trace import Array
from ...views.attention.text import MEASURES, Looks, attention_text_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice
from ..places import within
from .heads import chosen_heads


def show(asked: Asked) -> View:
    """The text, with where each word looks and who looks at it."""
    return attention_text_view(looks_of(asked, asked.values["measure"]))


def looks_of(asked: Asked, measure: str) -> Looks:
    """What a measure says of the text, with the chosen layer, head and word."""
    heads, prompt, trace = chosen_heads(asked), asked.run, engine.trace(asked.run)
    kind, layer, head = heads.kind, heads.layer, heads.head
    how, n_layers = MEASURES[measure], len(heads.maps.layers)
    if how.flow:  # through all layers, unless one was chosen
        layer = within(asked.look.layer, n_layers, n_layers - 1)
    values, notes = _values(prompt, measure, kind, layer, head)
    target = None if trace.encoder is not None else trace.text
    return Looks(
        kind, measure, values, heads.maps.rows, heads.maps.columns,
        row_text=trace.text if kind == "encoder" else target,
        column_text=trace.text if kind in ("encoder", "cross") else target,
        pos=heads.pos, layer=layer, head=head, n_layers=n_layers, n_heads=heads.maps.layers[layer].n_heads,
        causal=heads.maps.causal,
        code=heads.code
        + _code(measure, heads.stack, heads.field, kind, layer, head),
        guided=heads.guidance if how.by_head else "",
        notes=notes,
    )  # fmt: skip


def _values(prompt: Prompt, measure: str, kind: str, layer: int, head: int) -> tuple[Array, tuple[str, ...]]:
    """(row, column) by a measure, and what is to be said of it."""
    if measure == "head":
        return attentions(engine.trace(prompt), kind)[layer].weights[head], ()
    if measure in ("heads", "layers"):
        return engine.analysed(mean_weights, prompt, kind, layer if measure == "heads" else None), ()
    if measure == "rollout":
        return engine.analysed(rolled_out, prompt, kind, layer), ()
    norms = engine.analysed(moved_norms, prompt, kind, layer)
    bare = () if norms.projected else (
        "This family’s output projection is not known, so the length is that of the bare value.",)  # fmt: skip
    return norms.heads[head] if measure == "moved" else norms.layer, bare


def _code(measure: str, stack: str, field: str, kind: str, layer: int, head: int) -> str:
    """Lines that print the numbers of the table, from ``trace``."""
    own = f"{stack}.layers[{layer}].{field}.weights"
    where, norms = "from playground.analysis.attention.", f"moved_norms(model, trace, {kind!r}, {layer})"
    return {
        "head": f"print({own}[{head}])  # (query, key); each row sums to 1\n",
        "heads": f"print({own}.mean(0))  # (query, key)\n",
        "layers": f"{where}over_text import mean_weights\n\nprint(mean_weights(model, trace, {kind!r}))\n",
        "rollout": f"{where}rollout import rollout\n\nprint(rollout(trace, {kind!r}, {layer}))  # (query, key)\n",
        "moved": f"{where}norms import moved_norms\n\nprint({norms}.heads[{head}])  # lengths\n",
        "moved_layer": f"{where}norms import moved_norms\n\nprint({norms}.layer)  # lengths\n",
    }[measure]


TEXT = TabView(
    "text",
    "Over the text",
    show,
    controls=(choice("measure", "Measured by", {key: how.title for key, how in MEASURES.items()}, "head"),),
    reads=frozenset({"pos", "layer", "head", "which", "measure"}),
    help="Point at a word: the first text shows where it looks, the second who looks at it. The stronger the tint, the "
    "larger the **attention weight**. A click keeps the word; the numbers above choose another **layer** and **head**.",
)

"""What all drawings of attention share: which attention is meant, and which head and token are chosen."""

from __future__ import annotations

from typing import Any

from ... import engine
from ...analysis.attention import kinds_of
from ...catalog import bundled_folder
from ...engine import Prompt
from ...errors import PlaygroundError
from ...film import guided_heads
from ...views import code
from ...views.attention import Heads
from ..contract import Adaptation, Asked
from ..places import position, within


def chosen_heads(asked: Asked) -> Heads:
    """The attentions of the chosen kind, with the head and the row that are shown large.

    Raises:
        PlaygroundError: the model hands over no attention.
    """
    prompt, trace = asked.run, engine.trace(asked.run)
    there = kinds_of(trace)
    if not there:
        raise PlaygroundError(" ".join(trace.missing) or "This model does not hand over its attention.")
    kind = asked.values["which"] if asked.values["which"] in there else there[0]
    maps = engine.attention_maps(prompt, kind)
    layer, head = maps.suggested
    layer = within(asked.look.layer, len(maps.layers), layer)
    head = within(asked.look.head, maps.layers[layer].n_heads, head)
    folder = bundled_folder(prompt.model)
    guided = guided_heads(folder) if folder is not None and kind == "self" else {}
    return Heads(
        maps,
        layer,
        head,
        pos=position(prompt, maps.rows, asked.look.pos),
        code=code.captured(prompt.model, prompt.text, prompt.target),
        guided=guided.get((layer, head), ""),
    )


def kinds_there(prompt: Prompt, value: Any) -> Adaptation:
    """The choices stay as they are: Gradio refuses a restored value that is not among those of the last model."""
    there = kinds_of(engine.trace(prompt))
    return Adaptation(visible=len(there) > 1, value=there[0] if there and value not in there else None)

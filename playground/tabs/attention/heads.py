"""What all drawings of attention share: which attention is meant, and which head and token are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ... import engine
from ...analysis.attention import AttentionMaps, kinds_of
from ...catalog import bundled_folder
from ...engine import Prompt
from ...errors import PlaygroundError
from ...film import guided_heads
from ...views import code
from ...views.attention import Heads
from ..contract import Adaptation, Asked
from ..places import position, within


@dataclass(frozen=True)
class Place:
    """One row of one head."""

    prompt: Prompt
    kind: str
    """"self", "cross" or "encoder"."""
    layer: int
    head: int
    pos: int
    maps: AttentionMaps

    @property
    def n_layers(self) -> int:
        """Of the kind's tower."""
        return len(self.maps.layers)


def chosen_head(asked: Asked) -> Place:
    """The head and the row that are chosen, of the chosen kind of attention.

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
    return Place(prompt, kind, layer, head, position(prompt, maps.rows, asked.look.pos), maps)


def chosen_heads(asked: Asked) -> Heads:
    """The attentions of the chosen kind, with the head and the row that are shown large.

    Raises:
        PlaygroundError: the model hands over no attention.
    """
    place = chosen_head(asked)
    prompt = place.prompt
    return Heads(
        place.maps,
        place.layer,
        place.head,
        pos=place.pos,
        code=code.captured(prompt.model, prompt.text, prompt.target),
        guided=guidance(place),
    )


def guidance(place: Place) -> str:
    """What the head was shown to look at in training; "" for one that found its way by itself."""
    folder = bundled_folder(place.prompt.model)
    guided = guided_heads(folder) if folder is not None and place.kind == "self" else {}
    return guided.get((place.layer, place.head), "")


def kinds_there(prompt: Prompt, value: Any) -> Adaptation:
    """The choices stay as they are: Gradio refuses a restored value that is not among those of the last model."""
    there = kinds_of(engine.trace(prompt))
    return Adaptation(visible=len(there) > 1, value=there[0] if there and value not in there else None)

"""A model with something switched off beside the model as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..analysis.ablation import AblationMap
from ..analysis.sampling import ranking
from ..analysis.switches import WHOLE, Switchboard, TowerSwitches
from ..analysis.what_if import Changed, Texts
from ..trace import Array, Token
from . import pictures
from .tables import Table
from .view import View, listed, number, percent, quoted

MOST_PAIRS = 9
"""Tokens with bars of their own."""
LEAST_BITS = 1.0
"""End of the strip's colours at least, so that a breath of a change does not look like a storm."""


@dataclass(frozen=True, eq=False)
class Scene:
    """All that the view shows."""

    tokens: tuple[Token, ...]
    """Of the text whose answers are looked at; of an encoder–decoder the target's."""
    place: str
    """Where the answer stands, in words: "After “the”"."""
    board: Switchboard
    off: tuple[str, ...]
    changed: Changed
    refused: str
    """Why the change could not be made; "" where it was."""
    token_id: int
    """The followed token."""
    names: Mapping[int, str]
    """Id → text, of all tokens that are named."""
    effects: tuple[AblationMap, ...]
    """One for each kind of head; () before they are mapped."""
    texts: Texts | None
    code: str
    encoder_only: bool = False
    running: bool = False


def shown_ids(changed: Changed, token_id: int) -> list[int]:
    """Ids that have bars: the most probable before and after, and the followed token."""
    found = [*ranking(changed.before, 6).tolist(), *ranking(changed.after, 6).tolist(), token_id]
    unique = dict.fromkeys(int(i) for i in found)
    largest = sorted(unique, key=lambda i: -max(changed.before[i], changed.after[i]))[:MOST_PAIRS]
    return largest if token_id in largest else [*largest[:-1], token_id]


def what_if_view(scene: Scene) -> View:
    """The switches, the answer before and after, and the text with how far each of its answers has moved."""
    ids = shown_ids(scene.changed, scene.token_id)
    switches = _switches(scene)
    return View(
        picture=pictures.Group(
            ("What the model is made of: choose what is switched off", scene.place, _strip_title(scene)),
            (switches, _pairs(scene, ids), _continued(scene)),
            rows=(pictures.Row((1.6 if len(scene.board.towers) > 1 else 1.35, 1.0), 4.0), pictures.Row((1.0,), 1.0)),
        ),
        reading=_reading(scene),
        table=_table(scene, ids),
        python=scene.code,
        notes=_notes(scene),
        name="what-if",
    )


def _strip_title(scene: Scene) -> str:
    if not scene.off:
        return "The text: choose whose answer is shown above"
    return "The text: the darker a token, the further its answer has moved (divergence in bits)"


def _switches(scene: Scene) -> pictures.Switches:
    maps = {(found.encoder, found.cross): found for found in scene.effects}
    two = len(scene.board.towers) > 1
    known = [found.effects[np.isfinite(found.effects)] for found in scene.effects]
    largest = max((float(np.abs(values).max(initial=0.0)) for values in known), default=0.0)
    n_heads = sum(found.n_heads for found in scene.effects)
    return pictures.Switches(
        towers=tuple(_tower(tower, maps, two) for tower in scene.board.towers),
        whole=tuple(pictures.WholeSwitch(name, WHOLE[name], why) for name, why in scene.board.whole),
        off=scene.off,
        followed=scene.names[scene.token_id],
        full=largest or 1.0,
        tried=sum(found.n_tried for found in scene.effects) / n_heads if n_heads else 0.0,
    )


def _tower(tower: TowerSwitches, maps: Mapping[tuple[bool, bool], AblationMap], two: bool) -> pictures.SwitchTower:
    def effects(cross: bool, heads: tuple[int, ...]) -> Array:
        values = np.full((len(heads), max(heads, default=0)), np.nan, np.float32)
        found = maps.get((tower.encoder, cross))
        if found is not None:
            width = min(values.shape[1], found.effects.shape[1])
            values[:, :width] = found.effects[:, :width]
        return values

    return pictures.SwitchTower(
        title=("Encoder" if tower.encoder else "Decoder") if two else "",
        prefix="e" if tower.encoder else "",
        n_heads=tower.n_heads,
        n_cross=tower.n_cross,
        parts=tower.parts,
        effects=effects(False, tower.n_heads),
        cross_effects=effects(True, tower.n_cross),
    )


def _pairs(scene: Scene, ids: list[int]) -> pictures.Pairs:
    before, after = np.exp2(scene.changed.before), np.exp2(scene.changed.after)
    rest = tuple(max(0.0, float(1 - probs[ids].sum(dtype=np.float64))) for probs in (before, after))
    return pictures.Pairs(
        titles=("as it is", _short(scene.changed.words) if scene.off else "nothing is switched off"),
        pairs=tuple(pictures.Pair(scene.names[i], float(before[i]), float(after[i]), f"#{i}") for i in ids),
        rest=(rest[0], rest[1]),
        n_rest=len(before) - len(ids),
        full=max(0.01, float(before[ids].max()), float(after[ids].max())),
        said=f"{_bits(scene)} bits apart (KL divergence)" if scene.off else "",
        key="follow",
        chosen=ids.index(scene.token_id),
    )


def _bits(scene: Scene) -> str:
    bits = float(scene.changed.moved_bits[scene.changed.pos])
    return "less than 0.001" if 0 < bits < 0.001 else number(bits)


def _short(words: tuple[str, ...]) -> str:
    """What was changed, for a heading."""
    return "; ".join(words[:2]) + (f"; {len(words) - 2} more" if len(words) > 2 else "")


def _continued(scene: Scene) -> pictures.Continued:
    texts, lines = scene.texts, []
    if texts is not None:
        marks = (False,) * len(texts.before)
        lines.append(pictures.WrittenLine("as it is", _plain(texts.before), marks, texts.ended[0]))
        if scene.off and (texts.after or texts.both):
            lines.append(pictures.WrittenLine("with the change", _plain(texts.after), texts.differs, texts.ended[1]))
    what = "fills in the masks" if scene.encoder_only else "goes on with the text"
    return pictures.Continued(
        tokens=tuple(token.text for token in scene.tokens),
        moved_bits=scene.changed.moved_bits,
        full=max(LEAST_BITS, float(scene.changed.moved_bits.max())),
        pos=scene.changed.pos,
        lines=tuple(lines),
        running=scene.running and texts is not None,
        hint=f"Write both shows how the model {what}, as it is and with the change.",
    )


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """Visible tokens as running text."""
    return tuple(word.replace("␣", " ").replace("↵", "\n") for word in words)


def _reading(scene: Scene) -> str:
    if scene.refused:
        return f"This change could not be made: {scene.refused}"
    before, after = scene.changed.before, scene.changed.after
    name, was = quoted(scene.names[scene.token_id]), percent(float(np.exp2(before[scene.token_id])))
    if not scene.off:
        return f"{scene.place} the model gives {name} {was}. {_telling(scene)}"
    now = percent(float(np.exp2(after[scene.token_id])))
    first, then = int(before.argmax()), int(after.argmax())
    way = f"stays at {now}" if now == was else f"goes from {was} to {now}"
    said = f"{_capital(listed(list(scene.changed.words)))}: {name} {way}"
    if first == then:
        return f"{said}, and {quoted(scene.names[then])} stays the first choice."
    chance = percent(float(np.exp2(after[then])))
    was_first, is_first = quoted(scene.names[first]), quoted(scene.names[then])
    return f"{said}. The first choice was {was_first}; now it is {is_first}, {chance}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _telling(scene: Scene) -> str:
    """The head that matters most."""
    whole = [found for found in scene.effects if found.done]
    if not whole:
        return "Switch something off and see what becomes of it."
    strongest = max(whole, key=lambda found: float(np.nanmax(np.abs(found.effects))))
    layer, head = np.unravel_index(int(np.nanargmax(np.abs(strongest.effects))), strongest.effects.shape)
    effect = float(strongest.effects[layer, head])
    kind = "cross-attention head" if strongest.cross else "encoder head" if strongest.encoder else "head"
    share = percent(float(strongest.probabilities[layer, head]))
    way = "loses" if effect < 0 else "gains"
    return (
        f"No single head matters more for it than {kind} {layer}.{head}: without that one its logit {way} "
        f"{number(abs(effect))}, and its chance is {share}. Choose heads and parts to switch them off."
    )


def _table(scene: Scene, ids: list[int]) -> Table:
    before, after = np.exp2(scene.changed.before), np.exp2(scene.changed.after)
    rows: list[tuple[object, ...]] = [
        ("probability", scene.names[i], float(before[i]), float(after[i]), float(after[i] - before[i])) for i in ids
    ]
    rows += [
        ("divergence in bits", f"{n} {token.text}", 0.0, float(bits), float(bits))
        for n, (token, bits) in enumerate(zip(scene.tokens, scene.changed.moved_bits, strict=True))
    ]
    for found in scene.effects:
        kind = "cross-attention head" if found.cross else "encoder head" if found.encoder else "head"
        rows += [
            (f"logit without {kind}", f"{layer}.{head}", found.logit, float(value), float(value) - found.logit)
            for (layer, head), value in np.ndenumerate(found.logits)
            if np.isfinite(value)
        ]
    return Table(("what", "name", "before", "after", "change"), tuple(rows))


def _notes(scene: Scene) -> tuple[str, ...]:
    name = quoted(scene.names[scene.token_id])
    notes = [
        "A head is silenced before the output projection, so that all that it would add is gone; norms after it see "
        "what is left.",
        "The colours of heads belong to the model with everything else on.",
        "KL divergence: how many bits one loses on average who expects what was and meets what is, Σ p·log₂(p/q).",
    ]
    if not scene.effects:
        notes[1] = f"Map all heads silences each head in turn and colours it by what {name} loses or gains."
    notes += [f"Not in this model: {WHOLE[key]}. {why}" for key, why in scene.board.whole if why]
    if any(tower.n_heads and not any(tower.n_heads) for tower in scene.board.towers):
        notes.append("This family does not hand over single heads, so they have no switches.")
    if scene.refused:
        notes.append(scene.refused)
    return tuple(notes)

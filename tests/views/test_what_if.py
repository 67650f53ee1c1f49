"""The switches and the answers: what is drawn is what was computed, and what cannot be done is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground import Trace, capture
from playground.analysis.switches import switchboard
from playground.analysis.what_if import both_texts, changed, head_effects
from playground.models import LoadedModel
from playground.tokens import vocabulary
from playground.views.what_if import MOST_PAIRS, Scene, shown_ids, what_if_view
from tests.hooks.variants import variant
from tests.tiny import tiny
from tests.views.shown import TEXT, shown, trace_of


def scene(name: str, off: tuple[str, ...] = (), *, mapped: bool = True, pos: int = 1) -> Scene:
    return scene_of(tiny(name), trace_of(name), off, mapped=mapped, pos=pos)


def scene_of(
    model: LoadedModel, trace: Trace, off: tuple[str, ...] = (), *, mapped: bool = True, pos: int = 1
) -> Scene:
    found = changed(model, trace, off, False, pos)
    token_id = int(found.before.argmax())
    ids = {*shown_ids(found, token_id), int(found.after.argmax())}
    return Scene(
        tokens=trace.tokens,
        place="After it",
        board=switchboard(model, trace),
        off=off,
        changed=found,
        refused="",
        token_id=token_id,
        names=dict(zip(sorted(ids), vocabulary(model.tokenizer, sorted(ids)), strict=True)),
        effects=head_effects(model, trace, token_id, pos, False) if mapped else (),
        texts=None,
        code="pass\n",
        encoder_only=model.info.kind == "encoder",
    )


def parts(found: Scene) -> tuple[Any, Any, Any]:
    """Switches, pairs, the text."""
    picture: Any = what_if_view(found).picture
    return picture.pictures


@pytest.mark.parametrize(
    ("name", "off"), [("gpt2", ("h0.1",)), ("bert", ("m0", "positions")), ("marian", ("c0.1", "eb0"))]
)
def test_what_is_drawn_is_what_was_computed(name: str, off: tuple[str, ...]) -> None:
    found = scene(name, off)
    switches, pairs, text = parts(found)
    assert switches.off == off and switches.tried == 1
    for tower, one in zip(switches.towers, found.effects, strict=False):
        if tower.prefix == ("e" if one.encoder else "") and not one.cross:
            np.testing.assert_array_equal(tower.effects, one.effects)
    assert switches.full == pytest.approx(max(np.nanmax(np.abs(one.effects)) for one in found.effects))
    ids = shown_ids(found.changed, found.token_id)
    assert len(ids) <= MOST_PAIRS and found.token_id in ids
    for i, pair in zip(ids, pairs.pairs, strict=True):
        assert (pair.before, pair.after) == pytest.approx(
            (2 ** float(found.changed.before[i]), 2 ** float(found.changed.after[i]))
        )
    for side in (0, 1):
        total = sum((p.before, p.after)[side] for p in pairs.pairs) + pairs.rest[side]
        assert total == pytest.approx(1, abs=1e-4)
    np.testing.assert_array_equal(text.moved_bits, found.changed.moved_bits)
    whole = shown(what_if_view(found))
    kinds = {row[0] for row in whole["table"]["rows"]}
    assert "probability" in kinds and "divergence in bits" in kinds and "logit without head" in kinds


def test_a_model_as_it_is_names_the_head_that_matters_most() -> None:
    found = scene("gpt2")
    view = what_if_view(found)
    effects = found.effects[0].effects
    layer, head = np.unravel_index(np.abs(effects).argmax(), effects.shape)
    assert f"than head {layer}.{head}:" in view.reading
    assert parts(found)[1].said == ""
    assert "Switch something off" in what_if_view(scene("gpt2", mapped=False)).reading
    assert parts(scene("gpt2", mapped=False))[0].tried == 0


def test_what_a_family_does_not_allow_is_said() -> None:
    view = what_if_view(scene("bert"))
    assert any("Not in this model: final norm" in note for note in view.notes)
    assert "mask" not in {one.name for one in parts(scene("bert"))[0].whole}
    refused = what_if_view(replace(scene("gpt2"), refused="It cannot."))
    assert "could not be made: It cannot." in refused.reading


@pytest.mark.parametrize("n_layers", [1, 48])
def test_models_of_any_depth(n_layers: int) -> None:
    model = variant("gpt2", n_layer=n_layers)
    found = scene_of(model, capture(model, TEXT), (f"b{n_layers - 1}",))
    switches = parts(found)[0]
    assert len(switches.towers[0].n_heads) == n_layers and switches.tried == 1
    assert len(json.dumps(what_if_view(found).payload())) < 300_000


def test_texts_stand_side_by_side() -> None:
    model, trace = tiny("gpt2"), trace_of("gpt2")
    texts = both_texts(model, trace, ("b0",), False)
    _, _, text = parts(replace(scene("gpt2", ("b0",)), texts=texts))
    assert [len(line.words) for line in text.lines] == [len(texts.before), len(texts.after)]
    assert text.lines[1].other == texts.differs and not any(text.lines[0].other)
    assert not any("␣" in word for line in text.lines for word in line.words)

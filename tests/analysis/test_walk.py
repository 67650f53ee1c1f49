"""The walk: every step recomputes from what comes in, in the family's own order, and they join up."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from playground import Trace, capture
from playground.analysis.walk import SOURCE, Step, inside_layer, machine_of, steps_at
from playground.hooks import prepare
from playground.models import LoadedModel
from playground.trace import Norm
from tests.hooks.odd import FAMILIES as ODD
from tests.hooks.test_changes import ROWS, TRIAL, model_of
from tests.hooks.variants import TEXT
from tests.tiny import BY_TRIAL, tiny

POS = 3


def traced(model: LoadedModel) -> Trace:
    return capture(model, TEXT, "the cat sat on" if model.info.kind == "encoder-decoder" else None)


def walk(name: str, layer: int = 1, *, encoder: bool = False, head: int = 1) -> dict[str, Step]:
    model = model_of(name)
    trace = traced(model)
    found = steps_at(model, trace, inside_layer(model, trace, layer), POS, head, encoder=encoder)
    assert len({step.name for step in found}) == len(found)
    return {step.name: step for step in found}


@pytest.mark.parametrize("name", [*ROWS, *BY_TRIAL, *TRIAL])
@pytest.mark.parametrize("layer", [0, 1])
def test_every_step_recomputes_or_says_what_is_not_known(name: str, layer: int) -> None:
    sides = [False, True] if model_of(name).info.kind == "encoder-decoder" else [False]
    for encoder in sides:
        steps = walk(name, layer, encoder=encoder)
        for step in steps.values():
            assert step.exact or (step.difference is None and step.note.endswith(".")), (step.name, step.difference)
            assert step.outgoing or step.cells is not None or step.ranking is not None or step.chips
        assert any("add" in found for found in steps) or (name == "led" and encoder), "LED's encoder pads"


@pytest.mark.parametrize("name", ROWS)
def test_a_described_family_is_known_to_the_last_step(name: str) -> None:
    """Only what the family's tables and rotations leave open is a sentence."""
    unknown = {step.name for step in walk(name).values() if step.difference is None}
    assert unknown <= {"tokens", "position", "sum", "write"}, unknown


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("gpt2", "row position sum attn-norm attn-qkv attn-heads attn-scores attn-scale attn-softmax attn-mix attn-out "
                 "attn-add mlp-norm mlp-up mlp-act mlp-down mlp-add final-norm logits softmax"),
        ("llama", "row attn-norm attn-qkv attn-heads attn-scores attn-scale attn-softmax attn-mix attn-out attn-add "
                  "mlp-norm mlp-up mlp-act mlp-gate mlp-down mlp-add final-norm logits softmax"),
        ("bert", "row position token-type sum embed-norm attn-qkv attn-heads attn-scores attn-scale attn-softmax "
                 "attn-mix attn-out attn-add attn-after mlp-up mlp-act mlp-down mlp-add mlp-after logits softmax"),
        ("gpt_neox", "row attn-norm attn-qkv attn-heads attn-scores attn-scale attn-softmax attn-mix attn-out mlp-norm "
                     "mlp-up mlp-act mlp-down mlp-add final-norm logits softmax"),
        ("gemma2", "row attn-norm attn-qkv attn-heads attn-scores attn-scale attn-softmax attn-mix attn-out "
                   "attn-behind attn-add mlp-norm mlp-up mlp-act mlp-gate mlp-down mlp-behind mlp-add final-norm "
                   "logits softmax"),
        ("marian", "row position sum attn-qkv attn-heads attn-scores attn-scale attn-softmax attn-mix attn-out "
                   "attn-add attn-after cross-qkv cross-heads cross-scores cross-scale cross-softmax cross-mix "
                   "cross-out cross-add cross-after mlp-up mlp-act mlp-down mlp-add mlp-after logits softmax"),
    ],
)  # fmt: skip
def test_the_order_is_the_familys_own(name: str, wanted: str) -> None:
    assert " ".join(walk(name)) == f"tokens {wanted} write"


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "gemma2", "gpt_neox", "granite"])
def test_each_step_goes_on_with_what_the_one_before_gave(name: str) -> None:
    steps = list(walk(name).values())
    model = model_of(name)
    trace = traced(model)
    after = trace.layers[1].resid_post[POS]
    last = [step for step in steps if step.name.startswith("mlp-")][-1]
    np.testing.assert_allclose(last.outgoing[-1].values, after, atol=1e-4)
    for before, step in pairwise(steps):
        if step.name in ("mlp-down", "mlp-act", "attn-softmax") and step.incoming:
            given = [out.values for out in before.outgoing]
            assert any(np.allclose(step.incoming[0].values, values, atol=1e-5) for values in given), step.name


def test_the_encoder_of_an_encoder_decoder_has_steps_of_its_own() -> None:
    steps = walk("marian", encoder=True)
    assert all(name.startswith(SOURCE) for name in steps) and f"{SOURCE}attn-softmax" in steps
    assert not any("cross" in name or "logits" in name for name in steps)


def test_a_wrong_number_is_noticed() -> None:
    """The check recomputes from what comes in: a norm whose shift is not the model's own does not come out."""
    model = tiny("gpt2")
    trace = traced(model)
    inside = inside_layer(model, trace, 0)
    assert inside.main.layer is not None and inside.main.last is not None
    last: Norm = replace(inside.main.last, shift=np.zeros_like(inside.main.last.shift))
    wrong = replace(inside, main=replace(inside.main, last=last))
    steps = {step.name: step for step in steps_at(model, trace, wrong, POS, 0)}
    assert not steps["final-norm"].exact and steps["attn-norm"].exact


def test_figures_are_those_of_the_formula() -> None:
    steps = walk("gpt2")
    norm = steps["attn-norm"]
    x = norm.incoming[0].values.astype(float)
    assert norm.figure("mean") == pytest.approx(x.mean()) and norm.figure("variance") == pytest.approx(x.var())
    softmax = steps["attn-softmax"]
    assert softmax.cells is not None
    masked, exp, weight = softmax.cells.values
    assert np.isneginf(masked[POS + 1 :]).all() and not weight[POS + 1 :].any()
    assert exp.sum() == pytest.approx(softmax.figure("total"), rel=1e-5)
    ranking = steps["softmax"].ranking
    assert ranking is not None and ranking.curve[0] == ranking.logits[0] and ranking.ranks[-1] == ranking.total
    assert (np.diff(ranking.curve) <= 0).all()


@pytest.mark.parametrize("name", [*ROWS, *BY_TRIAL, *TRIAL])
def test_the_machine_names_every_parameter_once_and_every_length(name: str) -> None:
    model = model_of(name)
    trace = traced(model)
    machine = machine_of(model, trace, inside_layer(model, trace, 0), POS, 0)
    towers = [machine.main, *([machine.encoder] if machine.encoder is not None else [])]
    counted = machine.table_parameters + machine.head_parameters + sum(t.n_parameters for t in towers)
    assert counted <= machine.n_parameters
    for tower, stack in zip(towers, [trace, trace.encoder], strict=False):
        assert stack is not None and tower.levels.shape == (
            (len(stack.layers) + 1) * bool(stack.layers),
            len(stack.tokens),
        )
        assert len(tower.blocks) == len(stack.layers)
        for block, layer in zip(tower.blocks, stack.layers, strict=True):
            assert sum(part.n_parameters or 0 for part in block.parts) <= block.n_parameters
            lengths = {"attn": layer.attn_out, "cross": layer.cross_out, "mlp": layer.mlp_out}
            for part in block.parts:
                added = lengths[part.name]
                assert added is not None and part.length == pytest.approx(float(np.linalg.norm(added[tower.pos])))
    assert machine.main.order == ("post-norm" if trace.post_norm else machine.main.order)


def test_gpt2s_parameters_are_counted_by_hand() -> None:
    machine = machine_of(tiny("gpt2"), trace := traced(tiny("gpt2")), inside_layer(tiny("gpt2"), trace, 0), POS, 0)
    attn, mlp = machine.main.blocks[1].parts
    assert attn.n_parameters == 32 * 96 + 96 + 32 * 32 + 32
    assert mlp.n_parameters == 32 * 128 + 128 + 128 * 32 + 32
    assert machine.main.blocks[1].n_parameters == attn.n_parameters + mlp.n_parameters + 2 * 64
    assert machine.head_parameters == 0, "GPT-2 reads its token table again"


@pytest.mark.parametrize("name", [name for name in ODD if name not in TRIAL])
def test_where_little_is_known_the_walk_is_no_traceback(name: str) -> None:
    model = model_of(name)
    trace = traced(model)
    inside = inside_layer(model, trace, 0)
    assert steps_at(model, trace, inside, POS, 0) and machine_of(model, trace, inside, POS, 0)
    assert prepare(model)

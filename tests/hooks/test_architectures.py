"""A wrong row in ``ARCHITECTURES`` cannot pass: the laws see it, and trial takes its place."""

from __future__ import annotations

import dataclasses
from importlib import import_module
from typing import Any

import pytest
import torch

from playground import capture, check_laws
from playground.architectures import ARCHITECTURES, Architecture, StackRow
from playground.hooks.parts import ModelParts, find
from playground.hooks.prepare import failing, prepare, probe_inputs
from playground.hooks.trial import observe
from playground.models import LoadedModel
from tests.hooks.variants import TEXT
from tests.tiny import BY_TRIAL, FAMILIES, UNDESCRIBED, build, tiny

preparing = import_module("playground.hooks.prepare")  # the package gives the function of this name
CONFIG_FIELDS = {"parallel_if", "pre_norm_if", "embed_factor", "residual_factor"}
"""Fields of a row that name numbers of the config, not modules."""

MISTAKES = [
    ("gemma2", "attn", "self_attn", "residual"),  # the plain module, where its post-norm is what is added
    ("gemma2", "mlp", "mlp", "residual"),
    ("gemma3", "attn", "self_attn", "residual"),
    ("olmo2", "mlp", "mlp", "residual"),
    ("llama", "attn", "mlp", "residual"),
    ("gpt2", "mlp", "mlp.c_fc", "residual"),
    ("opt", "mlp", "fc1", "residual"),
    ("bert", "attn", "attention", "residual"),  # BERT's attention block normalises inside itself
    ("bert", "mlp", "output", "residual"),
    ("bert", "attn_norm", "output.LayerNorm", "residual"),
    ("bart", "cross", None, "residual"),
    ("gpt2", "positions", None, "embedding"),
    ("bert", "token_types", None, "embedding"),
    ("bert", "embed_norm", None, "embedding"),
    ("gpt2", "final_norm", None, "unembed"),
    ("llama", "final_norm", "model.layers.0.input_layernorm", "unembed"),
]


def _with(architecture: Architecture, field: str, value: str | None) -> Architecture:
    return dataclasses.replace(architecture, stack=dataclasses.replace(architecture.stack, **{field: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize(("family", "field", "value", "law"), MISTAKES)
def test_a_wrong_row_breaks_its_law(
    family: str, field: str, value: str | None, law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is not used: the family is described by trial instead, with the parts of the right row, and that is said."""
    right = prepare(tiny(family)).parts
    model = build(family)
    name = model.info.family
    monkeypatch.setitem(ARCHITECTURES, name, _with(ARCHITECTURES[name], field, value))
    failed: list[tuple[str, ...]] = []

    def watched(*given: Any) -> tuple[str, ...]:
        failed.append(failing(*given))
        return failed[-1]

    monkeypatch.setattr(preparing, "failing", watched)
    prepared = prepare(model)
    assert law in failed[0] or failed[0] == ("ValueError",)  # of another shape: it cannot even be added
    assert failed[-1] == ()
    assert prepared.parts.by_trial and "does not fit these weights" in prepared.notes[0]
    assert _paths(model, prepared.parts) == _paths(tiny(family), right)


@pytest.mark.parametrize("name", ["granite", "cohere"])
def test_a_multiplier_that_the_row_forgets_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under Llama's row Granite is off by a few hundredths, which nobody would see. Trial measures its factors."""
    right = prepare(tiny(name)).parts
    monkeypatch.setitem(ARCHITECTURES, name, ARCHITECTURES["llama"])
    model = build(name)
    trace = capture(model, TEXT)
    parts = prepare(model).parts
    assert parts.by_trial and "does not fit these weights" in trace.notes[0]
    assert parts.logit_scale == pytest.approx(right.logit_scale, rel=1e-5)
    assert parts.stack.embed_scale == pytest.approx(right.stack.embed_scale, rel=1e-5)
    assert parts.stack.layers[1].mlp_scale == pytest.approx(right.stack.layers[1].mlp_scale, rel=1e-5)
    assert max(value for value in vars(check_laws(model, trace)).values() if value is not None) < 1e-4


def test_where_neither_row_nor_trial_fits_less_is_shown_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ARCHITECTURES["gpt_neox"]
    named = {
        field: getattr(row.stack, field).replace("gpt_neox", "gpt_neox_japanese")
        for field in ("layers", "embed", "final_norm")
    }
    wrong = Architecture(dataclasses.replace(row.stack, **named), head=("embed_out",))
    monkeypatch.setitem(ARCHITECTURES, "gpt_neox_japanese", wrong)
    trace = capture(build("gpt_neox_japanese"), TEXT)
    assert trace.layers and trace.layers[0].attn_out is None
    assert any("does not fit these weights" in sentence for sentence in trace.missing)


def _paths(model: LoadedModel, parts: ModelParts) -> list[tuple[str, object]]:
    """Every part of the main tower by its path in the model, so that two models of one family can be compared."""
    names = {module: path for path, module in model.module.named_modules()}

    def told(value: object) -> object:
        return names[value] if isinstance(value, torch.nn.Module) else value

    post = parts.stack.post_norm
    found = [(field.name, told(getattr(parts.stack, field.name))) for field in dataclasses.fields(parts.stack)[1:]]
    for layer in parts.stack.layers:
        fields = [f.name for f in dataclasses.fields(layer) if post or not f.name.endswith("norm")]
        found += [(name, told(getattr(layer, name))) for name in fields]
    return [*found, *(("head", told(module)) for module in parts.head)]


# electra: a projection stands between the token rows and the stream, and trial does not claim to know how they are made
WITH_A_ROW = [name for name in FAMILIES if name not in (*UNDESCRIBED, *BY_TRIAL)]


@pytest.mark.parametrize("name", [name for name in WITH_A_ROW if name != "electra"])
def test_trial_finds_what_the_row_says(name: str) -> None:
    """The two ways to describe a family agree on every part of every row that was written by hand."""
    model = tiny(name)
    parts = prepare(model).parts
    found = observe(model, probe_inputs(model))
    assert found is not None and not parts.by_trial
    assert found.out_scale == pytest.approx(parts.out_scale, rel=1e-4)
    assert found.logit_scale == pytest.approx(parts.logit_scale, rel=1e-4)
    for (field, ours), (_, theirs) in zip(_paths(model, found), _paths(model, parts), strict=True):
        assert ours == (pytest.approx(theirs, rel=1e-4) if isinstance(theirs, float) else theirs), field


@pytest.mark.parametrize("family", WITH_A_ROW)
def test_every_name_of_a_row_leads_somewhere(family: str) -> None:
    """Where a name leads nowhere, a part is silently missing. Only parts that variants lack may be."""
    model = tiny(family)
    architecture = ARCHITECTURES[model.info.family]
    optional = {"attn_norm", "cross_norm", "mlp_norm"} if model.info.family == "opt" else set()
    for row in (architecture.stack, architecture.encoder):
        if row is None:
            continue
        layers = find(model.module, row.layers)
        assert layers is not None
        for field in dataclasses.fields(StackRow):
            path = getattr(row, field.name)
            if not isinstance(path, str) or field.name in {*CONFIG_FIELDS, *optional}:
                continue
            inside = field.name in {"attn", "cross", "mlp", "attn_norm", "cross_norm", "mlp_norm"}
            assert find(layers[0] if inside else model.module, path) is not None, (family, field.name, path)  # type: ignore[index]


def test_every_row_is_tried_by_a_tiny_model() -> None:
    aliases = {"xlm-roberta", "camembert"}  # RoBERTa's code and names under another model_type
    assert set(ARCHITECTURES) - aliases == {tiny(name).info.family for name in WITH_A_ROW}

"""A wrong row in ``ARCHITECTURES`` cannot pass: the laws see it. Each case is a mistake that a newcomer could make."""

from __future__ import annotations

import dataclasses

import pytest

from playground import capture, check_laws
from playground.architectures import ARCHITECTURES, Architecture, StackRow
from playground.hooks.parts import find
from tests.tiny import FAMILIES, UNDESCRIBED, build, tiny

LIMIT = 1e-2

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
def test_a_wrong_row_breaks_a_law(
    family: str, field: str, value: str | None, law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(family)
    name = model.info.family
    monkeypatch.setitem(ARCHITECTURES, name, _with(ARCHITECTURES[name], field, value))
    try:
        trace = capture(model, "The cat sat.", "the cat" if model.info.kind == "encoder-decoder" else None)
        broken = getattr(check_laws(model, trace), law)
    except (RuntimeError, ValueError):
        return  # it cannot even be added: also noticed
    assert broken is not None and broken > LIMIT


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in UNDESCRIBED])
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
            if path is None or field.name in {"parallel_if", "pre_norm_if", *optional}:
                continue
            inside = field.name in {"attn", "cross", "mlp", "attn_norm", "cross_norm", "mlp_norm"}
            assert find(layers[0] if inside else model.module, path) is not None, (family, field.name, path)  # type: ignore[index]


def test_every_row_is_tried_by_a_tiny_model() -> None:
    aliases = {"xlm-roberta", "camembert"}  # RoBERTa's code and names under another model_type
    assert set(ARCHITECTURES) - aliases == {tiny(name).info.family for name in FAMILIES} - set(UNDESCRIBED)

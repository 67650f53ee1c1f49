"""The walk on models and texts that are unusual: every step is shown, or a sentence says what is not known."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
import transformers

import playground
from playground import engine, models
from playground.engine import Prompt
from playground.models import LoadedModel, wrap
from playground.tabs.contract import Asked, Look
from playground.tabs.forward.walk import WALK
from playground.views import pictures
from tests.tiny import roughen, tiny_tokenizer
from tests.views.shown import shown

SIZES = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 500}
ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "one layer": ("gpt2", {**SIZES, "n_layer": 1}),
    "48 layers": ("gpt2", {**SIZES, "n_layer": 48}),
    "untied": ("gpt2", {**SIZES, "tie_word_embeddings": False}),
    "one head": ("gpt2", {**SIZES, "n_head": 1}),
    "no final norm": (
        "opt", {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 24,
                "word_embed_proj_dim": 16, "max_position_embeddings": 500, "_remove_final_layer_norm": True},
    ),
    "parallel": (
        "gpt_neox", {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
                     "max_position_embeddings": 500, "use_parallel_residual": True},
    ),
}  # fmt: skip


@cache
def odd(name: str) -> LoadedModel:
    """A tiny random model of an unusual shape."""
    family, sizes = ODD[name]
    tokenizer = tiny_tokenizer("bpe")
    kind: Any = transformers.CONFIG_MAPPING[family]
    config = kind(**sizes, vocab_size=len(tokenizer), bos_token_id=0, eos_token_id=0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = transformers.AutoModelForCausalLM.from_config(config)
        roughen(module)
    return wrap(module, tokenizer, id=name)


@pytest.fixture(autouse=True)
def odd_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_model(name: str, progress: Any = None) -> LoadedModel:
        return odd(name)

    monkeypatch.setattr(models, "load_model", load_model)
    monkeypatch.setattr(playground, "load_model", load_model)
    monkeypatch.setattr(engine.work, "_memory", engine.new_memory())


def stand(name: str, step: str, text: str = "The cat sat on the mat.", layer: int = 0) -> pictures.Walk:
    view = WALK.show(Asked(Prompt(name, text), Look(layer=layer), {"step": step}))
    shown(view)
    assert isinstance(view.picture, pictures.Walk)
    return view.picture


@pytest.mark.parametrize("name", ODD)
def test_every_step_of_an_odd_model(name: str) -> None:
    last = stand(name, "write")
    n = len(last.towers[0].blocks)
    assert last.layer == 0 and n == ODD[name][1].get("n_layer", 2)
    for step in last.names:
        picture = stand(name, step, layer=n - 1)
        assert picture.step.exact or picture.step.check.endswith("."), step
    assert ("final-norm" in last.names) == (name != "no final norm")
    assert (last.end.size == "the token table again") == (name not in ("untied", "parallel"))


def test_layers_that_are_alike_are_skipped() -> None:
    picture = stand("48 layers", "mlp-add", layer=3)
    assert picture.skip is not None and picture.skip.step == "final-norm" and picture.skip.layer == 47
    assert picture.skipped == 44
    assert stand("48 layers", "mlp-add", layer=47).skip is None and stand("one layer", "mlp-add").skip is None
    assert stand("48 layers", "logits", layer=47).skip is None


def test_the_stops_of_the_tour_are_there_and_say_where_one_stands() -> None:
    first = stand("untied", "")
    assert first.step.name == "tokens" and [leg.title for leg in first.tour] == [
        "Tokenize", "Embed", "Layers", "Generate",
    ]  # fmt: skip
    for n, leg in enumerate(first.tour):
        there = stand("untied", leg.step, layer=leg.layer)
        assert there.leg == n
    assert there.step.name == "write"


@pytest.mark.parametrize("text", ["a", "</script><b>", "🙂👩‍👩‍👧", "שלום עולם", "ab " * 128])
@pytest.mark.parametrize("step", ["tokens", "attn-scale", "attn-softmax", "mlp-act", "softmax", "write"])
def test_odd_texts(text: str, step: str) -> None:
    picture = stand("untied", step, text, layer=1)
    tokens = len(picture.towers[0].tokens)
    assert picture.weights.shape == (tokens, tokens)

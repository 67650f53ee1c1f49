"""Sizes are counted from shapes: against the module's own parameters and torch's counter of operations."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

from playground import PlaygroundError, capture, load_model
from playground.analysis.size import BYTES, growth
from playground.analysis.size.counting import size_by_config, size_of
from playground.models import LoadedModel
from tests.tiny import FAMILIES, build, tiny

N, SOURCE = 11, 7


def operations(model: LoadedModel) -> float:
    """FLOPs of a plain pass, all of its matrix products counted by torch; two are one multiply–add."""
    ids, source = torch.arange(5, 5 + N)[None], torch.arange(5, 5 + SOURCE)[None]
    model.module.set_attn_implementation("eager")  # torch does not look into the fused kernel on a CPU
    given = {"input_ids": ids}
    if model.info.kind == "encoder-decoder":
        given = {"input_ids": source, "decoder_input_ids": ids}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.module(**given)
    return float(counter.get_total_flops())


@pytest.mark.parametrize("name", FAMILIES)
def test_multiply_adds_are_those_that_torch_counts(name: str) -> None:
    model = build(name)
    work = size_of(model).multiply_adds(N, SOURCE if model.info.kind == "encoder-decoder" else 0)
    assert sum(work.values()) == pytest.approx(operations(model) / 2, rel=1e-2), "rotary angles are a product, too"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_parameter_belongs_to_one_part(name: str) -> None:
    model = tiny(name)
    size = size_of(model)
    assert size.total == model.info.n_parameters == sum(p.numel() for p in model.module.parameters())
    table = cast(torch.Tensor, model.module.get_input_embeddings().weight)
    assert size.parameters["token table"] == table.numel()
    assert size.tied == (model.module.get_output_embeddings().weight is table)
    assert ("cross-attention" in size.parameters) == (model.info.kind == "encoder-decoder")


def test_attention_is_its_four_projections() -> None:
    config = tiny("llama").module.config
    width, head = config.hidden_size, config.hidden_size // config.num_attention_heads
    keys = head * config.num_key_value_heads
    size = size_of(tiny("llama"))
    assert size.parameters["attention"] == config.num_hidden_layers * (2 * width * width + 2 * width * keys)
    assert size.parameters["feed-forward"] == config.num_hidden_layers * 3 * width * config.intermediate_size


@pytest.mark.parametrize("name", ["gpt2", "llama", "mistral", "marian", "t5"])
def test_the_cache_is_the_keys_and_values_that_generation_keeps(name: str) -> None:
    model = tiny(name)
    ids = torch.arange(5, 5 + N)[None]
    both = model.info.kind == "encoder-decoder"
    given = {"input_ids": ids[:, :SOURCE], "decoder_input_ids": ids} if both else {"input_ids": ids}
    with torch.no_grad():
        cache = model.module(**given, use_cache=True).past_key_values
    kinds = [cache.self_attention_cache, cache.cross_attention_cache] if both else [cache]
    kept = sum(layer.keys.numel() + layer.values.numel() for kind in kinds for layer in kind.layers)
    wanted = size_of(model).cache_numbers(N, SOURCE if both else 0)
    if name == "mistral":  # its window keeps the last eight keys only
        assert kept <= wanted
    else:
        assert kept == wanted


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "bart"])
def test_maps_are_those_of_a_captured_run(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat on the mat.", "the cat" if model.info.kind == "encoder-decoder" else None)
    stacks = [trace, *([trace.encoder] if trace.encoder is not None else [])]
    found = [a for stack in stacks for layer in stack.layers for a in (layer.attention, layer.cross_attention) if a]
    numbers = size_of(model).map_numbers(len(trace), len(trace.encoder) if trace.encoder is not None else 0)
    assert numbers == sum(attention.weights.size for attention in found)


@pytest.mark.parametrize("name", ["gpt2", "bert", "t5"])
def test_a_config_tells_the_same_as_the_model(name: str, tmp_path: Path) -> None:
    """Nothing but config.json lies in the folder."""
    model = tiny(name)
    model.module.config.save_pretrained(tmp_path)
    by_config, loaded = size_by_config(str(tmp_path)), size_of(model)
    assert by_config.parameters == loaded.parameters and by_config.costs == loaded.costs
    assert by_config.cache_numbers(9, 4) == loaded.cache_numbers(9, 4)
    with pytest.raises(PlaygroundError):
        size_by_config(str(tmp_path / "nothing"))


def test_gpt2_has_the_124_million_parameters_of_its_paper(tmp_path: Path) -> None:
    transformers.GPT2Config(architectures=["GPT2LMHeadModel"]).save_pretrained(tmp_path)
    size = size_by_config(str(tmp_path))
    assert size.total == 124_439_808
    assert size.cache_numbers(1024) * BYTES["fp16"] == 2 * 12 * 768 * 1024 * 2
    assert size.multiply_adds(1)["output head"] == 768 * 50257


def test_a_mixture_of_experts_works_with_some_of_them() -> None:
    config = transformers.MixtralConfig(
        vocab_size=50, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, num_local_experts=4, num_experts_per_tok=2,
    )  # fmt: skip
    from playground.analysis.size.counting import counted
    from playground.facts import read_info

    with torch.device("meta"):
        module = transformers.AutoModelForCausalLM.from_config(config)
    size = counted(module, read_info(module, None, id="m", kind="decoder", source="folder"))  # type: ignore[arg-type]
    experts = 2 * 3 * 16 * 24
    router = 2 * 4 * 16
    assert size.parameters["feed-forward"] == 4 * experts + router
    assert size.multiply_adds(1)["feed-forward"] == pytest.approx(2 * experts + router, abs=router)


def test_memory_grows_in_a_line_and_in_a_square() -> None:
    size = size_of(tiny("gpt2"))
    found = growth(size, 4096)
    assert found.tokens[0] == 1 and found.tokens[-1] == 4096 and (np.diff(found.tokens) > 0).all()
    np.testing.assert_allclose(found.cache / found.tokens, found.cache[0])
    np.testing.assert_allclose(found.maps / found.tokens.astype(float) ** 2, found.maps[0])
    assert not growth(size_of(tiny("bert")), 64).cache.any(), "an encoder writes nothing"


def test_the_lesson_more_than_half_is_feed_forward() -> None:
    """The lesson's claim on the bundled storyteller, and the translator beside it by its config."""
    size, beside = size_of(load_model("storyteller")), size_by_config("translator")
    assert size.parameters["feed-forward"] > size.total / 2
    assert size.parameters["feed-forward"] == pytest.approx(2 * size.parameters["attention"], rel=0.01)
    assert beside.total == load_model("translator").info.n_parameters > size.total
    # The maps pass the cache on the way, and the weights only beyond what the model takes.
    longest = size.info.context
    assert longest is not None and size.map_numbers(longest) < size.total
    ahead = [size.map_numbers(n) > size.cache_numbers(n) for n in range(1, longest + 1)]
    assert not ahead[0] and ahead[-1]

"""Any generation config of any model: token for token what ``model.generate`` draws."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import GenerationConfig

from playground import PlaygroundError, SamplingSettings, generate, load_model
from playground.models import LoadedModel
from tests.analysis.generation.test_loop import PROMPT, writer
from tests.hooks.variants import twin

MODELS = {"gpt2": 60, "llama": 60, "marian": 60, "t5": 60, "storyteller": 30, "translator": 30}
"""Tiny family or bundled model → how many random prompts, configs and settings."""
PROMPTS = (PROMPT, "Once upon a time", "The dog was", "One, two, three", "Le chat noir")
KEPT = ("eos_token_id", "pad_token_id", "bos_token_id", "decoder_start_token_id")
VOCABULARY = range(5, 110)

OTHERS = {
    "decoder_start_token_id": "the start of an encoder–decoder's target, which the loop takes from the same place",
    "token_healing": "transformers fails where a model's config asks for it: its own inner generate asks again",
    "num_return_sequences": "one sequence", "num_beam_groups": "beams", "diversity_penalty": "beams",
    "output_attentions": "what is returned", "output_hidden_states": "what is returned",
    "output_scores": "what is returned", "output_logits": "what is returned",
    "return_dict_in_generate": "what is returned",
    "cache_implementation": "the cache", "cache_config": "the cache", "max_cache_len": "the cache",
    "prefill_chunk_size": "speed", "low_memory": "speed",
    "compile_config": "speed", "disable_compile": "speed", "continuous_batching_config": "speed", "use_mtp": "speed",
    "is_assistant": "assisted decoding", "num_assistant_tokens": "assisted decoding",
    "num_assistant_tokens_schedule": "assisted decoding", "assistant_confidence_threshold": "assisted decoding",
    "prompt_lookup_num_tokens": "assisted decoding", "max_matching_ngram_size": "assisted decoding",
    "assistant_early_exit": "assisted decoding", "assistant_lookbehind": "assisted decoding",
    "target_lookbehind": "assisted decoding", "assistant_ensemble_weight": "assisted decoding",
    "speculation_type": "assisted decoding", "penalty_alpha": "contrastive search, which transformers gave up",
    "dola_layers": "DoLa, which transformers gave up", "constraints": "beams", "force_words_ids": "beams",
    "transformers_version": "not a setting",
}  # fmt: skip
"""Fields of a generation config that the random ones leave out, and why."""


def options(rng: random.Random) -> dict[str, Callable[[], Any]]:
    """Field → a random value that does something."""

    def ids(count: int) -> list[int]:
        return rng.sample(VOCABULARY, count)

    return {
        "max_length": lambda: rng.choice([5, 30]),
        "max_new_tokens": lambda: 3,
        "min_length": lambda: rng.randint(1, 20),
        "min_new_tokens": lambda: rng.randint(1, 10),
        "max_time": lambda: 1000.0,
        "stop_strings": lambda: rng.sample(["e", "a", "the", " c", "x"], 2),
        "early_stopping": lambda: True,
        "do_sample": lambda: True,
        "num_beams": lambda: 3,
        "use_cache": lambda: False,
        "temperature": lambda: 0.5,
        "top_k": lambda: 3,
        "top_p": lambda: 0.4,
        "min_p": lambda: rng.choice([0.0, 0.05, 0.3]),
        "top_h": lambda: rng.choice([0.3, 0.9]),
        "typical_p": lambda: rng.choice([0.2, 0.7, 0.95]),
        "epsilon_cutoff": lambda: rng.choice([1e-3, 0.02]),
        "eta_cutoff": lambda: rng.choice([1e-3, 0.02]),
        "repetition_penalty": lambda: rng.choice([0.7, 1.3, 2.0]),
        "encoder_repetition_penalty": lambda: rng.choice([0.7, 1.5]),
        "length_penalty": lambda: 2.0,
        "no_repeat_ngram_size": lambda: rng.choice([1, 2, 3]),
        "encoder_no_repeat_ngram_size": lambda: rng.choice([1, 2]),
        "bad_words_ids": lambda: [*([i] for i in ids(5)), ids(2)],
        "renormalize_logits": lambda: True,
        "forced_bos_token_id": lambda: ids(1)[0],
        "forced_eos_token_id": lambda: rng.choice([ids(1)[0], ids(2)]),
        "remove_invalid_values": lambda: True,
        "exponential_decay_length_penalty": lambda: (rng.randint(1, 5), 1.5),
        "suppress_tokens": lambda: ids(30),
        "begin_suppress_tokens": lambda: ids(60),
        "sequence_bias": lambda: [[ids(1), 5.0], [ids(2), -3.0]],
        "guidance_scale": lambda: rng.choice([1.5, 3.0]),
        "watermarking_config": lambda: {"bias": 2.5, "seeding_scheme": rng.choice(["lefthash", "selfhash"])},
        "bos_token_id": lambda: 3,
        "eos_token_id": lambda: rng.choice([ids(1)[0], ids(3)]),
        "pad_token_id": lambda: 1,
    }


def test_every_field_is_tried_or_left_out_for_a_reason() -> None:
    """A newer transformers brings new fields: try them here, or say why not."""
    known = {name for name in vars(GenerationConfig()) if not name.startswith("_")}
    tried = set(options(random.Random(0)))
    assert known - tried - set(OTHERS) == set()
    assert tried <= known and not tried & set(OTHERS)


def random_config(rng: random.Random, kind: str) -> dict[str, Any]:
    choices = options(rng)
    if kind == "encoder-decoder":
        del choices["guidance_scale"]  # transformers' own fails here: it calls the model without a target
    names = rng.sample(sorted(choices), rng.randint(1, 6))
    if "exponential_decay_length_penalty" in names and "eos_token_id" not in names:
        names.append("eos_token_id")  # without one there is nothing that it could favour
    return {name: choices[name]() for name in names}


def random_settings(rng: random.Random, seed: int) -> SamplingSettings:
    choices: list[dict[str, Any]] = [
        {}, {"min_p": 0.02}, {"typical_p": 0.9}, {"repetition_penalty": 1.2}, {"stop_strings": ("b",)},
        {"no_repeat_ngram_size": 2, "epsilon_cutoff": 1e-3},
    ]  # fmt: skip
    more = rng.choice(choices)
    return SamplingSettings(
        max_new_tokens=10,
        do_sample=rng.random() < 0.75,
        temperature=rng.choice([0.7, 1.0, 1.6]),
        top_k=rng.choice([0, 0, 5, 50]),
        top_p=rng.choice([1.0, 0.9, 0.5]),
        seed=seed,
        **more,
    )


def by_generate(module: Any, model: LoadedModel, settings: SamplingSettings, prompt: str = PROMPT) -> list[int]:
    ids = model.tokenizer(prompt, return_tensors="pt")["input_ids"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        written = module.generate(
            ids, attention_mask=torch.ones_like(ids), num_beams=1, tokenizer=model.tokenizer, **settings.given()
        )[0].tolist()
    return written[1 if model.info.kind == "encoder-decoder" else ids.shape[1] :]


@pytest.mark.parametrize("name", MODELS)
def test_random_configs_draw_the_very_tokens_of_generate(name: str) -> None:
    bundled = name in ("storyteller", "translator")
    model: Any = load_model(name) if bundled else writer(name)
    other: Any = twin(model).module
    own = model.module.generation_config
    kept = {field: value for field, value in own.to_dict().items() if field in KEPT}
    plain = 0
    try:
        for seed in range(MODELS[name]):
            rng = random.Random(seed)
            config, settings = random_config(rng, model.info.kind), random_settings(rng, seed)
            prompt = rng.choice(PROMPTS)
            model.module.generation_config = GenerationConfig(**{**kept, **config})
            other.generation_config = GenerationConfig(**{**kept, **config})
            expected = by_generate(other, model, settings, prompt)
            steps = list(generate(model, prompt, settings))
            assert [step.token.token_id for step in steps] == expected, (seed, config, settings)
            for step in steps[:: max(1, len(steps) // 2)]:  # computed anew, for these are no longer the last
                step = pickle.loads(pickle.dumps(step))  # and from wherever they travelled
                final = float(step.stages.final[step.token.token_id])
                assert step.probability == pytest.approx(final, rel=1e-4), config
            other.generation_config = GenerationConfig(**kept)
            plain += by_generate(other, model, SamplingSettings(max_new_tokens=10, seed=seed), prompt) == expected
    finally:
        model.module.generation_config = own  # bundled models are shared by all tests
    assert plain < MODELS[name] / 2, "the configs change too little to prove anything"


def test_settings_that_leave_nothing_to_draw_say_so() -> None:
    model = writer("gpt2")
    model.module.generation_config.suppress_tokens = list(range(model.info.vocab_size))
    with pytest.raises(PlaygroundError, match=r"leave no token.*\.$"):
        list(generate(model, PROMPT, SamplingSettings(seed=1)))


def test_a_config_that_transformers_refuses_says_so() -> None:
    model = writer("gpt2")
    for name, value in (("forced_eos_token_id", -1), ("sequence_bias", [[[10_000], 1.0]])):
        config = GenerationConfig()
        setattr(config, name, value)
        model.module.generation_config = config
        with pytest.raises(PlaygroundError, match=r"refuses these generation settings.*generation_config\.json\.$"):
            list(generate(model, PROMPT, SamplingSettings()))


def test_stop_strings_end_the_text_when_they_are_written() -> None:
    model = load_model("storyteller")
    prompt = "Once upon a time"
    free = list(generate(model, prompt, SamplingSettings(max_new_tokens=30, seed=3)))
    ids = [step.token.token_id for step in free]
    text = str(model.tokenizer.decode(ids[:12]))
    stop = text[-6:-1]  # begins and ends in the middle of tokens
    found = list(generate(model, prompt, SamplingSettings(max_new_tokens=30, seed=3, stop_strings=("zzz", stop))))
    written = [step.token.token_id for step in found]
    assert written == ids[: len(written)] and len(written) <= 12
    assert stop in model.tokenizer.decode(written) and stop not in model.tokenizer.decode(written[:-1])
    assert [step.ended_by for step in found] == [None] * (len(written) - 1) + ["stop string"]

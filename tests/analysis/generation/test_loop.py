"""Our loop draws the very tokens that ``model.generate`` draws, says why it ended, and disturbs nobody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import pytest
import torch

from playground import PlaygroundError, SamplingSettings, Step, generate
from playground.analysis.generation import repeats
from playground.models import LoadedModel
from playground.settings import override
from tests.hooks.variants import twin, variant
from tests.tiny import FAMILIES, build, tiny

PROMPT = "The cat sat"
GREEDY = SamplingSettings(max_new_tokens=12, do_sample=False, temperature=0.3, top_k=3)
SAMPLED = (
    SamplingSettings(max_new_tokens=12, temperature=0.8, top_k=50, top_p=0.9, seed=7),
    SamplingSettings(max_new_tokens=12, temperature=1.5, seed=3),
    SamplingSettings(max_new_tokens=12, top_k=5, seed=0),
)
WRITERS = [name for name in FAMILIES if tiny(name).info.kind != "encoder"]


def writer(name: str) -> LoadedModel:
    """A model of one's own; a T5 with equal depths, for transformers' generate takes no other."""
    return variant(name, num_decoder_layers=2) if "t5" in name else build(name)


def by_transformers(model: LoadedModel, settings: SamplingSettings, prompt: str = PROMPT) -> list[int]:
    """What ``model.generate`` writes on an untouched copy of a model."""
    module: Any = twin(model).module
    ids = model.tokenizer(prompt, return_tensors="pt")["input_ids"]
    given = {name: getattr(settings, name) for name in ("max_new_tokens", "do_sample")}
    if settings.do_sample:
        given |= {name: getattr(settings, name) for name in ("temperature", "top_k", "top_p")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        written = module.generate(ids, num_beams=1, **given)[0].tolist()
    return written[1 if model.info.kind == "encoder-decoder" else ids.shape[1] :]


def ids_of(steps: Iterator[Step]) -> list[int]:
    return [step.token.token_id for step in steps]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("settings", [GREEDY, *SAMPLED], ids=["greedy", "t-k-p", "hot", "top-k"])
def test_the_very_tokens_of_generate(name: str, settings: SamplingSettings) -> None:
    model = writer(name)
    found = ids_of(generate(model, PROMPT, settings))
    assert found == by_transformers(model, settings)
    assert 1 <= len(found) <= 12


RULES: dict[str, dict[str, Any]] = {
    "penalty": {"repetition_penalty": 1.7},
    "no-repeats": {"no_repeat_ngram_size": 2},
    "bad-words": {"bad_words_ids": [[20], [21], [30, 31]]},
    "min-length": {"min_length": 9},
    "min-new": {"min_new_tokens": 5},
    "forced-bos": {"forced_bos_token_id": 25},
    "forced-eos": {"forced_eos_token_id": 2},
    "suppressed": {"suppress_tokens": list(range(20, 200))},
    "not-first": {"begin_suppress_tokens": list(range(20, 200))},
    "source-unlike": {"encoder_no_repeat_ngram_size": 1},
    "source-like": {"encoder_repetition_penalty": 3.0},
    "all": {"repetition_penalty": 1.3, "no_repeat_ngram_size": 3, "min_length": 6, "forced_eos_token_id": 2},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_a_models_own_rules_hold(name: str, rule: str) -> None:
    """``generate`` obeys its generation config unasked: Marian bans its padding, BART forces its end."""
    model = writer(name)
    config: Any = model.module.generation_config
    for setting in (GREEDY, SAMPLED[1]):
        for key, value in RULES[rule].items():
            setattr(config, key, value)
        if "min" in rule:  # an end that would come early
            config.eos_token_id = by_transformers(_without_end(writer(name)), setting)[0]
        assert ids_of(generate(model, PROMPT, setting)) == by_transformers(model, setting)


def _without_end(model: LoadedModel) -> LoadedModel:
    model.module.generation_config.eos_token_id = None
    return model


def test_the_rules_change_something() -> None:
    """Else the test above would compare nothing with nothing."""
    plain = ids_of(generate(writer("marian"), PROMPT, GREEDY))
    for rule in ("penalty", "no-repeats", "forced-bos", "forced-eos", "suppressed", "not-first", "source-like"):
        model = writer("marian")
        for key, value in RULES[rule].items():
            setattr(model.module.generation_config, key, value)
        assert ids_of(generate(model, PROMPT, GREEDY)) != plain, rule


def test_the_end_token_ends() -> None:
    """S1: max new tokens is a cap, not a quota."""
    model = build("gpt2")
    free = ids_of(generate(model, PROMPT, SAMPLED[1]))
    stop = free[3]
    for end in (stop, [stop, 5]):
        model.module.generation_config.eos_token_id = end
        steps = list(generate(model, PROMPT, SAMPLED[1]))
        assert [s.token.token_id for s in steps] == free[: free.index(stop) + 1]
        assert [s.ended_by for s in steps] == [None] * (len(steps) - 1) + ["end token"]


def test_the_cap_ends() -> None:
    for cap in (1, 5):
        steps = list(generate(tiny("gpt2"), PROMPT, SamplingSettings(max_new_tokens=cap, do_sample=False)))
        assert len(steps) == cap
        assert [s.ended_by for s in steps] == [None] * (cap - 1) + ["max new tokens"]


def test_the_page_has_a_cap_of_its_own() -> None:
    with override(max_new_tokens=3):
        steps = list(generate(tiny("gpt2"), PROMPT, SamplingSettings(max_new_tokens=50, do_sample=False)))
    assert len(steps) == 3 and steps[-1].ended_by == "max new tokens"


@pytest.mark.parametrize("name", ["gpt2", "llama", "marian"])
def test_the_context_window_ends(name: str) -> None:
    """Without an end token the text fills the window to the last place; a full prompt leaves room for one token."""
    model = _without_end(writer(name))
    context = model.info.context
    assert context is not None
    n_given = 1 if name == "marian" else len(model.tokenizer(PROMPT)["input_ids"])
    steps = list(generate(model, PROMPT, SamplingSettings(max_new_tokens=200, seed=1)))
    assert n_given + len(steps) == context
    assert [s.ended_by for s in steps] == [None] * (len(steps) - 1) + ["context window"]
    if name != "marian":
        full = "\x01" * context
        assert len(model.tokenizer(full)["input_ids"]) == context
        assert [s.ended_by for s in generate(model, full, GREEDY)] == ["context window"]


def test_cancelling_stops_before_the_next_token() -> None:
    steps: list[Step] = []
    for step in generate(tiny("gpt2"), PROMPT, SAMPLED[0], cancelled=lambda: len(steps) >= 3):
        steps.append(step)
    assert len(steps) == 3 and steps[-1].ended_by is None


@pytest.mark.parametrize("late", [False, True], ids=["while it is the last", "when the text is done"])
def test_steps_say_what_the_model_thought(late: bool) -> None:
    found = generate(tiny("gpt2"), PROMPT, SAMPLED[0])
    for step in list(found) if late else found:
        raw, final = step.stages.raw, step.stages.final
        assert [stage.name for stage in step.stages] == ["raw", "temperature", "top_k", "top_p"]
        i = step.token.token_id
        assert step.raw_probability == pytest.approx(float(raw[i]), rel=1e-4)
        assert step.probability == pytest.approx(float(final[i]), rel=1e-4) and step.probability > 0
        assert step.rank == 1 + int((raw > raw[i]).sum())
        assert [p for _, p in step.alternatives] == pytest.approx(sorted(raw, reverse=True)[:5], rel=1e-4)
        assert 0 <= step.entropy_bits <= 9


def test_greedy_always_takes_the_first() -> None:
    assert {s.rank for s in generate(tiny("llama"), PROMPT, GREEDY)} == {1}


def test_two_visitors_draw_from_generators_of_their_own() -> None:
    """Interleaved on one model, each with its seed; the global generator is left alone."""
    model = tiny("gpt2")
    one, other = SAMPLED[0], SamplingSettings(max_new_tokens=12, seed=99)
    alone = [ids_of(generate(model, PROMPT, one)), ids_of(generate(model, "Once upon", other))]
    state = torch.random.get_rng_state()
    mixed: list[list[int]] = [[], []]
    for pair in zip_longest(generate(model, PROMPT, one), generate(model, "Once upon", other)):
        for written, step in zip(mixed, pair, strict=True):
            if step is not None:
                written.append(step.token.token_id)
    assert mixed == alone
    assert torch.equal(state, torch.random.get_rng_state())


def test_an_encoder_does_not_write() -> None:
    with pytest.raises(PlaygroundError, match="encoder-only"):
        next(generate(tiny("bert"), PROMPT, GREEDY))


def test_no_text_and_too_much_text_are_refused() -> None:
    for text in ("", "世" * 100_000):
        with pytest.raises(PlaygroundError):
            next(generate(tiny("gpt2"), text, GREEDY))


@pytest.mark.parametrize(
    ("ids", "repeated"),
    [
        ([1, 2, 3, 4, 1, 2, 3, 4], True),
        ([1, 2, 3, 4, 9, 2, 3, 4], False),
        ([1, 2, 3], False),
        ([5, 5, 5, 5], False),
        ([5, 5, 5, 5, 5], True),
        ([1, 2, 3, 4, 1, 2, 3, 4, 7], False),
    ],
)
def test_repeats(ids: list[int], repeated: bool) -> None:
    assert repeats(ids) == repeated

"""Forks: what a fresh run with that prefix writes, at the cost of one position."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from playground import PlaygroundError, SamplingSettings, Step, generate
from playground.analysis.generation import Draft
from playground.models import LoadedModel
from tests.analysis.generation.test_loop import PROMPT, writer
from tests.hooks.variants import twin, variant

SETTINGS = SamplingSettings(max_new_tokens=10, temperature=0.9, top_k=60, seed=5)
MODELS = ("gpt2", "llama", "qwen3", "marian", "t5")


def ids_of(steps: list[Step]) -> list[int]:
    return [step.token.token_id for step in steps]


def endless(name: str) -> LoadedModel:
    model = writer(name)
    model.module.generation_config.eos_token_id = None
    return model


def fresh_run(model: LoadedModel, prefix: list[int], settings: SamplingSettings) -> list[int]:
    """What ``model.generate`` writes when the prefix belongs to the prompt."""
    module: Any = twin(model).module
    ids = model.tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    start = torch.tensor([prefix], dtype=torch.long)
    given: dict[str, Any] = {"input_ids": torch.cat([ids, start], dim=-1)}
    if model.info.kind == "encoder-decoder":
        first = module.generation_config.decoder_start_token_id
        given = {"input_ids": ids, "decoder_input_ids": torch.cat([torch.tensor([[first]]), start], dim=-1)}
    length = given.get("decoder_input_ids", given["input_ids"]).shape[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return module.generate(**given, num_beams=1, **settings.given())[0, length:].tolist()


@pytest.mark.parametrize("name", MODELS)
def test_a_fork_writes_what_a_fresh_run_writes(name: str) -> None:
    model = endless(name)
    draft = Draft(model, PROMPT, SETTINGS)
    written = ids_of(list(draft.write()))
    assert written == ids_of(list(generate(model, PROMPT, SETTINGS)))
    other = SamplingSettings(max_new_tokens=6, seed=8)
    for at, token_id in itertools.product((0, 1, 4, 10), (None, 33)):
        taken = [] if token_id is None else [token_id, 41]
        child = draft.fork(at, taken, other)
        shared = written[:at] + taken
        found = list(child.write())
        assert ids_of(found) == fresh_run(model, shared, other), (at, token_id)
        assert ids_of(child.steps) == shared + ids_of(found)
    assert ids_of(draft.steps) == written  # the parent is left as it was


@pytest.mark.parametrize("name", MODELS)
def test_the_first_token_of_a_fork_costs_one_position(name: str) -> None:
    model = endless(name)
    draft = Draft(model, PROMPT, SETTINGS)
    assert draft.n_run == 0
    list(draft.write())
    n_given = 1 if model.info.kind == "encoder-decoder" else len(model.tokenizer(PROMPT)["input_ids"])
    assert draft.n_run == n_given + 9  # the last token is written and never read
    for at, token_id in ((2, None), (9, None), (10, None), (3, 40)):
        child = draft.fork(at, [] if token_id is None else [token_id])
        child.next()
        assert child.n_run == (1 if token_id is None else 2)
    # Nothing stands before the start token of an encoder–decoder, so nothing could be spared there.
    child = draft.fork(0)
    child.next()
    assert child.n_run == 1


def test_a_window_that_has_slid_is_run_again() -> None:
    """The cache of a sliding window forgets; a fork from before must not use what is left of it."""
    model = variant("mistral", sliding_window=4)
    model.module.generation_config.eos_token_id = None
    draft = Draft(model, PROMPT, SETTINGS)
    written = ids_of(list(draft.write()))
    child = draft.fork(2)
    assert ids_of(list(child.write())) == fresh_run(model, written[:2], SETTINGS)
    assert child.n_run == len(model.tokenizer(PROMPT)["input_ids"]) + 2 + 9


def test_forks_of_forks_and_writing_by_turns() -> None:
    model = endless("gpt2")
    root = Draft(model, PROMPT, SETTINGS)
    drafts = [root]
    for _ in range(4):
        root.next()
    drafts += [root.fork(2, [50]), root.fork(4, [], SamplingSettings(max_new_tokens=6, seed=1))]
    drafts.append(drafts[1].fork(3, [60]))
    for draft in [*drafts, *reversed(drafts)] * 2:
        draft.next()
    assert ids_of(drafts[3].steps)[:4] == [*ids_of(root.steps)[:2], 50, 60]
    for draft, shared in zip(drafts, (0, 3, 4, 4), strict=True):
        ids = ids_of(draft.steps)
        assert ids[shared:] == fresh_run(model, ids[:shared], draft.settings)[: len(ids) - shared]
        assert len(ids) - shared >= 4


def test_a_token_that_is_taken_says_what_the_model_thought_of_it() -> None:
    model = endless("gpt2")
    draft = Draft(model, PROMPT, SETTINGS)
    list(draft.write())
    drawn = draft.steps[3]
    taken = draft.fork(3, [77]).steps[3]
    assert taken.token.token_id == 77 and taken.ended_by is None
    assert taken.raw_probability == pytest.approx(float(drawn.stages.raw[77]), rel=1e-4)
    assert taken.probability == pytest.approx(float(drawn.stages.final[77]), rel=1e-4)
    assert draft.fork(3, [77], SamplingSettings(max_new_tokens=1)).next() is not None  # the cap counts what is written


def test_the_end_ends_forks_too() -> None:
    model = endless("gpt2")
    free = Draft(model, PROMPT, SETTINGS)
    list(free.write())
    model.module.generation_config.eos_token_id = ids_of(free.steps)[4]
    draft = Draft(model, PROMPT, SETTINGS)
    written = list(draft.write())
    assert draft.ended_by == "end token" and draft.next() is None
    with pytest.raises(PlaygroundError, match="fork before it"):
        draft.fork(len(written))
    child = draft.fork(0, ids_of(free.steps)[4:5])
    assert child.ended_by == "end token" and list(child.write()) == []


def test_cancelling_keeps_what_was_written() -> None:
    draft = Draft(endless("gpt2"), PROMPT, SETTINGS)
    for step in draft.write(lambda: len(draft.steps) == 3):
        assert step is draft.steps[-1]
    assert len(draft.steps) == 3 and draft.ended_by is None
    assert len(list(draft.write())) == 7
    assert ids_of(draft.steps) == ids_of(list(generate(endless("gpt2"), PROMPT, SETTINGS)))


@pytest.mark.parametrize(("at", "taken"), [(-1, []), (11, []), (0, [-1]), (0, [20, 10**6]), (3, [0, 20])])
def test_forks_that_cannot_be_made(at: int, taken: list[int]) -> None:
    model = endless("gpt2")
    draft = Draft(model, PROMPT, SETTINGS)
    list(draft.write())
    model.module.generation_config.eos_token_id = 0
    with pytest.raises(PlaygroundError, match=r"\.$"):
        draft.fork(at, taken)


def test_ids_as_a_prompt() -> None:
    model = endless("gpt2")
    ids = model.tokenizer(PROMPT)["input_ids"]
    assert ids_of(list(generate(model, ids, SETTINGS))) == ids_of(list(generate(model, PROMPT, SETTINGS)))
    for wrong in ([], [-1], [10**6], [1] * 1000):
        with pytest.raises(PlaygroundError, match="Token ids"):
            generate(model, wrong, SETTINGS)

"""Any beginning, from the branch that has most of it: fresh runs at the cost of the new tokens."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from playground import PlaygroundError, SamplingSettings
from playground.analysis.generation.branches import Branches
from tests.analysis.generation.test_draft import endless, fresh_run, ids_of
from tests.analysis.generation.test_loop import PROMPT

SETTINGS = SamplingSettings(max_new_tokens=6, seed=5)


@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_fifty_branches_are_fresh_runs(name: str) -> None:
    """Each is asked for by its tokens alone; only what no branch has written yet is run."""
    model, rng = endless(name), random.Random(0)
    branches = Branches(model, PROMPT)
    root = branches.draft([], SETTINGS)
    texts = [ids_of(list(root.write()))]
    for n in range(50):
        parent = rng.choice(texts)
        written = parent[: rng.randrange(len(parent))] + [rng.randrange(20, 100)] * rng.randrange(2)
        settings = SamplingSettings(max_new_tokens=rng.choice([1, 5]), temperature=1.2, seed=n)
        draft = branches.draft(written, settings)
        found = ids_of(list(draft.write()))
        assert found == fresh_run(model, written, settings)
        known = max(common(text, written) for text in texts)
        assert draft.n_run == len(written) - known + len(found)
        texts.append(written + found)
    assert root.n_run == (1 if name == "marian" else len(model.tokenizer(PROMPT)["input_ids"])) + 5


def common(one: list[int], other: list[int]) -> int:
    """Equal ids at the beginning of both."""
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def test_what_was_forgotten_is_run_again() -> None:
    model = endless("gpt2")
    branches = Branches(model, PROMPT, most_drafts=3)
    first = ids_of(list(branches.draft([], SETTINGS).write()))
    for token_id in range(30, 36):
        list(branches.draft([token_id], SETTINGS).write())
    draft = branches.draft(first, SETTINGS)
    assert ids_of(list(draft.write())) == fresh_run(model, first, SETTINGS)
    assert ids_of(draft.steps)[:6] == first


def test_two_visitors_at_once() -> None:
    """One writes while the other forks from the same text."""
    model = endless("gpt2")
    branches = Branches(model, PROMPT)
    long = SamplingSettings(max_new_tokens=40, seed=2)
    trunk = branches.draft([], long)
    for _ in range(3):
        trunk.next()
    start = ids_of(trunk.steps)

    def write() -> list[int]:
        return start + ids_of(list(trunk.write()))

    def fork(seed: int) -> tuple[int, list[int]]:
        settings = SamplingSettings(max_new_tokens=6, seed=seed)
        return seed, ids_of(list(branches.draft(start, settings).write()))

    with ThreadPoolExecutor(4) as pool:
        whole = pool.submit(write)
        forks = list(pool.map(fork, range(12)))
    assert whole.result() == fresh_run(model, [], long)
    for seed, found in forks:
        assert found == fresh_run(model, start, SamplingSettings(max_new_tokens=6, seed=seed))


def test_an_end_cannot_be_passed() -> None:
    model = endless("gpt2")
    branches = Branches(model, PROMPT)
    model.module.generation_config.eos_token_id = 33
    assert branches.draft([40, 33], SETTINGS).ended_by == "end token"
    for written in ([40, 33, 41], [33, 33]):
        with pytest.raises(PlaygroundError, match=r"\.$"):
            branches.draft(written, SETTINGS)


@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_one_by_one_the_tokens_are_those_of_one_run(name: str) -> None:
    model, settings = endless(name), SamplingSettings(max_new_tokens=9, temperature=1.3, seed=11)
    branches, written = Branches(model, PROMPT), list[int]()
    while True:
        step = next(branches.write(written, settings, begun=0))
        written.append(step.token.token_id)
        if step.ended_by is not None:
            break
    assert written == fresh_run(model, [], settings) and step.ended_by == "max new tokens"
    head = [*written[:4], 33]
    rest = [next(branches.write([*head, *fresh_run(model, head, settings)[:n]], settings, begun=5)) for n in range(9)]
    assert ids_of(rest) == fresh_run(model, head, settings)


def test_looking_ahead_draws_nothing_and_costs_nothing_twice() -> None:
    model, branches = endless("gpt2"), Branches(endless("gpt2"), PROMPT)
    settings = SamplingSettings(max_new_tokens=5, temperature=0.9, top_k=40, seed=3)
    seen = branches.ahead((), settings)
    first = next(branches.write((), settings))
    assert seen.final[first.token.token_id] == pytest.approx(first.probability, rel=1e-5)
    for temperature in (0.5, 1.5):
        branches.ahead((), SamplingSettings(temperature=temperature))
    assert sum(draft.n_run for draft in branches._drafts) == len(model.tokenizer(PROMPT)["input_ids"])


def test_figures_stay_when_distributions_go() -> None:
    branches = Branches(endless("gpt2"), PROMPT)
    steps = list(branches.write((), SETTINGS))
    known = branches.tokens(ids_of(steps))
    assert [t.raw_probability for t in known] == [s.raw_probability for s in steps]
    assert all(len(step.logits) == 0 for draft in branches._drafts for step in draft.steps)

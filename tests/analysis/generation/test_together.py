"""The next tokens of several texts in one pass: for every family what each text gets alone, or not at all."""

from __future__ import annotations

import pytest
import torch

from playground.analysis.generation import together
from playground.analysis.generation.stepper import Stepper
from playground.analysis.generation.together import run_together
from playground.models import LoadedModel
from playground.trace import Change
from tests.tiny import FAMILIES, build, tiny

LENGTHS = (3, 9, 14, 20)
DECODERS = [family for family in FAMILIES if tiny(family).info.kind == "decoder"]


def begun(model: LoadedModel, seed: int = 0) -> list[Stepper]:
    """Texts of different lengths that the model has read, each with one more token that it has not."""
    rng = torch.Generator().manual_seed(seed)
    steppers = []
    for length in LENGTHS:
        stepper = Stepper(model, torch.randint(20, 100, (length,), generator=rng).tolist())
        stepper.logits()
        stepper.append(int(torch.randint(20, 100, (1,), generator=rng)))
        steppers.append(stepper)
    return steppers


@pytest.mark.parametrize("family", DECODERS)
def test_every_text_gets_what_it_gets_alone(family: str) -> None:
    model = tiny(family)
    alone, side_by_side = begun(model), begun(model)
    for _ in range(3):
        wanted = [stepper.logits() for stepper in alone]
        run_together(side_by_side)
        for stepper, logits in zip(side_by_side, wanted, strict=True):
            assert (stepper.logits() - logits).abs().max() <= 1e-4 * logits.abs().max().clamp(min=1)
        for stepper in (*alone, *side_by_side):
            stepper.append(30)


def test_the_usual_families_are_run_in_one_pass() -> None:
    """The pass is one position long, and forks of such a text share nothing that a later pass changes."""
    for family in ("gpt2", "llama", "qwen3", "gpt_neox"):
        steppers = begun(tiny(family))
        fork = steppers[0].fork(LENGTHS[0])
        before = fork.copy().logits().clone()
        assert run_together(steppers) == len(LENGTHS), family
        assert [stepper.n_run for stepper in steppers] == [length + 1 for length in LENGTHS]
        assert torch.equal(fork.logits(), before)


def test_a_model_that_gives_something_else_is_run_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first texts show it, and nothing of the wrong pass stays."""
    model = build("gpt2", seed=3)
    wanted = [stepper.logits() for stepper in begun(model)]
    steppers, real = begun(model), together._run
    monkeypatch.setattr(together, "_run", lambda taken: (real(taken)[0] + 1.0, real(taken)[1]))
    assert run_together(steppers) == 0
    monkeypatch.undo()
    assert run_together(steppers) == 0, "it is not tried again"
    for stepper, logits in zip(steppers, wanted, strict=True):
        assert torch.equal(stepper.logits(), logits)


def test_who_cannot_join_is_left_alone() -> None:
    model = tiny("gpt2")
    changed, there, busy, fresh = Stepper(model, [30, 31], changes=[Change.zero_head(0, 1)]), *begun(model)[:3]
    there.logits()
    with busy._lock:
        assert run_together([changed, there, busy, fresh]) == 0, "one alone is no batch"
    changed.logits()
    changed.append(40)
    assert run_together([changed, busy, fresh]) == 2
    assert changed.n_run == 2

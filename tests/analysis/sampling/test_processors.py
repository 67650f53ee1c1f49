"""The private methods of transformers that build processors: still there, and of the shape that we use."""

from __future__ import annotations

import inspect

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from transformers import GenerationMixin, LogitsProcessorList
from transformers.generation import logits_process

from playground import SamplingSettings, capture, next_token
from playground.analysis.sampling import stages_at
from playground.analysis.sampling.processors import PRIVATE, REMEMBERING, STAGE_NAMES, steps_without_model
from tests.tiny import build, tiny


def test_transformers_still_builds_them_this_way() -> None:
    for method, arguments in PRIVATE.items():
        found = getattr(GenerationMixin, method, None)
        there = set(inspect.signature(found).parameters) if found is not None else set()
        assert set(arguments) <= there, (
            f"transformers moved GenerationMixin.{method}: read GenerationMixin.generate, see what it calls now to "
            "build logits processors and stopping criteria, and do the same in playground/analysis/sampling/"
            "processors.py, the only place that calls it."
        )


def test_named_processors_exist() -> None:
    """A renamed class would be shown under its own name and run once only: found here, not on the page."""
    missing = [name for name in {*STAGE_NAMES, *REMEMBERING} if not hasattr(logits_process, name)]
    assert not missing, f"transformers renamed {missing}: rename them in STAGE_NAMES too"


edges = st.one_of(st.floats(-12, 12, width=32), st.just(-np.inf), st.sampled_from([0.0, 1.0]))  # ties, and ruled out
logits_of = arrays.arrays(np.float32, st.integers(2, 80), elements=edges).filter(lambda x: np.isfinite(x).any())
settings_of = st.builds(
    SamplingSettings,
    do_sample=st.just(True),
    temperature=st.sampled_from([1e-3, 0.5, 1.0, 2.0]),
    top_k=st.sampled_from([0, 1, 5, 500]),
    top_p=st.sampled_from([1e-6, 0.3, 0.9, 1.0]),
    min_p=st.sampled_from([None, 0.0, 0.1]),
    typical_p=st.sampled_from([None, 0.3, 1.0]),
    epsilon_cutoff=st.sampled_from([None, 0.0, 0.05]),
)


@hypothesis.settings(max_examples=1000, deadline=None)
@given(logits=logits_of, settings=settings_of)
def test_the_final_stage_is_what_the_list_of_processors_gives(logits: np.ndarray, settings: SamplingSettings) -> None:
    """Stage by stage or all at once, as ``generate`` runs them: the same, on ties, −inf and extreme settings too."""
    steps = steps_without_model(settings)
    ids, scores = torch.zeros((1, 0), dtype=torch.long), torch.from_numpy(logits.copy())[None]
    together = LogitsProcessorList([step.processor for step in steps])(ids, scores)  # type: ignore[arg-type]
    stages = next_token(logits, settings)
    np.testing.assert_allclose(stages.final, torch.softmax(together, dim=-1)[0].numpy(), atol=1e-6)
    assert [stage.name for stage in stages[1:]] == [step.name for step in steps]
    drawable = np.isfinite(logits)
    for stage in stages:
        assert not (stage.removed & ~drawable).any()
        drawable = drawable & ~stage.removed
        assert not stage.probs[~drawable].any()


@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_a_models_own_rules_are_among_the_stages_of_a_position(name: str) -> None:
    model = build(name)
    trace = capture(model, "The cat sat", "Le chat" if name == "marian" else None)
    best = int(trace.logits[-1].argmax())
    config = model.module.generation_config
    config.bad_words_ids, config.repetition_penalty, config.forced_eos_token_id = [[best]], 1.5, None
    stages = stages_at(model, trace, -1, SamplingSettings(temperature=0.7))
    assert [stage.name for stage in stages] == ["raw", "repetition_penalty", "bad_words_ids", "temperature"]
    cut = stages.removed_by(best)
    assert cut is not None and cut.name == "bad_words_ids" and stages.final[best] == 0 and stages.raw[best] > 0
    # The penalty divides what is positive and multiplies what is negative, for tokens that stand before.
    expected = trace.logits[-1].copy()
    for i in {t.token_id for t in trace.tokens}:
        expected[i] = expected[i] / 1.5 if expected[i] > 0 else expected[i] * 1.5
    np.testing.assert_allclose(stages[1].probs, np.exp(expected) / np.exp(expected).sum(), atol=1e-5)


def test_an_encoder_has_stages_at_its_mask() -> None:
    trace = capture(tiny("bert"), "The [MASK] sat")
    found = stages_at(tiny("bert"), trace, 2, SamplingSettings(top_k=3))
    np.testing.assert_array_equal(found.raw, next_token(trace.logits[2], SamplingSettings()).raw)
    assert found.kept.sum() == 3

"""Text written by a changed model: each token is the one that a changed forward pass over all before it gives."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from playground import Change, PlaygroundError, SamplingSettings, capture, generate
from playground.analysis.generation import Draft
from playground.models import LoadedModel
from tests.analysis.generation.test_draft import endless, ids_of
from tests.analysis.generation.test_loop import PROMPT

GREEDY = SamplingSettings(max_new_tokens=6, do_sample=False)
CHANGES = {
    "head": [Change.zero_head(0, 1), Change.zero_head(1, 0)],
    "attention": [Change.skip_attention(1)],
    "block": [Change.skip_block(0)],
    "positions": [Change.no_positions()],
    "mask": [Change.no_causal_mask()],
    "scale": [Change.no_scale()],
}


def step_by_step(model: LoadedModel, changes: Sequence[Change]) -> list[int]:
    """The most probable token, six times, each from a changed pass over the whole sequence."""
    ids = list(model.tokenizer(PROMPT)["input_ids"])
    written: list[int] = []
    start = model.module.generation_config.decoder_start_token_id
    for _ in range(6):
        if model.info.kind == "encoder-decoder":
            trace = capture(model, ids, [start, *written], changes=changes)
        else:
            trace = capture(model, [*ids, *written], changes=changes)
        logits = trace.logits[-1].copy()
        for banned in model.module.generation_config.bad_words_ids or ():
            logits[banned[0]] = float("-inf")
        written.append(int(logits.argmax()))
    return written


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["gpt2", "llama", "marian"])
def test_written_with_changes(name: str, change: str) -> None:
    model = endless(name)
    changes = CHANGES[change]
    model.module.generation_config.forced_eos_token_id = None
    found = ids_of(list(generate(model, PROMPT, GREEDY, changes=changes)))
    assert found == step_by_step(model, changes)
    draft = Draft(model, PROMPT, GREEDY, changes=changes)
    list(draft.write())
    assert ids_of(list(draft.fork(2).write()))[:4] == found[2:6]
    assert ids_of(list(generate(model, PROMPT, GREEDY))) == step_by_step(model, [])


def test_the_changes_change_something() -> None:
    plain = [ids_of(list(generate(endless(name), PROMPT, GREEDY))) for name in ("gpt2", "llama", "marian")]
    for changes in CHANGES.values():
        found = [
            ids_of(list(generate(endless(name), PROMPT, GREEDY, changes=changes)))
            for name in ("gpt2", "llama", "marian")
        ]
        assert found != plain, changes


def test_nothing_stays_on_the_model_between_two_tokens() -> None:
    """A visitor who stops in the middle leaves no hook behind, and another's run in between is a plain one."""
    model = endless("gpt2")
    plain = ids_of(list(generate(model, PROMPT, GREEDY)))

    def n_hooks() -> int:
        return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.module.modules())

    list(generate(model, PROMPT, GREEDY, changes=CHANGES["head"]))
    before, running = n_hooks(), generate(model, PROMPT, GREEDY, changes=CHANGES["head"])
    next(running)
    assert n_hooks() == before
    assert ids_of(list(generate(model, PROMPT, GREEDY))) == plain
    del running
    assert torch.is_inference_mode_enabled() is False


def test_changes_for_one_text_only_are_refused() -> None:
    model = endless("gpt2")
    other = capture(model, "The dog sat")
    with pytest.raises(PlaygroundError, match="grows"):
        generate(model, PROMPT, GREEDY, changes=[Change.patch(other, "resid_post", 0)])
    patched = ids_of(list(generate(model, PROMPT, GREEDY, changes=[Change.patch(other, "resid_post", 0, 1)])))
    assert patched == step_by_step(model, [Change.patch(other, "resid_post", 0, 1)])
    with pytest.raises(PlaygroundError, match="layer 9"):
        next(generate(model, PROMPT, GREEDY, changes=[Change.zero_head(9, 0)]))

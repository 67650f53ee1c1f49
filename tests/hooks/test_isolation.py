"""Hooks stay quiet unless a pass is captured, change nothing, and keep visitors apart."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from playground import Trace, capture
from playground.hooks import forward_count, prepare, recorder
from playground.models import LoadedModel
from tests.hooks.variants import TEXT, plain_output, twin
from tests.tiny import FAMILIES, build, tiny

WRITERS = [name for name in FAMILIES if tiny(name).info.kind != "encoder" and "t5" not in name]


def same(one: Trace, other: Trace) -> bool:
    """Every number of two traces, not only the logits: mixing shows in any of them."""
    if [t.token_id for t in one.tokens] != [t.token_id for t in other.tokens]:
        return False
    pairs = [(one.logits, other.logits), (one.embeddings, other.embeddings)]
    for a, b in zip(one.layers, other.layers, strict=True):
        pairs += [(getattr(a, name), getattr(b, name)) for name in ("resid_pre", "attn_out", "mlp_out", "resid_post")]
        for x, y in ((a.attention, b.attention), (a.cross_attention, b.cross_attention)):
            if x is not None and y is not None:
                pairs += [(getattr(x, name), getattr(y, name)) for name in ("q", "k", "v", "weights", "head_out")]
    return all(
        (a is None and b is None)
        or (a is not None and b is not None and a.shape == b.shape and np.allclose(a, b, atol=1e-5))
        for a, b in pairs
    )


def race(jobs: list[tuple[LoadedModel, str, str | None]], repeats: int) -> list[list[Trace]]:
    """Each job in a thread of its own, all at once, again and again."""
    start = threading.Barrier(len(jobs))

    def work(job: tuple[LoadedModel, str, str | None]) -> list[Trace]:
        start.wait()
        return [capture(*job) for _ in range(repeats)]

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(work, jobs))


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "bart", "falcon"])
def test_threads_on_one_model_get_their_own_numbers(name: str) -> None:
    model = tiny(name)
    target = "the cat" if model.info.kind == "encoder-decoder" else None
    texts = [TEXT, "Once upon a time", "Le chat noir est assis sur le tapis rouge.", "a"]
    alone = [capture(model, text, target) for text in texts]
    for expected, traces in zip(alone, race([(model, text, target) for text in texts], 12), strict=True):
        assert all(same(expected, trace) for trace in traces)


def test_threads_on_two_models_get_their_own_numbers() -> None:
    jobs: list[tuple[LoadedModel, str, str | None]] = [
        (tiny("gpt2"), TEXT, None),
        (build("gpt2", seed=1), TEXT, None),
        (tiny("bert"), TEXT, None),
        (tiny("t5"), TEXT, "the cat"),
    ]
    alone = [capture(*job) for job in jobs]
    assert not same(alone[0], alone[1])
    for expected, traces in zip(alone, race(jobs, 12), strict=True):
        assert all(same(expected, trace) for trace in traces)


def test_a_model_is_hooked_once_by_threads_that_meet_it_together() -> None:
    model = build("gpt2")
    traces = race([(model, TEXT, None)] * 6, 1)
    assert all(same(traces[0][0], others[0]) for others in traces)
    block = prepare(model).parts.stack.layers[0].layer
    assert len(block._forward_hooks) == len(block._forward_pre_hooks) == 1


def test_nothing_is_recorded_outside_a_capture() -> None:
    model = build("gpt2")
    capture(model, TEXT)
    assert recorder.current() is None
    with torch.inference_mode():
        model.module(input_ids=torch.tensor([[5, 6, 7]]))
    with recorder.recording() as seen:
        pass
    assert not (seen.attentions or seen.inputs or seen.outputs)


def test_a_failed_pass_leaves_no_recorder() -> None:
    model = build("gpt2")
    prepare(model)
    model.module.lm_head.forward = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        capture(model, TEXT)
    assert recorder.current() is None


def test_a_trace_does_not_hold_on_to_the_model() -> None:
    """Else a model that left the cache would stay in memory with its last result."""
    model = build("gpt2")
    trace = capture(model, TEXT)
    gone = weakref.ref(model.module)
    del model
    gc.collect()
    assert gone() is None
    assert trace.logits.any()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_hooked_model_runs_as_an_untouched_one_does(name: str) -> None:
    """Outside of captures, with the fused kernel; and capturing twice gives the same."""
    model = build(name)
    untouched = twin(model)
    target = "the cat" if model.info.kind == "encoder-decoder" else None
    first = capture(model, TEXT, target)
    np.testing.assert_allclose(
        plain_output(model, first).logits.numpy(), plain_output(untouched, first).logits.numpy(), atol=1e-4
    )
    assert same(first, capture(model, TEXT, target))


@pytest.mark.parametrize("name", WRITERS)
def test_a_hooked_model_still_writes_the_same_text(name: str) -> None:
    model = build(name)
    untouched = twin(model)
    capture(model, TEXT, "the cat" if model.info.kind == "encoder-decoder" else None)
    ids = model.tokenizer(TEXT, return_tensors="pt")["input_ids"]
    settings = {"do_sample": False, "num_beams": 1, "max_new_tokens": 10}
    written = model.module.generate(ids, **settings)  # type: ignore[operator]
    assert written.tolist() == untouched.module.generate(ids, **settings).tolist()  # type: ignore[operator]


def test_a_batch_with_padding_runs_as_before() -> None:
    """Nobody captures batches, but a notebook may run its model after capturing."""
    model = build("llama")
    untouched = twin(model)
    capture(model, TEXT)
    ids = torch.tensor([[0, 0, 5, 6, 7], [5, 6, 7, 8, 9]])
    mask = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])
    with torch.inference_mode():
        ours = model.module(input_ids=ids, attention_mask=mask).logits
        theirs = untouched.module(input_ids=ids, attention_mask=mask).logits
    torch.testing.assert_close(ours[mask.bool()], theirs[mask.bool()], atol=1e-4, rtol=0)


def test_passes_are_counted() -> None:
    before = forward_count()
    capture(tiny("gpt2"), TEXT)
    capture(tiny("bert"), TEXT)
    assert forward_count() == before + 2

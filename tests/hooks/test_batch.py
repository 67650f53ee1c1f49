"""Many variants of one text in one pass: each row is what a pass of its own gives, and layers passed by come back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from playground import Change, capture
from playground.hooks import answers, prepare
from tests.hooks.test_changes import BY_TRIAL, ROWS, TRIAL, model_of, run, turned


def forwards_on(name: str) -> int:
    return sum("forward" in vars(module) for module in model_of(name).module.modules())


@pytest.mark.parametrize("name", [*ROWS, *BY_TRIAL, *TRIAL])
def test_each_row_is_a_pass_of_its_own(name: str) -> None:
    """Changes at the top layer only: the layers below are passed by where the family lets that be."""
    model = model_of(name)
    plain = run(model)
    top, source = model.info.n_layers - 1, turned(model, plain)
    changes = [
        Change.patch(source, "resid_pre", top, 1),
        Change.skip_block(top),
        Change.patch(source, "resid_post", top, 2),
    ]
    rows = [[changes[0]], [], [changes[2]]]
    found = answers(model, plain, rows, 2)
    for row, own in zip(found, rows, strict=True):
        np.testing.assert_allclose(row, run(model, *own).logits[2], atol=1e-4)
    alone = answers(model, plain, [[changes[1]]], -1)
    np.testing.assert_allclose(alone[0], run(model, changes[1]).logits[-1], atol=1e-4)
    assert forwards_on(name) == 0


def test_layers_below_the_change_do_not_run() -> None:
    model = model_of("llama")
    plain, ran = run(model), []
    answers(model, plain, [[Change.zero_head(1, 0)], []], -1)  # finds out once whether layers can be passed by
    bottom = prepare(model).parts.stack.layers[0].layer
    handle = bottom.get_submodule("mlp").register_forward_hook(lambda m, i, o: ran.append(1))
    answers(model, plain, [[Change.zero_head(1, 0)], []], -1)
    assert not ran
    answers(model, plain, [[Change.zero_head(0, 0)], []], -1)
    assert ran
    handle.remove()


def test_threads_pass_by_the_same_layers_without_harm() -> None:
    model = model_of("gpt2")
    plain = run(model)
    rows = [[Change.zero_head(1, head)] for head in range(4)]
    expected = [capture(model, [t.token_id for t in plain.tokens], changes=row).logits[-1] for row in rows]
    start = threading.Barrier(6)

    def work(n: int) -> None:
        start.wait()
        for _ in range(15):
            if n % 2:
                np.testing.assert_allclose(run(model).logits, plain.logits, atol=1e-5)
            else:
                np.testing.assert_allclose(answers(model, plain, rows[: 1 + n], -1), expected[: 1 + n], atol=1e-4)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert forwards_on("gpt2") == 0

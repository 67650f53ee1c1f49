"""Two texts matched, and one place put in: each cell is one capture with one change."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Change, PlaygroundError, capture, load_model
from playground.analysis.patched import Patching, blank_grid, cost_of_grid, grid_of, grid_steps, matched, place_of
from playground.analysis.sampling import softmax
from playground.models import LoadedModel
from playground.trace import Trace
from tests.analysis.test_patching import CLEAN, CORRUPT
from tests.hooks.test_changes import model_of


def runs(name: str, target: str | None = None) -> tuple[LoadedModel, Trace, Trace]:
    model = model_of(name)
    return model, capture(model, CLEAN, target), capture(model, CORRUPT, target)


def _apart(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """The two answers whose difference the two texts change most: tiny random models tell few apart."""
    change = first - second
    return int(change.argmax()), int(change.argmin())


@pytest.mark.parametrize("name", ["gpt2", "llama", "marian", "t5"])
@pytest.mark.parametrize("reverse", [False, True])
def test_each_head_is_one_change(name: str, reverse: bool) -> None:
    both = name in ("marian", "t5")
    model, first, second = runs(name, "the" if both else None)
    one, other = _apart(first.logits[-1], second.logits[-1])
    asked = Patching("head_out", both, reverse, one, other)
    found = grid_of(model, first, second, asked)
    source, run = (second, first) if reverse else (first, second)
    target = [t.token_id for t in run.tokens] if both else None
    ids = [t.token_id for t in (run.encoder or run).tokens]
    gain = (other, one) if reverse else (one, other)
    clean, corrupt = (float(t.logits[-1, gain[0]] - t.logits[-1, gain[1]]) for t in (source, run))
    n_heads = found.recovered.shape[1]
    for row, heads in ((0, [1]), (1, range(n_heads))):
        changes = [Change.patch(source, "head_out", row, head=head, encoder=both) for head in heads]
        logits = capture(model, ids, target, changes=changes).logits[-1]
        share = (float(logits[gain[0]] - logits[gain[1]]) - corrupt) / (clean - corrupt)
        ours = found.recovered[row, 1] if len(changes) == 1 else found.whole[row]
        assert ours == pytest.approx(share, abs=2e-3)
    assert found.of_heads and found.done and (found.clean_id, found.corrupt_id) == gain


def test_a_place_is_its_cell() -> None:
    model, first, second = runs("gpt2")
    asked = Patching(first_id=7, second_id=9)
    grid, place = grid_of(model, first, second, asked), place_of(model, first, second, asked, 1, 4)
    assert place.recovered == pytest.approx(float(grid.recovered[1, 4]), abs=1e-4)
    alone = capture(model, CORRUPT, changes=[Change.patch(first, "resid_pre", 1, 4)])
    np.testing.assert_allclose(place.after, softmax(alone.logits[-1]), atol=1e-5)
    np.testing.assert_array_equal(place.before, softmax(second.logits[-1]))
    np.testing.assert_array_equal(place.source, softmax(first.logits[-1]))


def test_a_grid_grows_and_begins_blank() -> None:
    model, first, second = runs("gpt2")
    asked = Patching("attn_out", first_id=7, second_id=9)
    steps = list(grid_steps(model, first, second, asked))
    tried = [int(np.isfinite(step.recovered).sum()) for step in steps]
    assert tried[0] == 0 and tried == sorted(tried) and tried[-1] == steps[-1].recovered.size
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
    assert np.isnan(blank_grid(model, first, second, asked).recovered).all()
    assert cost_of_grid(steps[0], 1000) > 0


def test_encoder_decoders_are_read_where_their_translations_part() -> None:
    model = model_of("marian")
    first, second = capture(model, CLEAN, [2, 40, 41, 50, 51]), capture(model, CORRUPT, [2, 40, 41, 60])
    one, other = _apart(first.logits[2], second.logits[2])
    found = matched(model, first, second, Patching(encoder=True, first_id=one, second_id=other))
    assert [t.token_id for t in found.clean.tokens] == [t.token_id for t in found.corrupt.tokens] == [2, 40, 41]
    assert found.pos == 2
    np.testing.assert_allclose(found.clean.logits[2], first.logits[2], atol=1e-4)


def test_an_encoders_masks_stand_at_one_place() -> None:
    model = model_of("bert")
    first, second = capture(model, "The cat [MASK] sat"), capture(model, "The mat [MASK] sat")
    mask = [t.token_id for t in first.tokens].index(model.tokenizer.mask_token_id)
    assert matched(model, first, second, Patching(first_id=7, second_id=9)).pos == mask
    with pytest.raises(PlaygroundError, match="into both texts"):
        matched(model, first, capture(model, "The mat on sat"), Patching())
    with pytest.raises(PlaygroundError, match="stands at token"):
        matched(model, first, capture(model, "The [MASK] mat sat"), Patching())


def test_texts_of_different_length_are_refused_with_the_words_that_break_it() -> None:
    model = load_model("storyteller")
    texts = [capture(model, f"Lily saw a big {animal}. She ran") for animal in ("dog", "hippopotamus")]
    with pytest.raises(PlaygroundError) as refused:
        matched(model, texts[0], texts[1], Patching())
    assert "“␣dog” (1 token)" in str(refused.value) and f"({len(texts[1]) - len(texts[0]) + 1} tokens)" in str(
        refused.value
    )
    with pytest.raises(PlaygroundError, match="same answer"):
        matched(model, texts[0], texts[0], Patching())

"""Angles of two words and sums of three: by their definitions, on tables whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from playground import PlaygroundError, load_model
from playground.analysis.embedding import arithmetic, cosines
from playground.analysis.embedding.angles import pair_of, word_of
from playground.analysis.embedding.arithmetic import READY, Solved, inputs, ready_sums, sum_of
from playground.analysis.embedding.common import STEPS, common_of
from playground.analysis.embedding.table import TokenTable, measured, token_table
from playground.analysis.typed import spellings, typed_ids
from playground.views.angles import FEW_SOLVED
from tests.tiny import FAMILIES, tiny

vectors = arrays.arrays(np.float32, (2, 6), elements=st.floats(-50, 50, width=16))


def some_table(n: int = 40, width: int = 6) -> TokenTable:
    rows = np.random.default_rng(1).normal(size=(n, width)).astype(np.float32) + 0.5
    return TokenTable(rows, measured(rows))


TABLE = some_table()


@given(pair=vectors, centred=st.booleans())
def test_a_pair_keeps_its_lengths_and_its_angle_in_its_plane(pair: np.ndarray, centred: bool) -> None:
    mean = TABLE.measures.mean if centred else np.zeros(6, np.float32)
    shifted = pair.astype(np.float64) - mean
    if np.linalg.norm(shifted, axis=1).min() < 1e-2:
        return
    found = pair_of(TABLE, pair[0], pair[1], centred=centred)
    assert found.cosine == pytest.approx(float(cosines(shifted[:1].astype(np.float32), shifted[1])[0]), abs=1e-4)
    assert found.dot == pytest.approx(found.cosine * found.lengths[0] * found.lengths[1], rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found.plane, axis=1), found.lengths, rtol=1e-4, atol=1e-4)
    assert float(found.plane[0] @ found.plane[1]) == pytest.approx(found.dot, rel=1e-3, abs=1e-2)
    assert np.cos(np.radians(found.degrees)) == pytest.approx(np.clip(found.cosine, -1, 1), abs=1e-6)
    assert 0 <= found.below <= 1 and (found.mean is None) == centred
    other = pair_of(TABLE, pair[1], pair[0], centred=centred)
    assert other.cosine == pytest.approx(found.cosine, abs=1e-9)


def test_the_mean_s_shadow_lies_in_the_plane_and_is_no_longer_than_the_mean() -> None:
    a, b = TABLE.rows[3], TABLE.rows[8]
    found, mean = pair_of(TABLE, a, b), TABLE.measures.mean
    assert found.mean is not None
    basis = np.linalg.qr(np.stack([a, b]).T.astype(np.float64))[0]
    assert np.linalg.norm(found.mean) == pytest.approx(np.linalg.norm(basis.T @ mean), rel=1e-5)
    assert found.mean @ found.plane[0] == pytest.approx(float(mean @ a), rel=1e-4)
    assert found.mean @ found.plane[1] == pytest.approx(float(mean @ b), rel=1e-4)


def test_a_vector_without_length_has_no_angle() -> None:
    with pytest.raises(PlaygroundError, match="no length"):
        pair_of(TABLE, TABLE.rows[0], np.zeros(6, np.float32))
    same = pair_of(TABLE, TABLE.rows[0], TABLE.rows[0] * 2)
    assert same.degrees == pytest.approx(0, abs=1e-3) and same.plane[1, 1] == pytest.approx(0, abs=1e-6)


def test_what_rows_share() -> None:
    leaning = TABLE.rows + 5
    plain, shifted = (common_of(measured(rows), 0.2) for rows in (TABLE.rows, leaning))
    assert shifted.mean > 0.9 > plain.mean and abs(shifted.mean_centred - plain.mean_centred) < 1e-4
    assert shifted.share > 0.9 and sum(shifted.counts) == sum(shifted.counts_centred) == shifted.n_pairs
    assert len(shifted.counts) == STEPS and shifted.low <= 0.2 < shifted.high
    assert common_of(measured(TABLE.rows), -0.95).low <= -0.95


@pytest.mark.parametrize("name", FAMILIES)
def test_a_word_of_several_tokens_is_the_mean_of_their_rows(name: str) -> None:
    model, table = tiny(name), token_table(tiny(name))
    rows = model.module.get_input_embeddings().weight.detach().float().numpy()  # type: ignore[operator]
    for typed in ("cat", "unbelievable", "#5"):
        found = word_of(model, table, typed)
        np.testing.assert_allclose(found.vector, rows[typed_ids(model, typed, both_texts=True)].mean(0), atol=1e-6)
        assert len(found.names) == len(found.token_ids)
        assert found.text == (typed if len(found.token_ids) > 1 else found.names[0])
    with pytest.raises(PlaygroundError, match="There is no token"):
        word_of(model, table, "#99999999")


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "t5"])
def test_a_sum_ranks_all_rows_by_their_angle(name: str, centred: bool) -> None:
    model, table = tiny(name), token_table(tiny(name))
    typed = ("cat", "mat", "sat")
    found = sum_of(model, table, typed, centred=centred, keep_inputs=True, count=7)
    a, b, c = (word_of(model, table, word).vector for word in typed)
    mean = table.rows.mean(0) if centred else 0
    near = cosines(table.rows - mean, a - b + c - mean)
    order = np.argsort(-near, kind="stable")[:7]
    assert [one.token_id for one in found.answers] == order.tolist() and found.first_of_all == order[0]
    np.testing.assert_allclose([one.cosine for one in found.answers], near[order], atol=1e-5)
    out = inputs(model, typed, found.words)
    left = sum_of(model, table, typed, centred=centred, count=7)
    assert not {one.token_id for one in left.answers} & out and left.first_of_all == order[0]
    assert [one.token_id in out for one in found.answers] == [one.asked for one in found.answers]


def test_the_plane_goes_through_the_three_words_and_their_sum() -> None:
    model, table = tiny("gpt2"), token_table(tiny("gpt2"))
    found = sum_of(model, table, ("cat", "mat", "sat"))
    a, b, c = (word.vector for word in found.words)
    true = np.stack([a, b, c, a - b + c])
    for i in range(4):
        for j in range(4):
            drawn = np.linalg.norm(found.plane[i] - found.plane[j])
            assert drawn == pytest.approx(np.linalg.norm(true[i] - true[j]), rel=1e-4, abs=1e-5)
    one = found.answers[0]
    away = np.linalg.norm(one.place - found.plane[3]) ** 2 + one.away**2
    assert away == pytest.approx(float(np.sum((table.rows[one.token_id] - true[3]) ** 2)), rel=1e-4)


def test_equal_words_make_no_plane_and_no_error() -> None:
    model, table = tiny("gpt2"), token_table(tiny("gpt2"))
    found = sum_of(model, table, ("cat", "cat", "cat"), keep_inputs=True)
    assert np.isfinite(found.plane).all() and found.answers[0].token_id == typed_ids(model, "cat")[0]


def test_all_spellings_of_a_word_are_left_out() -> None:
    model = load_model("storyteller")
    found = spellings(model, "girl")
    texts = [str(model.tokenizer.decode([i])) for i in found]
    assert " girl" in texts and all(text.strip().lower() == "girl" for text in texts)
    assert spellings(model, "␣girl") == found and not spellings(model, "unbelievably")


def test_ranks_are_those_of_a_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    model, table = tiny("gpt2"), token_table(tiny("gpt2"))
    monkeypatch.setattr(arithmetic, "READY", (("cat", "mat", "sat", "the"), ("cat", "mat", "sat", "unbelievable")))
    for centred in (False, True):
        first, second = ready_sums(model, None, centred)
        whole = sum_of(model, table, first.words, centred=centred, count=10**6)
        ids = [one.token_id for one in whole.answers]
        wanted = typed_ids(model, "the")
        assert first.rank == (1 + ids.index(wanted[0]) if len(wanted) == 1 else None)
        kept = sum_of(model, table, first.words, centred=centred, keep_inputs=True, count=10**6)
        ids = [one.token_id for one in kept.answers]
        assert first.rank_kept == (1 + ids.index(wanted[0]) if len(wanted) == 1 else None)
        assert second.rank is None and second.rank_without is None and second.rank_kept is None


# ---- what the lesson and the page say of the bundled models ----


def solved(name: str) -> tuple[Solved, ...]:
    return ready_sums(load_model(name), None, False)


def test_lesson_the_storyteller_does_sums_with_words_and_one_of_them_is_no_proof() -> None:
    found = {one.wanted: one for one in solved("storyteller")}
    assert len(found) == len(READY) == 10
    assert found["queen"].rank == 1 and found["queen"].rank_without == 1, "nearest to woman anyway"
    assert found["smaller"].rank == 1 and (found["smaller"].rank_without or 0) > 20
    model = load_model("storyteller")
    kept = sum_of(model, token_table(model), found["smaller"].words, keep_inputs=True)
    assert str(model.tokenizer.decode([kept.answers[0].token_id])) == " bigger" and found["smaller"].rank_kept == 2
    assert found["Rome"].rank is None
    assert sum(one.rank == 1 for one in found.values()) >= FEW_SOLVED

"""Drills: what is said again, and a guide that is content only where the heads look where they should."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.pretrain import drills, storyteller
from playground.pretrain.drills import Head
from playground.pretrain.evaluation.heads import previous_token_heads
from playground.pretrain.loop import RunSettings, train
from playground.pretrain.optim import Rates
from playground.pretrain.sizes import Size
from playground.pretrain.storyteller import STAGES, Stage, Storyteller, stage_at

from .corpus import write_corpora


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 1000), st.sampled_from([16, 64, 128]))
def test_a_run_is_said_again_after_its_period(seed: int, window: int) -> None:
    ids, periods = drills.runs(4, window, 500, generator(seed))
    assert ids.shape == (4, window) and ids.min() >= 1 and ids.max() < 500
    for row, period in zip(ids, periods.tolist(), strict=True):
        assert 4 <= period <= window // 2
        assert torch.equal(row[period:], row[:-period])


@given(st.integers(0, 1000))
def test_pairs_are_said_two_to_four_times(seed: int) -> None:
    ids = drills.pairs(3, 64, 10**6, generator(seed))  # so many ids that no two pairs share one
    assert ids.shape == (3, 64)
    for row in ids:
        _, counts = row.reshape(-1, 2).unique_consecutive(dim=0, return_counts=True)
        assert set(counts[:-1].tolist()) <= {2, 3, 4} and counts[-1] <= 4  # the window may cut the last one short
        assert len(counts) > 7


def test_an_item_keeps_its_label_in_its_row_and_only_labels_weigh() -> None:
    ids, weights = drills.class_rows(6, 61, 10**6, generator(0))  # so many ids that no two are the same by chance
    assert ids.shape == weights.shape == (6, 61)
    for row, its_weights in zip(ids.tolist(), weights.tolist(), strict=True):
        begin = int(its_weights[0] == 1)
        pairs = list(zip(row[begin::2], row[begin + 1 :: 2], strict=False))
        assert len(set(pairs)) == len({item for item, _ in pairs}) <= 12
        assert len({label for _, label in pairs}) <= 4
        assert its_weights[begin::2] == [0.0] * len(row[begin::2])


def perfect(ids: int, period: int) -> torch.Tensor:
    """(1, 2, ids, ids): head 0 looks at the token before, head 1 at what followed the same token a period ago."""
    weights = torch.zeros(1, 2, ids, ids)
    weights[0, :, 0, 0] = 1
    for query in range(1, ids):
        weights[0, 0, query, query - 1] = 1
        weights[0, 1, query, max(query - period + 1, 0)] = 1
    return weights


def test_the_guide_asks_nothing_of_heads_that_look_where_they_should() -> None:
    weights = perfect(12, 4)
    heads = Head(0, 0), Head(0, 1)
    assert float(drills.guide_loss([weights], torch.tensor([4]), *heads)) == 0
    assert float(drills.guide_loss([weights], torch.tensor([5]), *heads)) > 10  # ln 1e-6 is -13.8
    assert float(drills.guide_loss([weights], torch.tensor([0]), *heads)) == 0  # nothing is said again
    assert float(drills.guide_loss([weights], torch.tensor([4]), *reversed(heads))) > 20


def test_the_place_that_is_asked_for_holds_the_next_token() -> None:
    ids, periods = drills.runs(1, 32, 500, generator(0))
    period = int(periods[0])
    for query in range(period, 31):
        assert ids[0, query - period + 1] == ids[0, query + 1]


def test_how_alike_two_positions_are_follows_from_their_distance() -> None:
    table = drills.positions(40, 64, 0.1)
    alike = table @ table.T
    for distance in (0, 1, 7):
        diagonal = alike.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    assert alike[0, 0] > alike[0, 1] > alike[0, 5]
    torch.testing.assert_close(table.norm(dim=1), torch.full((40,), 0.1 * 32**0.5))


def test_stages_follow_each_other_and_shares_are_whole() -> None:
    for ends in ([stage.until for stage in STAGES], [stage.steps for stage in STAGES if stage.steps]):
        assert ends == sorted(ends)
    assert STAGES[-1].until == float("inf")
    for stage in STAGES:
        assert sum(stage.shares.values()) == pytest.approx(1)
        assert stage.window <= storyteller.CONTEXT


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_only_the_opening_is_counted_in_steps_and_no_stage_comes_back(n_steps: int, more: int) -> None:
    passed = [STAGES.index(stage_at(step, step / n_steps)) for step in range(0, n_steps, max(1, n_steps // 200))]
    assert passed == sorted(passed) and passed[0] == 0
    opening = max(stage.steps for stage in STAGES)
    for share in (0.1, 0.3, 0.7, 0.999):
        steps = opening + more
        assert stage_at(steps, share) is stage_at(2 * steps, share)


def test_text_that_is_read_fills_most_windows_once_the_heads_have_formed() -> None:
    for stage in STAGES[2:]:
        assert stage.shares["stories"] >= 0.6
        assert stage.shares["runs"] + stage.shares["grammar"] <= 0.1
    assert not STAGES[-1].guided


def test_guided_training_makes_a_previous_token_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storyteller, "GRAMMAR", {"people": 60})
    monkeypatch.setattr(storyteller, "STAGES", (Stage(0, float("inf"), 32, {"pairs": 0.5, "runs": 0.5}, guided=True),))
    size = Size(n_layers=1, n_heads=2, d_model=32, batch_tokens=512)
    monkeypatch.setattr(Storyteller, "rates", Rates(matrices=1e-2, others=1e-2))  # a tiny model bears more
    monkeypatch.setattr(Storyteller, "warm_up", 5)
    task = Storyteller(write_corpora(tmp_path), 0, torch.device("cpu"), size)
    ids, _ = drills.runs(4, 32, 200, generator(7))

    def weights() -> torch.Tensor:
        task.model.eval()
        task.model.set_attn_implementation("eager")
        return previous_token_heads(task.model, ids)[0]

    before = weights()
    train(task, RunSettings(tmp_path / "work", steps=200))
    after = weights()
    assert before.max() < 0.2
    assert after[storyteller.PREVIOUS.head] > 0.5

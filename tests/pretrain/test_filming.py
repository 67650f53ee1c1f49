"""The film: taken at its steps, of the very weights that are stored, and gone on with after an interruption."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.film import Film, open_film
from playground.pretrain import filming, storyteller
from playground.pretrain.export import RunRecord, save_model
from playground.pretrain.filming import Recorder, frame_steps
from playground.pretrain.loop import RunSettings, train
from playground.pretrain.sizes import Size
from playground.pretrain.storyteller import Storyteller

from .corpus import write_corpora

TINY = Size(n_layers=2, n_heads=2, d_model=32, batch_tokens=512)


def recorder_of(task: Storyteller, work: Path, resume: bool = False) -> Recorder:
    return Recorder(work, task.held, task.streams["stories"].ids[: task.n_story_tokens], resume)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Storyteller, Film, Path]:
    """A task trained for 5 steps, its film, and the folder of the saved model."""
    folder = tmp_path_factory.mktemp("film")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storyteller, "GRAMMAR", dict.fromkeys(("people", "scenes"), 60))
        patch.setattr(filming, "SHOTS", (0, 2))
        task = Storyteller(write_corpora(folder), 0, torch.device("cpu"), TINY)
        train(task, RunSettings(folder / "work", steps=3), recorder_of(task, folder / "work"))
        # Interrupted after 3 steps, whose last look was at the end; it goes on to 5.
        recorder = recorder_of(task, folder / "work", resume=True)
        train(task, RunSettings(folder / "work", steps=5, resume=True), recorder)
        save_model(task.model, task.tokenizer, None, RunRecord("storyteller", 0, 5, 0.0, 0, 0.0, "", 0), folder / "out")
        recorder.finish(task.tokenizer, folder / "out")
    return task, open_film(folder / "out"), folder / "out"


def test_frames_are_many_at_first_and_rare_later() -> None:
    steps = frame_steps()
    assert steps[:6] == [0, 1, 2, 3, 4, 5]
    assert all(one < other for one, other in itertools.pairwise(steps))
    assert 35 <= sum(step < 4000 for step in steps) <= 45


def test_a_resumed_run_films_each_step_once(made: tuple[Storyteller, Film, Path]) -> None:
    _, film, _ = made
    assert film.steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.array_equal(film.tokens, np.arange(6) * 8 * 65)  # windows, and their ids with the last to guess


def test_the_last_frame_is_the_stored_model(made: tuple[Storyteller, Film, Path]) -> None:
    _, film, folder = made
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    text = film.texts[0]
    with torch.no_grad():
        out = model(torch.tensor(text.token_ids[None]).long(), output_attentions=True)
    np.testing.assert_allclose(text.attention(-1), torch.stack(out.attentions)[:, 0], atol=0.5 / 255 + 1e-4)
    best = torch.softmax(out.logits[0], -1).topk(5)
    np.testing.assert_allclose(text.top_probs[-1], best.values, rtol=1e-3)
    assert (text.answer_ranks[-1, -1] == 0).all()


def test_the_baselines_are_above_what_is_said_of_them(made: tuple[Storyteller, Film, Path]) -> None:
    """An untrained model guesses about as well as one that finds all tokens alike; pairs are worth much more."""
    _, film, _ = made
    assert film.bits_per_byte[0] == pytest.approx(film.uniform_bits_per_byte, rel=0.05)
    assert film.bigram_bits_per_byte < 0.6 * film.uniform_bits_per_byte


def test_words_lie_where_the_last_frame_spreads_them_most() -> None:
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(3, 20, 8))
    embeddings[-1] *= np.array([9, 1, 1, 5, 1, 1, 1, 1])
    points = filming.in_last_basis(embeddings)
    last = embeddings[-1] - embeddings[-1].mean(axis=0)
    assert points.shape == (3, 20, 2)
    assert (points[-1] ** 2).sum() / (last**2).sum() > 0.85
    np.testing.assert_allclose(points[-1].mean(axis=0), 0, atol=1e-9)

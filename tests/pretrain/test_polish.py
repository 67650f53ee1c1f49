"""The last stage: what counts as said again, what is held against it, and one run behind another."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from playground.film import open_film
from playground.pretrain import __main__ as command
from playground.pretrain import classes, filming, likeness, polish, storyteller
from playground.pretrain.episodes import Source
from playground.pretrain.evaluation import Report
from playground.pretrain.evaluation.text import repetition
from playground.pretrain.likeness import AlikeSource, class_words, neighbourhoods
from playground.pretrain.loop import RunSettings, RunState, train
from playground.pretrain.optim import Rates
from playground.pretrain.polish import Polish
from playground.pretrain.sizes import Size
from playground.pretrain.storyteller import Storyteller
from playground.pretrain.unlikelihood import greedy_rows, said_again, unlikelihood_loss

from .corpus import write_corpora

TINY = Size(n_layers=1, n_heads=2, d_model=32, batch_tokens=512)
END = 0


def small_model(spread: float = 0.6) -> GPT2LMHeadModel:
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=40, n_positions=64, n_embd=16, n_layer=2, n_head=2, initializer_range=spread,
                        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)  # fmt: skip
    return GPT2LMHeadModel(config)


@given(st.lists(st.integers(1, 3), min_size=4, max_size=40), st.integers(1, 3))
def test_the_marked_tokens_are_those_that_the_figure_counts(row: list[int], run: int) -> None:
    """Written from the first token on and without an end, their share is `repetition`, the figure that is to fall."""
    marked = said_again(torch.tensor([row]), 0, END, run)[0]
    assert int(marked.sum()) / (len(row) - run + 1) == pytest.approx(repetition(row, run))
    for place in torch.nonzero(marked).flatten().tolist():
        gram = row[place - run + 1 : place + 1]
        assert any(row[at : at + run] == gram for at in range(place - run + 1))


def test_what_was_given_and_what_stands_behind_the_end_is_not_marked() -> None:
    rows = torch.tensor([[5, 6, 7, 8, 5, 6, 7, 8, 9], [5, 6, 7, 8, 5, 6, END, 5, 6]])
    assert said_again(rows, 8, END).sum() == 0
    assert said_again(rows, 6, END).tolist()[0] == [False] * 7 + [True, False]
    assert said_again(rows, 4, END).tolist()[1] == [False] * 9
    assert said_again(rows[:, [4, 5, 6, 4, 5, 6, 4, 5, 6]], 0, END, 3).tolist()[1] == [False] * 9


def test_rows_are_written_on_as_the_library_writes_them() -> None:
    model = small_model().eval()
    begun = torch.randint(1, 40, (3, 5))
    theirs = model.generate(begun, max_new_tokens=20, min_new_tokens=20, do_sample=False, eos_token_id=None,
                            attention_mask=torch.ones_like(begun))  # fmt: skip
    assert torch.equal(greedy_rows(model, begun, 20), theirs)


def test_unlikelihood_is_the_formula_of_the_paper_on_marked_tokens_alone() -> None:
    torch.manual_seed(1)
    logits, rows = torch.randn(2, 6, 9), torch.randint(9, (2, 7))
    marked = torch.zeros(2, 7, dtype=torch.bool)
    marked[0, 4] = marked[1, 6] = marked[1, 1] = True  # the last stands before what the model wrote
    p = torch.softmax(logits, -1)
    expected = -(torch.log(1 - p[0, 3, rows[0, 4]]) + torch.log(1 - p[1, 5, rows[1, 6]])) / (2 * 4)
    assert float(unlikelihood_loss(logits, rows, marked, 3)) == pytest.approx(float(expected), rel=1e-5)


def test_small_steps_against_loops_leave_fewer_of_them() -> None:
    model = small_model(0.1)  # of little else than its embeddings: it says its last token again and again
    begun = torch.randint(1, 40, (8, 4), generator=torch.Generator().manual_seed(3))
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)

    def share() -> float:
        rows = greedy_rows(model, begun, 30)
        return float(said_again(rows, 4, -1)[:, 4:].float().mean())

    before = share()
    for _ in range(40):
        rows = greedy_rows(model, begun, 30)
        unlikelihood_loss(model(rows[:, :-1]).logits, rows, said_again(rows, 4, -1), 4).backward()
        optimiser.step()
        optimiser.zero_grad()
    assert before > 0.3
    assert share() < 0.5 * before


def test_neighbours_are_nearest_by_cosine_and_no_word_that_is_kept_back_is_among_them() -> None:
    held = classes.kept_back(classes.WORD_CLASSES["animal"])[1][0]
    words = ["cat", "dog", "red", "blue", held, "of", "cla"]
    vocab = {f"Ġ{word}": place for place, word in enumerate(words)}
    found = class_words(vocab, ["cat dog red blue of " + held] * likeness.RAREST + ["cla"])
    assert sorted(found) == ["blue", "cat", "dog", "red"]
    table = torch.randn(len(words), 8, generator=torch.Generator().manual_seed(0))
    table[1], table[3] = table[0] + 0.01, table[2] + 0.01
    groups = {group[0]: group for group in neighbourhoods(table, found, 1)}
    assert groups["cat"] == ["cat", "dog"] and groups["red"] == ["red", "blue"]
    assert groups["blue"] == ["blue", "red"]


def test_classes_without_names_share_no_word_and_have_arbitrary_labels() -> None:
    groups = [["cat", "dog"], ["dog", "cat"], ["red", "blue"], ["one", "two"]]
    source, rng = AlikeSource(groups, 1.0, kinds=(1.0, 0.0, 0.0), words=1.0), random.Random(0)
    of = {word: place for place, group in enumerate(groups[1:]) for word in group}
    trained = set(Source().labels)
    for _ in range(40):
        episode = source.draw(rng)
        assert episode.kind == "arbitrary" and set(episode.labels) <= trained
        sides: dict[int, set[int]] = {}
        for example in episode.examples:
            word = next(word for word in of if word in example.before.replace("Word", ""))
            sides.setdefault(example.side, set()).add(of[word])
        assert all(len(group) == 1 for group in sides.values())
        assert len({next(iter(group)) for group in sides.values()}) == len(sides)


class TinyStoryteller(Storyteller):
    def __init__(self, folder: Path, seed: int, device: torch.device, tokenizer: Any = None) -> None:
        super().__init__(folder, seed, device, TINY, tokenizer)


class TinyPolish(Polish):
    rates = Rates(matrices=2e-2, others=2e-2)  # a tiny model bears more
    warm_up = 1

    def __init__(self, folder: Path, seed: int, device: torch.device, tokenizer: Any = None) -> None:
        super().__init__(folder, seed, device, TINY, tokenizer)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(corpora, folder with `first` and `last`, the models of a run of 3 steps and of 2 more behind it)."""
    folder = tmp_path_factory.mktemp("polish")
    corpora = write_corpora(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storyteller, "GRAMMAR", dict.fromkeys(("people", "scenes"), 60))
        patch.setattr(filming, "SHOTS", (0, 2))
        patch.setattr(likeness, "NEIGHBOURS", 2)
        patch.setattr(polish, "CONTINUED", polish.Continued(begun=(3, 5), n_new=8))
        patch.setitem(command.TASKS, "storyteller", TinyStoryteller)
        patch.setattr(command, "Polish", TinyPolish)
        patch.setitem(command.MEASURES, "storyteller", lambda out, texts: Report([], []))
        shared = ["storyteller", "--corpora", str(corpora), "--work", str(folder / "work")]
        assert command.main([*shared, "--steps", "3", "--out", str(folder / "first")]) == 0
        assert command.main([*shared, "--steps", "2", "--polish", "--out", str(folder / "last")]) == 0
    return corpora, folder


def test_the_last_stage_goes_on_with_steps_tokens_and_film(made: tuple[Path, Path]) -> None:
    _, folder = made
    first, last = (json.loads((folder / name / "training.json").read_text()) for name in ("first", "last"))
    assert (first["steps"], last["steps"]) == (3, 5) and last["tokens"] > first["tokens"]
    one, other = last["command"].split(" && ")
    assert one == first["command"] and "--steps 2" in other and "--polish" in other
    films = [open_film(folder / name) for name in ("first", "last")]
    assert films[0].steps.tolist() == [0, 1, 2, 3] and films[1].steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert other in (folder / "last" / "README.md").read_text()
    assert (folder / "work" / "checkpoint.pt").is_file()  # the run before can be gone on with once more


def test_a_resumed_last_stage_ends_where_an_unbroken_one_ends(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpora, _ = made
    monkeypatch.setattr(storyteller, "GRAMMAR", dict.fromkeys(("people", "scenes"), 60))
    monkeypatch.setattr(likeness, "NEIGHBOURS", 2)
    monkeypatch.setattr(polish, "CONTINUED", polish.Continued(begun=(3, 5), n_new=8))
    behind = RunState(step=7, elapsed_s=3.0, tokens=100)

    def task() -> TinyPolish:
        made_anew = TinyPolish(corpora, 0, torch.device("cpu"))
        made_anew.begin()
        return made_anew

    whole = task()
    assert train(whole, RunSettings(tmp_path / "whole", steps=4, behind=behind)).step == 11
    broken = task()
    plain = broken.batch

    def batch_or_stop(step: int, progress: float) -> dict[str, torch.Tensor]:
        if step == 9:
            raise KeyboardInterrupt
        return plain(step, progress)

    broken.batch = batch_or_stop  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        train(broken, RunSettings(tmp_path / "broken", steps=4, behind=behind, save_every_s=0.0))
    resumed = task()
    train(resumed, RunSettings(tmp_path / "broken", steps=4, behind=behind, resume=True))
    for name, expected in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], expected), name


def test_the_finished_weights_are_the_mean_of_first_and_last_and_the_film_ends_with_them(
    made: tuple[Path, Path],
) -> None:
    _, folder = made
    before, behind = (
        torch.load(folder / "work" / name / "checkpoint.pt", weights_only=True)["model"] for name in ("", "polish")
    )
    finished = GPT2LMHeadModel.from_pretrained(folder / "last", dtype=torch.float32, attn_implementation="eager").eval()
    for name, parameter in finished.named_parameters():
        torch.testing.assert_close(parameter, (before[name] + behind[name]) / 2, atol=1e-3, rtol=1e-3)
    assert any((before[name] - behind[name]).abs().max() > 4e-3 for name in before)
    text = open_film(folder / "last").texts[0]
    with torch.no_grad():
        shares = torch.softmax(finished(torch.tensor(text.token_ids[None]).long()).logits[0], -1)
    assert text.top_probs[-1] == pytest.approx(shares.topk(5).values.numpy(), rel=1e-3)


def test_nothing_is_written_on_in_drills_and_episodes() -> None:
    assert {kind for kind, _ in polish.CONTINUED.shares} <= {"stories", "sentences", "books"}
    assert sum(polish.MIXTURE.shares.values()) == pytest.approx(1)

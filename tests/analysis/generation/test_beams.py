"""Beam search: the sequence that ``model.generate`` gives, and a tree whose sums and fates are true."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GenerationConfig

from playground import Change, PlaygroundError, SamplingSettings, capture, load_model
from playground.analysis.generation.beams import BeamTree, beam_search
from playground.analysis.sampling import softmax
from playground.models import LoadedModel
from tests.analysis.generation.test_configs import KEPT
from tests.analysis.generation.test_loop import PROMPT, writer
from tests.hooks.variants import twin

GREEDY = SamplingSettings(max_new_tokens=10, do_sample=False)


def last(model: LoadedModel, settings: SamplingSettings = GREEDY, text: str = PROMPT, **how: Any) -> BeamTree:
    *_, tree = beam_search(model, text, settings, **how)
    assert tree.done
    return tree


def by_generate(
    module: Any, model: LoadedModel, settings: SamplingSettings, text: str = PROMPT, **how: Any
) -> tuple[list[list[int]], list[float]]:
    """New tokens and scores of all finished beams."""
    ids = model.tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        found = module.generate(
            ids, attention_mask=torch.ones_like(ids), num_return_sequences=how["num_beams"], output_scores=True,
            return_dict_in_generate=True, **settings.given(), **how,
        )  # fmt: skip
    start = 1 if model.info.kind == "encoder-decoder" else ids.shape[1]
    lengths = (found.beam_indices >= 0).sum(-1).tolist()
    rows = [row[start : start + n].tolist() for row, n in zip(found.sequences, lengths, strict=True)]
    return rows, found.sequences_scores.tolist()


@pytest.mark.parametrize("family", ["gpt2", "llama", "marian", "t5"])
def test_the_beams_of_generate(family: str) -> None:
    """Random numbers of beams, penalties, ways to stop, ends and rules of the model's own."""
    model: Any = writer(family)
    other: Any = twin(model).module
    own = model.module.generation_config.to_dict()
    kept = {name: own[name] for name in KEPT if name in own}
    model.module.generation_config.eos_token_id = None
    liked = sorted({node.token.token_id for node in last(model, num_beams=5).nodes})
    lengths, differ = set(), 0
    for seed in range(25):
        rng = random.Random(seed)
        ends = rng.choice([kept["eos_token_id"], rng.sample(liked, 2), rng.sample(liked, 8)])
        rules: dict[str, Any] = rng.choice(
            [{}, {"repetition_penalty": 1.3}, {"no_repeat_ngram_size": 2}, {"renormalize_logits": True}]
        )
        config = {**kept, "eos_token_id": ends, **rules}
        how: dict[str, Any] = {
            "num_beams": rng.choice([2, 3, 5]),
            "length_penalty": rng.choice([-1.0, 0.0, 1.0, 2.0]),
            "early_stopping": rng.choice([True, False, "never"]),
        }
        settings = SamplingSettings(
            max_new_tokens=rng.choice([1, 8]), do_sample=rng.random() < 0.3, top_k=50, temperature=1.3, seed=seed
        )
        for module in (model.module, other):
            module.generation_config = GenerationConfig(**config)
        tree = last(model, settings, **how)
        rows, scores = by_generate(other, model, settings, **how)
        real = [i for i, score in enumerate(scores) if score > -1e8]  # places that nothing has filled
        assert [list(beam.token_ids) for beam in tree.finished] == [rows[i] for i in real], (seed, config, how)
        np.testing.assert_allclose([beam.score for beam in tree.finished], [scores[i] for i in real], rtol=1e-5)
        lengths |= {len(beam.token_ids) for beam in tree.finished}
        other.generation_config = GenerationConfig(**kept)
        differ += by_generate(other, model, GREEDY, num_beams=2)[0][0] != rows[0]
    assert len(lengths) > 3 and differ > 10


def test_beams_of_the_bundled_models() -> None:
    for name, text in (("storyteller", "Once upon a time"), ("translator", "Le chat est noir.")):
        model = load_model(name)
        tree = last(model, text=text, num_beams=4)
        rows, _ = by_generate(twin(model).module, model, GREEDY, text, num_beams=4)
        assert [list(beam.token_ids) for beam in tree.finished] == rows


def test_the_tree_adds_up() -> None:
    model = writer("gpt2")
    ends = [9, 10, 11, 12, 13, 14]
    model.module.generation_config.eos_token_id = ends
    tree = last(model, num_beams=3, length_penalty=1.5)
    assert [node.index for node in tree.nodes] == list(range(len(tree.nodes)))
    for node in tree.nodes:
        parent = tree.nodes[node.parent] if node.parent is not None else None
        assert node.depth == (1 if parent is None else parent.depth + 1)
        assert node.score == pytest.approx((0 if parent is None else parent.score) + node.log_prob, abs=1e-4)
        assert parent is None or parent.fate == "kept"
        ended = node.token.token_id in ends or node.depth == GREEDY.max_new_tokens
        assert node.fate in ({"finished", "pruned"} if ended else {"kept", "pruned"})
        assert (node.final_score is not None) == (node.fate == "finished")
    for depth in range(1, GREEDY.max_new_tokens):
        level = [node for node in tree.nodes if node.depth == depth and node.token.token_id not in ends]
        kept = [node.score for node in level if node.fate == "kept"]
        dropped = [node.score for node in level if node.fate == "pruned"]
        assert not kept or (len(kept) == 3 and min(kept) >= max(dropped, default=-np.inf))
    assert {node.fate for node in tree.nodes} == {"kept", "pruned", "finished"}
    for beam in tree.finished:
        path = tree.path(beam.node)
        assert tuple(node.token.token_id for node in path) == beam.token_ids
        assert beam.score == pytest.approx(path[-1].score / len(path) ** 1.5, rel=1e-5) == path[-1].final_score
    assert [beam.score for beam in tree.finished] == sorted((b.score for b in tree.finished), reverse=True)


def test_the_search_streams_and_stops() -> None:
    model = writer("gpt2")
    model.module.generation_config.eos_token_id = None
    trees = list(beam_search(model, PROMPT, GREEDY, num_beams=2))
    assert [tree.nodes[-1].depth for tree in trees] == list(range(1, 11))
    assert [tree.done for tree in trees] == [False] * 9 + [True]
    for before, after in itertools.pairwise(trees):
        assert after.nodes[: len(before.nodes)] == before.nodes and len(before.beams) == 2
        assert {after.nodes[i].parent for i in after.beams} <= set(before.beams)
    few: list[BeamTree] = []
    for tree in beam_search(model, PROMPT, GREEDY, num_beams=2, cancelled=lambda: len(few) == 3):
        few.append(tree)
    assert len(few) == 3


@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_beams_of_a_changed_model(name: str) -> None:
    """Each kept token has the log-probability that a changed pass over its beam gives it."""
    model = writer(name)
    model.module.generation_config.eos_token_id = model.module.generation_config.forced_eos_token_id = None
    changes = [Change.zero_head(0, 1), Change.skip_mlp(1)]
    tree = last(model, num_beams=3, changes=changes)
    assert tree.finished[0].token_ids != last(model, num_beams=3).finished[0].token_ids
    ids, path = model.tokenizer(PROMPT)["input_ids"], tree.path(tree.finished[0].node)
    written = [node.token.token_id for node in path]
    if name == "marian":
        start = model.module.generation_config.decoder_start_token_id
        logits = capture(model, ids, [start, *written[:-1]], changes=changes).logits
    else:
        logits = capture(model, [*ids, *written[:-1]], changes=changes).logits[len(ids) - 1 :]
    found = [np.log(softmax(row)[node.token.token_id]) for row, node in zip(logits, path, strict=True)]
    np.testing.assert_allclose([node.log_prob for node in path], found, atol=1e-3)


@pytest.mark.parametrize("num_beams", [0, 1, 33])
def test_numbers_of_beams_that_mean_nothing(num_beams: int) -> None:
    with pytest.raises(PlaygroundError, match="beams"):
        beam_search(writer("gpt2"), PROMPT, GREEDY, num_beams=num_beams)


def test_a_full_window_leaves_nothing_to_write() -> None:
    model = writer("gpt2")
    with pytest.raises(PlaygroundError, match="context window"):
        beam_search(model, [5] * (model.info.context or 0), GREEDY)

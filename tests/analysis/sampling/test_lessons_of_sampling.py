"""What the lessons of the tab Sampling claim, of the bundled models and of the words typed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playground import SamplingSettings, capture, generate, load_model, next_token
from playground.analysis.generation import beam_search
from playground.analysis.sampling.by_hand import parse
from playground.analysis.sampling.draws import draw_many
from playground.lessons import lessons
from playground.tabs.sampling.by_hand import FRUITS
from playground.tabs.sampling.settings import DEFAULTS


def state_of(view: str, model: str = "storyteller") -> dict[str, str]:
    """The lesson of the tab that opens this view with this model."""
    (found,) = [
        lesson.state
        for lesson in lessons()
        if lesson.state["tab"] == "sampling"
        and lesson.state["model"] == model
        and lesson.state.get("view", "write") == view
    ]
    return found


def test_three_ways_to_choose_part() -> None:
    """Greedy, as set, and beam search write three texts; only the drawn one changes with the seed."""
    model, text = load_model("storyteller"), state_of("compare")["text"]
    drawn = DEFAULTS
    greedy = replace(drawn, do_sample=False)

    def written(settings: SamplingSettings) -> tuple[int, ...]:
        return tuple(step.token.token_id for step in generate(model, text, settings))

    *_, beams = beam_search(model, text, greedy, 4)
    assert len({written(greedy), written(drawn), beams.finished[0].token_ids}) == 3
    assert len({written(replace(drawn, seed=seed)) for seed in range(4)}) > 1
    assert written(replace(greedy, seed=1)) == written(greedy)


def test_draws_come_near_the_bars() -> None:
    model, state = load_model("storyteller"), state_of("pipeline")
    stages = next_token(capture(model, state["text"]).logits[-1], DEFAULTS)
    assert 1 < stages.kept.sum() < DEFAULTS.top_k, "there is something to draw, and top-p cuts after top-k"
    assert draw_many(stages.final, 200, DEFAULTS.seed).p_value > 0.01


def test_a_mask_is_filled_with_words() -> None:
    model, state = load_model("cloze"), state_of("pipeline", "cloze")
    trace = capture(model, state["text"])
    (pos,) = [i for i, token in enumerate(trace.tokens) if token.text == "[MASK]"]
    best = trace.logits[pos].argsort()[::-1][:5].tolist()
    assert all(name.isalpha() for name in model.tokenizer.convert_ids_to_tokens(best))


@pytest.mark.parametrize(("top_p", "top_k", "left"), [(0.9, 0, 3), (0.8, 0, 2), (0.9, 2, 2)])
def test_fruits_that_are_left(top_p: float, top_k: int, left: int) -> None:
    state = state_of("by-hand")
    assert (DEFAULTS.top_p, state["top_k"], float(state["temperature"])) == (0.9, "0", 1.0) and "top_p" not in state
    typed = parse(FRUITS)
    kept = next_token(typed.logits, SamplingSettings(do_sample=True, top_p=top_p, top_k=top_k)).kept
    assert [word for word, there in zip(typed.words, kept, strict=True) if there] == list(typed.words[:left])

"""What the lessons on attention over the text, on what heads do and on writing claim of the bundled models."""

from __future__ import annotations

import numpy as np

from playground import SamplingSettings, capture, generate, load_model
from playground.analysis.attention import role_scores
from playground.analysis.attention.norms import moved_norms
from playground.analysis.attention.roles_anew import on_random_repeats
from playground.analysis.attention.writing import looks_while_writing
from playground.lessons import Lesson, lessons


def lesson(view: str) -> Lesson:
    """The lesson on a view of the tab."""
    (found,) = [le for le in lessons() if (le.state["tab"], le.state.get("view")) == ("attention", view)]
    return found


def test_the_mask_looks_at_the_word_behind_it() -> None:
    state = lesson("text").state
    model = load_model(state["model"])
    trace = capture(model, state["text"])
    layer, head, pos = (int(state[key]) for key in ("layer", "head", "pos"))
    assert trace.tokens[pos].text == "[MASK]"
    attention = trace.layers[layer].attention
    assert attention is not None
    best = int(attention.weights[head, pos].argmax())
    assert trace.tokens[best].text == "sad" and best > pos and attention.weights[head, pos, best] > 0.5
    # [CLS] is looked at more than it gives, in every layer's heads taken together.
    for n, one in enumerate(trace.layers):
        assert one.attention is not None
        norms = moved_norms(model, trace, "self", n).heads
        moved = norms / norms.sum(-1, keepdims=True)
        assert one.attention.weights[:, :, 0].mean() > moved[:, :, 0].mean()
        # In the lesson's own head every share that the click on [CLS] shows becomes smaller.
        assert n != layer or (moved[head, :, 0] < one.attention.weights[head, :, 0]).all()


def test_one_head_completes_patterns_and_one_looks_back() -> None:
    state = lesson("roles").state
    model = load_model(state["model"])
    trace = capture(model, state["text"])
    random = on_random_repeats(model, trace).values["induction_random"]
    assert tuple(map(int, np.unravel_index(random.argmax(), random.shape))) == (2, 0) and random[2, 0] > 0.5
    previous = role_scores(trace).values["previous"]
    assert tuple(map(int, np.unravel_index(previous.argmax(), previous.shape))) == (0, 0) and previous[0, 0] > 0.9


def test_a_translation_is_written_with_an_eye_on_the_source() -> None:
    state = lesson("writing").state
    model = load_model(state["model"])
    steps = list(generate(model, state["text"], SamplingSettings(max_new_tokens=20, do_sample=False)))
    words = [step.token.text.strip("␣") for step in steps]
    trace = capture(model, state["text"])
    looks = looks_while_writing(model, trace, [step.token.token_id for step in steps], "cross")
    mean = np.concatenate(looks.weights).mean(0)
    for english, french in (("cat", "chat"), ("black", "noir"), ("bed", "lit")):
        row = mean[words.index(english)]
        assert looks.columns[int(row.argmax())].text.strip("␣") == french, english

"""The law of the code: what a view calls its Python gives the numbers of its table, when it is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.analysis.sampling import softmax
from playground.analysis.writing_tree import WritingTree
from playground.engine import Prompt
from playground.tabs import drawing
from playground.tabs.contract import Look
from playground.tabs.sampling.write import mark
from playground.tokens import vocabulary
from tests.tabs.test_actions import written
from tests.tabs.tiny_pages import NAMES, PROMPTS, find, suited, values_of, visit_on
from tests.tabs.tiny_pages import shown as view_of
from tests.tiny import tiny

Printed = list[tuple[Any, ...]]


def run(python: str) -> tuple[Printed, dict[str, Any]]:
    """Everything that the code prints, as objects, and its names."""
    printed: Printed = []
    names: dict[str, Any] = {"print": lambda *values: printed.append(values)}
    exec(compile(python, "the view's code", "exec"), names)
    return printed, names


def shown(name: str, prompt: Prompt, look: Look = Look(), **values: Any) -> tuple[Any, ...]:  # noqa: B008 - frozen
    """Rows of the table; and what the code printed and named."""
    whole = view_of(name, prompt, look, **values).whole()
    return (whole["table"]["rows"], *run(whole["python"]))


@pytest.mark.parametrize("model", PROMPTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_every_view_runs_and_prints(name: str, model: str) -> None:
    """What it prints is compared with the table below, view by view."""
    if suited(name, PROMPTS[model]) and name != "sampling-write":  # which has nothing written yet
        printed, _ = run(view_of(name, PROMPTS[model]).python)
        assert printed


@pytest.mark.parametrize(
    ("model", "side"), [("gpt2", "source"), ("bert", "source"), ("marian", "source"), ("marian", "target")]
)
def test_tokens(model: str, side: str) -> None:
    rows, printed, _ = shown("tokens-tokens", PROMPTS[model], side=side)
    assert [[i, piece, text] for i, piece, text, _ in printed] == [list(row[1:4]) for row in rows]
    assert [list(span or ("", "")) for *_, span in printed] == [list(row[5:7]) for row in rows]


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("gpt2", {}),
        ("gpt2", {"level": "token + position", "dimensions": "3"}),
        ("bert", {"level": "after layer 1"}),
        ("marian", {"side": "source", "level": "after layer 0"}),
        ("marian", {"side": "target", "level": "after layer 2", "dimensions": "3"}),
        ("falcon", {"level": "after layer 0"}),
    ],
)
def test_space(model: str, values: dict[str, Any]) -> None:
    rows, printed, _ = shown("embeddings-space", PROMPTS[model], **values)
    points, explained = printed[0]
    n = int(values.get("dimensions", "2"))
    assert points.shape == (len(rows), n) and explained.shape == (n,)
    np.testing.assert_allclose(points, [row[2 : 2 + n] for row in rows], atol=1e-4)


@pytest.mark.parametrize(
    ("model", "which"),
    [("gpt2", "self"), ("bert", "self"), ("falcon", "self"), ("marian", "self"), ("marian", "cross"),
     ("marian", "encoder")],
)  # fmt: skip
def test_maps(model: str, which: str) -> None:
    rows, printed, _ = shown("attention-maps", PROMPTS[model], Look(layer=1, head=1), which=which)
    np.testing.assert_allclose(printed[0][0], [row[1:] for row in rows], atol=1e-6)


@pytest.mark.parametrize("look", [Look(), Look(pos=1, layer=0), Look(pos=2, layer=-1)])
@pytest.mark.parametrize("model", ["gpt2", "bert", "marian"])
def test_lens(model: str, look: Look) -> None:
    picture: Any = view_of("forward-lens", PROMPTS[model], look).picture
    rows, printed, names = shown("forward-lens", PROMPTS[model], look)
    n, row = len(names["trace"]), picture.layer + 1
    (cells,) = [cells for cells in rows[row * n : (row + 1) * n] if cells[1] == picture.pos]
    assert cells[4] == pytest.approx(float(softmax(names["logits"]).max()), rel=1e-4)
    assert vocabulary(tiny(model).tokenizer, [int(names["logits"].argmax())]) == [cells[3]]
    assert len(printed) == 1


def test_lens_of_an_undescribed_family() -> None:
    rows, printed, _ = shown("forward-lens", Prompt("rwkv", "The cat sat"))
    np.testing.assert_allclose([norms for (norms,) in printed], [row[1:] for row in rows[1:]], rtol=1e-5)


def test_context() -> None:
    rows, printed, _ = shown("sampling-context", PROMPTS["gpt2"], Look(pos=2))
    sweep = [row for row in rows if row[0] == "in view"]
    later = [row for row in rows if row[0] == "later"]
    assert [p for _, p, _ in printed[: len(sweep)]] == pytest.approx([row[3] for row in sweep], rel=1e-5)
    assert [bits for _, bits, _ in printed[len(sweep) : -1]] == pytest.approx([row[8] for row in later], rel=1e-5)
    np.testing.assert_allclose(printed[-1][0], [row[10] for row in later], rtol=1e-5)


@pytest.mark.parametrize("values", [{}, {"top_k": 3, "top_p": 0.5}, {"do_sample": False}])
@pytest.mark.parametrize("model", PROMPTS)
def test_pipeline(model: str, values: dict[str, Any]) -> None:
    rows, printed, _ = shown("sampling-pipeline", PROMPTS[model], **values)
    raw, final, kept = printed[0]
    assert raw == pytest.approx(rows[0][3], rel=1e-5)
    assert final == pytest.approx(max(row[-1] for row in rows), rel=1e-5)
    assert kept >= sum(row[-1] > 0 for row in rows)


@pytest.mark.parametrize("model", ["gpt2", "marian"])
def test_writing(model: str) -> None:
    view = written(PROMPTS[model], max_new_tokens=6, seed=3)[-1]
    printed, _ = run(view.python)
    rows = view.whole()["table"]["rows"]
    assert [text for text, _, _ in printed] == [row[2] for row in rows]
    assert [p for _, p, _ in printed] == pytest.approx([row[4] for row in rows], rel=1e-4)


@pytest.mark.parametrize("model", ["gpt2", "bert"])
def test_writing_that_was_forked(model: str) -> None:
    prompt, tree = PROMPTS[model], WritingTree().grown([7], None, "greedy")
    if model != "bert":  # which has one mask, and so texts of one token
        tree = WritingTree(tree.grown([8, 9], None, "greedy").runs, 1).grown([10], None, "hand")
    rows, printed, _ = shown("sampling-write", prompt, tree=tree.text(mark(prompt)))
    texts = {text: p for text, p, _ in printed}
    assert {row[2]: row[4] for row in rows} == pytest.approx(texts, rel=1e-4)


def test_comparing() -> None:
    tab, view = find("sampling-compare")
    prompt = PROMPTS["gpt2"]
    given = values_of(tab, prompt, max_new_tokens=5)
    question = drawing.asked(tab, view, visit_on(prompt), given, view.actions[0].reads)
    *_, last = view.actions[0].run(question, lambda: False)
    printed, _ = run(last.python)  # type: ignore[union-attr]
    rows = last.whole()["table"]["rows"]  # type: ignore[union-attr]
    greedy = [text for text, *_ in printed[: len(rows)]]
    assert greedy == [row[1] for row in rows]


@pytest.mark.parametrize("model", ["gpt2", "marian", "falcon", "bert"])
def test_two_prompts(model: str) -> None:
    rows, printed, _ = shown("prompting-compare", PROMPTS[model])
    for (_, probability), column in zip(printed, (2, 3), strict=True):
        assert probability == pytest.approx(max(row[column] for row in rows), rel=1e-4)


HOSTILE = [
    'it\'s "quoted" \\ and \\n',
    "${1+1} {{x}} %s {0}",
    "<script>alert(1)</script>",
    "a\0b",
    "line\nbreak",
    "'''",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "name", ["tokens-tokens", "embeddings-space", "attention-maps", "forward-lens", "sampling-pipeline"]
)
def test_the_code_holds_any_text(name: str, text: str) -> None:
    *_, names = shown(name, Prompt("tiny-gpt2", text))
    assert names["trace"].text == text


def test_the_prompts_code_holds_any_text() -> None:
    for text in HOSTILE:
        assert len(shown("prompting-compare", PROMPTS["gpt2"], a=text, b="b")[1]) == 2

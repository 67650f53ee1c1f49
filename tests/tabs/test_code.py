"""The law of the code: what a view calls its Python gives the numbers of its table, when it is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.analysis.sampling import softmax
from playground.analysis.tokenization import last_word
from playground.engine import Prompt
from playground.tabs import sampling
from playground.tabs.base import Built, Look
from playground.tokens import vocabulary
from tests.tabs.rooms import ELSEWHERE, PROMPTS, defaults
from tests.tiny import tiny

Tabs = dict[str, Built]
Printed = list[tuple[Any, ...]]


def run(python: str) -> tuple[Printed, dict[str, Any]]:
    """Everything that the code prints, as objects, and its names."""
    printed: Printed = []
    names: dict[str, Any] = {"print": lambda *values: printed.append(values)}
    exec(compile(python, "the view's code", "exec"), names)
    return printed, names


def shown(tabs: Tabs, tab: str, prompt: Prompt, look: Look = ELSEWHERE, **values: Any) -> tuple[Any, ...]:
    """Columns and rows of the table; and what the code printed and named."""
    built = tabs[tab]
    own = defaults(built, prompt.model.removeprefix("tiny-"))
    view = built.show(prompt, look, *{**own, **values}.values())[0]
    return (view.table.rows, *run(view.python))


@pytest.mark.parametrize(
    ("name", "side"), [("gpt2", "source"), ("bert", "source"), ("marian", "source"), ("marian", "target")]
)
def test_tokens(tabs: Tabs, name: str, side: str) -> None:
    rows, printed, _ = shown(tabs, "tokens", PROMPTS[name], side=side)
    assert [(i, piece, text) for i, piece, text, _ in printed] == [row[1:4] for row in rows]
    assert [span or ("", "") for *_, span in printed] == [row[5:7] for row in rows]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("gpt2", {}),
        ("gpt2", {"level": "token + position", "dimensions": "3"}),
        ("bert", {"level": "after layer 1"}),
        ("marian", {"vectors_of": "source", "level": "after layer 0"}),
        ("marian", {"vectors_of": "target", "level": "after layer 2", "dimensions": "3"}),
        ("falcon", {"level": "after layer 0"}),
    ],
)
def test_embeddings(tabs: Tabs, name: str, values: dict[str, Any]) -> None:
    rows, printed, _ = shown(tabs, "embeddings", PROMPTS[name], **values)
    points, explained = printed[0]
    n = int(values.get("dimensions", "2"))
    assert points.shape == (len(rows), n) and explained.shape == (n,)
    np.testing.assert_allclose(points, [row[2 : 2 + n] for row in rows], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gpt2", "self"),
        ("bert", "self"),
        ("falcon", "self"),
        ("marian", "self"),
        ("marian", "cross"),
        ("marian", "encoder"),
    ],
)
def test_attention(tabs: Tabs, name: str, kind: str) -> None:
    rows, printed, _ = shown(tabs, "attention", PROMPTS[name], Look(layer=1, head=1), attention=kind)
    np.testing.assert_allclose(printed[0][0], [row[1:] for row in rows], atol=1e-6)


@pytest.mark.parametrize("look", [Look(), Look(pos=1, layer=0), Look(pos=2, layer=-1)])
@pytest.mark.parametrize("name", ["gpt2", "bert", "marian"])
def test_forward(tabs: Tabs, name: str, look: Look) -> None:
    rows, printed, names = shown(tabs, "forward", PROMPTS[name], look)
    n = len(names["trace"])
    pos = last_word(names["trace"].tokens) if look.pos is None else look.pos
    row = len(rows) // n - 1 if look.layer is None else look.layer + 1
    (cells,) = [cells for cells in rows[row * n : (row + 1) * n] if cells[1] == pos]
    assert cells[4] == pytest.approx(float(softmax(names["logits"]).max()), rel=1e-4)
    assert vocabulary(tiny(name).tokenizer, [int(names["logits"].argmax())]) == [cells[3]]
    assert len(printed) == 1


def test_forward_of_an_undescribed_family(tabs: Tabs) -> None:
    rows, printed, _ = shown(tabs, "forward", PROMPTS["falcon"])
    np.testing.assert_allclose([norms for (norms,) in printed], [row[1:] for row in rows[1:]], rtol=1e-5)


@pytest.mark.parametrize("values", [{}, {"top_k": 3, "top_p": 0.5}, {"do_sample": False}])
@pytest.mark.parametrize("name", PROMPTS)
def test_sampling(tabs: Tabs, name: str, values: dict[str, Any]) -> None:
    rows, printed, _ = shown(tabs, "sampling", PROMPTS[name], **values)
    raw, final, kept = printed[0]
    assert raw == pytest.approx(rows[0][3], rel=1e-5)
    assert final == pytest.approx(max(row[6] for row in rows), rel=1e-5)
    assert kept >= sum(row[6] > 0 for row in rows)


@pytest.mark.parametrize("name", ["gpt2", "marian"])
def test_writing(name: str) -> None:
    payload = list(sampling.write(PROMPTS[name], True, 0.8, 50, 0.9, 6, 3))[-1]
    printed, _ = run(payload["python"])
    rows = payload["table"]["rows"]
    assert [text for text, _, _ in printed] == [row[2] for row in rows]
    assert [p for _, p, _ in printed] == pytest.approx([row[4] for row in rows], rel=1e-4)
    assert printed[-1][2] == payload["picture"]["ended_by"]



@pytest.mark.parametrize("name", ["gpt2", "marian", "falcon", "bert"])
def test_prompting(tabs: Tabs, name: str) -> None:
    rows, printed, _ = shown(tabs, "prompting", PROMPTS[name])
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
@pytest.mark.parametrize("tab", ["tokens", "embeddings", "attention", "forward", "sampling"])
def test_the_code_holds_any_text(tabs: Tabs, tab: str, text: str) -> None:
    *_, names = shown(tabs, tab, Prompt("tiny-gpt2", text))
    assert names["trace"].text == text


def test_the_prompts_code_holds_any_text(tabs: Tabs) -> None:
    for text in HOSTILE:
        assert len(shown(tabs, "prompting", PROMPTS["gpt2"], prompt_a=text, prompt_b="b")[1]) == 2

"""Distance as an angle: any two tokens, their neighbours, and arithmetic with three words."""

from __future__ import annotations

from ... import engine
from ...analysis.embedding.angles import pair_of
from ...analysis.embedding.arithmetic import ready_sums
from ...analysis.embedding.common import common_of
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views.angles import Near, ThreeWords, TwoWords, pair_view, word_sum_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice, switch, words
from ..places import position

NEAREST = 10
SHOW = {"pair": "Two tokens", "sum": "a − b + c"}
CENTRE = {"raw": "as they are", "mean": "the mean taken away"}


def show(asked: Asked) -> View:
    """Two words, or three."""
    return _pair(asked) if asked.values["show"] == "pair" else _sum(asked)


def _pair(asked: Asked) -> View:
    model, centred = asked.run.model, asked.values["centre"] == "mean"
    table = engine.token_table(model)
    typed = asked.values["first"].strip() or f"#{_chosen(asked.run, asked.look.pos)}"
    first = engine.word(model, typed)
    found = table.nearest(first.vector, NEAREST, first.token_ids, centred=centred)
    if not found:
        raise PlaygroundError("This model’s table has a single row, so there is no other to compare it with.")
    texts = engine.names(model, [i for i, _ in found])
    near = tuple(
        Near(i, text, cosine, _typable(model, i, text)) for (i, cosine), text in zip(found, texts, strict=True)
    )
    other = asked.values["second"].strip() or f"#{near[0].token_id}"
    second = engine.word(model, other)
    pair = pair_of(table, first.vector, second.vector, centred=centred)
    return pair_view(
        TwoWords(
            words=(first, second),
            pair=pair,
            centred=centred,
            near=near,
            common=common_of(table.measures, pair.cosine, pair.other_cosine),
            code=_begin(model, "angles", "pair_of, word_of")
            + f"first, second = (word_of(model, table, word) for word in {(typed, other)!r})\n"
            + f"pair = pair_of(table, first.vector, second.vector, centred={centred})\n"
            + "print(pair.cosine, pair.degrees, pair.dot, pair.lengths)\n"
            + f"print(table.nearest(first.vector, {NEAREST}, first.token_ids, centred={centred}))\n",
        )
    )


def _chosen(prompt: Prompt, pos: int | None) -> int:
    """The id of the text's chosen token: of the source where there are two texts."""
    trace = engine.trace(prompt)
    tokens = (trace.encoder or trace).tokens
    return tokens[position(prompt, tokens, pos)].token_id


def _typable(model: str, token_id: int, text: str) -> str:
    """What may be typed to mean a token: its text, or its id where the text means another."""
    try:
        return text if engine.word(model, text).token_ids == (token_id,) else f"#{token_id}"
    except PlaygroundError:
        return f"#{token_id}"


def _sum(asked: Asked) -> View:
    prompt, given = asked.run, asked.values
    typed = given["a"], given["b"], given["c"]
    if not all(word.strip() for word in typed):
        raise PlaygroundError("The sum needs three words: a, b and c. Type them, or choose a ready example.")
    centred, keep = given["centre"] == "mean", given["inputs"]
    found = engine.word_sum(prompt.model, typed, centred=centred, keep_inputs=keep)
    ids = list(dict.fromkeys([*(one.token_id for one in found.answers), found.first_of_all]))
    if not found.answers:
        raise PlaygroundError("With these three words left out no row is left. Keep them among the answers.")
    return word_sum_view(
        ThreeWords(
            found=found,
            typed=typed,
            centred=centred,
            keep_inputs=keep,
            names=dict(zip(ids, engine.names(prompt.model, ids), strict=True)),
            solved=engine.analysed(ready_sums, prompt.model, centred),
            n_parameters=engine.load(prompt.model).n_parameters,
            code=_begin(prompt.model, "arithmetic", "sum_of")
            + f"found = sum_of(model, table, {typed!r}, centred={centred}, keep_inputs={keep})\n"
            + "for answer in found.answers:\n    print(answer.token_id, answer.cosine)\n",
        )
    )


def _begin(model: str, module: str, names: str) -> str:
    return (
        "from playground import load_model\n"
        f"from playground.analysis.embedding.{module} import {names}\n"
        "from playground.analysis.embedding.table import token_table\n\n"
        f"model = load_model({model!r})\n"
        "table = token_table(model)\n"
    )


_two, _three = ((("show", (key,)),) for key in SHOW)

ANGLES = TabView(
    "angles",
    "Angles",
    show,
    controls=(
        choice("show", "Show", SHOW, "pair"),
        words("first", "First token (empty: the chosen one)", "", limit=100, stands_if=_two),
        words("second", "Second token (empty: its nearest)", "", limit=100, stands_if=_two),
        words("a", "a", "king", limit=100, stands_if=_three),
        words("b", "minus b", "man", limit=100, stands_if=_three),
        words("c", "plus c", "woman", limit=100, stands_if=_three),
        switch("inputs", "Keep the three words among the answers", False, stands_if=_three),
        choice("centre", "Rows of the table", CENTRE, "raw"),
    ),
    reads=frozenset({"pos", "show", "first", "second", "a", "b", "c", "inputs", "centre"}),
    help="How near two words are is measured by the **angle** of their vectors: its **cosine** is 1 for the same "
    "direction, 0 for a right angle. Type two words, or choose one of the nearest. With three words, **a − b + c** "
    "goes the way from b to a, beginning at c: the answers are the rows that lie there.",
)

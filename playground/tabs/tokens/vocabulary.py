"""All tokens that the model knows."""

from __future__ import annotations

from ... import engine
from ...analysis.vocabulary import ALL, KINDS, LONGEST
from ...views.tokenization.vocabulary import Looking, vocabulary_view
from ...views.view import View
from ..contract import Asked, Control, TabView
from ..controls import choice, chosen, words

ORDERS = {"id": "by id", "longest": "longest first"}
MOST = 10**7
"""Past every id and every page."""


def show(asked: Asked) -> View:
    """A page of the tokens that were searched for."""
    prompt, values = asked.run, asked.values
    filters = {key: values[key] for key in ("kind", "script", "length", "order")}
    model, token = engine.load(prompt.model), values["token"]
    vocabulary, found = engine.searched(prompt.model, values["find"], **filters)
    token = token if 0 <= token < len(vocabulary.there) and vocabulary.there[token] else None
    number, _, query = values["page"].partition("@")
    looking = Looking(
        values["find"],
        values["kind"],
        values["script"],
        values["length"],
        int(number) if number and query == values["find"] else 0,
        token,
        engine.text_with(prompt.model, token) if token is not None else None,
        engine.spelling(prompt.model),
        model.vocab_size,
    )
    return vocabulary_view(vocabulary, found, looking, _code(prompt.model, values["find"], filters))


def _code(model: str, query: str, filters: dict[str, object]) -> str:
    given = "".join(f", {key}={value!r}" for key, value in filters.items() if value not in (ALL, 0, "id"))
    return (
        "from playground import load_model\n"
        "from playground.analysis.vocabulary import search, vocabulary_of\n\n"
        f"vocabulary = vocabulary_of(load_model({model!r}))\n"
        f"found = search(vocabulary, {query!r}{given}).ids\n"
        "print(len(found))\n"
        "for token_id in found[:120]:\n"
        "    print(token_id, vocabulary.texts[token_id], vocabulary.pieces[token_id])\n"
    )


def _one_of(text: str) -> str:
    if text not in (ALL, *KINDS):
        raise ValueError(f"one of {', '.join((ALL, *KINDS))}")
    return text


def _script(text: str) -> str:
    """Any text: a link may name a script of another model's vocabulary."""
    if len(text) > 60:
        raise ValueError("the name of a script, at most 60 characters")
    return text or ALL


def _page(text: str) -> str:
    """``2@un``: the third page of what “un” finds. A page of another query is the first of the present one."""
    number, at, _ = text.partition("@")
    if text and not (at and number.isdecimal() and len(text) < 120):
        raise ValueError("a number from 0 on, @ and the query that it is a page of")
    return text


VOCABULARY = TabView(
    "vocabulary",
    "Vocabulary",
    show,
    controls=(
        words("find", "Search: text, #id or pattern", "", limit=100),
        choice("order", "Order", ORDERS, "id"),
        Control("kind", "Only tokens of a kind", ALL, str, _one_of, None),
        Control("script", "Only tokens of a script", ALL, str, _script, None),
        chosen("length", f"Only tokens of so many characters; {LONGEST} or more; 0 for all", 0, LONGEST, 0),
        Control("page", "Page, from 0 on, and the query that it is a page of: 1@un", "", str, _page, None),
        chosen("token", "Id of the chosen token; -1 for none", -1, MOST, -1),
    ),
    reads=frozenset({"find", "order", "kind", "script", "length", "page", "token"}),
    reads_text=False,
    help="The **vocabulary** is the fixed list of all tokens that the model knows; it was made before the model was "
    "trained. Search it: **un** finds all tokens that hold it, **un\\*** those that begin so, **?????** those of five "
    "characters (a space before them is not counted), **#42** the token with this id.",
)

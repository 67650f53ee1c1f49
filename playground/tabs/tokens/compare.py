"""Two to five tokenizers: on the text, on one sentence in many languages; and a model fed the ids of another's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import engine, hub, models
from ...analysis.tokenizers import compared, fed, taxed
from ...catalog import catalog
from ...engine import Prompt
from ...errors import PlaygroundError
from ...tokens import clean
from ...views.tokenizers import languages_view, misread_view, token_rows_view
from ...views.view import View
from ..contract import Adaptation, Asked, Control, TabView
from ..controls import choice, offer

TEXT, LANGUAGES, MISREAD = "text", "languages", "misread"
WAYS = {TEXT: "This text", LANGUAGES: "One sentence in many languages", MISREAD: "The wrong tokenizer"}
NONE = "none"
SLOTS = {"second": "cloze", "third": "translator", "fourth": NONE, "fifth": NONE}
"""Control → the model whose tokenizer it begins with."""
INSTEAD = "storyteller"
"""Where the page's own model is one of those."""


def show(asked: Asked) -> View:
    """What was chosen, with the tokenizer of the page's own model first."""
    prompt, way = asked.run, asked.values["show"]
    names = _others(asked)
    for name in names:
        models.load_tokenizer(name)  # files are read before the work stands in the line
    if way == MISREAD:
        if not names:
            raise PlaygroundError("Choose the tokenizer of another model first: its ids are what the model is fed.")
        found = engine.analysed(fed, prompt, clean(prompt.text), names[0])
        return misread_view(found, _fed_code(prompt, names[0]))
    everyone = (prompt.model, *names)
    if way == LANGUAGES:
        code = (
            "from playground.analysis.tokenizers import language_tax\n"
            "from playground.models import load_tokenizer\n\n"
            f"found = [language_tax(name, load_tokenizer(name)) for name in {everyone!r}]\n"
        )
        return languages_view(engine.analysed(taxed, prompt, names), code)
    text = clean(prompt.text)
    code = (
        "from playground.analysis.tokenizers import compare_tokenizers\n"
        "from playground.models import load_tokenizer\n\n"
        f"tokenizers = {{name: load_tokenizer(name) for name in {everyone!r}}}\n"
        f"found = compare_tokenizers(tokenizers, {text!r})\n"
    )
    return token_rows_view(engine.analysed(compared, prompt, text, names), code)


def _fed_code(prompt: Prompt, writer: str) -> str:
    return (
        "from playground import capture, load_model\nfrom playground.analysis.tokenizers import fed\n\n"
        f"model, text = load_model({prompt.model!r}), {clean(prompt.text)!r}\n"
        f"found = fed(model, capture(model, text), text, {writer!r})\n"
    )


def _others(asked: Asked) -> tuple[str, ...]:
    """The other models, each once."""
    slots = ("second",) if asked.values["show"] == MISREAD else tuple(SLOTS)
    wanted = (asked.values[slot].strip() for slot in slots)
    return tuple(dict.fromkeys(name for name in wanted if name not in ("", NONE, asked.run.model)))


def _at_hand() -> list[str]:
    """Models whose tokenizers are on this machine: bundled, in memory, downloaded."""
    offered = [e.id for e in catalog() if e.source == "bundled" or hub.cached_folder(e.id) is not None]
    return list(dict.fromkeys([*offered, *(info.id for info in models.loaded())]))


def _fitted(prompt: Prompt, value: Any) -> Adaptation:
    """The page's own model is there already: another takes its place."""
    names = [name for name in _at_hand() if name != prompt.model]
    taken = INSTEAD if INSTEAD in names else NONE
    return Adaptation(choices=(NONE, *names), value=taken if value == prompt.model else None)


def _slot(key: str, label: str, ways: tuple[str, ...]) -> Control:
    adapt: Callable[[Prompt, Any], Adaptation] = _fitted
    return offer(key, label, SLOTS[key], adapt=adapt, stands_if=(("show", ways),))


COMPARE = TabView(
    "compare",
    "Compare",
    show,
    controls=(
        choice("show", "Compare", WAYS, TEXT),
        _slot("second", "Second tokenizer", (TEXT, LANGUAGES, MISREAD)),
        _slot("third", "Third tokenizer", (TEXT, LANGUAGES)),
        _slot("fourth", "Fourth tokenizer", (TEXT, LANGUAGES)),
        _slot("fifth", "Fifth tokenizer", (TEXT, LANGUAGES)),
    ),
    reads=frozenset({"show", *SLOTS}),
    help="Every model has a **tokenizer** of its own, made before it was trained. A vocabulary made from English texts "
    "needs more **tokens** for other languages; and a model that is fed another tokenizer's ids reads nonsense.",
)

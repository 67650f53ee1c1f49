"""Why the tokenizer split the text as it did, one word step by step."""

from __future__ import annotations

from ... import engine
from ...analysis.segmentation import Segmentation, split_of
from ...errors import PlaygroundError
from ...tokens import clean
from ...views.split import split_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import chosen


def show(asked: Asked) -> View:
    """The stages of the text, and the chosen token's word; a text that was typed, not an encoder–decoder's target."""
    prompt = asked.run
    text = clean(prompt.text)
    found, exact, spelling = engine.analysed(split_of, prompt, text)
    if not exact:
        raise PlaygroundError(
            "Done again step by step, this text does not become the tokenizer’s own ids: the tokenizer does something"
            " that is not known here. Its tokens stand in the view “Tokens”."
        )
    if not found.words:
        raise PlaygroundError("The tokenizer leaves nothing of this text. Type a word or a sentence.")
    pos = asked.look.pos
    word = found.word_at(pos) if pos is not None else None
    code = (
        "from playground import load_model, segmentation\n\n"
        f"model = load_model({prompt.model!r})\n"
        f"found = segmentation(model.tokenizer, {text!r})\n"
    )
    first = most_split(found) if word is None else word
    part = prompt.whole is not None
    return split_view(found, spelling, first, asked.values["step"], pos, code, begins=word is None, part=part)


def most_split(found: Segmentation) -> int:
    """The word to begin with: of those with letters the one with the most tokens, of several the longest."""

    def telling(i: int) -> tuple[bool, int, int, int]:
        word = found.words[i]
        letters = word.how is not None and any(c.isalpha() for c in found.text[slice(*word.span)])
        return letters, len(word.ids), len(word.text), -i

    return max(range(len(found.words)), key=telling)


SPLIT = TabView(
    "split",
    "Why this split",
    show,
    controls=(chosen("step", "Step", -1, 100_000, -1),),
    reads=frozenset({"pos", "step"}),
    help="How the **tokenizer** got there, step by step: choose a word, then press **Play**. Each kind has its own "
    "rule: **BPE** joins neighbours, WordPiece takes the longest piece from the left, Unigram looks for the best way.",
)

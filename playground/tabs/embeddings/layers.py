"""The vectors from layer to layer: the text's tokens, or one word in several sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import engine
from ...analysis.paths import (
    Distortion,
    Levels,
    Paths,
    SameWord,
    distortion,
    find_word,
    level_vectors,
    paths,
    same_word,
    spelled,
)
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Stack, Trace
from ...views import code
from ...views.layers import Shown, text_view, word_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import choice, chosen, switch, words
from ..places import SIDES, position, stack_of, two_texts, within

WHAT = {"text": "this text’s tokens", "word": "one word in several sentences"}
CENTRES = {"level": "each layer’s own mean", "all": "one mean for all layers"}
WORD = "light"
SENTENCES = (
    "She turned on the light in her room.\n"
    "Mom turned off the light in the hall.\n"
    "The feather was very light.\n"
    "The bag was so light."
)
"""A lamp twice, little weight twice. What tells them apart stands before the word, for a decoder sees no more; the word
stands at one place in all, so that its position parts nothing."""
FRENCH = (
    "porte",
    "Il ferme la porte.\nElle ouvre la porte de la maison.\nElle porte une robe rouge.\nIl porte un chapeau noir.",
)
"""The door twice, to wear twice: for a model that reads French."""
READY = {"translator": FRENCH}
"""Bundled model → word and sentences in its language; all others have ``WORD`` and ``SENTENCES``."""
MOST = 6
"""Sentences at once."""


def show(asked: Asked) -> View:
    """The ways through the layers."""
    return _one_word(asked) if asked.values["what"] == "word" else _whole_text(asked)


def _whole_text(asked: Asked) -> View:
    prompt, trace = asked.run, engine.trace(asked.run)
    stack = stack_of(trace, asked.values["side"])
    encoder = stack is trace.encoder
    # Of one token nothing is left once each layer's own mean is subtracted.
    centre, unit = asked.values["centre"] if len(stack) > 1 else "all", asked.values["unit"]
    found, laid, odd = engine.analysed(_text_paths, prompt, encoder, centre, unit)
    shown = Shown(found, laid, _level(asked, found), centre, unit, odd, _text_code(prompt, centre, unit, encoder))
    return text_view(shown, stack.tokens, position(prompt, stack.tokens, asked.look.pos))


def _text_paths(model: Any, trace: Trace, encoder: bool, centre: str, unit: bool) -> tuple[Levels, Paths, Distortion]:
    found = level_vectors(trace.encoder if encoder and trace.encoder is not None else trace)
    return found, paths(found, centre, unit), distortion(found)


def _one_word(asked: Asked) -> View:
    word = asked.values["word"].strip()
    sentences = read_sentences(asked.values["sentences"])
    _held(word, sentences)
    centre, unit, model = asked.values["centre"], asked.values["unit"], asked.run.model
    kind = engine.load(model).kind
    target = kind == "encoder-decoder" and asked.values["side"] == "target"
    if target and model in READY and asked.values["sentences"] == READY[model][1]:
        raise PlaygroundError(
            "The decoder writes another language than these sentences have. Give it sentences of its own, or choose "
            "the source text."
        )
    prompts = [_prompt(model, sentence, kind, target) for sentence in sentences]
    same, laid, odd = engine.analysed(_word_paths, prompts[0], word, centre, unit, target, *prompts[1:])
    lines = _word_code(prompts, word, centre, unit, target)
    shown = Shown(same.levels, laid, _level(asked, same.levels), centre, unit, odd, lines)
    return word_view(shown, same, word, sentences, causal=kind == "decoder" or target, target=target)


def _held(word: str, sentences: tuple[str, ...]) -> None:
    """Whether each sentence holds the word.

    Raises:
        PlaygroundError: there is no word, or a sentence without it.
    """
    if not word:
        raise PlaygroundError("Type the word that is to be followed, and two or more sentences that hold it.")
    for sentence in sentences:
        try:
            find_word(word, sentence)
        except PlaygroundError:
            if any(word.casefold() in one.casefold() for one in sentences):
                raise
            raise PlaygroundError(
                f"None of the sentences holds “{word[:40]}”. Give two or more that do, a line for each."
            ) from None


def _ready(at: int) -> Callable[[Prompt, Any], Adaptation]:
    """For the word (0) or the sentences (1): what stands ready gives way to what stands ready for another model."""
    every = ((WORD, SENTENCES), *READY.values())

    def adapt(prompt: Prompt, value: Any) -> Adaptation:
        own = READY.get(prompt.model, (WORD, SENTENCES))[at]
        return Adaptation(value=own if value != own and value in {one[at] for one in every} else None)

    return adapt


def _prompt(model: str, sentence: str, kind: str, target: bool) -> Prompt:
    """A run that reads the sentence; of an encoder–decoder's two texts the other one is as short as can be."""
    if kind != "encoder-decoder":
        return Prompt(model, sentence)
    return Prompt(model, ".", sentence) if target else Prompt(model, sentence, ".")


def _word_paths(
    model: Any, first: Trace, word: str, centre: str, unit: bool, target: bool, *others: Trace
) -> tuple[SameWord, Paths, Distortion]:
    traces = (first, *others)
    stacks: list[Stack] = [trace if target else trace.encoder or trace for trace in traces]
    spans = [find_word(word, spelled(trace)[0] if target else trace.text) for trace in traces]
    same = same_word(stacks, spans, centre == "level")
    return same, paths(same.levels, centre, unit), distortion(same.levels)


def read_sentences(text: str) -> tuple[str, ...]:
    """The lines of a text that hold something.

    Raises:
        PlaygroundError: fewer than two, or more than ``MOST``.
    """
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not 2 <= len(lines) <= MOST:
        raise PlaygroundError(f"Type two to {MOST} sentences that hold the word, a line for each; now {len(lines)}.")
    return lines


def _level(asked: Asked, found: Levels) -> int:
    return within(asked.values["level"], len(found.names), len(found.names) - 1)


def _text_code(prompt: Prompt, centre: str, unit: bool, encoder: bool) -> str:
    stack = "trace.encoder" if encoder else "trace"
    return (
        code.captured(prompt.model, prompt.text, prompt.target)
        + "from playground.analysis.paths import level_vectors, paths\n\n"
        + f"found = level_vectors({stack})  # found.vectors: (levels, tokens, d_model)\n"
        + f"laid = paths(found, {centre!r}, {unit})\n"
        + "print(laid.points, found.lengths, found.turned)\n"
    )


def _word_code(prompts: list[Prompt], word: str, centre: str, unit: bool, target: bool) -> str:
    texts = [(prompt.text, *([prompt.target] if prompt.target else [])) for prompt in prompts]
    stack = ".encoder" if prompts[0].target and not target else ""
    read = "spelled(stack)[0]" if target else "texts[0]"
    return (
        "from playground import capture, load_model\n"
        f"from playground.analysis.paths import find_word, paths, same_word{', spelled' if target else ''}\n\n"
        f"model = load_model({prompts[0].model!r})\n"
        f"sentences = {texts!r}\n"
        f"stacks = [capture(model, *texts){stack} for texts in sentences]\n"
        f"spans = [find_word({word!r}, {read}) for stack, texts in zip(stacks, sentences)]\n"
        f"same = same_word(stacks, spans, {centre == 'level'})\n"
        f"print(same.cosines)  # (levels, sentences, sentences)\n"
        f"print(paths(same.levels, {centre!r}, {unit}).points)\n"
    )


_word = (("what", ("word",)),)

LAYERS = TabView(
    "layers",
    "Layers",
    show,
    controls=(
        choice("what", "What to follow", WHAT, "text"),
        words("word", "The word", WORD, limit=60, adapt=_ready(0), stands_if=_word),
        words(
            "sentences", "Sentences that hold it, a line for each", SENTENCES, lines=5, limit=1200, adapt=_ready(1),
            stands_if=_word,
        ),
        choice("centre", "Subtracted", CENTRES, "level"),
        switch("unit", "Every vector of length 1", False),
        choice("side", "Whose tokens", SIDES, "source", adapt=two_texts),
        chosen("level", "Level", 0, 999, 999),
    ),
    reads=frozenset({"pos", "what", "word", "sentences", "centre", "unit", "side", "level"}),
    help="Each layer adds to every token’s vector what it has found in the others. Move the slider: the tokens leave "
    "their places in the table and go where their **context** takes them. **One word in several sentences** begins as "
    "the same vector in all of them, and parts.",
)  # fmt: skip

"""Two prompts on one model, or on two: what each makes it expect, and how each goes on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ... import engine, models
from ...analysis.prompting import Expectation, by_words, compare, expectation
from ...analysis.sampling import SamplingSettings
from ...catalog import catalog
from ...engine import Prompt
from ...errors import PlaygroundError
from ...trace import Token
from ...views.prompting import Compared, Side, compared_view
from ...views.view import View
from ..contract import Action, Adaptation, Asked, Cancelled, TabView
from ..controls import offer, slider, words

TITLES = ("Prompt A", "Prompt B")
TASK = "The cake was wonderful. Sentiment:"
EXAMPLES = f"I loved this movie! Sentiment: Positive\nI don't like this chair. Sentiment: Negative\n{TASK}"
READY = {
    "decoder": (TASK, EXAMPLES),
    "encoder": ("The sun is {mask}.", "It is night. The sun is {mask}."),
    "encoder-decoder": ("Je t'aime.", "Je ne t'aime pas."),
}
"""Kind of model → two prompts that it was made for."""


SAME = "the same model"
ENDED = {"end token": "the model ended it", "max new tokens": "and so on", "context window": "its context is full"}
"""What ended a text → in words; another reason stands for itself."""
EVERY = 4
"""Written tokens between two updates of the page."""


def show(asked: Asked) -> View:
    """The next-token distributions of both sides."""
    return _view(asked, (None, None), ("", ""), "Press “Write on from both” to see how each goes on.")


def write_both(asked: Asked, cancelled: Cancelled) -> Iterator[View]:
    """Both prompts go on with the most probable token each time."""
    sampling = SamplingSettings(do_sample=False, max_new_tokens=asked.values["tokens"])
    written: list[tuple[Token, ...] | None] = [None, None]
    ended, sides = ["", ""], _sides(asked)
    for title, (model, _) in zip(TITLES, sides, strict=True):
        if engine.load(model).kind == "encoder":
            raise PlaygroundError(f"{title}: an encoder-only model fills in masks and cannot write on.")
    for side, (model, text) in enumerate(sides):
        written[side] = ()
        for step in engine.generate(Prompt(model, text), sampling, cancelled):
            written[side] = (*(written[side] or ()), step.token)
            if step.ended_by is not None:
                ended[side] = ENDED.get(step.ended_by, step.ended_by)
            elif len(written[side] or ()) % EVERY == 0 and side == 1:
                yield _view(asked, (written[0], written[1]), (ended[0], ended[1]), "")
        if cancelled():
            ended[side] = ended[side] or "stopped"
    yield _view(asked, (written[0], written[1]), (ended[0], ended[1]), "")


def _sides(asked: Asked) -> tuple[tuple[str, str], tuple[str, str]]:
    """(model, text) of each side.

    Raises:
        PlaygroundError: a prompt is empty; the other model is not at hand.
    """
    first, other = asked.run.model, asked.values["other"].strip()
    if other in ("", SAME, first):
        other = first
    elif other not in _at_hand():
        raise PlaygroundError(
            f"The model {other[:60]} is not loaded yet. Choose it once in the model box above, run it, and come back."
        )
    for title, key in zip(TITLES, ("a", "b"), strict=True):
        if not asked.values[key]:
            raise PlaygroundError(f"{title} is empty. Type something, or put one of the examples back.")
    return (first, asked.values["a"]), (other, asked.values["b"])


def _at_hand() -> list[str]:
    """Models that need no download: those that come along, and those in memory."""
    bundled = [entry.id for entry in catalog() if entry.source == "bundled"]
    return list(dict.fromkeys([*bundled, *(info.id for info in models.loaded())]))


def _view(
    asked: Asked, written: tuple[tuple[Token, ...] | None, tuple[Token, ...] | None], ended: tuple[str, str], hint: str
) -> View:
    (model, first), (other, second) = _sides(asked)
    a, b = _expected(model, first, TITLES[0]), _expected(other, second, TITLES[1])
    titles = TITLES
    if model == other:
        found = compare(a, b)
        names = engine.names(model, list(found.ids))
    else:
        titles = (f"{TITLES[0]} on {model}", f"{TITLES[1]} on {other}")
        a_words, b_words, texts = by_words(a, b, (_all_names(model, len(a.probs)), _all_names(other, len(b.probs))))
        found = compare(a_words, b_words)
        names = [texts[i] for i in found.ids]
    sides = [
        Side(title, _fed(Prompt(*where)), where[1], text, end)
        for title, where, text, end in zip(titles, ((model, first), (other, second)), written, ended, strict=True)
    ]
    if "encoder" in (engine.load(model).kind, engine.load(other).kind):
        hint = ""
    return compared_view(
        Compared(
            sides=(sides[0], sides[1]),
            found=found,
            names=tuple(names),
            two_models=model != other,
            code=_code(((model, first, a.pos), (other, second, b.pos))),
            hint=hint,
        )
    )


def _fed(prompt: Prompt) -> tuple[Token, ...]:
    trace = engine.trace(prompt)
    return trace.tokens if trace.encoder is None else trace.encoder.tokens


@lru_cache(maxsize=4)
def _all_names(model: str, n: int) -> tuple[str, ...]:
    return tuple(engine.names(model, list(range(n))))


def _expected(model: str, text: str, title: str) -> Expectation:
    mask = engine.mask_token(model) if engine.load(model).kind == "encoder" else None
    if mask is not None and mask[0] not in text:
        raise PlaygroundError(
            f"{title}: this encoder-only model fills in masks. Put {mask[0]} where a word is missing."
        )
    try:
        return expectation(engine.trace(Prompt(model, text)), None if mask is None else mask[1])
    except PlaygroundError as error:
        raise PlaygroundError(f"{title}: {error}") from error


def _code(sides: tuple[tuple[str, str, int], tuple[str, str, int]]) -> str:
    lines = "".join(f"    ({model!r}, {text!r}, {pos}),\n" for model, text, pos in sides)
    return (
        "from playground import SamplingSettings, capture, load_model, next_token\n\n"
        f"for name, prompt, pos in (\n{lines}):\n"
        "    model = load_model(name)\n"
        "    probs = next_token(capture(model, prompt).logits[pos], SamplingSettings()).raw\n"
        "    print(model.tokenizer.decode([int(probs.argmax())]), probs.max())\n"
    )


def ready_prompts(model: str) -> tuple[str, str]:
    """Two prompts for a model of this kind, with its own mask where it has one."""
    kind, mask = engine.load(model).kind, engine.mask_token(model)
    first, second = READY[kind]
    return (first.format(mask=mask[0] if mask else ""), second.format(mask=mask[0] if mask else ""))


def _ready(index: int) -> Any:
    def adapt(prompt: Prompt, value: Any) -> Adaptation:
        """What was typed stays; a ready-made prompt gives way to one for the kind of model."""
        made = {pair[index] for pair in READY.values()}
        made |= {pair[index].format(mask=sign) for pair in READY.values() for sign in ("[MASK]", "<mask>")}
        wanted = ready_prompts(prompt.model)[index]
        return Adaptation(value=wanted if value in made and value != wanted else None)

    return adapt


def _models(prompt: Prompt, value: Any) -> Adaptation:
    others = [name for name in _at_hand() if name != prompt.model]
    return Adaptation(choices=(SAME, *others), value=SAME if value == prompt.model else None)


COMPARE = TabView(
    "compare",
    "Two prompts",
    show,
    controls=(
        words("a", "Prompt A", TASK, lines=3, adapt=_ready(0)),
        words("b", "Prompt B", EXAMPLES, lines=6, adapt=_ready(1)),
        offer("other", "Prompt B on", SAME, adapt=_models),
        slider("tokens", "tokens to write", 1, 60, 1, 20),
    ),
    reads=frozenset({"a", "b", "other"}),
    reads_text=False,
    actions=(Action("write", "Write on from both", write_both, frozenset({"a", "b", "other", "tokens"})),),
    help="Two prompts of their own, apart from the text above, on the same model; or, under **Prompt B on**, on two "
    "models: type the same prompt twice to see what a larger one makes of it. What differs is tinted. Written on is "
    "always the most probable token.",
)

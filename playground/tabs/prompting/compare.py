"""Two prompts, one model: what each makes it expect."""

from __future__ import annotations

from typing import Any

from ... import engine
from ...analysis.prompting import Expectation, compare, expectation
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views.prompting import comparison_view
from ...views.view import View
from ..contract import Adaptation, Asked, TabView
from ..controls import words

TITLES = ("Prompt A", "Prompt B")
TASK = "The cake was wonderful. Sentiment:"
EXAMPLES = f"I loved this movie! Sentiment: Positive\nI don't like this chair. Sentiment: Negative\n{TASK}"
READY = {
    "decoder": (TASK, EXAMPLES),
    "encoder": ("The sun is {mask}.", "It is night. The sun is {mask}."),
    "encoder-decoder": ("Je t'aime.", "Je ne t'aime pas."),
}
"""Kind of model → two prompts that it was made for."""


def show(asked: Asked) -> View:
    """The next-token distributions of two prompts on the chosen model."""
    model, (first, second) = asked.run.model, (asked.values["a"], asked.values["b"])
    a, b = _expected(model, first, TITLES[0]), _expected(model, second, TITLES[1])
    compared = compare(a, b)
    names = engine.names(model, list(compared.ids))
    return comparison_view(compared, names, TITLES, _code(model, first, second, (a.pos, b.pos)))


def _expected(model: str, text: str, title: str) -> Expectation:
    if not text:
        raise PlaygroundError(f"{title} is empty. Type something, or put one of the examples back.")
    mask = engine.mask_token(model) if engine.load(model).kind == "encoder" else None
    if mask is not None and mask[0] not in text:
        raise PlaygroundError(
            f"{title}: this encoder-only model fills in masks. Put {mask[0]} where a word is missing."
        )
    try:
        return expectation(engine.trace(Prompt(model, text)), None if mask is None else mask[1])
    except PlaygroundError as error:
        raise PlaygroundError(f"{title}: {error}") from error


def _code(model: str, first: str, second: str, places: tuple[int, int]) -> str:
    return (
        "from playground import SamplingSettings, capture, load_model, next_token\n\n"
        f"model = load_model({model!r})\n"
        f"for prompt, pos in (({first!r}, {places[0]}),\n                    ({second!r}, {places[1]})):\n"
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


COMPARE = TabView(
    "compare",
    "Two prompts",
    show,
    controls=(
        words("a", "Prompt A", TASK, lines=3, adapt=_ready(0)),
        words("b", "Prompt B", EXAMPLES, lines=6, adapt=_ready(1)),
    ),
    reads=frozenset({"a", "b"}),
    help="Two prompts of their own, apart from the text above, on the same model. Does it help to show examples first "
    "(**few-shot**) instead of none (**zero-shot**)? The model is not trained meanwhile: it reads the examples with "
    "the prompt (**in-context learning**).",
)

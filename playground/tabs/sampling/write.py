"""Texts written token by token with the settings, forked wherever one likes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ... import engine
from ...analysis.sampling import Stages
from ...analysis.writing_tree import FINAL, WritingTree, how_drawn, read_tree
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views.view import View
from ...views.writing import Standing, pieces_of, shown_ids, writing_view
from ..contract import Action, Asked, Cancelled, Chosen, Control, TabView
from ..controls import choice
from .settings import RESHAPING, WRITING, chosen_settings

if TYPE_CHECKING:
    from ...analysis.generation import WrittenToken

EVERY_S = 0.08
"""Seconds between two updates of the page while text is written: each carries the whole text so far."""
COLOURS = {"probability": "probability", "surprisal": "surprisal", "entropy": "uncertainty"}
STATE = frozenset({"tree", "colour"})
LONGEST_TREE = 40_000
"""Characters that a tree may have in a link."""


def show(asked: Asked) -> View:
    """The texts as they stand, and the distribution at the place that is looked at, under the settings."""
    tree = _tree(asked)
    return _view(asked, tree, _tokens(asked.run, tree), at=tree.at or _end(tree))


def write(asked: Asked, cancelled: Cancelled) -> Iterator[View | Chosen]:
    """Goes on with the text that is shown, or an encoder–decoder's answer, until something ends it; an encoder's masks
    are filled one by one."""
    yield from _written(asked, cancelled, chosen_settings(asked).max_new_tokens)


def write_one(asked: Asked, cancelled: Cancelled) -> Iterator[View | Chosen]:
    """Writes one token. One by one, the tokens are those that Write gives in one go."""
    yield from _written(asked, cancelled, 1)


def _end(tree: WritingTree) -> int:
    """The last token of a text that nothing can follow; else 0, what comes next."""
    return tree.tip if tree.ended(tree.tip) in FINAL else 0


def _written(asked: Asked, cancelled: Cancelled, most: int) -> Iterator[View | Chosen]:
    before, sampling = _tree(asked), chosen_settings(asked)
    how = how_drawn(sampling)
    if before.ended(before.tip) in FINAL:
        raise PlaygroundError(
            "This text has come to its end. Choose one of its tokens, and another bar there: it forks."
        )
    encoder = engine.load(asked.run.model).kind == "encoder"
    go_on: Any = engine.fill_masks if encoder else engine.generate
    tree, ids, ended = before, list[int](), None
    tokens = _tokens(asked.run, before)
    yield _view(asked, before, tokens, running=True)
    pace = engine.Pace(EVERY_S, at_once=False)
    steps = go_on(asked.run, sampling, cancelled, before.ids(before.tip), before.begun(before.tip, how))
    for step in steps:
        ids.append(step.token.token_id)
        tokens.append(step.kept)
        ended = _ended(step, encoder)
        tree = before.grown(ids, ended, how)
        if ended is not None or len(ids) == most:
            break
        if pace.due():
            yield _view(asked, tree, tokens, at=tree.tip, stages=step.stages, running=True)
    steps.close()
    if ended is None and len(ids) < most and cancelled():
        tree = before.grown(ids, "stopped", how)
    yield Chosen({"tree": tree.text(mark(asked.run))})


def _ended(step: Any, encoder: bool) -> str | None:
    if encoder:
        return None if step.n_left else "all filled"
    reason: str | None = step.ended_by
    return reason


def _tree(asked: Asked) -> WritingTree:
    """What was written from this prompt; empty for another one."""
    return read_tree(asked.values["tree"], mark(asked.run))


def mark(prompt: Prompt) -> str:
    """A short name of model and text, so that a tree is not taken for another prompt's."""
    return blake2b(f"{prompt.model}\0{prompt.text}".encode("utf-8", "replace"), digest_size=4).hexdigest()


def _view(
    asked: Asked,
    tree: WritingTree,
    tokens: list[WrittenToken],
    *,
    at: int = 0,
    stages: Stages | None = None,
    running: bool = False,
) -> View:
    """What stands in the panel; ``stages`` are those of the place ``at`` where they are at hand."""
    prompt, trace = asked.run, engine.trace(asked.run)
    kind = engine.load(prompt.model).kind
    pieces, places = pieces_of(prompt.text, trace.tokens, encoder=kind == "encoder")
    ahead = _ahead(asked, tree, tree.tip) if kind == "encoder" or (stages is None and not at) else None
    if stages is None:
        found = _ahead(asked, tree, tree.parents()[at - 1]) if at else ahead
        stages = None if found is None else found[1]
    taken = tree.token_ids()[at - 1] if at else None
    standing = Standing(
        tree=tree,
        mark=mark(prompt),
        prompt=pieces if kind != "encoder-decoder" else (),
        places=places,
        tokens=tokens,
        at=at,
        colouring=asked.values["colour"],
        stages=stages,
        names=engine.names(prompt.model, shown_ids(stages, taken)) if stages is not None else (),
        taken=taken,
        open=tree.ended(tree.tip) not in FINAL and (kind != "encoder" or ahead is not None),
        mask=None if ahead is None else ahead[0],
        running=running,
    )
    return writing_view(standing, _code(prompt, tree, encoder=kind == "encoder"))


def _tokens(prompt: Prompt, tree: WritingTree) -> list[WrittenToken]:
    """The figures of every node, in the order of the nodes."""
    leaves = tree.leaves()
    found: dict[int, WrittenToken] = {}
    if leaves:
        texts = engine.written_tokens(prompt, tuple(tree.ids(leaf) for leaf in leaves))
        for leaf, tokens in zip(leaves, texts, strict=True):
            found |= zip(tree.path(leaf), tokens, strict=True)
    return [found[node] for node in range(1, tree.n_nodes + 1)]


def _ahead(asked: Asked, tree: WritingTree, node: int) -> tuple[int | None, Stages] | None:
    """What could be written behind a node, under the settings, and for an encoder in the place of which mask; None
    where no mask is left."""
    return engine.ahead(asked.run, tree.ids(node), chosen_settings(asked))


def _code(prompt: Prompt, tree: WritingTree, *, encoder: bool) -> str:
    store = "MaskFills" if encoder else "Branches"
    texts = [list(tree.ids(leaf)) for leaf in tree.leaves()]
    return (
        "from playground import load_model\n"
        f"from playground.analysis.generation import {store}\n\n"
        f"texts = {store}(load_model({prompt.model!r}), {prompt.text!r})\n"
        f"for token_ids in {texts!r}:\n"
        "    for token in texts.tokens(token_ids):\n"
        "        print(token.token.text, token.raw_probability, token.rank)\n"
    )


def _read_tree_text(text: str) -> str:
    if len(text) > LONGEST_TREE:
        raise ValueError(f"at most {LONGEST_TREE:,} characters")
    try:
        read_tree(text, text.split("~")[0])
    except PlaygroundError as error:
        raise ValueError("a tree of texts as a link holds it") from error
    return text


TREE = Control("tree", "the texts so far, by their tokens", "", str, _read_tree_text, None)

WRITE = TabView(
    "write",
    "Write",
    show,
    controls=(
        TREE,
        choice("colour", "Tint by", COLOURS, "probability"),
    ),
    reads=RESHAPING | STATE,
    actions=(
        Action("write", "Write", write, WRITING | STATE, labels=(("encoder", "Fill all masks"),)),
        Action("next", "Next token", write_one, WRITING | STATE, labels=(("encoder", "Fill one mask"),)),
    ),
    help="**Write** lets the model go on until it ends by itself or the cap is reached; **Next token** writes one "
    "token. An encoder fills its masks, all of them or one, the surest first. Choose a written token to see what "
    "else could have come, and a bar to take that instead: the text forks. **temperature**: below 1 surer, above 1 "
    "bolder. **top_k** and **top_p** keep only the most probable tokens. The same **seed** draws the same tokens.",
)

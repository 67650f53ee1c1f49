"""Texts in the making: what was written, how sure the model was of each token, and what could have come instead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.sampling import Stages, ranking
from ..analysis.writing_tree import BY_HAND, GREEDY, LETTERS, WritingTree, how_said
from ..trace import Token
from .bars import bar_of
from .pictures import Bar, Node, Place, Writing, WrittenRun, WrittenText
from .pictures.writing import Colouring
from .prompting import full_scale
from .tables import RecordsTable
from .view import View, count, number, percent, quoted

if TYPE_CHECKING:
    from ..analysis.generation import WrittenToken

SHOWN = 10
"""Tokens that have a bar of their own."""
SHOWN_CUT = 3
"""Of them, tokens that the settings rule out: enough to see where the cut is, and to take one all the same."""
COLUMNS = (
    ("token", "#"), ("id", "token_id"), ("text", "text"), ("follows", "parent"), ("probability", "p"),
    ("surprisal, bits", "surprisal_bits"), ("rank", "rank"), ("uncertainty, bits", "entropy_bits"),
    ("repeat", "repeat"),
)  # fmt: skip
WHY = {
    "end token": "the model ended by itself with its end token",
    "max new tokens": "stopped by the cap of {n} new tokens, not by the model",
    "stop string": "stopped because a stop string was written",
    "context window": "stopped because the context window is full",
    "max time": "stopped by the model's own limit of time",
    "all filled": "every mask is filled",
    "stopped": "stopped by hand",
}


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a reader stands in the tree of texts."""

    tree: WritingTree
    mark: str
    prompt: Sequence[str]
    """Pieces of the text that stood there first."""
    places: Sequence[int]
    """An encoder's positions of these pieces; else empty."""
    tokens: Sequence[WrittenToken]
    """Every node's figures, in the order of the nodes."""
    at: int
    """The node that is looked at; 0: what comes next."""
    colouring: Colouring
    stages: Stages | None
    """Of the place that is looked at; None where nothing can be written."""
    names: Sequence[str]
    """Texts of ``shown_ids``."""
    taken: int | None = None
    """Id of the token that stands there."""
    open: bool = True
    """Whether anything can be written behind the text that is shown."""
    mask: int | None = None
    """An encoder's position of the mask that is filled next; None where none is."""
    running: bool = False


def shown_ids(stages: Stages, taken: int | None) -> list[int]:
    """Ids that have a bar: the most probable ones before any setting, and the one that stands there."""
    ranked = [int(i) for i in ranking(stages.raw, 3 * SHOWN)]
    kept = [i for i in ranked if stages.final[i] > 0]
    cut = [i for i in ranked if stages.final[i] == 0]
    chosen = {*kept[: SHOWN - min(SHOWN_CUT, len(cut))], *cut[:SHOWN_CUT]}
    ids = [i for i in ranked if i in chosen]
    return ids if taken is None or taken in ids else [*ids[: SHOWN - 1], taken]


def pieces_of(text: str, tokens: Sequence[Token], *, encoder: bool) -> tuple[list[str], list[int]]:
    """The prompt's pieces as they stand in the text, and an encoder's positions."""
    if not encoder:
        return [t.text for t in tokens if not t.special], []
    pieces, places, end = [], [], 0
    for pos, token in enumerate(tokens):
        if token.span is None:
            continue
        pieces.append(text[end : token.span[1]])
        places.append(pos)
        end = token.span[1]
    return pieces, places


def writing_view(standing: Standing, code: str) -> View:
    """The text that is looked at, the tree that it belongs to, and what could stand at one of its places."""
    nodes = _nodes(standing)
    full, legend = _scale(standing.colouring, nodes)
    picture = Writing(
        mark=standing.mark,
        prompt=tuple(standing.prompt),
        places=tuple(standing.places),
        nodes=nodes,
        runs=_runs(standing.tree),
        texts=_texts(standing.tree, nodes),
        tip=standing.tree.tip,
        at=standing.at,
        place=_place(standing),
        open=standing.open,
        mask=standing.mask,
        colouring=standing.colouring,
        full=full,
        legend=legend,
        running=standing.running,
    )
    notes = (
        "Tints and numbers of written tokens are the model's own, before the settings. Wavy: the last four tokens "
        "stood in this order before. Perplexity is 2 to the mean surprisal in bits: as unsure as between so many equal "
        "choices.",
        "Beside it: the outline is the model's own probability, the bar the one under the settings as they stand now.",
        *((_WHY_MASKS,) if standing.places else ()),
    )
    return View(
        picture=picture,
        reading=_reading(standing, nodes),
        table=RecordsTable(picture, "nodes", COLUMNS),
        python=code,
        notes=notes,
        name="writing",
    )


_WHY_MASKS = (
    "An encoder was trained to guess one masked word from all others, not to go on with a text. Masks are filled one "
    "by one, the surest first, so that each answer knows those before it."
)


def _nodes(standing: Standing) -> tuple[Node, ...]:
    return tuple(
        Node(
            parent=parent,
            text=token.token.text,
            token_id=token.token.token_id,
            special=token.token.special,
            p=token.raw_probability,
            rank=token.rank,
            surprisal_bits=token.surprisal_bits,
            entropy_bits=token.entropy_bits,
            repeat=token.repeat,
            alternatives=token.alternatives,
            pos=token.pos,
        )
        for parent, token in zip(standing.tree.parents(), standing.tokens, strict=True)
    )


def _runs(tree: WritingTree) -> tuple[WrittenRun, ...]:
    return tuple(
        WrittenRun(run.parent, len(run.token_ids), LETTERS[run.ended], run.how, how_said(run.how)) for run in tree.runs
    )


def _scale(colouring: Colouring, nodes: Sequence[Node]) -> tuple[float, tuple[str, str]]:
    if colouring == "probability":
        return 1.0, ("probability 0 %", "100 %")
    values = [n.surprisal_bits if colouring == "surprisal" else n.entropy_bits for n in nodes]
    full = float(max(4.0, math.ceil(max(values, default=0.0))))
    return full, (f"{colouring} 0 bits", f"{full:.0f} bits")


def _texts(tree: WritingTree, nodes: Sequence[Node]) -> tuple[WrittenText, ...]:
    found = []
    for leaf in tree.leaves():
        mine = [nodes[n - 1] for n in tree.path(leaf)]
        ended = tree.ended(leaf)
        found.append(
            WrittenText(
                leaf=leaf,
                n_tokens=len(mine),
                perplexity=perplexity(mine),
                repeat_rate=sum(n.repeat for n in mine) / len(mine),
                ended="" if ended is None else _why(tree, leaf, ended),
            )
        )
    return tuple(found)


def perplexity(nodes: Sequence[Node]) -> float:
    """2 to the mean surprisal in bits."""
    return float(2 ** np.mean([n.surprisal_bits for n in nodes]))


def _why(tree: WritingTree, node: int, ended: str) -> str:
    return WHY[ended].format(n=len(tree.runs[tree.run_of(node)].token_ids))


def _place(standing: Standing) -> Place | None:
    stages = standing.stages
    if stages is None:
        return None
    raw, final = stages.raw, stages.final
    ids = shown_ids(stages, standing.taken)
    bars = [bar_of(i, name, stages, chosen=i == standing.taken) for i, name in zip(ids, standing.names, strict=True)]
    # Not the sum of all less theirs: what that leaves where all others are cut is not quite nought.
    others, others_raw = (float(np.delete(probs, ids).sum()) for probs in (final, raw))
    rest = Bar(f"{len(raw) - len(ids):,} others", others, others_raw, state="rest", note=_why_rest(others, others_raw))
    return Place(_place_title(standing), (*bars, rest), full_scale(float(max(final[ids].max(), raw[ids].max()))))


def _why_rest(others: float, others_raw: float) -> str:
    return "all of them are cut" if not others and others_raw else ""


def _place_title(standing: Standing) -> str:
    if not standing.at:
        return "What comes next" if not standing.places else "The mask that is filled next"
    if standing.places:
        return "In the place of this mask: what could have come"
    n = standing.tree.path(standing.tree.tip).index(standing.at) + 1
    return f"Token {n}: what could have come"


def _reading(standing: Standing, nodes: Sequence[Node]) -> str:
    tree = standing.tree
    if not tree.tip:
        return "Nothing is written yet." if standing.running else f"Nothing is written yet. {_first(standing)}"
    mine = [nodes[n - 1] for n in tree.path(tree.tip)]
    run = tree.runs[tree.run_of(tree.tip)]
    first, repeats = sum(n.rank == 1 for n in mine), sum(n.repeat for n in mine)
    how = how_said(run.how) if len(run.token_ids) == len(mine) else f"the last one {_with(run.how)}"
    n = f"{count(len(mine), 'mask')} filled" if standing.places else count(len(mine), "token")
    said = f"{n}, {how}: {first} of them the model's first choice, perplexity so far {number(perplexity(mine))}"
    if not standing.places:  # single words in the places of masks repeat no four tokens
        said += f", {repeats} repeat four tokens seen before ({percent(repeats / len(mine))})"
    ended = tree.ended(tree.tip)
    if ended is not None and not standing.running:
        said += f"; {_why(tree, tree.tip, ended)}"
    n_texts = len(tree.leaves())
    return f"{said}." + (f" It is one of {n_texts} texts from this prompt." if n_texts > 1 else "")


def _with(how: str) -> str:
    said = how_said(how)
    return said if how in (BY_HAND, GREEDY) else f"with {said}"


def _first(standing: Standing) -> str:
    if standing.stages is None:
        return "There is no mask to fill."
    stages, where = standing.stages, "In the place of the marked mask" if standing.places else "For the next token"
    best = int(stages.raw.argmax())
    own, final = percent(float(stages.raw[best])), float(stages.final[best])
    said = f"{where} the model's own first choice is {quoted(standing.names[0])} with {own}"
    if not final:
        said += "; the settings rule it out"
    elif percent(final) != own:
        said += f"; with the settings as they stand it is drawn with {percent(final)}"
    buttons = "Fill all masks, or Fill one mask" if standing.places else "Write, or Next token"
    return f"{said}. Press {buttons}, or choose a bar."

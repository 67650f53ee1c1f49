"""Several settings on one prompt: what each writes, where they part, and how unsure the model was on the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.sampling import Stages, ranking
from .pictures import BeamDot, BeamSearch, Contender, Versus, VersusFigure, VersusToken
from .tables import Table
from .view import View, count, listed, number, quoted
from .writing import WHY

if TYPE_CHECKING:
    from ..analysis.generation import BeamTree, RunsFigures, WrittenToken

N_FIRST = 6


@dataclass(frozen=True, eq=False)
class Entry:
    """One of the settings that are compared."""

    title: str
    said: str
    """The settings in words."""
    stages: Stages
    """Of the first token."""
    first_names: Sequence[str]
    """Texts of ``first_ids(stages)``."""
    tokens: Sequence[WrittenToken] = ()
    ended: str | None = None
    """As ``Step.ended_by``."""
    runs: RunsFigures | None = None
    draws: bool = True
    """Whether chance has a part in it; without, each run writes the same text."""


def first_ids(stages: Stages) -> list[int]:
    """The most probable first tokens under the settings."""
    return [int(i) for i in ranking(stages.final, N_FIRST) if stages.final[i] > 0]


def versus_view(
    prompt: Sequence[str],
    entries: Sequence[Entry],
    code: str,
    *,
    running: int | None = None,
    beams: BeamTree | None = None,
) -> View:
    """Texts side by side; ``running`` is the one that is being written."""
    parted = [_differs(entries[0], entry) for entry in entries]
    contenders = tuple(_contender(entry, at) for entry, at in zip(entries, parted, strict=True))
    widest = max((t.entropy_bits for entry in entries for t in entry.tokens), default=0.0)
    picture = Versus(
        prompt=tuple(prompt),
        contenders=contenders,
        full_bits=float(max(4.0, math.ceil(widest))),
        running=running,
        beams=None if beams is None else _search(beams),
        dots=() if beams is None else _dots(beams),
    )
    return View(
        picture=picture,
        reading=_reading(entries, parted, beams, running),
        table=_table(entries),
        python=code,
        notes=(
            "Tints and bars: the model's own uncertainty before each token, in bits. Vermilion: the first token that "
            "differs from the first text. Wavy: the last four tokens stood in this order before.",
            "distinct: different pairs of neighbouring tokens over all of them; 100 % where no pair comes twice. "
            "Perplexity: 2 to the mean surprisal in bits, under the model's own distribution.",
            *((_BEAMS,) if beams is not None else ()),
        ),
        name="compare",
    )


_BEAMS = (
    "Beam search keeps the few texts with the largest sums of log-probabilities; at each step it weighs the best "
    "continuations of all of them and prunes the others. Score of a finished text: the sum over length^length_penalty."
)


def _differs(first: Entry, other: Entry) -> int | None:
    if other is first or not first.tokens or not other.tokens:
        return None
    pairs = enumerate(zip(first.tokens, other.tokens, strict=False))
    found = next((i for i, (a, b) in pairs if a.token.token_id != b.token.token_id), None)
    if found is None and len(first.tokens) < len(other.tokens):
        return len(first.tokens)
    return found


def _contender(entry: Entry, differs: int | None) -> Contender:
    return Contender(
        title=entry.title,
        said=entry.said,
        first=tuple(
            (name, float(entry.stages.final[i]))
            for i, name in zip(first_ids(entry.stages), entry.first_names, strict=True)
        ),
        tokens=tuple(
            VersusToken(t.token.text, t.token.special, t.raw_probability, t.rank, t.entropy_bits, t.repeat)
            for t in entry.tokens
        ),
        differs=differs,
        figures=_figures(entry),
        ended="" if entry.ended is None else WHY[entry.ended].format(n=len(entry.tokens)),
    )


def _figures(entry: Entry) -> tuple[VersusFigure, ...]:
    own, runs = entry.tokens, entry.runs
    ids = [t.token.token_id for t in own]
    values: list[tuple[str, float | None, str, bool]] = [
        ("tokens", float(len(own)) if own else None, "n_tokens", False),
        ("perplexity", float(2 ** np.mean([t.surprisal_bits for t in own])) if own else None, "perplexity", False),
        ("repeats", sum(t.repeat for t in own) / len(own) if own else None, "repeat_rate", True),
        ("distinct", _distinct(ids) if own else None, "distinct", True),
    ]
    found = []
    for name, value, key, share in values:
        spread = None if runs is None else getattr(runs, key)
        if spread is None:
            found.append(VersusFigure(name, value, None, None, None, share))
        else:
            found.append(VersusFigure(name, value, spread.mean, spread.low, spread.high, share))
    if runs is not None:
        found.append(VersusFigure("different texts", None, float(runs.n_different), 1.0, float(runs.n_runs), False))
    return tuple(found)


def _distinct(ids: Sequence[int]) -> float:
    pairs = list(pairwise(ids))
    return len(set(pairs)) / len(pairs) if pairs else 1.0


def _search(tree: BeamTree) -> BeamSearch:
    end = tree.finished[0].node if tree.finished else (tree.beams[0] if tree.beams else None)
    return BeamSearch(
        best=() if end is None else tuple(node.index for node in tree.path(end)),
        finished=tuple((beam.text, beam.score) for beam in tree.finished),
        num_beams=tree.num_beams,
        length_penalty=tree.length_penalty,
    )


def _dots(tree: BeamTree) -> tuple[BeamDot, ...]:
    rows: dict[int, int] = {}
    found = []
    for node in tree.nodes:
        row = rows[node.depth] = rows.get(node.depth, -1) + 1
        found.append(
            BeamDot(node.parent, node.depth, row, node.token.text, node.log_prob, node.score, node.fate)  # type: ignore[arg-type]
        )
    return tuple(found)


def _table(entries: Sequence[Entry]) -> Table:
    if not any(entry.tokens for entry in entries):
        firsts = [
            (entry.title, name, float(entry.stages.final[i]))
            for entry in entries
            for i, name in zip(first_ids(entry.stages), entry.first_names, strict=True)
        ]
        return Table(("settings", "first token", "its probability"), tuple(firsts))
    columns = ["token"]
    for entry in entries:
        columns += [entry.title, f"{entry.title}: probability", f"{entry.title}: uncertainty, bits"]
    rows = []
    for i, tokens in enumerate(zip_longest(*(entry.tokens for entry in entries))):
        cells: list[float | str] = [i + 1]
        for t in tokens:
            cells += ["", "", ""] if t is None else [t.token.text, t.raw_probability, t.entropy_bits]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows))


def _reading(
    entries: Sequence[Entry], parted: Sequence[int | None], beams: BeamTree | None, running: int | None
) -> str:
    written = [entry for entry in entries if entry.tokens]
    if not written:
        return f"{listed([e.title for e in entries])}, one prompt and one seed: press Write all to see where they part."
    said = []
    for entry, at in zip(entries, parted, strict=True):
        if at is not None and at < len(entry.tokens):
            word = quoted(entry.tokens[at].token.text)
            said.append(f"{entry.title} parts from {entries[0].title} at token {at + 1}, {word}")
    if running is None and not said and len(written) == len(entries):
        said.append("all write the same text")
    loops = [e.title for e in written if sum(t.repeat for t in e.tokens) >= 0.3 * len(e.tokens)]
    if loops:
        verb = "repeats" if len(loops) == 1 else "repeat"
        said.append(f"{listed(loops)} {verb} a good part of what was written before")
    many = [
        f"{e.title} {count(e.runs.n_different, 'different text')} in {e.runs.n_runs} runs" for e in entries if e.runs
    ]
    if many:
        said.append(f"written again and again: {listed(many)}")
        same = [e.title for e in entries if not e.draws]
        if same:
            said.append(f"{listed(same)} {'draws' if len(same) == 1 else 'draw'} nothing: the same text each time")
    if beams is not None and beams.done and beams.finished:
        kept = sum(node.fate != "pruned" for node in beams.nodes)
        said.append(
            f"the beam search weighed {len(beams.nodes):,} continuations, kept {kept:,}, and its best text scores "
            f"{number(beams.finished[0].score)}"
        )
    text = "; ".join(said) or f"{written[-1].title} is being written"
    return f"{text[0].upper()}{text[1:]}."

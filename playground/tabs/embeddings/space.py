"""Vectors on a plane or in space: the text's among their neighbours, words by theme, or the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any

from ... import engine
from ...analysis.embedding import cosines, levels
from ...analysis.embedding.clusters import clustered
from ...analysis.embedding.layouts import LaidOut, Layout, has_umap, laid_out, layout_steps, projected
from ...analysis.embedding.near import MOST, mean_cosine, near_points, nearest_partner, same_neighbour
from ...analysis.embedding.points import FIRST_LEVEL, Gathering, Points, gathered
from ...analysis.embedding.projection import Projection
from ...analysis.embedding.themes import PARTNERS, READY, TITLES, partners_of
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views import code
from ...views.space import METHODS, Scene, space_view
from ...views.view import View
from ..contract import Action, Adaptation, Asked, Cancelled, Control, Doing, TabView
from ..controls import choice, offer, slider, words
from ..places import SIDES, position, two_texts

QUICK = 200
"""Points that are laid out at once, without a button: about a second."""
NEIGHBOURS = 6
LONGEST_PICK = 20_000
"""Characters that what was picked may have in a link."""
WHICH = {"text": "The text", "words": "Words by theme", "vocabulary": "The vocabulary"}
COLOURS = {"cluster": "cluster", "kind": "kind of token", "theme": "theme"}
READS = frozenset(
    {"pos", "points", "method", "dimensions", "level", "side", "around", "list", "own", "many", "lengths",
     "text_colour", "word_colour", "token_colour", "perplexity", "seed", "picked"}
)  # fmt: skip


def show(asked: Asked) -> View:
    """The points where they lie, or where they begin if they are too many to be laid out at once."""
    wanted, how, source = _wanted(asked), _how(asked), _source(asked)
    place: Projection | LaidOut | None = None
    if how is not None:
        place = engine.remembered(laid_out, source, wanted, how)
        n = len(engine.analysed(gathered, source, wanted).names)
        if place is None and n <= QUICK:
            place = engine.analysed(laid_out, source, wanted, how)
    if place is None:
        place = engine.analysed(projected, source, wanted, _dimensions(asked))
    return _view(asked, place)


def lay_out(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
    """Moves the points step by step; they can be watched."""
    wanted, how, source = _wanted(asked), _how(asked), _source(asked)
    if how is None:
        raise PlaygroundError(f"PCA needs no layout: it stands at once. Choose {' or '.join(_LAYOUTS.values())}.")
    for place in engine.analysed_in_steps(layout_steps, source, wanted, how, keep_as=laid_out):
        yield Doing(f"Step {place.step} of {place.n_steps}", place.step / place.n_steps)
        yield _view(asked, place)
        if cancelled():
            return


_LAYOUTS = {key: title for key, title in METHODS.items() if key != "umap" or has_umap()}


def _dimensions(asked: Asked) -> int:
    return int(asked.values["dimensions"])


def _source(asked: Asked) -> Prompt | str:
    """What the vectors depend on beside the model: the text, where they are the text's."""
    return asked.run if asked.values["points"] == "text" else asked.run.model


def _wanted(asked: Asked) -> Gathering:
    given = asked.values
    unit = given["lengths"] == "one"
    if given["points"] == "text":
        return Gathering("text", given["level"], encoder=given["side"] == "source", around=given["around"], unit=unit)
    if given["points"] == "words":
        return Gathering("words", words=READY.get(given["list"], given["own"]), unit=unit)
    return Gathering("vocabulary", many=given["many"], unit=unit)


def _how(asked: Asked) -> Layout | None:
    given = asked.values
    if given["method"] == "pca":
        return None
    return Layout(given["method"], _dimensions(asked), given["perplexity"], given["seed"])


def _view(asked: Asked, place: Projection | LaidOut) -> View:
    wanted, source = _wanted(asked), _source(asked)
    points = engine.analysed(gathered, source, wanted)
    colour = asked.values[{"text": "text_colour", "words": "word_colour"}.get(wanted.which, "token_colour")]
    groups = min(8, max(2, round((len(points.names) / 2) ** 0.5)))
    mark = space_mark(source, wanted)
    chosen, lassoed = read_picked(asked.values["picked"], mark, len(points.names))
    if chosen is None and wanted.which == "text":
        trace = engine.trace(asked.run)
        tokens = (trace.encoder if wanted.encoder and trace.encoder is not None else trace).tokens
        chosen = position(asked.run, tokens, asked.look.pos)
    few = points.vectors[list(lassoed)]
    return space_view(
        Scene(
            wanted=wanted,
            points=points,
            place=place,
            how=_how(asked),
            colour=colour,
            clusters=engine.analysed(clustered, source, wanted, groups) if colour == "cluster" else None,
            chosen=chosen,
            near=[] if chosen is None else near_points(points, chosen, NEIGHBOURS),
            centred=None if chosen is None else _centred(points, chosen),
            cosines=None if chosen is None else cosines(points.vectors, points.vectors[chosen]),
            rows=[] if chosen is None else _rows(asked.run.model, points, chosen),
            lassoed=lassoed,
            alike=(mean_cosine(few), mean_cosine(points.vectors)) if len(few) > 1 else None,
            same=_same(points) if wanted.which == "words" else None,
            partners=_partners(points, asked.values["list"]) if wanted.which == "words" else None,
            n_vocab=engine.load(asked.run.model).vocab_size,
            mark=mark,
            strange=bool(asked.values["picked"]) and not asked.values["picked"].startswith(f"{mark}~"),
            code=_code(asked, wanted, place),
        )
    )


def _same(points: Points) -> tuple[int, float] | None:
    enough = 2 <= len(points.names) <= MOST and len(set(points.themes)) > 1
    return same_neighbour(points.vectors, points.themes) if enough else None


def _partners(points: Points, name: str) -> tuple[int, int, str] | None:
    """Of how many words of a list of pairs the nearest is the partner, of how many, and what partners are called."""
    if name not in PARTNERS or len(points.names) < 2:
        return None
    return (*nearest_partner(points.vectors, points.names, partners_of(name)), PARTNERS[name])


def _centred(points: Points, chosen: int) -> tuple[int, float] | None:
    """The point nearest to the chosen one once the mean of all is taken away, as PCA does; None: there are too few."""
    if len(points.names) < 3:
        return None
    found = near_points(replace(points, vectors=points.vectors - points.vectors.mean(0)), chosen, 1)
    return found[0] if found else None


def _rows(model: str, points: Points, chosen: int) -> list[tuple[int, str, float]]:
    """Rows of the whole table nearest to a token's own, or to the mean of a word's tokens; none for a vector that is
    no row any more."""
    if points.level != FIRST_LEVEL:
        return []
    table, ids = engine.token_table(model), points.token_ids[chosen]
    found = table.nearest(table.rows[list(ids)].mean(0), 3, leave_out=ids)
    texts = engine.names(model, [i for i, _ in found])
    return [(i, text, cosine) for (i, cosine), text in zip(found, texts, strict=True)]


def space_mark(source: Prompt | str, wanted: Gathering) -> str:
    """A short name of a set of points, so that what was picked in one is not taken for another's."""
    return blake2b(repr((source, wanted)).encode("utf-8", "replace"), digest_size=4).hexdigest()


def read_picked(text: str, mark: str, n: int) -> tuple[int | None, tuple[int, ...]]:
    """What was picked among ``n`` points: the chosen one and those that were circled; nothing of another set.

    Args:
        text: ``mark~7~1-4.9``: the chosen point (may be empty), then ranges of points.
        mark: of the set that is shown.
        n: its points.
    """
    of, _, rest = text.partition("~")
    one, _, ranges = rest.partition("~")
    if of != mark:
        return None, ()
    chosen = int(one) if one.isdecimal() and int(one) < n else None
    circled: set[int] = set()
    for part in ranges.split(".") if ranges else ():
        low, _, high = part.partition("-")
        if low.isdecimal() and (high or low).isdecimal():
            circled |= set(range(int(low), min(int(high or low), n - 1) + 1))
    return chosen, tuple(sorted(circled))


def _read_picked_text(text: str) -> str:
    if len(text) > LONGEST_PICK:
        raise ValueError(f"at most {LONGEST_PICK:,} characters")
    return text


def _code(asked: Asked, wanted: Gathering, place: Projection | LaidOut) -> str:
    prompt = asked.run
    if wanted.which == "text":
        begin = code.captured(prompt.model, prompt.text, prompt.target)
    else:
        begin = f"from playground import load_model\n\nmodel = load_model({prompt.model!r})\ntrace = None  # no text\n"
    told = ", ".join(
        f"{field.name}={getattr(wanted, field.name)!r}"
        for field in fields(wanted)
        if getattr(wanted, field.name) != field.default
    )
    lines = f"{begin}from playground.analysis.embedding.points import Gathering, gathered\n"
    if isinstance(place, Projection):
        return (
            f"{lines}from playground.analysis.embedding import pca\n\n"
            f"points = gathered(model, trace, Gathering({told}))\n"
            f"projection = pca(points.vectors, {_dimensions(asked)})\n"
            "print(projection.points, projection.explained)\n"
        )
    return (
        f"{lines}from playground.analysis.embedding.layouts import Layout, laid_out\n\n"
        f"found = laid_out(model, trace, Gathering({told}), {_how(asked)!r})\n"
        "print(found.points, found.divergence)\n"
    )


def _levels(prompt: Prompt, value: Any) -> Adaptation:
    """The levels that this model has; one that it lacks gives way to its first."""
    trace = engine.trace(prompt)
    there = levels(trace.encoder or trace)
    if not there:
        return Adaptation(visible=False)
    return Adaptation(choices=tuple(there), value=None if value in there else there[0])


_text, _words, _vocabulary = ((("points", (key,)),) for key in WHICH)
_laid = (("method", tuple(METHODS)),)

SPACE = TabView(
    "space",
    "Space",
    show,
    controls=(
        choice("points", "Points", WHICH, "text"),
        choice("method", "Laid out by", {"pca": "PCA", **_LAYOUTS}, "pca"),
        choice("dimensions", "Plot", {"2": "2-D", "3": "3-D"}, "2"),
        choice("list", "Words", TITLES, "everyday", stands_if=_words),
        offer("level", "Vectors", FIRST_LEVEL, adapt=_levels, stands_if=_text),
        choice("side", "Whose vectors", SIDES, "source", adapt=two_texts, stands_if=_text),
        slider("around", "Neighbours of each token, from the token table", 0, 8, 1, 2,
               stands_if=(*_text, ("level", (FIRST_LEVEL,)))),
        words("own", "A line for each theme", "pets: dog cat bird fish\nwild: bear lion wolf fox", lines=4, limit=3000,
              stands_if=(*_words, ("list", ("own",)))),
        slider("many", "Tokens, evenly by id", 250, 4000, 250, 1500, stands_if=_vocabulary),
        choice("text_colour", "Colour by", COLOURS, "cluster", stands_if=_text),
        choice("word_colour", "Colour by", {"theme": "theme", "cluster": "cluster"}, "theme", stands_if=_words),
        choice("token_colour", "Colour by", COLOURS, "kind", stands_if=_vocabulary),
        slider("perplexity", "About how many neighbours count", 5, 50, 1, 30, stands_if=_laid),
        slider("seed", "Seed (0 begins at the PCA)", 0, 20, 1, 0, stands_if=_laid),
        choice("lengths", "Lengths of the vectors", {"kept": "as they are", "one": "all 1"}, "kept", more=True),
        Control("picked", "what was picked, by its place in the set", "", str, _read_picked_text, None),
    ),
    reads=READS,
    actions=(Action("layout", "Lay out", lay_out, reads=READS, stays=False, stands_if=_laid),),
    help="Each token is looked up in a table and becomes a list of numbers, a **vector**: one point in many "
    "dimensions. **PCA** shows them along the directions in which they differ most, **t-SNE** moves them until "
    "neighbours stand together. Choose a point: lines lead to what is nearest in all dimensions. Draw a line around "
    "some to list them.",
)  # fmt: skip

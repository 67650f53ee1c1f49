"""Vectors as points in two or three dimensions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ..analysis.embedding import Projection
from ..analysis.embedding.clusters import Clusters
from ..analysis.embedding.layouts import LaidOut, Layout
from ..analysis.embedding.points import KINDS, Gathering, Points
from ..trace import Array
from .pictures import Cloud
from .pictures.cloud import MOST_GROUPS
from .tables import Table
from .view import View, count, listed, number, percent, quoted

AXES = ("x", "y", "z")
METHODS = {"tsne": "t-SNE", "umap": "UMAP"}
NO_THEME = "in none of the lists"
MOST_NAMED = 8


@dataclass(frozen=True, eq=False)
class Scene:
    """What the picture shows."""

    wanted: Gathering
    points: Points
    place: Projection | LaidOut
    """Where the points lie."""
    how: Layout | None
    """The layout that was asked for; None: the principal components."""
    colour: str
    """"theme", "kind" or "cluster"."""
    clusters: Clusters | None
    """Where they are the colours."""
    chosen: int | None
    near: list[tuple[int, float]]
    """Points nearest to the chosen one, (index, cosine)."""
    centred: tuple[int, float] | None
    """The point nearest to the chosen one, and its cosine, once the mean of all points is taken away."""
    cosines: Array | None
    """(n,): of every point with the chosen one."""
    rows: list[tuple[int, str, float]]
    """Rows of the whole token table nearest to the chosen one, (id, text, cosine)."""
    lassoed: tuple[int, ...]
    """The points that were circled."""
    alike: tuple[float, float] | None
    """Mean cosine of two that were circled, and of any two; None: fewer than two were."""
    same: tuple[int, float] | None
    """For how many words the nearest is of the same theme, and for how many by chance; None: not of words."""
    partners: tuple[int, int, str] | None
    """In a list of pairs: of how many words the nearest is the partner, of how many, what it is called."""
    n_vocab: int
    mark: str
    strange: bool
    """What was picked belongs to another set of points."""
    code: str


def cosine_text(value: float) -> str:
    """A cosine with three decimals: "0.542", "−0.001"."""
    return f"{value:.3f}".replace("-", "−")


def space_view(scene: Scene) -> View:
    """The points, the chosen one with lines to its neighbours."""
    found = scene.points
    groups, legend = _groups(scene)
    near = [i for i, _ in scene.near]
    n_axes = scene.place.points.shape[1]
    return View(
        picture=Cloud(
            names=found.names,
            points=scene.place.points.astype(np.float32),
            groups=groups,
            legend=legend,
            rest=_rest(scene, len(legend)),
            main=_main(scene),
            pos=found.pos,
            axes=_axes(scene.place),
            said=said(scene),
            chosen=scene.chosen,
            near=np.array(near, np.int32),
            nearness=np.array([cosine for _, cosine in scene.near], np.float32),
            lassoed=np.array(scene.lassoed, np.int32),
            mark=scene.mark,
            view_key=f"{scene.mark}-{scene.how}-{n_axes}",
        ),
        reading=_reading(scene),
        table=_table(scene, groups, legend),
        python=scene.code,
        notes=_notes(scene),
        name=f"space-{n_axes}d",
        forgets=("picked",) if scene.strange else (),
    )


def _main(scene: Scene) -> np.ndarray:
    """Of a text among its neighbours the text; else everything."""
    of_text = scene.points.pos >= 0
    return (of_text if scene.wanted.which == "text" else np.ones(len(of_text), bool)).astype(np.uint8)


def _groups(scene: Scene) -> tuple[np.ndarray, tuple[str, ...]]:
    """The group of each point, and the groups' names."""
    if scene.clusters is not None:
        labels = scene.clusters.labels.astype(np.int32)
        sizes = np.bincount(labels, minlength=len(scene.clusters.typical))
        middles = [quoted(scene.points.names[i], 14) for i in scene.clusters.typical]
        return labels, tuple(f"around {name} ({n:,})" for name, n in zip(middles, sizes.tolist(), strict=True))
    given = scene.points.kinds if scene.colour == "kind" else scene.points.themes
    counts = Counter(given)
    order = list(KINDS) if scene.colour == "kind" else [*dict.fromkeys(name for name in given if name), ""]
    there = [name for name in order if name in counts][:MOST_GROUPS]
    place = {name: i for i, name in enumerate(there)}
    return np.array([place[name] for name in given], np.int32), tuple(
        f"{name or NO_THEME} ({counts[name]:,})" for name in there
    )


def _rest(scene: Scene, n_groups: int) -> int | None:
    """The group of what stands in no list: the last, where there is one."""
    return n_groups - 1 if scene.colour == "theme" and "" in scene.points.themes else None


def _axes(place: Projection | LaidOut) -> tuple[str, ...]:
    if isinstance(place, LaidOut):
        return ()
    return tuple(f"component {i + 1} · {percent(share)} of the variance" for i, share in enumerate(place.explained))


def said(scene: Scene) -> tuple[str, ...]:
    """What was done between the model's numbers and the picture, step by step."""
    found, wanted = scene.points, scene.wanted
    n, width = found.vectors.shape
    if wanted.which == "text":
        n_text = int((found.pos >= 0).sum())
        which = f"{count(n_text, 'token')} of the text, {found.level}"
        which += f", with {n - n_text} of the nearest rows of the token table" if n > n_text else ""
    elif wanted.which == "words":
        which = f"{count(n, 'word')} of {count(len(set(found.themes)), 'list')}: their rows of the token table"
    else:
        which = f"{n:,} of the {scene.n_vocab:,} tokens, evenly by id: their rows of the token table"
    length = "each made as long as 1" if wanted.unit else "as long as they are"
    return (which, length, *_laid(scene, width))


def _laid(scene: Scene, width: int) -> tuple[str, ...]:
    n_axes = scene.place.points.shape[1]
    if isinstance(scene.place, Projection):
        shares = listed([percent(share) for share in scene.place.explained])
        kept = f"PCA: of {width} numbers {n_axes}, which keep {shares} of the variance"
        return ("their mean taken away", kept)
    assert scene.how is not None
    begun = "begun at the principal components" if scene.how.seed == 0 else f"begun at random, seed {scene.how.seed}"
    if scene.how.method == "umap":
        return (f"UMAP: of {width} numbers {n_axes}; {number(scene.place.perplexity)} neighbours, {begun}",)
    step = f"step {scene.place.step} of {scene.place.n_steps}"
    many = f"about {number(scene.place.perplexity)} neighbours count (its perplexity)"
    return (f"t-SNE: of {width} numbers {n_axes}; {many}, {step}, {begun}",)


def _reading(scene: Scene) -> str:
    told = [_circled(scene) or _neighbours(scene), _themes(scene), _pieces(scene), _kept(scene)]
    return " ".join(one for one in told if one)


def _neighbours(scene: Scene) -> str:
    names = scene.points.names
    if scene.chosen is None:
        return f"{count(len(names), 'point')}: choose one to see what lies nearest to it in all dimensions."
    chosen = quoted(names[scene.chosen])
    if not scene.near:
        return f"Nothing else stands beside {chosen}."
    first = listed([f"{quoted(names[i])} ({cosine_text(cosine)})" for i, cosine in scene.near[:3]])
    sentence = f"Of these points {first} point most nearly the way of {chosen}, by the cosine of their angle"
    if len(scene.near) == 1:
        sentence = f"Of these points {first} points most nearly the way of {chosen}, by the cosine of their angle"
    if scene.rows:
        rows = listed([f"{quoted(text)} ({cosine_text(cosine)})" for _, text, cosine in scene.rows[:3]])
        sentence += f"; in the whole token table its nearest rows are {rows}"
    return f"{sentence}.{_otherwise(scene)}"


def _otherwise(scene: Scene) -> str:
    """On the plot of principal components another point may stand nearest, for the mean is taken away there."""
    if scene.centred is None or not isinstance(scene.place, Projection) or scene.centred[0] == scene.near[0][0]:
        return ""
    i, cosine = scene.centred
    return (
        f" Without the mean of all these points, which the plot takes away and these cosines do not, the nearest is "
        f"{quoted(scene.points.names[i])} ({cosine_text(cosine)})."
    )


def _circled(scene: Scene) -> str:
    if not scene.lassoed:
        return ""
    names = [quoted(scene.points.names[i]) for i in scene.lassoed]
    shown = listed(names) if len(names) <= MOST_NAMED else f"{', '.join(names[:MOST_NAMED])}, …"
    sentence = f"{count(len(names), 'point')} circled, listed under Table: {shown}."
    if scene.alike is None:
        return sentence
    inside, everywhere = map(cosine_text, scene.alike)
    return f"{sentence} Two of them have on average a cosine of {inside}, any two of all points {everywhere}."


def _themes(scene: Scene) -> str:
    if scene.partners is not None and scene.partners[1]:
        hits, paired, partner = scene.partners
        chance = paired / (len(scene.points.names) - 1)
        return f"For {hits} of {paired} words the nearest other word is {partner}; by chance it would be {chance:.0f}."
    if scene.same is None:
        return ""
    same, chance = scene.same
    n = len(scene.points.names)
    return f"For {same} of {n} words the nearest other word is of the same list; by chance it would be {chance:.0f}."


def _several(found: Points) -> int:
    return sum(len(ids) > 1 for ids in found.token_ids)


def _pieces(scene: Scene) -> str:
    """Where most of what is drawn are words that the model does not know, this comes before the small print."""
    several, n = _several(scene.points), len(scene.points.names)
    if 2 * several <= n:
        return ""
    return (
        f"{several} of the {n} words are no single token here: the mean of their pieces’ rows stands for each, so the "
        "plot shows how they are spelled more than what they mean."
    )


def _kept(scene: Scene) -> str:
    if isinstance(scene.place, Projection):
        plot = f"The plot keeps {percent(float(scene.place.explained.sum()))} of the variance"
        if scene.how is None:
            return f"{plot}."
        method = METHODS[scene.how.method]
        return f"{plot}; press Lay out to let {method} move the points until neighbours stand together."
    if scene.place.step < scene.place.n_steps:
        return f"{METHODS[scene.how.method] if scene.how else ''} stands at step {scene.place.step}."
    return "The layout keeps neighbours together; how far groups stand apart, and how large they are, says little."


def _table(scene: Scene, groups: np.ndarray, legend: tuple[str, ...]) -> Table:
    found, axes = scene.points, AXES[: scene.place.points.shape[1]]
    near = () if scene.chosen is None else (f"cosine with {found.names[scene.chosen]}",)
    cluster = ("cluster",) if scene.clusters is not None else ()
    rows = scene.lassoed or range(len(found.names))
    return Table(
        ("position", "token", *axes, "length", *near, "kind", "theme", *cluster),
        tuple(
            (
                int(found.pos[i]) if found.pos[i] >= 0 else "",
                found.names[i],
                *map(float, scene.place.points[i]),
                float(found.lengths[i]),
                *([] if scene.cosines is None else [float(scene.cosines[i])]),
                found.kinds[i],
                found.themes[i],
                *([legend[groups[i]]] if cluster else []),
            )
            for i in rows
        ),
    )


def _notes(scene: Scene) -> tuple[str, ...]:
    found = scene.points
    notes = [
        "Near each other means used alike, not alike in meaning: “happy” and “sad” stand in the same kind of sentence, "
        "so they stand close.",
        "What lies near on the plot need not be near in all dimensions: angles, lines and neighbours are measured "
        "before anything is laid out.",
    ]
    several = _several(found)
    if several and not _pieces(scene):
        notes.append(f"{count(several, 'word')} of more than one token: the mean of the tokens’ rows stands for it.")
    if found.missing:
        notes.append(f"Without a token in this vocabulary: {listed(list(found.missing[:12]))}.")
    if scene.clusters is not None:
        n = len(scene.clusters.typical)
        notes.append(
            f"Colours: {count(n, 'group')} found by k-means in all dimensions, each named after the point that points "
            "most its way. How many groups there are is no finding: more points are given more, eight at most."
        )
    if isinstance(scene.place, LaidOut) and scene.place.divergence is not None:
        notes.append(f"What t-SNE makes small, the Kullback–Leibler divergence: {number(scene.place.divergence)} nats.")
    return tuple(notes)

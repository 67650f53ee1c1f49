"""What heads do: a map of all heads for each score, the strongest heads in words, and the chosen head on the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...analysis.attention import KINDS, ROLES, Role
from ...trace import Array
from .. import pictures
from ..pictures import Axis, Grid, Group, HeatMap, Row, SignedBar, SignedBars, SignedGroup
from ..tables import Table
from ..view import View, count, listed, number, percent
from .maps import CLEAR, shown_at
from .text import Looks, text_picture

OVERVIEW = "all"
SHARES = ("previous", "next", "first", "itself", "same", "induction", "separators")
"""The roles of the overview: mean weights, on one scale."""
MOST_BARS = 8
CHANCE = (
    "Chance: of 48 heads of models with random weights, none reached 15 % on random tokens said twice (a head that "
    "looks anywhere scores about 2 %). On a text with few repeats chance reaches more: trust the one on random tokens."
)


@dataclass(frozen=True, eq=False)
class HeadRoles:
    """What is shown of the heads of one kind of attention."""

    scores: Mapping[str, Array]
    """Key of a role → (n_layers, n_heads); NaN: the text cannot show it, or there is no such head."""
    n_rows: Mapping[str, int]
    role: str
    """Key of the role on the map, or ``OVERVIEW``."""
    looks: Looks
    """The chosen head on the text."""
    guided: Mapping[tuple[int, int], str]
    """Heads that were shown in training where to look → where."""

    @property
    def chosen(self) -> tuple[int, int]:
        """(layer, head)."""
        return self.looks.layer, self.looks.head


def roles_view(roles: HeadRoles) -> View:
    """The map of a role, or of all of them side by side."""
    single = roles.role != OVERVIEW
    role = ROLES[roles.role] if single else None
    bars, title = (_strongest(roles, role), "The strongest heads") if role else (_profile(roles), _named(roles.chosen))
    above = f"{role.title}. {role.definition} ({role.source})" if role else "Mean weight of every head on …"
    layer, head = roles.chosen
    return View(
        picture=Group(
            titles=(above, title, f"Head {layer}.{head} on the text"),
            pictures=(_grid(roles, role), bars, text_picture(roles.looks)),
            rows=(Row((1.35, 1.0), 1.35), Row((1.0,), 1.0)),
        ),
        reading=_reading(roles, role),
        table=_table(roles),
        python=_code(roles),
        notes=_notes(roles, role),
        name=f"attention-roles-{roles.looks.kind}-{roles.role}",
    )


def _named(place: tuple[int, int]) -> str:
    return f"What head {place[0]}.{place[1]} does"


def _grid(roles: HeadRoles, role: Role | None) -> Grid:
    keys = [role.key] if role else _measured(roles)
    shape = roles.scores[keys[0]].shape
    down = Axis("layer", tuple(map(str, range(shape[0]))), key="layer")
    across = Axis("head", tuple(map(str, range(shape[1]))), key="head")
    maps = tuple(
        HeatMap("" if role else ROLES[key].short, roles.scores[key], down, across, also=(("score", key),))
        for key in keys
    )
    share = role is None or role.unit == "share"
    return Grid(
        maps=maps,
        scale="amount",
        full=1.0 if share else pictures.full_of(*(heat.values for heat in maps)),
        chosen=(_main(roles, keys), *roles.chosen),
        form="percent" if share else "number",
        unit="" if share or role is None else role.unit,
        missing="this text cannot show it, or the mask forbids it",
        hint="Choose a cell: the head is shown on the text below" + (", and its score here." if role is None else "."),
        upwards=True,
    )


def _measured(roles: HeadRoles) -> list[str]:
    """The roles of the overview that this text can show."""
    there = [key for key in SHARES if key in roles.scores and np.isfinite(roles.scores[key]).any()]
    return there or [key for key in SHARES if key in roles.scores][:1]


def _main(roles: HeadRoles, keys: list[str]) -> int:
    """Which of the maps shows the chosen head at its strongest."""
    return int(np.argmax([np.nan_to_num(roles.scores[key][roles.chosen], nan=-1.0) for key in keys]))


def _strongest(roles: HeadRoles, role: Role) -> SignedBars:
    """The heads that do it most, in their order."""
    values = roles.scores[role.key]
    places = _ranked(values)[:MOST_BARS]
    bars = tuple(
        SignedBar(
            f"head {layer}.{head}",
            float(values[layer, head]),
            _guided(roles, (layer, head)),
            "attention",
            (("layer", layer), ("head", head)),
        )
        for layer, head in places
    )
    share = role.unit == "share"
    return SignedBars(
        groups=(SignedGroup("", bars),),
        full=1.0 if share else pictures.full_of(values),
        low=0.0,
        running=False,
        unit="" if share else role.unit,
        form="percent" if share else "plain",
        chosen=(0, places.index(roles.chosen)) if roles.chosen in places else None,
    )


def _profile(roles: HeadRoles) -> SignedBars:
    """Everything that the chosen head does."""
    keys = [key for key in _measured(roles) if np.isfinite(roles.scores[key][roles.chosen])]
    bars = tuple(
        SignedBar(ROLES[key].short, float(roles.scores[key][roles.chosen]), ROLES[key].target, "attention",
                  (("score", key),))
        for key in sorted(keys, key=lambda key: -roles.scores[key][roles.chosen])
    )  # fmt: skip
    return SignedBars(groups=(SignedGroup("", bars),), full=1.0, low=0.0, running=False, form="percent")


def _ranked(values: Array) -> list[tuple[int, int]]:
    """(layer, head) from the largest value down; those without one are left out."""
    order = np.argsort(-np.nan_to_num(values, nan=-1.0), axis=None, kind="stable")
    places = [divmod(int(i), values.shape[1]) for i in order]
    return [place for place in places if np.isfinite(values[place])]


def _guided(roles: HeadRoles, place: tuple[int, int]) -> str:
    return f"shown in training where to look: {shown_at(roles.guided[place])}" if place in roles.guided else ""


def _reading(roles: HeadRoles, role: Role | None) -> str:
    said = _of_one(roles, role) if role else _of_all(roles)
    guided = _guided(roles, roles.chosen)
    return said + (f" Head {roles.chosen[0]}.{roles.chosen[1]} was {guided}." if guided else "")


def _of_one(roles: HeadRoles, role: Role) -> str:
    values = roles.scores[role.key]
    places = _ranked(values)
    if not places:
        return f"{role.title}: this text cannot show it, so there is no number. {_why_not(roles, role)}"
    first = _told(values, places[0], role)
    rows = count(roles.n_rows[role.key], "row")
    if role.unit != "share":
        last = _told(values, places[-1], role)
        return f"{role.target.capitalize()} goes from {last} to {first}, on average over {rows}."
    does = "keeps most of its map in place" if role.key == "position_only" else f"gives most to {role.target}"
    others = [_told(values, place, role) for place in places[1:3] if values[place] >= CLEAR]
    then = f"; then {listed(others)}" if others else ""
    return f"Head {first} {does}, on average over {rows}{then}."


def _told(values: Array, place: tuple[int, int], role: Role) -> str:
    value = float(values[place])
    shown = percent(value) if role.unit == "share" else f"{number(value)} {role.unit}"
    return f"{place[0]}.{place[1]} ({shown})"


def _why_not(roles: HeadRoles, role: Role) -> str:
    if role.key == "next" and roles.looks.causal:
        return "A causal mask hides the next token."
    return (
        "Choose a text in which a token occurs again." if role.key in ("same", "induction") else "Take a longer text."
    )


def _of_all(roles: HeadRoles) -> str:
    """How many heads do what most."""
    keys = _measured(roles)
    every = np.stack([np.nan_to_num(roles.scores[key], nan=-1.0) for key in keys])
    best, top = every.argmax(0), every.max(0)
    there = ~np.isnan(np.stack([roles.scores[key] for key in keys])).all(0)
    counted = [(key, int(((best == i) & (top >= CLEAR) & there).sum())) for i, key in enumerate(keys)]
    named = [(n, ROLES[key].target) for key, n in sorted(counted, key=lambda pair: -pair[1]) if n]
    rest, total = int(((top < CLEAR) & there).sum()), count(int(there.sum()), "head")
    least = f"{100 * CLEAR:.0f} %"
    if not named:
        return f"None of {total} gives {least} of its weight or more to one of these targets."
    said = listed([f"{n} {'looks' if n == 1 else 'look'} most at {target}" for n, target in named])
    return f"Of {total}, {said}" + (f"; {rest} give none of these targets {least} of their weight." if rest else ".")


def _table(roles: HeadRoles) -> Table:
    keys = [key for key in ROLES if key in roles.scores]
    units = {"share": "", "bits": " (bits)", "tokens": " (tokens)"}
    titles = tuple(ROLES[key].title + units[ROLES[key].unit] for key in keys)
    n_layers, n_heads = roles.scores[keys[0]].shape
    rows = tuple(
        (layer, head, *(_cell(roles.scores[key][layer, head]) for key in keys), roles.guided.get((layer, head), ""))
        for layer in range(n_layers)
        for head in range(n_heads)
    )
    return Table(("layer", "head", *titles, "shown in training"), rows)


def _cell(value: float) -> float | str:
    return float(value) if np.isfinite(value) else ""


def _code(roles: HeadRoles) -> str:
    kind = roles.looks.kind
    anew = {"induction_random": "on_random_repeats", "position_only": "on_shuffled_text"}
    lines = (
        f"for key, values in role_scores(trace, {kind!r}).values.items():\n    print(key, values)  # (layer, head)\n"
    )
    imports = "from playground.analysis.attention.roles import role_scores\n"
    if roles.role in anew:
        imports += f"from playground.analysis.attention.roles_anew import {anew[roles.role]}\n"
        lines += f"print({anew[roles.role]}(model, trace, {kind!r}).values[{roles.role!r}])\n"
    return roles.looks.code + imports + "\n" + lines


def _notes(roles: HeadRoles, role: Role | None) -> tuple[str, ...]:
    notes = [f"{KINDS[roles.looks.kind].capitalize()}, measured on this text: another text may give other numbers."]
    if role is not None and role.key == "induction_random":
        notes = [
            f"Measured on {roles.n_rows[role.key]:,} rows of random tokens of the vocabulary, and not on the text."
        ]
    if role is not None and role.key == "position_only":
        notes.append("The model has read the text’s tokens in four other orders for this.")
    if role is None or role.key in ("induction", "induction_random"):
        notes.append(CHANCE)
    if role is None:
        left = [ROLES[key].title.lower() for key in SHARES if key in roles.scores and key not in _measured(roles)]
        if left:
            notes.append(f"Not to be measured on this text, or hidden by the mask: {listed(left)}.")
        notes.append("Choose a score on the left for its definition and its source.")
    if roles.guided:
        told = [f"{layer}.{head} {shown_at(where)}" for (layer, head), where in sorted(roles.guided.items())]
        notes.append(f"Heads of this model that were shown in training where to look: {'; '.join(told)}.")
    notes.append("A score says where a head looks, not what it does with what it finds there.")
    return tuple(notes)

"""What the heads do, each by a score that is defined beside it."""

from __future__ import annotations

from ... import engine
from ...analysis.attention import ROLES
from ...analysis.attention.roles import ACROSS, MEASURED_ANEW, roles_of
from ...analysis.attention.roles_anew import on_random_repeats, on_shuffled_text
from ...catalog import bundled_folder
from ...engine import Prompt
from ...errors import PlaygroundError
from ...film import guided_heads
from ...views.attention.roles import OVERVIEW, HeadRoles, roles_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice
from .text import looks_of

ANEW = {"induction_random": on_random_repeats, "position_only": on_shuffled_text}
assert set(ANEW) == set(MEASURED_ANEW)


def show(asked: Asked) -> View:
    """The heads by what they do, one of them on the text."""
    looks, role, prompt = looks_of(asked, "head"), asked.values["score"], asked.run
    if looks.kind == "cross" and role not in (OVERVIEW, *ACROSS):
        raise PlaygroundError(
            f"“{ROLES[role].title}” means nothing where one text looks at another. Choose another score, or another "
            "kind of attention."
        )
    found = engine.analysed(roles_of, prompt, looks.kind)
    scores, n_rows = dict(found.values), dict(found.n_rows)
    if role in ANEW:
        anew = engine.analysed(ANEW[role], prompt, looks.kind)
        scores |= anew.values
        n_rows |= anew.n_rows
    return roles_view(HeadRoles(scores, n_rows, role, looks, _guided(prompt) if looks.kind == "self" else {}))


def _guided(prompt: Prompt) -> dict[tuple[int, int], str]:
    folder = bundled_folder(prompt.model)
    return guided_heads(folder) if folder is not None else {}


WHAT_HEADS_DO = TabView(
    "roles",
    "What heads do",
    show,
    controls=(
        choice(
            "score", "Score", {OVERVIEW: "All of them", **{key: role.title for key, role in ROLES.items()}}, OVERVIEW
        ),
    ),
    reads=frozenset({"pos", "layer", "head", "which", "score"}),
    help="Each cell is one **head**: the darker, the more it does what the map is named after. Choose a cell to see "
    "the head on the text, or a score on the left to see how it is defined.",
)

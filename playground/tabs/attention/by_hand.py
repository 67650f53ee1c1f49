"""Attention by hand: a few numbers typed by a teacher, or the first tokens of one of the model's own heads."""

from __future__ import annotations

from collections.abc import Iterator

from ... import engine
from ...analysis.attention import attentions
from ...analysis.attention.by_hand import (
    MOST_TOKENS,
    OF_A_MODEL,
    attention_of,
    nobody_looks_ahead,
    softmax_of,
    steps_in_torch,
    tokens,
    torch_lines,
)
from ...analysis.attention.stages import group_of
from ...analysis.attention.steps import head_matrices
from ...errors import PlaygroundError
from ...views import code
from ...views.attention.by_hand import ByHand, by_hand_view
from ...views.view import View
from ..contract import Action, Asked, Cancelled, TabView
from ..controls import chosen, switch, words
from ..places import within
from .heads import Place, chosen_head

READS = frozenset({"tokens", "scale", "causal", "list", "row", "column"})
CAT_SAT = "Cat 0.5 | 0.4 | 0.6\nSat 0.7 | 0.8 | 0.9"


def show(asked: Asked) -> View:
    """The typed numbers through every step."""
    values = asked.values
    typed, listed = tokens(values["tokens"]), softmax_of(values["list"])
    scale = typed.q.shape[1] ** -0.5 if values["scale"] else 1.0
    allowed = nobody_looks_ahead(len(typed.q)) if values["causal"] else None
    attention = attention_of(typed.q, typed.k, typed.v, scaling=scale, allowed=allowed)
    row, column = within(values["row"], len(typed.q), 0), within(values["column"], len(typed.k), 0)
    numbers = [] if listed is None else listed.numbers.tolist()
    lines = torch_lines(typed.q, typed.k, typed.v, scaled=values["scale"], causal=values["causal"], numbers=numbers)
    found = head_matrices(attention, 0, row, column)
    return by_hand_view(ByHand(found, typed.names, typed.names, row, column, scale, listed, lines, lines))


def take_head(asked: Asked, cancelled: Cancelled) -> Iterator[View]:
    """The first tokens of the chosen head of the loaded model, with its own scale and mask."""
    place = chosen_head(asked)
    prompt, head = place.prompt, place.head
    own = attentions(engine.trace(prompt), place.kind)[place.layer]
    if own.q is None or own.k is None or own.v is None or own.scaling is None:
        raise PlaygroundError("This family does not hand over queries, keys and values. Choose another model.")
    n, m = (min(OF_A_MODEL, length) for length in own.weights.shape[1:])
    group = group_of(own, head)
    allowed = None if own.allowed is None else own.allowed[:n, :m]
    made = attention_of(own.q[head, :n], own.k[group, :m], own.v[group, :m], scaling=own.scaling, allowed=allowed)
    difference = float(abs(made.weights[0] - own.weights[head, :n, :m]).max())
    lines = _taken(place, group, n, m, causal=allowed is not None and not allowed.all())
    captured = "import torch\n" + code.captured(prompt.model, prompt.text, prompt.target)
    yield by_hand_view(
        ByHand(
            head_matrices(made, 0, n - 1, m - 1), tuple(t.text for t in place.maps.rows[:n]),
            tuple(t.text for t in place.maps.columns[:m]), n - 1, int(made.weights[0, -1].argmax()), own.scaling, None,
            lines, captured + lines, own=f"{place.layer}.{head}", difference=difference,
            why=_why(difference, own.weights.shape[-1] - m),
        )
    )  # fmt: skip


def _taken(place: Place, group: int, n: int, m: int, *, causal: bool) -> str:
    tower = "trace.encoder" if place.kind == "encoder" else "trace"
    cross = "cross_" if place.kind == "cross" else ""
    taken = [
        f"a = {tower}.layers[{place.layer}].{cross}attention",
        f"Q = torch.tensor(a.q[{place.head}, :{n}])",
        f"K, V = torch.tensor(a.k[{group}, :{m}]), torch.tensor(a.v[{group}, :{m}])",
    ]
    return "\n".join([*taken, *steps_in_torch("a.scaling", causal)]) + "\n"


def _why(difference: float, n_more: int) -> str:
    """Why the weights are not the model's own; "" where they are."""
    if difference <= 1e-4:
        return ""
    if n_more:
        return f"In the model these rows look at {n_more} more tokens too, so every weight is smaller there"
    return "This family does more than these lines: a bias, a cap or a sink"


BY_HAND = TabView(
    "by-hand",
    "By hand",
    show,
    controls=(
        words("tokens", "A token on each line: word q | k | v", CAT_SAT, lines=3, limit=600),
        switch("scale", "Scale by 1/√width", False),
        switch("causal", "Causal mask", False),
        words("list", "Softmax of a list", "0.56, 0.72, 0.11", limit=200),
        chosen("row", "Row", 0, MOST_TOKENS - 1, 0),
        chosen("column", "Column", 0, MOST_TOKENS - 1, 1),
    ),
    reads=READS,
    reads_text=False,
    needs_prompt=False,
    actions=(
        Action(
            "model", "Take the chosen head", take_head, reads=READS | {"layer", "head", "which", "pos"}, stays=False
        ),
    ),
    help="Attention needs nothing but these few lines: every **query** times every **key**, **softmax** of each row, "
    "and a mixture of **values**. Type numbers of your own, or take the first tokens of the head that is chosen in "
    "Maps: a head keeps its own scale and mask, and the switches above are for typed numbers only.",
)

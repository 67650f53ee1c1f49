"""The feed-forward, step by step: up, activation, gate, down."""

from __future__ import annotations

import numpy as np

from ...models import LoadedModel
from ...trace import Array, Mlp
from ..activations import ACTIVATIONS
from .order import Sublayer
from .pieces import product
from .records import Curves, Step, Strip, difference

COMPARED = ("ReLU", "Sigmoid", "GELU", "SiLU")


def mlp_steps(model: LoadedModel, sublayer: Sublayer, pos: int) -> list[Step]:
    """The steps between the norm and the sum."""
    mlp = sublayer.mlp
    if mlp is None:
        note = "The feed-forward of this layer is not one activation between two matrices: it shows as a whole."
        stream, added = Strip("stream", "residual", sublayer.stream[pos]), Strip("added", "mlp", sublayer.added[pos])
        return [Step("mlp-whole", (stream,), (added,), note=note)]
    steps = [_up(model, mlp, pos), _activation(mlp, pos)]
    if mlp.up is not None:
        ours = mlp.post[pos] * mlp.up.left[pos]
        off, size = difference(ours, mlp.down.entered[pos])
        incoming = (Strip("activated", "mlp", mlp.post[pos]), Strip("up", "mlp", mlp.up.left[pos]))
        outgoing = (Strip("gated", "mlp", mlp.down.entered[pos]),)
        steps.append(Step("mlp-gate", incoming, outgoing, (("d_mlp", len(ours)),), off, size))
    _, off, size = product(model, mlp.down, pos)
    entered = mlp.down.entered[pos]
    steps.append(
        Step(
            "mlp-down",
            incoming=(Strip("hidden", "mlp", entered),),
            outgoing=(Strip("out", "mlp", mlp.down.left[pos]),),
            figures=(("d_mlp", len(entered)), ("d_model", mlp.down.left.shape[1])),
            difference=off,
            size=size,
        )
    )
    return steps


def _up(model: LoadedModel, mlp: Mlp, pos: int) -> Step:
    _, off, size = product(model, mlp.first, pos)
    outgoing = [Strip("gate" if mlp.up is not None else "hidden", "mlp", mlp.pre[pos])]
    if mlp.up is not None:
        _, other, large = product(model, mlp.up, pos)
        off, size = max(off, other), max(size, large)
        outgoing.append(Strip("up", "mlp", mlp.up.left[pos]))
    figures = (("d_model", mlp.first.entered.shape[1]), ("d_mlp", mlp.pre.shape[1]))
    return Step("mlp-up", (Strip("x", "residual", mlp.first.entered[pos]),), tuple(outgoing), figures, off, size)


def activation_of(pre: Array, post: Array) -> str | None:
    """Which of ``ACTIVATIONS`` leads from one to the other best; None where it is none of them.

    GELU and its approximation by tanh differ by 5e-4, so the first that is near is not enough.
    """
    wide = pre.astype(np.float64)
    off, best = min((difference(bend(wide), post)[0], name) for name, bend in ACTIVATIONS.items())
    return best if off <= 1e-4 * max(1.0, float(np.abs(post).max())) else None


def _activation(mlp: Mlp, pos: int) -> Step:
    pre, post = mlp.pre[pos], mlp.post[pos]
    found = activation_of(pre, post)  # at this token only: a text of 96 tokens would take a second
    names = COMPARED if found is None or found in COMPARED else (*COMPARED, found)
    reach = float(np.clip(np.abs(pre).max() * 1.05, 2.0, 12.0))
    x = np.linspace(-reach, reach, 121)
    curves = Curves(
        x.astype(np.float32), names, np.stack([ACTIVATIONS[name](x) for name in names]).astype(np.float32),
        None if found is None else names.index(found),
    )  # fmt: skip
    incoming, outgoing = (Strip("before", "mlp", pre),), (Strip("after", "mlp", post),)
    silent = int((np.abs(post) < 0.01).sum())
    figures = (("d_mlp", len(pre)), ("positive", int((pre > 0).sum())), ("silent", silent))
    words = (("activation", found or mlp.activation),)
    if found is None:
        note = f"The function {mlp.activation} is none of those that are known here, so it is not recomputed."
        return Step("mlp-act", incoming, outgoing, figures, note=note, words=words, curves=curves)
    off, size = difference(ACTIVATIONS[found](pre.astype(np.float64)), post)
    return Step("mlp-act", incoming, outgoing, figures, off, size, words=words, curves=curves)

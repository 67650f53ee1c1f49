"""Worked examples of the forward pass: a small network, a norm, activations; every number typed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..analysis.activations import ACTIVATIONS
from ..analysis.by_hand import Activated, Network, Normed
from . import pictures
from .tables import Table
from .view import View, count, listed, number

FORMULAS = {
    "ReLU": "max(0, x)",
    "Sigmoid": "1 / (1 + e^−x)",
    "Tanh": "(e^x − e^−x) / (e^x + e^−x)",
    "GELU": "x · Φ(x)",
    "SiLU": "x · sigmoid(x)",
}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def network_view(found: Network, neuron: str, code: str) -> View:
    """The network with its numbers, and how one neuron comes to its own.

    Args:
        found: the network, run.
        neuron: "h0" … or "o0" …; one that is not there gives way to the first output.
        code: lines that give the numbers again.
    """
    there = [f"h{i}" for i in range(len(found.before))] + [f"o{i}" for i in range(len(found.out))]
    neuron = neuron if neuron in there else "o0"
    grid = np.linspace(-4, 4, 49)
    return View(
        picture=pictures.Network(
            x=found.x,
            hidden_weights=found.hidden_weights,
            hidden_biases=found.hidden_biases,
            before=found.before,
            after=found.after,
            out_weights=found.out_weights,
            out_biases=found.out_biases,
            out=found.out,
            activation=found.activation,
            curve=np.stack([grid, ACTIVATIONS[found.activation](grid)]),
            neuron=neuron,
            formula=_neuron_formula(found, neuron),
        ),
        reading=_network_reading(found),
        table=_network_table(found),
        python=code,
        notes=(
            "Colour and width of a line: sign and size of its weight (blue negative, vermilion positive); dotted: "
            "nothing passes, because what it carries is 0.",
            f"The activation here is {found.activation}: {FORMULAS[found.activation]}. The outputs have none, as in a "
            "transformer's feed-forward.",
        ),
        name="network-by-hand",
    )


def _neuron_formula(found: Network, neuron: str) -> tuple[str, ...]:
    at = int(neuron[1:])
    if neuron[0] == "h":
        total = f"{_products(found.hidden_weights[at], found.x)} {_signed(found.hidden_biases[at])}"
        return (
            f"{_indexed('h', at)}: {total} = {_shown(found.before[at])}",
            f"{found.activation}({_shown(found.before[at])}) = {_shown(found.after[at])}",
        )
    total = f"{_products(found.out_weights[at], found.after)} {_signed(found.out_biases[at])}"
    return (f"{_indexed('y', at)}: {total} = {_shown(found.out[at])}",)


def _products(weights: Sequence[float] | np.ndarray, values: Sequence[float] | np.ndarray) -> str:
    """``0.5 · 1 + (−1) · 2``."""
    pairs = zip(weights, values, strict=True)
    return " + ".join(f"{_bracketed(w)} · {_bracketed(v)}" for w, v in pairs)


def _shown(value: float) -> str:
    return number(float(value)).replace("-", "−")


def _bracketed(value: float) -> str:
    return f"({_shown(value)})" if value < 0 else _shown(value)


def _signed(value: float) -> str:
    """``+ 0.1``, ``− 1``."""
    return f"− {_shown(-value)}" if value < 0 else f"+ {_shown(value)}"


def _indexed(letter: str, index: int) -> str:
    return letter + str(index + 1).translate(SUBSCRIPTS)


def _network_reading(found: Network) -> str:
    shape = " → ".join(str(len(a)) for a in (found.x, found.before, found.out))
    x = ", ".join(_shown(value) for value in found.x)
    outs = listed([_shown(value) for value in found.out])
    said = f"For x = [{x}] this {shape} network gives {outs}, with {count(found.n_parameters, 'parameter')}. "
    silent = [_indexed("h", i) for i in range(len(found.after)) if found.after[i] == 0]
    if silent and found.activation == "ReLU":
        return said + f"ReLU silences {listed(silent)}: what would be negative passes as 0."
    return said + f"Each hidden neuron adds up weight · input and its bias; {found.activation} bends the sum."


def _network_table(found: Network) -> Table:
    rows = [
        *((f"x{i + 1}", "input", "", float(v), float(v)) for i, v in enumerate(found.x)),
        *(
            (f"h{i + 1}", "hidden", float(found.hidden_biases[i]), float(found.before[i]), float(found.after[i]))
            for i in range(len(found.before))
        ),
        *((f"y{i + 1}", "output", float(found.out_biases[i]), float(v), float(v)) for i, v in enumerate(found.out)),
    ]
    return Table(("node", "layer", "bias", "sum", "passes on"), tuple(rows))


def norm_view(found: Normed, entry: int, code: str) -> View:
    """The norm stage by stage, one of its numbers followed.

    Args:
        found: the vector, normed.
        entry: index of the number to follow; one that is not there gives way to the last.
        code: lines that give the numbers again.
    """
    entry = min(max(entry, 0), len(found.x) - 1)
    name = "RMSNorm" if found.rms else "LayerNorm"
    return View(
        picture=pictures.Normed(_stages(found), entry, _norm_formula(found, entry)),
        reading=_norm_reading(found, name),
        table=Table(
            ("number", "x", "x − mean", "normalised", "γ", "β", "out"),
            tuple(
                (i + 1, *(float(a[i]) for a in (found.x, found.centred, found.normalised, found.gamma, found.beta)), y)
                for i, y in enumerate(found.out.tolist())
            ),
        ),
        python=code,
        notes=(
            "The first two rows share one scale, the rows after the division another.",
            f"ε = {found.epsilon:g} is added to the {'mean square' if found.rms else 'variance'}, so that nothing is "
            "divided by 0; models keep such an ε too.",
        ),
        name="norm-by-hand",
    )


def _stages(found: Normed) -> tuple[pictures.NormStage, ...]:
    mean, spread = _shown(found.mean), _shown(found.divisor)

    def stage(title: str, sign: str, values: np.ndarray, **more: object) -> pictures.NormStage:
        return pictures.NormStage(title, sign, tuple(values.tolist()), **more)  # type: ignore[arg-type]

    root = "√(mean of x² + ε)" if found.rms else "√(variance + ε)"
    first = (
        stage("the vector", "x", found.x, band=found.divisor, words=f"band: ± {spread}, the RMS")
        if found.rms
        else stage("the vector", "x", found.x, line=found.mean, words=f"dashed: the mean, {mean}")
    )
    middle = (
        ()
        if found.rms
        else (
            stage(
                f"less the mean {mean}",
                "x − μ",
                found.centred,
                band=found.divisor,
                words=f"band: ± {spread}, the spread",
            ),
        )
    )
    divided = stage(f"divided by {spread}", f"÷ {root}", found.normalised)
    last = stage("scaled" if found.rms else "scaled and shifted", "· γ" if found.rms else "· γ + β", found.out)
    return (first, *middle, divided, last)


def _norm_formula(found: Normed, entry: int) -> tuple[str, ...]:
    x, out = _bracketed(found.x[entry]), _shown(found.out[entry])
    above = _shown(found.x[entry]) if found.rms else f"({_shown(found.x[entry])} {_signed(-found.mean)})"
    normalised = _shown(found.normalised[entry])
    shift = "" if found.rms else f" {_signed(found.beta[entry])}"
    return (
        (
            f"{above} / {_shown(found.divisor)} = {normalised}",
            f"{_bracketed(found.gamma[entry])} · {_bracketed(found.normalised[entry])}{shift} = {out}",
        )
        if x
        else ()
    )


def _norm_reading(found: Normed, name: str) -> str:
    if found.rms:
        first = f"{name} divides by the root of the mean square, {_shown(found.divisor)}, and takes no mean away"
    else:
        first = (
            f"{name} takes the mean, {_shown(found.mean)}, from each number and divides by the spread, "
            f"{_shown(found.divisor)} (the variance is {_shown(found.variance)})"
        )
    if float(np.abs(found.centred).max()) == 0:
        return f"{first}: all numbers are equal to what is taken away, so nothing but β is left."
    return f"{first}; then each number has its own scale γ{'' if found.rms else ' and shift β'}."


def activations_view(found: Activated, chosen: str, bounds: tuple[float, float], code: str) -> View:
    """One number on all curves.

    Args:
        found: the number through every activation.
        chosen: name of the strong curve.
        bounds: between which numbers a click in the plot may choose.
        code: lines that give the numbers again.
    """
    return View(
        picture=pictures.Activations(
            at=found.at,
            names=found.names,
            formulas=tuple(FORMULAS[name] for name in found.names),
            values=found.values,
            slopes=found.slopes,
            x=found.x,
            curves=found.curves,
            chosen=found.names.index(chosen),
            bounds=bounds,
        ),
        reading=_activations_reading(found, chosen),
        table=Table(
            ("activation", "formula", "value", "slope"),
            tuple(
                (name, FORMULAS[name], float(value), float(slope))
                for name, value, slope in zip(found.names, found.values, found.slopes, strict=True)
            ),
        ),
        python=code,
        notes=(
            "Slope: by how much the value grows for each unit of x just there, from the values 0.0001 to both sides. "
            "Φ(x) is the share of a normal distribution below x.",
        ),
        name="activations-by-hand",
    )


def _activations_reading(found: Activated, chosen: str) -> str:
    values = {name: _shown(value) for name, value in zip(found.names, found.values, strict=True)}
    others = listed([f"{name} {value}" for name, value in values.items() if name != chosen])
    return f"{chosen} makes {values[chosen]} of {_shown(found.at)}; {others}."

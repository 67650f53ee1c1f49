"""Blackboard examples of what a layer computes: a small network, a norm, activations; no model is needed."""

from __future__ import annotations

from ...analysis.by_hand import FUNCTIONS, activated, network, normed
from ...views.forward_by_hand import activations_view, network_view, norm_view
from ...views.view import View
from ..contract import Asked, Control, TabView
from ..controls import choice, chosen, slider, words

EXAMPLES = {"network": "A network", "norm": "A norm", "activations": "Activations"}
NORMS = {"layer": "LayerNorm", "rms": "RMSNorm"}
REACH = (-10.0, 10.0)
"""Bounds of the number that goes through the activations."""
IMPORTED = "from playground.analysis.by_hand import"


def show(asked: Asked) -> View:
    """The chosen example with the typed numbers."""
    given = asked.values
    if given["example"] == "network":
        found = network(given["x"], given["hidden"], given["out"], given["act"])
        call = f"network({given['x']!r}, {given['hidden']!r}, {given['out']!r}, {given['act']!r})"
        lines = f"{IMPORTED} network\n\nfound = {call}\nprint(found.after, found.out)\n"
        return network_view(found, given["neuron"], lines)
    if given["example"] == "norm":
        rms = given["norm"] == "rms"
        call = f"normed({given['vector']!r}, {given['gamma']!r}, {given['beta']!r}, rms={rms})"
        lines = f"{IMPORTED} normed\n\nfound = {call}\nprint(found.mean, found.divisor, found.out)\n"
        return norm_view(normed(given["vector"], given["gamma"], given["beta"], rms=rms), given["entry"], lines)
    lines = f"{IMPORTED} activated\n\nfound = activated({given['z']!r})\nprint(dict(zip(found.names, found.values)))\n"
    return activations_view(activated(given["z"]), given["act"], REACH, lines)


def _neuron(text: str) -> str:
    """Any short name: one that is not there gives way to the first output."""
    if len(text) > 4:
        raise ValueError("the name of a neuron, such as h0")
    return text


_network, _norm, _curves = ((("example", (name,)),) for name in EXAMPLES)
_bends = (("example", ("network", "activations")),)

BY_HAND = TabView(
    "by-hand",
    "By hand",
    show,
    controls=(
        choice("example", "Example", EXAMPLES, "network"),
        words("x", "Input x", "1, 2", stands_if=_network),
        words("hidden", "A line for each hidden neuron: its weights, then its bias",
              "0.5, 0.25, 0\n-1, 0.5, -0.5\n1, 1, -1",
              lines=3, stands_if=_network),
        words("out", "A line for each output: its weights, then its bias", "1, 2, 0.5, 0.1", stands_if=_network),
        choice("norm", "Which norm", NORMS, "layer", stands_if=_norm),
        words("vector", "The vector", "2, 4, 4, 4, 5, 5, 7, 9", lines=2, stands_if=_norm),
        words("gamma", "Scale γ: one for all, or one for each", "1", stands_if=_norm),
        words("beta", "Shift β: one for all, or one for each", "0", stands_if=(*_norm, ("norm", ("layer",)))),
        slider("z", "The number x", *REACH, 0.05, 1.0, stands_if=_curves),
        choice("act", "Activation", {name: name for name in FUNCTIONS}, "ReLU", stands_if=_bends),
        Control("neuron", "Neuron", "o0", str, _neuron, None),
        chosen("entry", "Number", 0, 15, 7),
    ),
    reads=frozenset(
        {"example", "x", "hidden", "out", "act", "neuron", "norm", "vector", "gamma", "beta", "entry", "z"}
    ),
    reads_text=False,
    needs_prompt=False,
    help="No model here: the three computations that a layer is made of, with numbers that you type. Choose a neuron "
    "or a number in the picture to see how it comes about. The Walk shows the same steps with a model's own numbers.",
)  # fmt: skip

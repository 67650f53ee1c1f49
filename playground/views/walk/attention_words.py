"""Attention, step by step, in words."""

from __future__ import annotations

from collections.abc import Callable

from ...analysis.walk import Step
from ..view import count, percent, quoted
from .told import Told, less, number

LOOKING = {"attn": "Attention", "cross": "Cross-attention"}


def _qkv(step: Step, token: str, part: str) -> Told:
    figure = step.figure
    sizes = (
        f"[{figure('d_model'):,.0f} × {figure('d_q'):,.0f}], [{figure('d_model'):,.0f} × "
        f"{figure('d_k'):,.0f}], [{figure('d_model'):,.0f} × {figure('d_v'):,.0f}]"
    )
    sentence = (
        f"Three matrices make three vectors of {quoted(token)}: a query (what it looks for), a key (how "
        "it can be found) "
        "and a value (what it hands over)."
    )
    formula = "q = x·W_q + b, k = x·W_k + b, v = x·W_v + b"
    if part == "cross":
        sentence = (
            f"The query comes from {quoted(token)}; keys and values come from the source text as the encoder "
            "left it: x asks, y answers."
        )
        formula = "q = x·W_q + b, k = y·W_k + b, v = y·W_v + b"
    return Told(f"{LOOKING[part]}: query, key, value", sentence, formula, f"W_q, W_k, W_v: {sizes}")


def _heads(step: Step, token: str, part: str) -> Told:
    figure, words = step.figure, dict(step.words)
    n, width = int(figure("n_heads")), int(figure("head_dim"))
    shared = f"; {int(figure('n_kv_heads'))} keys and values serve all" if figure("n_kv_heads") != n else ""
    done = [
        word
        for word, there in (("normalised", words["normed"]), ("turned by the position's angle", words["turned"]))
        if there
    ]
    more = f" q and k are {' and '.join(done)} before they meet." if done else ""
    return Told(
        f"{LOOKING[part]}: split into {count(n, 'head')}",
        f"A head is a slice: the same {n * width:,} numbers are read as {n} × {width}, and each head "
        f"works with its own slice{shared}.{more}",
        f"({n * width:,}) ↔ ({n}, {width})",
        f"head {figure('head'):.0f}: numbers {int(figure('head')) * width:,} to "
        f"{(int(figure('head')) + 1) * width - 1:,} of q",
    )


def _scores(step: Step, token: str, part: str) -> Told:
    assert step.cells is not None
    figure = step.figure
    best = step.cells.tokens[int(figure("seen"))].text
    return Told(
        f"{LOOKING[part]}: scores, head {figure('head'):.0f}",
        f"The query of {quoted(token)} meets the key of every token: the dot product is large where the "
        "two point the same way.",
        f"score = q · k, a sum of {figure('head_dim'):.0f} products",
        f"q · k({best}) = {number(figure('score'))}",
    )


def _scale(step: Step, token: str, part: str) -> Told:
    assert step.cells is not None
    figure = step.figure
    best = step.cells.tokens[int(figure("seen"))].text
    bias = " + bias" if dict(step.words)["bias"] else ""
    cap = f", softly capped at {number(figure('softcap'))}" if figure("softcap") else ""
    hidden = int(figure("forbidden"))
    mask = f"The mask sets {count(hidden, 'later or padded token')} to −∞." if hidden else "Nothing is masked here."
    shown = f" + {number(figure('bias'))}" if bias else ""
    return Told(
        f"{LOOKING[part]}: scale and mask",
        f"Scores are multiplied by {number(figure('scaling'))} so that they do not grow with the width of "
        f"a head{cap}. {mask}",
        f"q·k × scale{bias}, −∞ where looking is forbidden",
        f"{best}: {number(figure('score'))} × {number(figure('scaling'))}{shown} = {number(figure('masked'))}",
    )


def _softmax_weights(step: Step, token: str, part: str) -> Told:
    assert step.cells is not None
    figure = step.figure
    best = step.cells.tokens[int(figure("seen"))].text
    sink = " A learned extra column takes the rest." if dict(step.words)["sink"] else ""
    return Told(
        f"{LOOKING[part]}: softmax, head {figure('head'):.0f}",
        f"Softmax turns the scores into shares of 1: {quoted(token)} gives {percent(figure('weight'))} to "
        f"{quoted(best)}.{sink}",
        "weight = exp(score − largest) / Σ exp(score − largest)",
        f"exp({number(figure('masked'))} {less(figure('largest'))}) / {number(figure('total'))} = "
        f"{number(figure('weight'))}",
    )


def _weights(step: Step, token: str, part: str) -> Told:
    assert step.cells is not None
    best = step.cells.tokens[int(step.figure("seen"))].text
    return Told(
        f"{LOOKING[part]}: weights, head {step.figure('head'):.0f}",
        f"{quoted(token)} gives {percent(step.figure('weight'))} to {quoted(best)}.",
    )


def _mix(step: Step, token: str, part: str) -> Told:
    figures = [value for name, value in step.figures if name.startswith("weight")]
    shown = " + ".join(
        f"{number(w)}·{strip.name.split(' (')[0].replace('v of ', 'v(')})"
        for w, strip in zip(figures, step.incoming, strict=False)
    )
    rest = f" + {number(step.figure('rest'))} of others" if step.figure("rest") > 5e-4 else ""
    return Told(
        f"{LOOKING[part]}: weights × values",
        "Each token hands over its value, as much of it as its weight says; the sum is what this head found.",
        "head = Σ weight · v",
        f"{shown}{rest}",
    )


def _out(step: Step, token: str, part: str) -> Told:
    figure = step.figure
    return Told(
        f"{LOOKING[part]}: heads joined",
        f"The {figure('n_heads'):.0f} heads stand side by side again, and one matrix mixes what they found.",
        "out = [head 0, head 1, …]·W_o + b",
        f"[{figure('d_in'):,.0f}] · [{figure('d_in'):,.0f} × {figure('d_out'):,.0f}]",
    )


ATTENTION: dict[str, Callable[[Step, str, str], Told]] = {
    "qkv": _qkv, "heads": _heads, "scores": _scores, "scale": _scale, "softmax": _softmax_weights, "weights": _weights,
    "mix": _mix, "out": _out,
}  # fmt: skip
"""Name of a step behind its part → its words, of a step, a token and the part."""

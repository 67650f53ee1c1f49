"""What each step of a walk is called, says, and computes: one plain sentence, the formula, and this token's numbers."""

from __future__ import annotations

from collections.abc import Callable

from ...analysis.walk import SOURCE, Step
from ..view import percent, quoted
from .attention_words import ATTENTION
from .ends import tokens_told, write_told
from .told import PARTS, Told, lengths, less, number


def told(step: Step, token: str) -> Told:
    """A step's words; ``token`` is the text of the token that is walked through."""
    name = step.name.removeprefix(SOURCE)
    part, _, rest = name.partition("-")
    if rest in ("norm", "behind", "after") or name in ("embed-norm", "final-norm"):
        return _norm(step, name, part, rest)
    return (WHOLE.get(name) or BEHIND[rest])(step, token, part)


def _norm(step: Step, name: str, part: str, rest: str) -> Told:
    layer = dict(step.words)["kind"] == "layer"
    title = "Layer norm" if layer else "RMS norm"
    where = {
        "norm": f"before the {PARTS.get(part, '')}", "behind": f"of what the {PARTS.get(part, '')} gives",
        "after": f"after the {PARTS.get(part, '')} was added",
    }.get(rest, "of the sum of the rows" if name == "embed-norm" else "before the way out")  # fmt: skip
    if name in ("embed-norm", "final-norm"):
        where = "of the sum of the rows" if name == "embed-norm" else "after the last layer"
    figure = step.figure
    shift = " + β" if any(strip.name == "β" for strip in step.outgoing) else ""
    if layer:
        sentence = (
            "The vector is brought to mean 0 and variance 1, then stretched by γ and shifted by β, which are learned."
        )
        centred = f"(x {less(figure('mean'))}) / {number(figure('spread'))} · γ{shift}"
        numbers = f"mean {number(figure('mean'))}, variance {number(figure('variance'))}: {centred}"
        formula = f"(x − mean) / √(variance + ε) · γ{shift}"
    else:
        sentence = "The vector is divided by the root of its mean square, then stretched by γ, which is learned."
        numbers = f"mean square {number(figure('variance'))}: x / {number(figure('spread'))} · γ{shift}"
        formula = f"x / √(mean(x²) + ε) · γ{shift}"
    return Told(f"{title} {where}", sentence, formula, numbers)


def _row(step: Step, token: str, part: str) -> Told:
    if not step.figures:
        return Told(
            "Token → vector", f"The token {quoted(token)} becomes a vector of {len(step.outgoing[0].values):,} numbers."
        )
    figure = step.figure
    times = f" × {number(figure('factor'))}" if figure("factor") != 1 else ""
    return Told(
        "Token → vector",
        f"The token {quoted(token)} is number {figure('token_id'):,.0f} of the vocabulary; its row of the "
        "token table is "
        "the vector that the model begins with.",
        f"token table [{figure('vocab_size'):,.0f} × {figure('width'):,.0f}], one row for each token",
        f"row {figure('token_id'):,.0f}{times}",
    )


def _position(step: Step, token: str, part: str) -> Told:
    figures = dict(step.figures)
    where = f"position {figures['pos']:.0f}"
    return Told(
        "Position",
        f"Attention alone knows no order: a vector that stands for {where} tells the model where "
        f"{quoted(token)} stands.",
        f"position table [{figures['rows']:,.0f} × {figures['width']:,.0f}]" if "rows" in figures else "",
        f"row {figures['row']:,.0f}" if "row" in figures else "",
    )


def _sentence_row(step: Step, token: str, part: str) -> Told:
    row = dict(step.figures).get("row", 0)
    sentence = "A vector that tells the first sentence from the second, for models that read pairs."
    return Told("Sentence A or B", sentence, "sentence table", f"row {row:.0f}")


def _sum(step: Step, token: str, part: str) -> Told:
    names = " + ".join(strip.name for strip in step.incoming)
    return Told(
        "The stream begins",
        f"The rows are added up, number by number: the residual stream of {quoted(token)}.",
        f"stream = {names}",
        lengths(step),
    )


def _add(step: Step, token: str, part: str) -> Told:
    scale = dict(step.figures).get("scale", 1.0)
    times = f"{number(scale)} · " if scale != 1 else ""
    both = "attention + " if len(step.incoming) > 2 else ""
    return Told(
        "Added to the stream",
        f"What the {PARTS[part]} found is added to the stream; nothing that stood there is lost.",
        f"stream + {both}{times}{PARTS[part]}",
        lengths(step),
    )


def _up(step: Step, token: str, part: str) -> Told:
    figure = step.figure
    two = len(step.outgoing) > 1
    return Told(
        "Feed-forward: up",
        f"Each token by itself: {'two matrices widen' if two else 'a matrix widens'} its vector to "
        f"{figure('d_mlp'):,.0f} numbers, each of them a question that is asked of it.",
        "gate = x·W_gate, up = x·W_up" if two else "hidden = x·W_up + b",
        f"[{figure('d_model'):,.0f}] · [{figure('d_model'):,.0f} × {figure('d_mlp'):,.0f}]",
    )


def _act(step: Step, token: str, part: str) -> Told:
    name, figure = dict(step.words)["activation"], step.figure
    return Told(
        f"Feed-forward: {name}",
        f"Every number is bent by {name}: what is clearly negative is put out. Here "
        f"{figure('positive'):,.0f} of {figure('d_mlp'):,.0f} are positive.",
        f"activated = {name}(hidden)",
        f"{figure('silent'):,.0f} of {figure('d_mlp'):,.0f} are nearly silent afterwards (|x| < 0.01)",
    )


def _gate(step: Step, token: str, part: str) -> Told:
    return Told(
        "Feed-forward: gate",
        "The bent numbers are a gate: each multiplies its neighbour in the other branch.",
        "gated = activated · up",
        f"{step.figure('d_mlp'):,.0f} products",
    )


def _down(step: Step, token: str, part: str) -> Told:
    figure = step.figure
    return Told(
        "Feed-forward: down",
        "A matrix leads back to the width of the stream: each number that is not silent adds its own direction.",
        "out = hidden·W_down + b",
        f"[{figure('d_mlp'):,.0f}] · [{figure('d_mlp'):,.0f} × {figure('d_model'):,.0f}]",
    )


def _whole(step: Step, token: str, part: str) -> Told:
    return Told(PARTS[part].capitalize(), f"What the {PARTS[part]} adds at {quoted(token)}.")


def _logits(step: Step, token: str, part: str) -> Told:
    n, best = int(step.figure("vocab_size")), dict(step.words)["token"]
    return Told(
        "Unembedding: one logit for each token",
        f"The last vector is compared with all {n:,} entries of the vocabulary: one number each, and "
        f"{quoted(best)} has the largest.",
        f"logits = final vector · unembedding [{len(step.incoming[0].values):,} × {n:,}]" if step.incoming else "",
        f"logit({best}) = {number(step.figure('top'))}",
    )


def _softmax(step: Step, token: str, part: str) -> Told:
    best = dict(step.words)["token"]
    return Told(
        "Softmax: probabilities",
        f"Softmax over all {step.figure('vocab_size'):,.0f} logits: {quoted(best)} gets "
        f"{percent(step.figure('prob'))}, and all together make 1.",
        "p = exp(logit − largest) / Σ exp(logit − largest)",
        f"p({best}) = 1 / {number(step.figure('total'))} = {number(step.figure('prob'))}; the first 20 "
        f"make {percent(step.figure('named'))}",
    )


WHOLE: dict[str, Callable[[Step, str, str], Told]] = {
    "row": _row, "position": _position, "token-type": _sentence_row, "sum": _sum, "logits": _logits,
    "softmax": _softmax, "tokens": tokens_told, "write": write_told,
}  # fmt: skip
"""Steps below and above the layers, by their whole name."""
BEHIND: dict[str, Callable[[Step, str, str], Told]] = {
    **ATTENTION, "add": _add, "up": _up, "act": _act, "gate": _gate, "down": _down, "whole": _whole,
}  # fmt: skip
"""Steps inside a layer, by what stands behind the name of their part."""

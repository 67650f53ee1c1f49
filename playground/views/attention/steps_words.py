"""What each step of a head says: a sentence, the formula, and the formula with this token's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..view import count, percent, power, quoted
from ..walk.told import less, number

if TYPE_CHECKING:
    from ...analysis.attention.stages import Stages
    from ...analysis.attention.steps import HeadSteps

TERMS = 4
"""Terms of a sum that are written out before the dots."""
EXACT = 1e-4
THROUGH = "checked through softmax: families hand over nothing in between"


@dataclass(frozen=True)
class Stop:
    """One step in words; the fields of ``pictures.head_steps.StepStop``."""

    name: str
    label: str
    title: str
    sentence: str
    formula: str = ""
    lines: tuple[str, ...] = ()
    check: str = ""
    exact: bool = False


def stops_of(steps: HeadSteps) -> list[Stop]:
    """All stops, in the order in which they are computed; the first shows the whole."""
    found = [_all(steps)]
    if steps.stages is not None:
        found += [_qkv(steps), _dot(steps, steps.stages), _scale(steps, steps.stages)]
        if steps.bias is not None:
            found.append(_bias(steps, steps.stages))
        found += [_mask(steps, steps.stages), _softmax(steps, steps.stages)]
    if steps.parts is not None:
        found.append(_mix(steps))
    if steps.share is not None:
        found.append(_out(steps))
    return found


def _asks(steps: HeadSteps) -> str:
    return quoted(steps.rows[steps.pos].text)


def _met(steps: HeadSteps) -> str:
    return quoted(steps.columns[steps.key].text)


def plus(terms: Sequence[str], more: bool) -> str:
    """``a + b + …``; a negative term is subtracted."""
    text = terms[0] if terms else "0"
    for term in terms[1:]:
        text += f" − {term[1:]}" if term.startswith("−") else f" + {term}"
    return f"{text} + …" if more else text


def _checked(difference: float | None, of: str) -> tuple[str, bool]:
    if difference is None:
        return "", False
    return f"{of}: max |difference| {power(difference)}", difference <= EXACT


def _all(steps: HeadSteps) -> Stop:
    if steps.stages is None:
        return Stop("all", "overview", "The weights of one head", "This family hands over how strongly each token is "
                    "looked at, but not the queries and keys behind it.")  # fmt: skip
    text = "the source text" if steps.kind == "cross" else "the text"
    check, exact = _checked(steps.out_difference, "the head's output, recomputed")
    return Stop(
        "all", "overview", "One head, from question to answer",
        f"{_asks(steps)} asks with its query q. Every token of {text} answers with its key k: the better they fit, the "
        "larger the weight. Then each token hands over its value v, as much of it as its weight says.",
        "head = softmax(q·kᵀ × scale + mask) · v",
        (f"= {_mixture(steps)}",), check, exact,
    )  # fmt: skip


def _qkv(steps: HeadSteps) -> Stop:
    assert steps.q is not None
    width = len(steps.q)
    from_where = "the vectors of the source text" if steps.kind == "cross" else "every token's vector"
    changed = ""
    if steps.q_before is not None:
        how = "turned by their positions (rotary)" if steps.turned else "normalised or scaled"
        changed = f" Before they meet, q and k are {how}: below, before and after."
    lines: tuple[str, ...] = (f"q, k and v of head {steps.head}: {width} numbers each",)
    if steps.n_groups < steps.n_heads:
        lines += (f"k and v of group {steps.group}, one of {steps.n_groups}: {steps.n_heads} heads share them",)
    return Stop(
        "qkv", "q, k, v", "Query, key, value",
        f"Three learned matrices make them: the query of {_asks(steps)}, and from {from_where} a key and a "
        f"value.{changed}",
        "q = x·W_q, k = x·W_k, v = x·W_v", lines, THROUGH,
    )  # fmt: skip


def _dot(steps: HeadSteps, stages: Stages) -> Stop:
    assert steps.q is not None and steps.k is not None and steps.products is not None
    met = steps.k[steps.shown.index(steps.key)]
    n = len(met)
    shown = min(n, TERMS if n > TERMS + 1 else n)
    pairs = zip(steps.q[:shown].tolist(), met[:shown].tolist(), strict=True)
    written = plus([f"{number(q)}·{in_brackets(number(k))}" for q, k in pairs], shown < n)
    score = float(stages.scores[0, steps.shown.index(steps.key)])
    products = plus([number(float(p)) for p in steps.products[:shown]], shown < n)
    return Stop(
        "dot", "q · k", "The dot product: how well do they fit?",
        f"Number by number, the query of {_asks(steps)} times the key of {_met(steps)}; the sum of the "
        f"{count(n, 'product')} is the score. Choose another row to see its products.",
        "q·k = q₀k₀ + q₁k₁ + q₂k₂ + …", (written, f"= {products} = {number(score)}"), THROUGH,
    )  # fmt: skip


def in_brackets(text: str) -> str:
    """A written number as a second factor: negative ones in brackets."""
    return f"({text})" if text.startswith("−") else text


def _scale(steps: HeadSteps, stages: Stages) -> Stop:
    assert steps.q is not None and steps.scaling is not None
    i = steps.shown.index(steps.key)
    width, scale = len(steps.q), steps.scaling
    root = abs(scale * np.sqrt(width) - 1) < 1e-6
    why = (f"1/√{width}: a sum of {width} products grows with the width of the head, and softmax would see nothing but "
           "its largest score." if root else "the scale that this family uses.")  # fmt: skip
    if scale == 1:
        why = "1: this family does not scale here."
    lines = [f"{number(float(stages.scores[0, i]))} × {number(scale)} = {number(float(stages.scaled[0, i]))}"]
    cap = ""
    if stages.capped is not None and steps.softcap:
        cap = f" Then a soft cap keeps every score between −{number(steps.softcap)} and {number(steps.softcap)}."
        lines.append(f"{number(steps.softcap)} · tanh({number(float(stages.scaled[0, i]))} / {number(steps.softcap)})"
                     f" = {number(float(stages.capped[0, i]))}")  # fmt: skip
    return Stop(
        "scale", "× scale", "Scaled", f"Each score is multiplied by {number(scale)}, which is {why}{cap}",
        "score = q·k / √width" if root else "score = q·k × scale", tuple(lines), THROUGH,
    )  # fmt: skip


def _bias(steps: HeadSteps, stages: Stages) -> Stop:
    assert steps.bias is not None and stages.biased is not None
    i = steps.shown.index(steps.key)
    before = float(stages.biased[0, i] - steps.bias[i])
    return Stop(
        "bias", "+ bias", "A bias for the distance",
        "This family adds a learned number that depends on nothing but how far apart the two tokens stand.",
        "score + bias(distance)",
        (f"{number(before)} {less(-float(steps.bias[i]))} = {number(float(stages.biased[0, i]))}",), THROUGH,
    )  # fmt: skip


def _mask(steps: HeadSteps, stages: Stages) -> Stop:
    hidden = int(np.isneginf(stages.masked[0]).sum())
    seen = len(steps.columns) - steps.rest.count - hidden
    if hidden or (steps.rest.count and seen < len(steps.shown)):
        sentence = (f"{_asks(steps)} may not look at every token: later ones would give the answer away, so their "
                    "scores become −∞, and softmax makes exactly 0 of that.")  # fmt: skip
        line = f"{hidden} of the {count(len(steps.shown), 'token')} shown: −∞"
    else:
        why = {"encoder": ": an encoder reads both sides", "cross": ": the whole source is there"}.get(steps.kind, "")
        sentence, line = f"Nothing is masked here: {_asks(steps)} may look at every token{why}.", "no score changes"
    return Stop("mask", "mask", "The mask: who may be looked at?", sentence, "−∞ where looking is forbidden", (line,),
                THROUGH)  # fmt: skip


def _softmax(steps: HeadSteps, stages: Stages) -> Stop:
    i = steps.shown.index(steps.key)
    top, total = float(stages.largest[0]), float(stages.total[0])
    exps = [float(x) for x in stages.exp[0] if x > 0]
    terms = exps if len(exps) <= 2 * TERMS else sorted(exps, reverse=True)[: 2 * TERMS]
    sink = float(stages.sink[0])
    written = plus([number(x) for x in terms] + ([f"{number(sink)} (sink)"] if sink else []),
                    len(terms) < len(exps) or bool(steps.rest.count))  # fmt: skip
    own = float(stages.exp[0, i])
    learned = " A learned extra column (a sink) takes its part of the sum." if sink else ""
    check, exact = _checked(steps.weight_difference, "weights, recomputed from q and k")
    return Stop(
        "softmax", "softmax", "Softmax: shares of 1",
        f"exp makes every score positive, and each is divided by the sum of all: shares that add up to 1.{learned} "
        f"{_asks(steps)} gives {_met(steps)} {percent(float(steps.weights[i]))}.",
        "weight = exp(score − largest) / Σ exp(score − largest)",
        (f"Σ = {written} = {number(total)}",
         f"exp({number(float(stages.masked[0, i]))} {less(top)}) / Σ = {number(own)} / {number(total)} = "
         f"{number(float(stages.weights[0, i]))}"), check, exact,
    )  # fmt: skip


def _mixture(steps: HeadSteps) -> str:
    """The values with the largest weights."""
    order = [int(n) for n in np.argsort(-steps.weights, kind="stable")[:TERMS] if steps.weights[n] > 0]
    terms = [f"{number(float(steps.weights[n]))}·v({steps.columns[steps.shown[n]].text})" for n in order]
    return plus(terms, int((steps.row > 0).sum()) > len(terms))


def _mix(steps: HeadSteps) -> Stop:
    check, exact = _checked(steps.out_difference, "Σ weight · v, recomputed")
    return Stop(
        "mix", "× v", "Values, mixed",
        "Each token hands over its value, as much of it as its weight says. The sum is what this head found for "
        f"{_asks(steps)}.",
        "head = Σ weight · v", (_mixture(steps),), check, exact,
    )  # fmt: skip


def _out(steps: HeadSteps) -> Stop:
    share = steps.share
    assert share is not None
    own, total = float(share.lengths[steps.head]), float(np.linalg.norm(share.total))
    part = float(share.shares[steps.head])
    check, exact = _checked(share.difference / max(1.0, float(np.abs(share.total).max())),
                            f"the sum of all {len(share.shares)} heads, recomputed")  # fmt: skip
    against = " (it points against the sum)" if part < 0 else ""
    return Stop(
        "out", "its share", "Through the output matrix, into the stream",
        f"The head's own rows of the output matrix lead back to the width of the stream. All heads are added up; of "
        f"that sum, head {steps.head} makes {number(100 * part)} %{against}.",
        "share = part · sum / |sum|²",
        (f"length of its part: {number(own)}, of the sum of all heads: {number(total)}",
         f"bias of the output matrix: {number(100 * share.bias)} %"), check, exact,
    )  # fmt: skip

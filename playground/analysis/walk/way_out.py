"""From the last layer to the next token: final norm, logits, softmax."""

from __future__ import annotations

import numpy as np

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...hooks import prepare, read_out
from ...models import LoadedModel
from ...trace import Norm, Trace
from .pieces import norm_step
from .records import Ranking, Step, Strip, difference

FIRST = 20
"""Entries of the vocabulary that are named."""
POINTS = 400
"""Places at which the sorted logits are read, where the vocabulary has more: evenly on a logarithmic scale of ranks."""


def exit_steps(model: LoadedModel, trace: Trace, last: Norm | None, pos: int, ranking: Ranking) -> list[Step]:
    """The steps above the last layer at one position, whose ``ranked`` answers are given."""
    steps = [norm_step("final-norm", last, pos)] if last is not None else []
    return [*steps, _logits(model, trace, pos, ranking), _softmax(trace, pos, ranking)]


def ranked(model: LoadedModel, trace: Trace, pos: int) -> Ranking:
    """The vocabulary in the order of its logits."""
    logits = trace.logits[pos]
    order = np.argsort(-logits, kind="stable")
    first = order[:FIRST]
    n = len(logits)
    ranks = np.arange(1, n + 1) if n <= POINTS else np.unique(np.geomspace(1, n, POINTS).astype(int))
    wide = logits.astype(np.float64)
    probs = np.exp(wide - wide.max())
    return Ranking(
        tuple(first.tolist()),
        tuple(tokens_of.vocabulary(model.tokenizer, first.tolist())),
        logits[first],
        (probs / probs.sum())[first].astype(np.float32),
        ranks.astype(np.int32),
        logits[order][ranks - 1],
        len(logits),
    )


def _logits(model: LoadedModel, trace: Trace, pos: int, ranking: Ranking) -> Step:
    own = trace.logits[pos]
    figures = (("vocab_size", len(own)), ("top", float(ranking.logits[0])))
    words = (("token", ranking.texts[0]), ("head", str(len(prepare(model).parts.head))))
    vector = trace.final if trace.final is not None else trace.layers[-1].resid_post if trace.layers else None
    incoming = () if vector is None else (Strip("final vector", "residual", vector[pos]),)
    if vector is not None:
        try:
            ours = read_out(model, vector[pos : pos + 1], normed=True)[0]
        except PlaygroundError as error:
            return Step("logits", incoming, (), figures, note=str(error), words=words, ranking=ranking)
        off, size = difference(ours, own)
        if off <= 1e-4 * max(1.0, size):
            return Step("logits", incoming, (), figures, off, size, words=words, ranking=ranking)
    note = "How the last vector becomes logits is not known in this family; the logits are the model's own."
    return Step("logits", incoming, (), figures, note=note, words=words, ranking=ranking)


def _softmax(trace: Trace, pos: int, ranking: Ranking) -> Step:
    """The model hands over logits only, so the check is that the probabilities sum to 1."""
    wide = trace.logits[pos].astype(np.float64)
    exp = np.exp(wide - wide.max())
    probs = (exp / exp.sum()).astype(np.float32)
    figures = (("vocab_size", len(wide)), ("top", float(wide.max())), ("total", float(exp.sum())),
               ("prob", float(probs.max())), ("named", float(ranking.probs.sum())))  # fmt: skip
    note = "The check is that all probabilities sum to 1: the model itself ends with the logits."
    off = abs(float(probs.sum(dtype=np.float64)) - 1)
    return Step("softmax", (), (), figures, off, 1.0, note, words=(("token", ranking.texts[0]),), ranking=ranking)

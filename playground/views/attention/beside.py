"""A second map beside the large one: the same head without its mask, or a head of another model."""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.attention.beside import Lifted, Match
from ...trace import Array, Token
from .. import pictures
from ..view import count, number, percent, quoted
from .maps import Beside, Heads


def lifted_beside(heads: Heads, found: Lifted, before: Sequence[str], after: Sequence[str]) -> Beside:
    """The chosen head when every token may look at all others.

    Args:
        heads: what is shown large.
        found: the pass without a mask.
        before: names of the first answers as the model is.
        after: names of those without the mask.
    """
    rows, columns = heads.texts
    weights = found.layers[heads.layer].weights[heads.head]
    other = pictures.OtherMap(
        "mask lifted", weights, rows, columns, causal=False, stairs=True, partners=tuple((i,) for i in range(len(rows)))
    )
    later = float(found.later[heads.layer, heads.head])
    (_, was), (_, is_now) = found.before[0], found.after[0]
    answer = (
        f"the answer after the text stays {quoted(before[0])} ({percent(was)}, now {percent(is_now)})"
        if found.before[0][0] == found.after[0][0]
        else f"the answer after the text changes from {quoted(before[0])} ({percent(was)}) to {quoted(after[0])} "
        f"({percent(is_now)})"
    )
    said = (
        f"With the mask lifted, this head gives {percent(later)} of its attention to later tokens (all heads: "
        f"{percent(float(found.later.mean()))}), and {answer}; {number(found.bits)} bits lie between the two "
        "answers (0: the same; 1 bit: what the model expected has become half as likely, on average)."
    )
    note = (
        "Mask lifted: the same tokens ran once more, and in every layer every token could look at all others. The "
        "model never saw this in training. The stepped line is where the mask was."
    )
    return Beside(other, said, note)


def model_beside(
    heads: Heads, match: Match, model: str, tokens: Sequence[Token], weights: Array, *, causal: bool
) -> Beside:
    """The head of another model whose map over the same pieces of text is nearest."""
    texts = tuple(token.text for token in tokens)
    partners: list[tuple[int, ...]] = [() for _ in heads.maps.rows]
    for ours, theirs in match.pieces:
        for row in ours:
            partners[row] = theirs
    title = f"{model} · layer {match.layer} · head {match.head}"
    other = pictures.OtherMap(title, weights, texts, texts, causal=causal, stairs=False, partners=tuple(partners))
    said = (
        f"Of {model}'s heads, {match.layer}.{match.head} is the one most like this one; still, over "
        f"{count(len(match.pieces), 'piece')} of the text the two differ by {percent(match.distance)} of their weight."
    )
    note = (
        "Another model cuts the text differently: tokens are joined to the smallest pieces that both share, special "
        "tokens left out; the difference is half the sum of what the rows differ by, 0 for equal maps. Point at a row: "
        "its partner lights up."
    )
    return Beside(other, said, note)

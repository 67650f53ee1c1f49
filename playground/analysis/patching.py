"""Activation patching: one text's inner values put into another's run, place by place (Vig et al. 2020).

Where the answer comes back, the difference between the two texts was at that place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Change, Stack, Token, Trace
from .ablation import by_layer

BATCH = 24
"""Places patched side by side in one forward pass."""
LEAST_DIFFERENCE = 0.02
"""Of the two runs' logit differences, in nats: less than this cannot be said to be recovered."""
SITES = ("resid", "attn_out", "mlp_out", "cross_out")


@dataclass(frozen=True, eq=False)
class PatchingGrid:
    """How much of the clean run's answer comes back. 1: all of it; 0: nothing; nan: not tried."""

    site: str
    depths: tuple[str, ...]
    """Rows, from the bottom up: "embedding", "layer 0", … for the stream; "attn 0", … for what a sublayer adds."""
    recovered: Array
    """(n_depths, n_positions): one place patched."""
    whole: Array
    """(n_depths,): every position of a depth patched at once."""
    tokens: tuple[Token, ...]
    """Of the text that was patched: columns."""
    clean_id: int
    corrupt_id: int
    """The two answers whose logits are compared."""
    clean_difference: float
    """Logit of the clean answer less that of the corrupt one, in the clean run; in the corrupt run the next."""
    corrupt_difference: float
    pos: int
    done: bool
    """False when it was cancelled."""


def patching_grid(
    model: LoadedModel,
    clean: str | Sequence[int],
    corrupt: str | Sequence[int],
    *,
    site: str = "resid",
    clean_id: int | None = None,
    corrupt_id: int | None = None,
    target: str | Sequence[int] | None = "",
    pos: int = -1,
    encoder: bool | None = None,
    progress: Callable[[float, str], None] = lambda fraction, sentence: None,
    cancelled: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
) -> PatchingGrid:
    """Puts the clean run's values into the corrupt run, at every depth and position.

    The other direction is the same call with the texts exchanged.

    Args:
        model: any whose stream is known.
        clean: the text whose values are put in; token ids are taken as they are.
        corrupt: the text of the run that they are put into: as many tokens.
        site: "resid" (the stream before the first and after each layer), "attn_out", "mlp_out" or "cross_out".
        clean_id: answer to the clean text; None: the most probable token there. ``corrupt_id`` likewise.
        target: of an encoder–decoder, what its decoder is fed in both runs; "": its start token only.
        pos: position whose answer is asked for.
        encoder: patch the encoder of an encoder–decoder; None: where there is one, since that is where the texts are.
        progress: told the fraction that is done, and in a sentence of what.
        cancelled: asked before each batch.
        batch: places in one forward pass.

    Raises:
        PlaygroundError: the texts differ in length, or not in their answer; the family does not hand over the place.
    """
    from ..hooks import answers, capture

    if site not in SITES:
        raise PlaygroundError(f"There is no place {site!r}. Choose one of {', '.join(SITES)}.")
    both = model.info.kind == "encoder-decoder"
    inside = both if encoder is None else encoder
    runs = [capture(model, text, target if both else None) for text in (clean, corrupt)]
    stacks = [_stack(model, run, inside) for run in runs]
    _same_length(*stacks)
    pos = range(len(runs[0]))[pos]
    ids = _answers(runs, pos, (clean_id, corrupt_id))
    differences = [float(run.logits[pos, ids[0]] - run.logits[pos, ids[1]]) for run in runs]
    if abs(differences[0] - differences[1]) < LEAST_DIFFERENCE:
        raise PlaygroundError(
            "The two texts give nearly the same answer, so nothing can be seen to come back. Choose texts that end "
            "differently."
        )
    depths = _depths(stacks[0], site)
    places = [(row, at) for row in range(len(depths)) for at in (None, *range(len(stacks[0])))]
    recovered = np.full((len(depths), len(stacks[0])), np.nan, np.float32)
    whole, done = np.full(len(depths), np.nan, np.float32), 0
    for chosen in by_layer(places, batch):
        if cancelled():
            break
        rows = [[Change.patch(runs[0], *depths[row][1], at, encoder=inside)] for row, at in chosen]
        logits = answers(model, runs[1], rows, pos)
        for (row, at), found in zip(chosen, logits, strict=True):
            share = (float(found[ids[0]] - found[ids[1]]) - differences[1]) / (differences[0] - differences[1])
            if at is None:
                whole[row] = share
            else:
                recovered[row, at] = share
        done += len(chosen)
        progress(done / len(places), f"{done} of {len(places)} places")
    return PatchingGrid(
        site=site,
        depths=tuple(name for name, _ in depths),
        recovered=recovered,
        whole=whole,
        tokens=stacks[1].tokens,
        clean_id=ids[0],
        corrupt_id=ids[1],
        clean_difference=differences[0],
        corrupt_difference=differences[1],
        pos=pos,
        done=done == len(places),
    )


def _stack(model: LoadedModel, run: Trace, inside: bool) -> Stack:
    stack = run.encoder if inside else run
    if stack is None or not stack.layers:
        where = "an encoder whose stream is known" if inside else "a stream that is known"
        raise PlaygroundError(f"{model.info.id} has not {where}. Choose another model.")
    return stack


def _same_length(clean: Stack, corrupt: Stack) -> None:
    """Raises where the texts differ in length, and names the tokens where they part."""
    if len(clean) == len(corrupt):
        return
    pairs = zip(clean.tokens, corrupt.tokens, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a.token_id != b.token_id), min(len(clean), len(corrupt)))
    parted = [" ".join(token.text for token in stack.tokens[at : at + 3]) or "nothing" for stack in (clean, corrupt)]
    raise PlaygroundError(
        f"The texts have {len(clean)} and {len(corrupt)} tokens; places can only be exchanged between texts of equal "
        f"length. They part at token {at}: “{parted[0]}” and “{parted[1]}”. Exchange words for words of as many tokens."
    )


def _answers(runs: list[Trace], pos: int, wanted: tuple[int | None, int | None]) -> tuple[int, int]:
    found = [int(run.logits[pos].argmax()) if own is None else own for run, own in zip(runs, wanted, strict=True)]
    if found[0] == found[1]:
        raise PlaygroundError(
            "Both texts have the same answer, so nothing can be seen to come back. Choose texts that end differently, "
            "or name two answers."
        )
    return found[0], found[1]


def _depths(stack: Stack, site: str) -> list[tuple[str, tuple[str, int]]]:
    """Rows of the grid: name → site and layer of the patch."""
    layers = range(len(stack.layers))
    if site == "resid":
        above = [(f"layer {n}", ("resid_pre", n + 1)) for n in layers[:-1]]  # what leaves one layer enters the next
        return [("embedding", ("resid_pre", 0)), *above, (f"layer {layers[-1]}", ("resid_post", layers[-1]))]
    found = [n for n in layers if getattr(stack.layers[n], site) is not None]
    if not found:
        raise PlaygroundError(f"This model does not hand over {site}. Choose another place.")
    return [(f"{site.removesuffix('_out')} {n}", (site, n)) for n in found]

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
    from ..hooks import answers

    if site not in SITES:
        raise PlaygroundError(f"There is no place {site!r}. Choose one of {', '.join(SITES)}.")
    both = model.info.kind == "encoder-decoder"
    inside = both if encoder is None else encoder
    texts = _texts(model, (clean, corrupt), target if both else None, inside, pos, (clean_id, corrupt_id))
    depths = _depths(texts.towers[0], site)
    columns = (None, *range(len(texts.towers[0])))
    places = [(row, at) for row in range(len(depths)) for at in columns]
    shares: dict[tuple[int, int | None], float] = {}
    for chosen in by_layer(places, batch):
        if cancelled():
            break
        rows = [[Change.patch(texts.runs[0], *depths[row][1], at, encoder=inside)] for row, at in chosen]
        for place, logits in zip(chosen, answers(model, texts.runs[1], rows, texts.pos), strict=True):
            shares[place] = texts.recovered(logits)
        progress(len(shares) / len(places), f"{len(shares)} of {len(places)} places")
    grid = np.array([[shares.get((row, at), np.nan) for at in columns] for row in range(len(depths))], np.float32)
    return PatchingGrid(
        site=site,
        depths=tuple(name for name, _ in depths),
        recovered=grid[:, 1:],
        whole=grid[:, 0],
        tokens=texts.towers[1].tokens,
        clean_id=texts.ids[0],
        corrupt_id=texts.ids[1],
        clean_difference=texts.differences[0],
        corrupt_difference=texts.differences[1],
        pos=texts.pos,
        done=len(shares) == len(places),
    )


@dataclass(frozen=True, eq=False)
class _Texts:
    """The two runs, clean and corrupt, and what is compared between them."""

    runs: tuple[Trace, Trace]
    towers: tuple[Stack, Stack]
    pos: int
    ids: tuple[int, int]

    @property
    def differences(self) -> tuple[float, float]:
        """Logit of the clean answer less that of the corrupt one, in each run."""
        clean, corrupt = (
            float(run.logits[self.pos, self.ids[0]] - run.logits[self.pos, self.ids[1]]) for run in self.runs
        )
        return clean, corrupt

    def recovered(self, logits: Array) -> float:
        """0 where the difference is the corrupt run's, 1 where it is the clean one's."""
        clean, corrupt = self.differences
        return (float(logits[self.ids[0]] - logits[self.ids[1]]) - corrupt) / (clean - corrupt)


def _texts(
    model: LoadedModel,
    texts: tuple[str | Sequence[int], str | Sequence[int]],
    target: str | Sequence[int] | None,
    inside: bool,
    pos: int,
    wanted: tuple[int | None, int | None],
) -> _Texts:
    """Both texts, run, of equal length and with different answers."""
    from ..hooks import capture

    clean, corrupt = (capture(model, text, target) for text in texts)
    towers = _stack(model, clean, inside), _stack(model, corrupt, inside)
    _same_length(*towers)
    pos = range(len(clean))[pos]
    found = _Texts((clean, corrupt), towers, pos, _answers((clean, corrupt), pos, wanted))
    if abs(found.differences[0] - found.differences[1]) < LEAST_DIFFERENCE:
        raise PlaygroundError(
            "The two texts give nearly the same answer, so nothing can be seen to come back. Choose texts that end "
            "differently."
        )
    return found


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


def _answers(runs: Sequence[Trace], pos: int, wanted: tuple[int | None, int | None]) -> tuple[int, int]:
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

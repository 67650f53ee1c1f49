"""Activation patching: one text's inner values put into another's run, place by place (Vig et al. 2020).

Where the answer comes back, the difference between the two texts was at that place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Array, Change, Layer, Stack, Token, Trace
from ..trace.changes import HEAD_SITES
from .ablation import by_layer

BATCH = 24
"""Places patched side by side in one forward pass."""
LEAST_DIFFERENCE = 0.02
"""Of the two runs' logit differences, in nats: less than this cannot be said to be recovered."""
SITES = ("resid", "attn_out", "mlp_out", "cross_out", "head_out", "cross_head_out")
"""What can be patched: the stream, what a sublayer adds, or what single heads give (at every position at once)."""


@dataclass(frozen=True, eq=False)
class PatchingGrid:
    """How much of the clean run's answer comes back. 1: all of it; 0: nothing; nan: not tried."""

    site: str
    depths: tuple[str, ...]
    """Rows, from the bottom up: "embedding", "layer 0", … for the stream; "attn 0", … for what a sublayer adds."""
    layers: tuple[int, ...]
    """(n_depths,): the layer of each row; −1 for the embedding."""
    recovered: Array
    """(n_depths, n_positions): one place patched. For heads (n_depths, n_heads): one head, at every position."""
    whole: Array
    """(n_depths,): every position of a depth patched at once, or every head of a layer."""
    tokens: tuple[Token, ...]
    """Of the text that was patched: columns, unless ``site`` is one of heads."""
    clean_tokens: tuple[Token, ...]
    """Of the text that the values come from."""
    clean_id: int
    corrupt_id: int
    """The two answers whose logits are compared."""
    clean_difference: float
    """Logit of the clean answer less that of the corrupt one, in the clean run; in the corrupt run the next."""
    corrupt_difference: float
    pos: int
    """Where the answer was read, in the text of the answer."""
    done: bool
    """False while it grows, and when it was cancelled."""

    @property
    def of_heads(self) -> bool:
        """Whether the columns are heads, not positions."""
        return self.site in HEAD_SITES


@dataclass(frozen=True, eq=False)
class Runs:
    """Two runs of as many tokens, and what is compared between them."""

    clean: Trace
    corrupt: Trace
    pos: int
    clean_id: int
    corrupt_id: int

    @property
    def differences(self) -> tuple[float, float]:
        """Logit of the clean answer less that of the corrupt one, in each run."""
        clean, corrupt = (self.difference(run.logits[self.pos]) for run in (self.clean, self.corrupt))
        return clean, corrupt

    def difference(self, logits: Array) -> float:
        """Logit of the clean answer less that of the corrupt one."""
        return float(logits[self.clean_id] - logits[self.corrupt_id])

    def recovered(self, logits: Array) -> float:
        """0 where the difference is the corrupt run's, 1 where it is the clean one's."""
        clean, corrupt = self.differences
        return (self.difference(logits) - corrupt) / (clean - corrupt)


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
        site: "resid" (the stream before the first and after each layer), "attn_out", "mlp_out", "cross_out", or
            "head_out" and "cross_head_out" (each head, at every position).
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
    from ..hooks import capture

    _check_site(site)
    both = model.info.kind == "encoder-decoder"
    inside = both if encoder is None else encoder
    runs = [capture(model, text, target if both else None) for text in (clean, corrupt)]
    found = compared(model, runs[0], runs[1], pos, clean_id, corrupt_id, encoder=inside)
    steps = patching_steps(model, found, site, encoder=inside, batch=batch)
    grid = next(steps)
    n_places = grid.recovered.size + grid.whole.size
    while not cancelled():
        step = next(steps, None)
        if step is None:
            break
        grid = step
        n_done = int(np.isfinite(grid.recovered).sum() + np.isfinite(grid.whole).sum())
        progress(n_done / n_places, f"{n_done} of {n_places} places")
    return grid


def patching_steps(
    model: LoadedModel, runs: Runs, site: str, *, encoder: bool, batch: int = BATCH
) -> Iterator[PatchingGrid]:
    """The grid as it grows: first empty, then one after each forward pass. The arguments are ``patching_grid``'s.

    Raises:
        PlaygroundError: the family does not hand over the place; out of memory.
    """
    from ..hooks import answers

    stack = _stack(model, runs.corrupt, encoder)
    depths = depths_of(stack, site)
    sizes = [_n_columns(stack, depth) for depth in depths]
    shares = np.full((len(depths), 1 + max(sizes)), np.nan, np.float32)
    places = [(row, at) for row, size in enumerate(sizes) for at in range(1 + size)]
    whole = _grid(model, runs, site, depths, shares, encoder)
    yield replace(whole, done=False)
    n_done = 0
    for chosen in by_layer(places, batch):
        rows = [patches(runs, depths[row], at - 1 if at else None, sizes[row], encoder) for row, at in chosen]
        for place, logits in zip(chosen, answers(model, runs.corrupt, rows, runs.pos), strict=True):
            shares[place] = runs.recovered(logits)
        n_done += len(chosen)
        now = shares.copy()
        yield replace(whole, recovered=now[:, 1:], whole=now[:, 0], done=n_done == len(places))


def _grid(
    model: LoadedModel, runs: Runs, site: str, depths: Sequence[Depth], shares: Array, encoder: bool
) -> PatchingGrid:
    clean, corrupt = runs.differences
    return PatchingGrid(
        site=site,
        depths=tuple(depth.name for depth in depths),
        layers=tuple(depth.row for depth in depths),
        recovered=shares[:, 1:].copy(),
        whole=shares[:, 0].copy(),
        tokens=_stack(model, runs.corrupt, encoder).tokens,
        clean_tokens=_stack(model, runs.clean, encoder).tokens,
        clean_id=runs.clean_id,
        corrupt_id=runs.corrupt_id,
        clean_difference=clean,
        corrupt_difference=corrupt,
        pos=runs.pos,
        done=True,
    )


def patches(runs: Runs, depth: Depth, at: int | None, n_columns: int, encoder: bool) -> list[Change]:
    """What puts the clean run's values into one place; ``at`` None: into all of a depth.

    Args:
        runs: the two.
        depth: the row.
        at: a position, or a head where the site is one of heads.
        n_columns: how many there are.
        encoder: in the encoder of an encoder–decoder.
    """
    if depth.site not in HEAD_SITES:
        return [Change.patch(runs.clean, depth.site, depth.layer, at, encoder=encoder)]
    heads = range(n_columns) if at is None else [at]
    return [Change.patch(runs.clean, depth.site, depth.layer, head=head, encoder=encoder) for head in heads]


def compared(
    model: LoadedModel,
    clean: Trace,
    corrupt: Trace,
    pos: int = -1,
    clean_id: int | None = None,
    corrupt_id: int | None = None,
    *,
    encoder: bool = False,
) -> Runs:
    """Two runs whose answers can be compared place by place.

    Args:
        model: of both runs.
        clean: whose values are put in.
        corrupt: the run that they are put into.
        pos: position whose answers are compared.
        clean_id: answer to the clean text; None: the most probable token there. ``corrupt_id`` likewise.
        encoder: the encoder of an encoder–decoder is patched.

    Raises:
        PlaygroundError: the texts differ in length, or not in their answer, or hardly.
    """
    _same_length(_stack(model, clean, encoder), _stack(model, corrupt, encoder))
    pos = range(len(clean))[pos]
    ids = _answers((clean, corrupt), pos, (clean_id, corrupt_id))
    found = Runs(clean, corrupt, pos, *ids)
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
    ids = [[token.token_id for token in stack.tokens] for stack in (clean, corrupt)]
    at = _n_alike(*ids)
    behind = _n_alike(ids[0][at:][::-1], ids[1][at:][::-1])
    parted = [stack.tokens[at : len(stack) - behind] for stack in (clean, corrupt)]
    words = ["".join(token.text for token in tokens[:6]) or "nothing" for tokens in parted]
    counts = [
        f"“{word}” ({len(tokens)} token{'' if len(tokens) == 1 else 's'})"
        for word, tokens in zip(words, parted, strict=True)
    ]
    raise PlaygroundError(
        f"The texts have {len(clean)} and {len(corrupt)} tokens; places can only be exchanged between texts of equal "
        f"length. They part at token {at}: {counts[0]} and {counts[1]}. Exchange words for words of as many tokens."
    )


def _n_alike(first: Sequence[int], second: Sequence[int]) -> int:
    """How many items two sequences share at their beginning."""
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _answers(runs: Sequence[Trace], pos: int, wanted: tuple[int | None, int | None]) -> tuple[int, int]:
    found = [int(run.logits[pos].argmax()) if own is None else own for run, own in zip(runs, wanted, strict=True)]
    if found[0] == found[1]:
        raise PlaygroundError(
            "Both texts have the same answer, so nothing can be seen to come back. Choose texts that end differently, "
            "or name two answers."
        )
    return found[0], found[1]


def _check_site(site: str) -> None:
    if site not in SITES:
        raise PlaygroundError(f"There is no place {site!r}. Choose one of {', '.join(SITES)}.")


@dataclass(frozen=True)
class Depth:
    """A row of the grid."""

    name: str
    site: str
    """Of the patch, as ``Change.patch`` takes it."""
    layer: int
    """Of the patch."""
    row: int
    """The layer that the row belongs to; −1 for the embedding."""


def depths_of(stack: Stack, site: str) -> list[Depth]:
    """Rows of the grid, from the bottom up.

    Raises:
        PlaygroundError: there is no such site, or the model does not hand it over.
    """
    _check_site(site)
    last = len(stack.layers) - 1
    if site == "resid":  # what leaves one layer enters the next
        above = [Depth(f"layer {n}", "resid_pre", n + 1, n) for n in range(last)]
        return [Depth("embedding", "resid_pre", 0, -1), *above, Depth(f"layer {last}", "resid_post", last, last)]
    found = [n for n, layer in enumerate(stack.layers) if _there(layer, site)]
    if not found:
        raise PlaygroundError(f"This model does not hand over {site}. Choose another place.")
    name = site.removesuffix("_out").removesuffix("_head")
    return [Depth(f"{'layer' if site in HEAD_SITES else name} {n}", site, n, n) for n in found]


def _there(layer: Layer, site: str) -> bool:
    if site not in HEAD_SITES:
        return getattr(layer, site) is not None
    attention = layer.attention if site == "head_out" else layer.cross_attention
    return attention is not None and attention.head_out is not None


def _n_columns(stack: Stack, depth: Depth) -> int:
    """Positions, or heads of the layer."""
    if depth.site not in HEAD_SITES:
        return len(stack)
    layer = stack.layers[depth.layer]
    attention = layer.attention if depth.site == "head_out" else layer.cross_attention
    return 0 if attention is None else attention.n_heads

"""Activation patching: one text's inner values put into another's run, place by place (Vig et al. 2020).

Where the answer comes back, the difference between the two texts was at that place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..models import LoadedModel
from ..trace import Array, Change, Token
from ..trace.changes import HEAD_SITES
from .ablation import by_layer
from .patching_depths import Depth, check_site, depths_of, n_columns
from .patching_runs import Runs, compared, stack_of

BATCH = 24
"""Places patched side by side in one forward pass."""


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

    check_site(site)
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

    stack = stack_of(model, runs.corrupt, encoder)
    depths = depths_of(stack, site)
    sizes = [n_columns(stack, depth) for depth in depths]
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
        tokens=stack_of(model, runs.corrupt, encoder).tokens,
        clean_tokens=stack_of(model, runs.clean, encoder).tokens,
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

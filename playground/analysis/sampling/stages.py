"""The next-token distribution after each processor, over the whole vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import PlaygroundError
from ...trace import Array, BoolArray, Trace
from .settings import SamplingSettings

if TYPE_CHECKING:
    from torch import Tensor

    from ...models import LoadedModel
    from .processors import NamedProcessor

RAW, GREEDY = "raw", "greedy"


@dataclass(frozen=True, eq=False)
class Stage:
    """The distribution after one step on the way from the logits to the draw."""

    name: str
    """"raw" (softmax of the logits), the name of a generation setting ("temperature", "top_k", "bad_words_ids" …), or
    "greedy"."""
    probs: Array
    """(vocab_size,), sums to 1."""
    removed: BoolArray
    """(vocab_size,): True for tokens that could still be drawn before this step and cannot after it."""

    @property
    def title(self) -> str:
        """The name as it stands on a page: "top-k"."""
        return self.name.replace("_", "-")


class Stages(tuple[Stage, ...]):
    """The stages in the order in which they happen, "raw" first; a step that the settings leave out is not there."""

    __slots__ = ()

    @property
    def raw(self) -> Array:
        """(vocab_size,): the model's own distribution."""
        return self[0].probs

    @property
    def final(self) -> Array:
        """(vocab_size,): the distribution that the draw uses; greedy: 1 for the token that is taken."""
        return self[-1].probs

    @property
    def kept(self) -> BoolArray:
        """(vocab_size,): True for tokens that can be drawn."""
        return self.final > 0

    def removed_by(self, token_id: int) -> Stage | None:
        """The stage that ruled a token out; None if it can be drawn, or never could."""
        return next((stage for stage in self if stage.removed[token_id]), None)


def next_token(logits: Array, settings: SamplingSettings, token_ids: Sequence[int] = ()) -> Stages:
    """Every stage from the logits of one position to the distribution that is drawn from, without a model's own rules.

    Args:
        logits: (vocab_size,).
        settings: what is done to them.
        token_ids: the tokens that stand before, for penalties on repeating them.

    Raises:
        PlaygroundError: logits of more than one position.
    """
    from .processors import ids_tensor, steps_without_model

    if logits.ndim != 1:
        raise PlaygroundError(f"next_token takes the logits of one position, not an array of shape {logits.shape}.")
    return run_processors(steps_without_model(settings), ids_tensor(token_ids), logits, settings.do_sample)


def stages_at(model: LoadedModel, trace: Trace, pos: int, settings: SamplingSettings) -> Stages:
    """The stages of the token that ``generate`` would draw after position ``pos`` of a trace (an encoder's: at it).

    The model's own rules are among them: tokens that its generation config bans, penalties, minimum lengths.
    """
    from .processors import ids_tensor, rules_for

    if model.info.kind == "encoder":
        mask_id = getattr(model.tokenizer, "mask_token_id", None)
        return next_token(trace.logits[pos], settings, [t.token_id for t in trace.tokens if t.token_id != mask_id])
    written = [token.token_id for token in trace.tokens[: pos % len(trace) + 1]]
    source = written if trace.encoder is None else [token.token_id for token in trace.encoder.tokens]
    device = model.module.device
    n_given = len(written) if trace.encoder is None else 1
    rules = rules_for(model, settings.given(), ids_tensor(source, device), n_given)
    return run_processors(rules.steps, ids_tensor(written, device), trace.logits[pos], settings.do_sample)


def run_processors(
    steps: Sequence[NamedProcessor],
    ids: Tensor,
    logits: Array,
    do_sample: bool,
    kept_scores: Mapping[int, Array] | None = None,
) -> Stages:
    """Runs processors over logits and keeps the distribution after each.

    Args:
        steps: from ``processors``.
        ids: (1, n) the tokens that stand before, on the device of the processors.
        logits: (vocab_size,).
        do_sample: False adds the greedy choice as the last stage.
        kept_scores: index of a step → (vocab_size,) what it gave when it was first run: it is not run again.
    """
    import torch

    def probabilities(scores: Tensor) -> Array:
        return torch.softmax(scores, dim=-1)[0].cpu().numpy()

    with torch.inference_mode():
        scores = torch.tensor(np.asarray(logits, np.float32), device=ids.device)[None]
        none_removed: Any = np.zeros(len(logits), bool)
        found = [Stage(RAW, probabilities(scores), none_removed)]
        for index, step in enumerate(steps):
            before = ~torch.isneginf(scores)
            kept = kept_scores.get(index) if kept_scores is not None else None
            scores = step.processor(ids, scores) if kept is None else torch.from_numpy(kept).to(ids.device)[None]
            found.append(Stage(step.name, probabilities(scores), (before & torch.isneginf(scores))[0].cpu().numpy()))
        if not do_sample:
            taken = np.zeros(len(logits), bool)
            taken[int(scores.argmax(dim=-1))] = True
            found.append(Stage(GREEDY, taken.astype(np.float32), ~torch.isneginf(scores)[0].cpu().numpy() & ~taken))
    return Stages(found)

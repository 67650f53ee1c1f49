"""How probable a model holds each of several labels to be at the end of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings as limits
from ...trace import Array


@dataclass(frozen=True, eq=False)
class LabelScores:
    """The labels of one prompt. Arrays are (n_labels,)."""

    labels: tuple[str, ...]
    token_ids: tuple[tuple[int, ...], ...]
    """The tokens that each label is, at this place."""
    log_probs: Array
    """Joint log-probability of a label's tokens, one after the other, in nats."""
    shares: Array
    """Probability of each label among the labels; sums to 1."""
    mass: float
    """Probability that the model gives to all the labels together: small where it expects something else."""

    @property
    def best(self) -> int:
        """Index of the most probable label."""
        return int(self.log_probs.argmax())


def label_scores(model: LoadedModel, prompt: str, labels: Sequence[str]) -> LabelScores:
    """Scores labels as continuations of a prompt; as an encoder–decoder's answer; in the place of an encoder's mask.

    A label of several tokens counts with the product of their probabilities, each given those before it. Whether a
    blank stands between prompt and label makes no difference: it belongs to the label, as in ordinary text.

    Args:
        model: any kind.
        prompt: text up to the label; an encoder's has one mask.
        labels: at least two.

    Raises:
        PlaygroundError: labels without tokens, or that begin with each other; a prompt that cannot be run; for an
            encoder, labels of several tokens.
    """
    if len(labels) < 2:
        raise PlaygroundError("Give at least two labels to choose from.")
    if model.info.kind == "encoder":
        row, ids, places = _for_mask(model, prompt, labels)
        rows, starts, source = [row], places, None
    elif model.info.kind == "encoder-decoder":
        rows, ids, source = _for_answer(model, prompt, labels)
        starts = [0]
    else:
        rows, ids = _for_continuation(model, prompt, labels)
        starts, source = [len(rows[0]) - 1], None
    _check(labels, ids)
    return _scored(model, labels, ids, rows[0], starts[0], source)


def _scored(
    model: LoadedModel,
    labels: Sequence[str],
    ids: Sequence[tuple[int, ...]],
    prefix: list[int],
    start: int,
    source: list[int] | None,
) -> LabelScores:
    """One pass over the prompt with each label that has several tokens, or over the prompt alone."""
    from ..rows import log_probs_at  # here: views import this module's records, and the page opens without torch

    # A label's own last token need not be read: nothing after it is asked.
    read = [(*prefix, *label[:-1]) for label in ids]
    rows = sorted(set(read), key=len)
    wanted = [range(start, len(row)) for row in rows]
    found = dict(zip(rows, log_probs_at(model, rows, wanted, source), strict=True))
    log_probs = np.array(
        [
            sum(float(found[row][n, token_id]) for n, token_id in enumerate(label))
            for label, row in zip(ids, read, strict=True)
        ],
        np.float64,
    )
    weights = np.exp(log_probs - log_probs.max())
    return LabelScores(
        labels=tuple(labels),
        token_ids=tuple(ids),
        log_probs=log_probs.astype(np.float32),
        shares=(weights / weights.sum()).astype(np.float32),
        mass=float(np.exp(log_probs).sum()),
    )


def _check(labels: Sequence[str], ids: Sequence[tuple[int, ...]]) -> None:
    for label, label_ids in zip(labels, ids, strict=True):
        if not label_ids:
            raise PlaygroundError(f"The label “{label}” has no tokens. Type a word.")
    for i, one in enumerate(ids):
        for j, other in enumerate(ids):
            if i != j and other[: len(one)] == one:
                raise PlaygroundError(
                    f"The label “{labels[j]}” begins with all of “{labels[i]}” for this tokenizer, so their "
                    "probabilities cannot be told apart. Choose labels that begin differently."
                )


def _limit(model: LoadedModel) -> int:
    return min(model.info.context or limits().max_tokens, limits().max_tokens)


def _for_continuation(
    model: LoadedModel, prompt: str, labels: Sequence[str]
) -> tuple[list[list[int]], list[tuple[int, ...]]]:
    """The prompt's ids, and each label's as it is tokenized behind the prompt."""
    bare = prompt.rstrip(" ")
    gap = " " if bare == prompt and not bare.endswith(("\n", "\t")) else prompt[len(bare) :]
    prefix = tokens_of.encode(model.tokenizer, bare, _limit(model))
    found = []
    for label in labels:
        text = label if label[:1].isspace() or not label else gap + label
        whole = tokens_of.encode(model.tokenizer, bare + text, None) if text.strip() else prefix
        tokenizer: Any = model.tokenizer
        joined = whole[: len(prefix)] == prefix
        own = whole[len(prefix) :] if joined else tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(prefix) + len(own) > _limit(model):
            raise PlaygroundError("Prompt and labels together are longer than the model takes. Shorten the prompt.")
        found.append(tuple(own))
    return [prefix], found


def _for_answer(
    model: LoadedModel, prompt: str, labels: Sequence[str]
) -> tuple[list[list[int]], list[tuple[int, ...]], list[int]]:
    """The start token, each label's ids as a target without its end token, and the source."""
    from ...hooks import decoder_start

    tokenizer: Any = model.tokenizer
    found = []
    for label in labels:
        ids = list(tokenizer(text_target=tokens_of.clean(label))["input_ids"]) if label.strip() else []
        special = set(tokenizer.all_special_ids)
        found.append(tuple(i for i in ids if i not in special))
    return [[decoder_start(model)]], found, tokens_of.encode(tokenizer, prompt, _limit(model))


def _for_mask(
    model: LoadedModel, prompt: str, labels: Sequence[str]
) -> tuple[list[int], list[tuple[int, ...]], list[int]]:
    """The prompt's ids, each label's one id in the place of the mask, and that place."""
    tokenizer: Any = model.tokenizer
    mask = tokenizer.mask_token
    if mask is None or prompt.count(mask) != 1:
        raise PlaygroundError(
            f"This encoder-only model fills in a mask. Put {mask or 'its mask token'} once where the label is missing."
        )
    row = tokens_of.encode(tokenizer, prompt, _limit(model))
    place = row.index(tokenizer.mask_token_id)
    found = []
    for label in labels:
        filled = tokens_of.encode(tokenizer, prompt.replace(mask, label.strip()), None) if label.strip() else []
        if label.strip() and (len(filled) != len(row) or filled[place + 1 :] != row[place + 1 :]):
            raise PlaygroundError(
                f"“{label}” is several tokens for this tokenizer, and a mask stands for one. Choose a shorter word."
            )
        found.append(tuple(filled[place : place + 1]))
    return row, found, [place]

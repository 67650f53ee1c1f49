"""What heads do on other tokens than the text's: two measures that run the model again.

The tokens are framed by the text's special tokens. ``on_random_repeats`` measures induction where no meaning helps,
``on_shuffled_text`` what is left of a map when the words change places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...errors import PlaygroundError
from ...models import LoadedModel
from ...trace import Token, Trace
from .roles import RoleScores, gathered, head_scores, mean_of
from .which import attentions, sides

RANDOM_RUNS, RANDOM_LENGTH = 4, 32
"""Random texts that induction is measured on, and the tokens of each, which are then said a second time."""
SHUFFLES = 4
"""Other orders of a text that a map is compared with."""


def on_random_repeats(model: LoadedModel, trace: Trace, kind: str = "self") -> RoleScores:
    """Induction on ``RANDOM_RUNS`` texts of random tokens said twice, in the place of the text; only the role
    "induction_random".

    Raises:
        PlaygroundError: the trace has none of this kind, or the model's texts are too short for it.
    """
    generator = np.random.default_rng(0)
    pool = _plain_ids(model)
    found = []
    for _ in range(RANDOM_RUNS):
        length = min(RANDOM_LENGTH, len(pool), _room(model, trace, kind) // 2)
        if length < 4:
            raise PlaygroundError("This model reads too few tokens for random ones to be said twice.")
        once = generator.choice(pool, length, replace=False)
        seen = _captured(model, trace, kind, np.concatenate([once, once]).tolist())
        rows, _ = sides(seen, kind)
        found.append(gathered([{"induction_random": head_scores(a, rows, ("induction",))["induction"]}
                                for a in attentions(seen, kind)]))  # fmt: skip
    return _averaged("induction_random", found)


def on_shuffled_text(model: LoadedModel, trace: Trace, kind: str = "self") -> RoleScores:
    """How much of each map stays in its place in ``SHUFFLES`` other orders of the text's tokens (special tokens stay
    where they are); only the role "position_only".

    Raises:
        PlaygroundError: the trace has none of this kind, or the text is too short to be shuffled.
    """
    generator = np.random.default_rng(0)
    layers, (rows, _) = attentions(trace, kind), sides(trace, kind)
    ids = np.array([token.token_id for token in rows])
    if len({*ids[_inner(rows)].tolist()}) < 2 or len(rows) < 4:
        raise PlaygroundError("A text of so few different tokens has no other order. Type a longer one.")
    found = []
    for _ in range(SHUFFLES):
        inner = ids[_inner(rows)]
        seen = _captured(model, trace, kind, generator.permutation(inner).tolist())
        kept = [
            np.minimum(now.weights, then.weights)[:, 2:].sum(-1)
            for now, then in zip(layers, attentions(seen, kind), strict=True)
        ]
        found.append(gathered([{"position_only": mean_of(overlap)} for overlap in kept]))
    return _averaged("position_only", found)


def _averaged(key: str, found: Sequence[RoleScores]) -> RoleScores:
    values = np.stack([scores.values[key] for scores in found]).mean(0)
    return RoleScores({key: values}, {key: sum(scores.n_rows[key] for scores in found)})


def _inner(tokens: Sequence[Token]) -> slice:
    """The tokens without the special ones that frame them."""
    plain = [i for i, token in enumerate(tokens) if not token.special]
    return slice(plain[0], plain[-1] + 1) if plain else slice(0, 0)


def _plain_ids(model: LoadedModel) -> np.ndarray:
    """Ids of the vocabulary that are not special."""
    special = set(model.tokenizer.all_special_ids)
    known = min(model.info.vocab_size, len(model.tokenizer))
    return np.array([i for i in range(known) if i not in special])


def _room(model: LoadedModel, trace: Trace, kind: str) -> int:
    """Tokens that fit between the special ones of the text."""
    from ...settings import settings

    rows, _ = sides(trace, kind)
    inner = _inner(rows)
    frame = len(rows) - (inner.stop - inner.start)
    return min(model.info.context or settings().max_tokens, settings().max_tokens) - frame


def _captured(model: LoadedModel, trace: Trace, kind: str, inner: list[int]) -> Trace:
    """A pass with other tokens in the place of the text's plain ones; the other text of an encoder–decoder stays."""
    from ...hooks import capture, token_ids

    source, target = token_ids(trace)
    rows, _ = sides(trace, kind)
    if kind == "cross":
        raise PlaygroundError("Across two texts this is not measured. Choose another kind of attention.")
    framed = list(_framed(rows, inner))
    return capture(model, framed, target) if kind == "encoder" or target is None else capture(model, source, framed)


def _framed(tokens: Sequence[Token], inner: list[int]) -> Iterator[int]:
    within = _inner(tokens)
    yield from (token.token_id for token in tokens[: within.start])
    yield from inner
    yield from (token.token_id for token in tokens[within.stop :])

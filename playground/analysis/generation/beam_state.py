"""The tensors of a beam search over one text, and one step of it.

The operations are those of transformers' ``_beam_search`` with a batch of one, in their order and precision: sums that
differ in the last bit would rank close continuations otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..sampling.processors import Rules

DEAD = -1.0e9
"""Added to the score of what must not be chosen."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """The continuations that one step looked at, the best first. Tensors are (n_candidates,)."""

    parents: Tensor
    """Which beam each continues."""
    token_ids: Tensor
    scores: Tensor
    """Sum of the log-probabilities."""
    ended: Tensor
    """True where a stopping criterion holds."""
    kept: tuple[int, ...]
    """(num_beams,) candidates that are the next beams."""
    finished: tuple[int, ...]
    """Candidates that took a place among the finished ones."""


class BeamState:
    """Beams and finished sequences.

    Args:
        sequences: (num_beams, n) the prompt, once for each beam.
        rules: built for this number of beams.
        generator: draws the continuations; None ranks them.
    """

    def __init__(self, sequences: Tensor, rules: Rules, generator: torch.Generator | None) -> None:
        self.sequences = sequences
        self.scores = torch.zeros(len(sequences), device=sequences.device)
        self.scores[1:] = DEAD  # all beams are the prompt still: only the first may be continued
        self.finished: list[tuple[float, tuple[int, int] | None]] = [(DEAD, None)] * len(sequences)
        """The best first: score / length^length_penalty, and (step, candidate); None where none has finished yet."""
        self.done = False
        self.n_steps = 0
        self._rules, self._generator, self._start = rules, generator, sequences.shape[1]
        self._finished_scores = torch.full((len(sequences),), DEAD, device=sequences.device)
        self._improvable = True
        ends = rules.config.eos_token_id
        n_ends = 0 if ends is None else len(ends) if isinstance(ends, list) else 1
        # Enough that num_beams of them have not ended, if all the others have.
        self._n_candidates = max(2, 1 + n_ends) * len(sequences)

    def step(self, log_probs: Tensor) -> Weighed:
        """Chooses the next beams from the processed log_probs (num_beams, vocab_size) of their next tokens."""
        n_beams, vocab_size = log_probs.shape
        totals = (log_probs + self.scores[:, None]).reshape(-1)
        n_candidates = min(self._n_candidates, len(totals))
        if self._generator is None:
            scores, places = torch.topk(totals, n_candidates)
        else:
            places = torch.multinomial(torch.softmax(totals, dim=-1), n_candidates, generator=self._generator)
            scores = totals[places]
        parents, token_ids = places // vocab_size, places % vocab_size
        sequences = torch.cat([self.sequences[parents], token_ids[:, None]], dim=-1)
        ended = self._rules.criteria(sequences, None)
        self.n_steps += 1
        finished = self._finish(scores, ended)
        open_scores = scores + ended.to(torch.float32) * DEAD
        kept = torch.topk(open_scores, n_beams)[1]
        self.scores, self.sequences = open_scores[kept], sequences[kept]
        self._decide(ended)
        return Weighed(parents, token_ids, scores, ended, tuple(kept.tolist()), finished)

    def _finish(self, scores: Tensor, ended: Tensor) -> tuple[int, ...]:
        """Weighs what ended against the finished ones; only the first num_beams candidates may finish."""
        n_beams, config = len(self.finished), self._rules.config
        full = config.early_stopping is True and all(place is not None for _, place in self.finished)
        first = torch.arange(len(scores), device=scores.device) < n_beams
        candidates = scores / (self.n_steps**config.length_penalty)
        candidates = candidates + float(full) * DEAD + float(not self._improvable) * DEAD
        candidates = candidates + (~(ended & first)).to(torch.float32) * DEAD
        self._finished_scores, best = torch.topk(torch.cat([self._finished_scores, candidates]), n_beams)
        places: list[tuple[int, int] | None] = [place for _, place in self.finished]
        places += [(self.n_steps, i) if bool(ended[i]) and i < n_beams else None for i in range(len(scores))]
        self.finished = list(zip(self._finished_scores.tolist(), [places[i] for i in best.tolist()], strict=True))
        return tuple(place[1] for _, place in self.finished if place is not None and place[0] == self.n_steps)

    def _decide(self, ended: Tensor) -> None:
        config = self._rules.config
        is_finished = torch.tensor([place is not None for _, place in self.finished], device=ended.device)
        longest = self.n_steps
        if config.early_stopping == "never" and config.length_penalty > 0:
            longest = config.max_length - self._start
        possible = self.scores[:1] / (longest**config.length_penalty)
        worst = torch.where(is_finished, self._finished_scores.min(), DEAD)
        self._improvable = self._improvable and bool((possible > worst).any())
        enough = config.early_stopping is True and bool(is_finished.all())
        self.done = not self._improvable or enough or bool(ended.all())

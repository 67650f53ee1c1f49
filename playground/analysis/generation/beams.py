"""Beam search with its tree: every continuation that was weighed, kept or dropped.

It is the algorithm of transformers' ``_beam_search`` for one text, step by step and with the same operations, so that
the best sequence is the one that ``model.generate(num_beams=…)`` gives, for its processors, length penalty and early
stopping. At each step the best continuations of all beams are taken together; those that ended are weighed against the
finished ones, the best others become the next beams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ... import tokens as tokens_of
from ...errors import PlaygroundError
from ...models import LoadedModel
from ...settings import settings as limits
from ...trace import Change, Token
from ..sampling import SamplingSettings
from ..sampling.processors import Rules, refused, rules_for
from .beam_state import DEAD, BeamState, Weighed
from .loop import context_of, prompt_ids
from .stepper import Stepper

MOST_BEAMS = 32


@dataclass(frozen=True)
class BeamNode:
    """One continuation that was weighed: a beam and one more token."""

    index: int
    """Its place in ``BeamTree.nodes``."""
    parent: int | None
    """Index of the node that it continues; None after the prompt."""
    depth: int
    """1 for the first new token."""
    token: Token
    log_prob: float
    """Of this token after the processors, in nats."""
    score: float
    """Sum of the log-probabilities from the prompt to here."""
    fate: str
    """"kept": became a beam; "pruned": dropped; "finished": ended, and was then among the best finished ones."""
    final_score: float | None
    """Finished ones: score / length^length_penalty, by which they are compared."""


@dataclass(frozen=True)
class Beam:
    """A finished sequence."""

    node: int
    """Index of its last node."""
    token_ids: tuple[int, ...]
    """The new tokens."""
    text: str
    score: float
    """Sum of log-probabilities / length^length_penalty."""


@dataclass(frozen=True)
class BeamTree:
    """The search as far as it has come."""

    nodes: tuple[BeamNode, ...]
    """Parents before their children."""
    beams: tuple[int, ...]
    """Indices of the nodes that are continued next."""
    finished: tuple[Beam, ...]
    """At most ``num_beams``, the best first."""
    num_beams: int
    length_penalty: float
    done: bool
    """True when the search has ended; then ``finished[0]`` is its answer."""

    def path(self, node: int) -> tuple[BeamNode, ...]:
        """The nodes from the first new token to a node."""
        found: list[BeamNode] = []
        at: int | None = node
        while at is not None:
            found.append(self.nodes[at])
            at = self.nodes[at].parent
        return tuple(reversed(found))


def beam_search(
    model: LoadedModel,
    text: str | Sequence[int],
    settings: SamplingSettings,
    num_beams: int = 4,
    length_penalty: float | None = None,
    early_stopping: bool | str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    changes: Sequence[Change] = (),
) -> Iterator[BeamTree]:
    """Streams the tree after each step.

    Args:
        model: a decoder or an encoder–decoder.
        text: the prompt (an encoder–decoder's source); token ids are taken as they are.
        settings: what is done to the log-probabilities; with ``do_sample`` the continuations are drawn, not ranked.
        num_beams: beams that are continued at each step.
        length_penalty: exponent of the length that scores are divided by: above 0 favours long texts; None: the
            model's own.
        early_stopping: True ends at ``num_beams`` finished ones, False when an improvement is unlikely, "never" when it
            is impossible; None: the model's own.
        cancelled: asked before each step.
        changes: made in every forward pass.

    Raises:
        PlaygroundError: as ``generate``; a number of beams that means nothing.
    """
    if not 2 <= num_beams <= MOST_BEAMS:
        raise PlaygroundError(f"A beam search takes 2 to {MOST_BEAMS} beams, not {num_beams}.")
    stepper = Stepper(model, prompt_ids(model, text), copies=num_beams, changes=changes)
    start = stepper.sequence.shape[1]
    cap = min(settings.max_new_tokens, limits().max_new_tokens, context_of(model) - start)
    if cap < 1:
        raise PlaygroundError("The text fills the context window, so nothing can be written. Shorten it.")
    wanted = {"length_penalty": length_penalty, "early_stopping": early_stopping}
    given: dict[str, Any] = {
        **settings.given(),
        "max_new_tokens": cap,
        "num_beams": num_beams,
        **{name: value for name, value in wanted.items() if value is not None},
    }
    rules = rules_for(model, given, stepper.source, start)
    generator = torch.Generator(device=model.module.device).manual_seed(settings.seed) if settings.do_sample else None
    return _Search(stepper, rules, BeamState(stepper.sequence, rules, generator)).run(cancelled)


class _Search:
    """Runs the model and remembers what was weighed."""

    def __init__(self, stepper: Stepper, rules: Rules, state: BeamState) -> None:
        self._stepper, self._rules, self._state = stepper, rules, state
        self._nodes: list[BeamNode] = []
        self._beams: list[int | None] = [None] * len(state.sequences)
        self._node_of: dict[tuple[int, int], int] = {}
        """(step, candidate) → node."""
        self._tokens: dict[int, Token] = {}

    def run(self, cancelled: Callable[[], bool]) -> Iterator[BeamTree]:
        while not self._state.done and not cancelled():
            log_probs = self._log_probs()
            weighed = self._state.step(log_probs)
            self._grow(weighed, log_probs)
            self._beams = [self._node_of.get((self._state.n_steps, i)) for i in weighed.kept]
            self._stepper.replace(self._state.sequences, weighed.parents[list(weighed.kept)])
            yield self._tree()

    @torch.inference_mode()
    def _log_probs(self) -> Tensor:
        """(num_beams, vocab_size) after the processors."""
        scores = torch.log_softmax(self._stepper.logits(), dim=-1)
        for step in self._rules.steps:
            try:
                scores = step.processor(self._stepper.sequence, scores)
            except (ValueError, IndexError, RuntimeError) as error:
                raise refused(error) from error
        return scores

    def _grow(self, weighed: Weighed, log_probs: Tensor) -> None:
        """Adds a node for each candidate."""
        n_steps, rows = self._state.n_steps, zip(weighed.parents.tolist(), weighed.token_ids.tolist(), strict=True)
        for i, (parent, token_id) in enumerate(rows):
            score = float(weighed.scores[i])
            if score < DEAD / 2:  # continues a beam that does not exist, or by a banned token
                continue
            fate = "finished" if i in weighed.finished else "pruned"
            if fate == "pruned" and i in weighed.kept and not weighed.ended[i]:
                fate = "kept"
            self._node_of[n_steps, i] = len(self._nodes)
            self._nodes.append(
                BeamNode(
                    index=len(self._nodes),
                    parent=self._beams[parent],
                    depth=n_steps,
                    token=self._token(token_id),
                    log_prob=float(log_probs[parent, token_id]),
                    score=score,
                    fate=fate,
                    final_score=score / n_steps**self._rules.config.length_penalty if fate == "finished" else None,
                )
            )

    def _token(self, token_id: int) -> Token:
        if token_id not in self._tokens:
            self._tokens[token_id] = tokens_of.describe(self._stepper.model.tokenizer, [token_id])[0]
        return self._tokens[token_id]

    def _tree(self) -> BeamTree:
        tree = BeamTree(
            nodes=tuple(self._nodes),
            beams=tuple(i for i in self._beams if i is not None),
            finished=(),
            num_beams=len(self._beams),
            length_penalty=float(self._rules.config.length_penalty),
            done=self._state.done,
        )
        ended = [(self._node_of[place], score) for score, place in self._state.finished if place in self._node_of]
        return replace(tree, finished=tuple(self._beam(tree, node, score) for node, score in ended))

    def _beam(self, tree: BeamTree, node: int, score: float) -> Beam:
        ids = tuple(n.token.token_id for n in tree.path(node))
        return Beam(node, ids, str(self._stepper.model.tokenizer.decode(list(ids), skip_special_tokens=True)), score)

"""A small recurrent network that reads token by token and carries one hidden state along (CONCEPTS F4).

The bundled one is made by ``playground.pretrain.recurrent``. It is read here with numpy alone: its equations are those
of a gated recurrent unit (Cho et al. 2014) in PyTorch's form,

    r = σ(W_r x + b + U_r h + c),  z = σ(W_z x + b + U_z h + c),  n = tanh(W_n x + b + r ⊙ (U_n h + c)),
    h ← (1 − z) ⊙ n + z ⊙ h.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..trace import Array

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "models" / "recurrent"


@dataclass(frozen=True, eq=False)
class Recurrent:
    """The weights, float32; three gates stand one below the other in the order r, z, n."""

    embedding: Array
    """(vocab_size, width); the output's matrix too."""
    w_input: Array
    """(3 · state, width)."""
    w_state: Array
    """(3 · state, state)."""
    b_input: Array
    b_state: Array
    """(3 · state,) each."""
    out: Array
    """(width, state)."""
    bias: Array
    """(vocab_size,)."""
    ids: dict[str, int]
    """Piece of the vocabulary → id."""
    end_id: int
    """Of the token that stands before every text."""

    @property
    def n_state(self) -> int:
        """Numbers in the hidden state: all that is carried from one token to the next."""
        return int(self.w_state.shape[1])

    def read(self, token_ids: Sequence[int]) -> tuple[Array, Array]:
        """Reads a text from the end-of-text token on.

        Returns:
            The state after each of the tokens (n, state), and log-probabilities of what follows each (n, vocab_size).
        """
        h: Array = np.zeros(self.n_state, np.float32)
        states = []
        for token_id in (self.end_id, *token_ids):
            h = self._step(self.embedding[token_id], h)
            states.append(h)
        found = np.stack(states[1:]) if len(states) > 1 else np.zeros((0, self.n_state), np.float32)
        logits = found @ self.out.T @ self.embedding.T + self.bias
        shifted = logits - logits.max(-1, keepdims=True)
        return found, shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))

    def _step(self, x: Array, h: Array) -> Array:
        given, carried = self.w_input @ x + self.b_input, self.w_state @ h + self.b_state
        (gr, gz, gn), (cr, cz, cn) = np.split(given, 3), np.split(carried, 3)
        r, z = _sigmoid(gr + cr), _sigmoid(gz + cz)
        n = np.tanh(gn + r * cn)
        found: Array = ((1 - z) * n + z * h).astype(np.float32)
        return found


def _sigmoid(x: Array) -> Array:
    found: Array = (1 / (1 + np.exp(-x))).astype(np.float32)
    return found


@lru_cache(maxsize=1)
def bundled() -> Recurrent:
    """The recurrent network that comes along."""
    with np.load(FOLDER / "weights.npz", allow_pickle=False) as stored:
        arrays: dict[str, Any] = {name: stored[name].astype(np.float32) for name in stored.files}
    saved = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    ids = dict(saved["model"]["vocab"]) | {token["content"]: token["id"] for token in saved["added_tokens"]}
    return Recurrent(**arrays, ids=ids, end_id=int(saved["added_tokens"][0]["id"]))


def ids_of(network: Recurrent, pieces: Sequence[str]) -> list[int] | None:
    """The network's ids of a text's pieces; None where it does not know one of them."""
    found = [network.ids.get(piece) for piece in pieces]
    return None if None in found else [i for i in found if i is not None]

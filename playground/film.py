"""The film of a training: what a bundled model showed of itself at about forty moments while it learned.

`open_film` reads the file that the training wrote beside the weights (`film.safetensors`). It holds readings and no
weights: figures on held-out text, attention maps and guesses on two fixed texts, what each head does, where words
stand, how often labels are right, and what the model wrote. The last frame is the finished model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import safe_open

from .errors import PlaygroundError

FILM_FILE = "film.safetensors"
GUIDED_FILE = "training.json"
ATTENTION_UNIT = 255
"""Attention weights are kept as whole numbers from 0 to this, the nearest ones."""


@dataclass(frozen=True)
class FilmedText:
    """What the model made of one fixed text in every frame; arrays are read-only."""

    text: str
    token_ids: np.ndarray
    """(seq,)"""
    attention_units: np.ndarray
    """(frame, layer, head, query, key), uint8: round(`ATTENTION_UNIT` times the weight)."""
    top_ids: np.ndarray
    """(frame, seq, 5) the likeliest next tokens after each position, best first."""
    top_probs: np.ndarray
    """(frame, seq, 5) their probabilities, over the whole vocabulary."""
    answer_ranks: np.ndarray
    """(frame, layer + 1, seq) rank, 0 is best, that the stream before layer 0, then after each layer, read through the
    final norm and the unembedding, gives to the token that this frame's model finally puts first."""
    next_ranks: np.ndarray
    """(frame, layer + 1, seq - 1) the same rank of the token that really comes next in the text."""

    def __post_init__(self) -> None:
        n_frames, n_layers, n_heads = self.attention_units.shape[:3]
        seq = len(self.token_ids)
        _demand("attention_units", self.attention_units, (n_frames, n_layers, n_heads, seq, seq))
        _demand("top_ids", self.top_ids, (n_frames, seq, 5))
        _demand("top_probs", self.top_probs, (n_frames, seq, 5))
        _demand("answer_ranks", self.answer_ranks, (n_frames, n_layers + 1, seq))
        _demand("next_ranks", self.next_ranks, (n_frames, n_layers + 1, seq - 1))

    def attention(self, frame: int) -> np.ndarray:
        """(layer, head, query, key) attention weights of one frame, to the nearest 1/255."""
        return self.attention_units[frame].astype(np.float32) / ATTENTION_UNIT


@dataclass(frozen=True)
class Film:
    """Readings of one training, frame by frame; arrays are read-only and begin with the frame where there is one."""

    steps: np.ndarray
    """(frame,) training steps taken before the frame; rising, from 0 to the end."""
    tokens: np.ndarray
    """(frame,) tokens read before the frame."""
    bits_per_byte: np.ndarray
    """(frame,) on stories that were held out."""
    uniform_bits_per_byte: float
    """Of a model that finds all tokens equally likely."""
    bigram_bits_per_byte: float
    """Of counting, in the training stories, which token follows which, smoothed by single tokens."""
    texts: tuple[FilmedText, ...]
    previous_token: np.ndarray
    """(frame, layer, head) mean attention weight of a token on the one before it, in held-out stories."""
    first_token: np.ndarray
    """(frame, layer, head) mean attention weight on the first token, from the third token on, in held-out stories."""
    induction: np.ndarray
    """(frame, layer, head) mean attention weight, in random tokens said twice, on what followed the same token."""
    words: tuple[str, ...]
    points: np.ndarray
    """(frame, word, 2) the words' embeddings, less their mean, on the first two principal axes of the *last* frame."""
    shots: tuple[int, ...]
    """Numbers of examples before the question."""
    label_kinds: tuple[str, ...]
    """How the labels were chosen: "natural" are the usual ones, "flipped" the usual ones exchanged, "arbitrary" words
    that mean nothing here."""
    label_accuracy: np.ndarray
    """(frame, kind, shots) share of reviews, written with words kept out of training, whose right label is likelier."""
    prompt: str
    greedy: tuple[str, ...]
    """One continuation of `prompt` for each frame."""
    sampled: tuple[str, ...]
    """One for each frame, drawn with the settings of `sampling`."""
    sampling: str

    def __post_init__(self) -> None:
        n = len(self.steps)
        grid = self.previous_token.shape[1:]
        _demand("tokens", self.tokens, (n,))
        _demand("bits_per_byte", self.bits_per_byte, (n,))
        for name in ("previous_token", "first_token", "induction"):
            _demand(name, getattr(self, name), (n, *grid))
        _demand("points", self.points, (n, len(self.words), 2))
        _demand("label_accuracy", self.label_accuracy, (n, len(self.label_kinds), len(self.shots)))
        for text in self.texts:
            _demand("attention_units", text.attention_units, (n, *grid, len(text.token_ids), len(text.token_ids)))
        if not len(self.greedy) == len(self.sampled) == n:
            raise ValueError(f"{len(self.greedy)} greedy and {len(self.sampled)} sampled texts are not {n} each.")

    def __len__(self) -> int:
        """The number of frames."""
        return len(self.steps)


def _demand(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}, not {shape}.")


def open_film(folder: Path) -> Film:
    """The film of the model in `folder`; PlaygroundError where there is none, or none that can be read."""
    path = Path(folder) / FILM_FILE
    if not path.is_file():
        raise PlaygroundError(f"{Path(folder).name} has no film of its training. The bundled storyteller has one.")
    try:
        with safe_open(path, framework="numpy") as file:
            story = json.loads(file.metadata()["film"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
        return _film(story, arrays)
    except Exception as error:
        raise PlaygroundError(f"The film in {path.name} cannot be read: {error}. Fetch the file again.") from error


def _film(story: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Film:
    for array in arrays.values():
        array.setflags(write=False)
    texts = tuple(
        FilmedText(text, **{name: arrays[f"texts.{place}.{name}"] for name in TEXT_ARRAYS})
        for place, text in enumerate(story["texts"])
    )
    plain = {name: array for name, array in arrays.items() if not name.startswith("texts.")}
    told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in story.items()}
    return Film(**(told | plain | {"texts": texts}))


TEXT_ARRAYS = ("token_ids", "attention_units", "top_ids", "top_probs", "answer_ranks", "next_ranks")


def guided_heads(folder: Path) -> dict[tuple[int, int], str]:
    """Heads of the model in `folder` that were told during training where to look: (layer, head) → what at.

    Empty for a model whose folder says nothing of it. Read from `guided_heads` in `training.json`.
    """
    path = Path(folder) / GUIDED_FILE
    if not path.is_file():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    return {(entry["layer"], entry["head"]): entry["looks_at"] for entry in record.get("guided_heads", [])}

"""Recording the film of a training: a watcher of the loop that writes down, at log-spaced steps, what a model shows.

The reader, and what each reading means, is `playground.film`. Frames are kept in a working file beside the checkpoint,
so that a resumed run goes on with its film; `finish` makes the file that stands beside the finished model.
"""

from __future__ import annotations

import copy
import json
import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from ..film import ATTENTION_UNIT, FILM_FILE
from .classes import listed
from .episodes import Labels
from .evaluation.heads import induction_heads, roles, rows_of
from .evaluation.labels import review_accuracy
from .evaluation.text import bits_per_byte, continued
from .loop import RunState, Task

TEXTS = (
    "Once upon a time, there was a little girl named Lily.",
    "red moon cat tree milk red moon cat tree milk red moon",
)
WORDS = listed(
    "king queen prince princess man woman boy girl father mother brother sister mom dad grandpa grandma "
    "cat dog bird fish bear rabbit frog cow red blue green yellow white black cake apple milk bread cookie soup "
    "happy sad angry scared proud tired run walk jump swim fly sing big small good bad hot cold park house tree river"
)
SHOTS = (0, 1, 2, 4, 8)
KINDS: tuple[Labels, ...] = ("natural", "flipped", "arbitrary")
PROMPT = "Once upon a time, there was a little dog named"
SAMPLING = "temperature 0.8, top_k 50, top_p 0.9, seed 0"
NEW_TOKENS = 50
GROWTH = 1.22
"""Of the step number from one frame to the next."""
FRAMES = "frames.pt"
"""The working file, in the folder of the checkpoints."""


def frame_steps(growth: float = GROWTH, limit: int = 1_000_000) -> list[int]:
    """The steps that are filmed: 0, 1, 2, 3, 4, 5 … each about `growth` times the one before."""
    steps = [0, 1]
    while steps[-1] < limit:
        steps.append(max(steps[-1] + 1, round(steps[-1] * growth)))
    return steps


class Recorder:
    """Watches a training of a GPT-2-shaped model and keeps the frames in `work`."""

    def __init__(self, work: Path, held_out: Sequence[str], train_ids: Tensor, resume: bool = False) -> None:
        """`held_out` stories are measured on; in `train_ids` (tokens,) the bigram baseline counts its pairs."""
        self.path = work / FRAMES
        self.held_out, self.train_ids = list(held_out)[:24], train_ids
        self.frames: list[dict[str, Any]] = []
        if resume and self.path.is_file():
            self.frames = torch.load(self.path, weights_only=False)
        self._steps = set(frame_steps())

    def wants(self, step: int) -> bool:
        """Whether this step is filmed and not filmed yet."""
        return step in self._steps and all(frame["steps"] != step for frame in self.frames)

    def look(self, task: Task, state: RunState) -> None:
        """Take one frame, of the weights as they would be stored; a frame of a later step, left over, is dropped."""
        stored = as_stored(task.model)
        self.frames = [frame for frame in self.frames if frame["steps"] < state.step]
        self.frames.append({"steps": state.step, "tokens": state.tokens, **self._readings(stored, task.tokenizer)})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.frames, self.path.with_suffix(".new"))
        self.path.with_suffix(".new").replace(self.path)

    @torch.no_grad()
    def _readings(self, model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
        on_stories = roles(model, rows_of(tokenizer, self.held_out))
        vocab = tokenizer.get_vocab()
        words = torch.tensor([vocab["Ġ" + word] for word in _single_tokens(tokenizer)])
        frame: dict[str, Any] = {
            "bits_per_byte": bits_per_byte(model, tokenizer, self.held_out),
            "previous_token": on_stories["previous"].numpy(),
            "first_token": on_stories["first"].numpy(),
            "induction": induction_heads(model, len(tokenizer)).numpy(),
            "embeddings": model.transformer.wte.weight[words].numpy().copy(),
            "label_accuracy": np.array(
                [[review_accuracy(model, tokenizer, kind, shots, count=32) for shots in SHOTS] for kind in KINDS]
            ),
            "greedy": continued(model, tokenizer, PROMPT, NEW_TOKENS),
            "sampled": continued(model, tokenizer, PROMPT, NEW_TOKENS, seed=0),
        }
        for place, text in enumerate(TEXTS):
            frame |= {f"texts.{place}.{name}": array for name, array in text_readings(model, tokenizer, text).items()}
        return frame

    def finish(self, tokenizer: PreTrainedTokenizerFast, out: Path) -> Path:
        """Write the film of all frames into `out`; returns its path."""
        told = {
            "texts": list(TEXTS), "words": _single_tokens(tokenizer), "shots": list(SHOTS), "label_kinds": list(KINDS),
            "prompt": PROMPT, "sampling": SAMPLING,
            "greedy": [frame["greedy"] for frame in self.frames],
            "sampled": [frame["sampled"] for frame in self.frames],
            "uniform_bits_per_byte": uniform_bits_per_byte(tokenizer, self.held_out),
            "bigram_bits_per_byte": bigram_bits_per_byte(tokenizer, self.train_ids, self.held_out),
        }  # fmt: skip
        arrays = {"points": in_last_basis(np.stack([frame["embeddings"] for frame in self.frames]))}
        for name, first in self.frames[0].items():
            if name.endswith("token_ids"):
                arrays[name] = first
            elif name not in ("embeddings", "greedy", "sampled"):
                arrays[name] = np.stack([np.asarray(frame[name]) for frame in self.frames])
        narrow = {name: _narrow(array) for name, array in arrays.items()}
        save_file(narrow, out / FILM_FILE, metadata={"film": json.dumps(told)})
        (out / FILM_FILE).chmod(0o644)  # written readable by its owner alone
        return out / FILM_FILE


def _narrow(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float64 else array


def as_stored(model: nn.Module) -> Any:
    """A copy of the model with its weights rounded to the 16 bits in which it is stored, in float32 on the CPU."""
    stored: Any = copy.deepcopy(model).eval()
    nn.Module.to(stored, "cpu", torch.float16)
    nn.Module.to(stored, torch.float32)
    stored.set_attn_implementation("eager")
    return stored


def _single_tokens(tokenizer: PreTrainedTokenizerFast) -> list[str]:
    vocab = tokenizer.get_vocab()
    return [word for word in WORDS if "Ġ" + word in vocab]


@torch.no_grad()
def text_readings(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, text: str) -> dict[str, np.ndarray]:
    """The arrays of `playground.film.FilmedText` for one frame, without their first axis."""
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    out = model(ids, output_attentions=True, output_hidden_states=True, use_cache=False)
    top = torch.softmax(out.logits[0], -1).topk(5)
    # The library's last hidden state has been through the final norm already.
    inner = model.transformer.ln_f(torch.stack(out.hidden_states[:-1])[:, 0])
    read = torch.cat([model.lm_head(inner), out.logits])
    return {
        "token_ids": ids[0].numpy().astype(np.int32),
        "attention_units": (torch.stack(out.attentions)[:, 0] * ATTENTION_UNIT).round().to(torch.uint8).numpy(),
        "top_ids": top.indices.numpy().astype(np.int32),
        "top_probs": top.values.numpy(),
        "answer_ranks": _ranks(read, out.logits[0].argmax(-1)),
        "next_ranks": _ranks(read[:, :-1], ids[0, 1:]),
    }


def _ranks(logits: Tensor, ids: Tensor) -> np.ndarray:
    """(layer, seq) how many tokens have larger `logits` (layer, seq, vocab) than `ids` (seq,)."""
    theirs = logits.gather(-1, ids.expand(logits.shape[0], -1)[..., None])
    return (logits > theirs).sum(-1).numpy().astype(np.uint16)


def in_last_basis(embeddings: np.ndarray) -> np.ndarray:
    """(frame, word, 2) places of `embeddings` (frame, word, width), each frame less its mean, on the first two
    principal axes of the last frame."""
    centred = embeddings - embeddings.mean(axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(centred[-1], full_matrices=False)
    return centred @ axes[:2].T


def uniform_bits_per_byte(tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> float:
    """Bits per byte of a model that finds all tokens equally likely."""
    n_tokens = sum(len(tokenizer(text)["input_ids"]) for text in texts)
    return n_tokens * math.log2(len(tokenizer)) / sum(len(text.encode("utf-8")) for text in texts)


def bigram_bits_per_byte(tokenizer: PreTrainedTokenizerFast, train_ids: Tensor, texts: Sequence[str]) -> float:
    """Bits per byte of counted pairs of tokens; each row smoothed by ten counts spread as single tokens are."""
    ids, n_ids = train_ids.numpy().astype(np.int64), len(tokenizer)
    single = (np.bincount(ids, minlength=n_ids) + 1) / (len(ids) + n_ids)
    pairs = Counter((ids[:-1] * n_ids + ids[1:]).tolist())
    before = np.bincount(ids[:-1], minlength=n_ids)
    bits = n_bytes = 0.0
    for text in texts:
        row = [tokenizer.eos_token_id, *tokenizer(text)["input_ids"]]
        n_bytes += len(text.encode("utf-8"))
        for one, other in pairwise(row):
            bits -= math.log2((pairs[one * n_ids + other] + 10 * single[other]) / (before[one] + 10))
    return bits / n_bytes

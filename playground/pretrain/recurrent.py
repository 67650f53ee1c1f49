"""`recurrent`: a small GRU that reads the storyteller's stories, to show what one hidden state can carry.

    python -m playground.pretrain.recurrent --corpora DIR --tokenizer assets/models/storyteller

One layer, one state. It is trained on the stories alone with the storyteller's tokenizer of that day, which is kept
beside it: a storyteller that is trained anew may have other pieces under other ids, so pieces are looked up by their
text. The page reads it without torch (`playground.analysis.recurrent`). Cho et al. 2014 is the source of the equations;
the order of the gates is PyTorch's.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from . import corpora
from .streams import Stream

WIDTH, STATE, WINDOW, BATCH, STEPS = 96, 256, 128, 12, 8_000
RATE, DROPOUT = 3e-3, 0.1
OUT = Path(__file__).resolve().parents[2] / "assets" / "models" / "recurrent"
ABOUT = (
    "# recurrent\n\n"
    "A recurrent network (one GRU layer) that reads simple stories token by token and carries one hidden state of "
    "{state} numbers along. It is there for comparison with the storyteller, not to be chosen as a model.\n\n"
    "Trained by `{command}` on the stories that the storyteller was trained on (an excerpt of TinyStories, Eldan and "
    "Li 2023, CDLA-Sharing-1.0), {tokens:,} tokens in {minutes:.1f} minutes on {threads} CPU thread(s). Held-out "
    "stories: {bits_per_byte:.2f} bits per byte ({bits_per_token:.2f} bits per token).\n\n"
    "{parameters:,} parameters in half precision; the embedding is the output's matrix too. "
    "Licence: Apache-2.0 (weights), the stories' own terms for what they contain.\n"
)


class Recurrent(nn.Module):
    """Token ids (batch, seq) → logits (batch, seq, vocab_size)."""

    def __init__(self, vocab_size: int, width: int = WIDTH, state: int = STATE) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.cell = nn.GRU(width, state, batch_first=True)
        self.out = nn.Linear(state, width, bias=False)
        self.bias = nn.Parameter(torch.zeros(vocab_size))
        self.dropout = nn.Dropout(DROPOUT)  # in training only, on what enters the cell and on what is read from it

    def forward(self, ids: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits, and the state (1, batch, state) behind the last token."""
        states, last = self.cell(self.dropout(self.embedding(ids)), state)
        return self.out(self.dropout(states)) @ self.embedding.weight.T + self.bias, last

    def tensors(self) -> dict[str, np.ndarray]:
        """The weights under the names that `analysis.recurrent` reads, in half precision."""
        named: dict[str, Any] = {
            "embedding": self.embedding.weight,
            "w_input": self.cell.weight_ih_l0,
            "w_state": self.cell.weight_hh_l0,
            "b_input": self.cell.bias_ih_l0,
            "b_state": self.cell.bias_hh_l0,
            "out": self.out.weight,
            "bias": self.bias,
        }
        return {name: tensor.detach().to(torch.float16).numpy() for name, tensor in named.items()}


def train(model: Recurrent, stream: Stream, steps: int, seed: int) -> int:
    """Trains for so many steps; gives the number of tokens that were read."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    generator = torch.Generator().manual_seed(seed)
    n_tokens = 0
    model.train()
    for step in range(steps):
        rate = RATE * min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * step / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        ids = stream.draw(BATCH, generator)
        logits, _ = model(ids[:, :-1])
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        n_tokens += ids[:, 1:].numel()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} of {steps}, {n_tokens:,} tokens, {loss.item() / math.log(2):.3f} bits", flush=True)
    return n_tokens


@torch.no_grad()
def held_out_bits(model: Recurrent, tokenizer: Any, texts: list[str]) -> tuple[float, float]:
    """Bits per byte and per token of texts, each read from an end-of-text token on."""
    bits, n_bytes, n_tokens = 0.0, 0, 0
    model.eval()
    for text in texts:
        ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer(text)["input_ids"]]])
        logits, _ = model(ids[:, :-1])
        bits += float(functional.cross_entropy(logits[0], ids[0, 1:], reduction="sum")) / math.log(2)
        n_bytes, n_tokens = n_bytes + len(text.encode()), n_tokens + ids.shape[1] - 1
    return bits / n_bytes, bits / n_tokens


def main(arguments: list[str] | None = None) -> int:
    """Trains, measures and saves."""
    parser = argparse.ArgumentParser(prog="python -m playground.pretrain.recurrent", description=__doc__.split("\n")[0])
    parser.add_argument("--corpora", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of the tokenizer, such as storyteller's")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--steps", type=int, default=STEPS, help="about a fifth of a second each on one core")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(args.tokenizer, local_files_only=True)
    stories, held = corpora.split(corpora.stories(args.corpora), corpora.STORIES_HELD_OUT)
    model = Recurrent(len(tokenizer))
    start = time.monotonic()
    n_tokens = train(model, Stream(stories, tokenizer, WINDOW + 1), args.steps, args.seed)
    minutes = (time.monotonic() - start) / 60
    per_byte, per_token = held_out_bits(model, tokenizer, held)
    save(model, args, {"tokens": n_tokens, "minutes": minutes, "bits_per_byte": per_byte, "bits_per_token": per_token})
    print(f"{n_tokens:,} tokens, {minutes:.1f} minutes: {per_byte:.3f} bits per byte, {per_token:.3f} per token")
    return 0


def save(model: Recurrent, args: argparse.Namespace, figures: dict[str, float]) -> None:
    """Weights, tokenizer, figures and card."""
    args.out.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = model.tensors()
    np.savez(args.out / "weights.npz", **arrays)  # plain arrays: what reads them needs no torch
    shutil.copyfile(args.tokenizer / "tokenizer.json", args.out / "tokenizer.json")
    parameters = sum(p.numel() for p in model.parameters())
    record = {**figures, "parameters": parameters, "threads": args.threads, "seed": args.seed, "state": STATE}
    (args.out / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    command = "python -m playground.pretrain.recurrent --corpora DIR --tokenizer assets/models/storyteller"
    (args.out / "README.md").write_text(ABOUT.format(**record, command=command), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

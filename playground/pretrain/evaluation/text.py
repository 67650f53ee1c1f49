"""How well a decoder guesses text, and what it writes: bits per byte, continuations, and how much they repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional


@torch.no_grad()
def bits_per_byte(model: Any, tokenizer: Any, texts: Sequence[str]) -> float:
    """Bits that the model needs per UTF-8 byte of `texts`, each text read after an end-of-text token.

    Long texts go through in windows of the context that overlap by half, so no token is guessed from little context
    merely because a window begins there. The final end-of-text is not counted.
    """
    device = next(model.parameters()).device
    nats, n_bytes, context = 0.0, 0, model.config.n_positions
    for text in texts:
        ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer(text)["input_ids"]]], device=device)
        n_bytes += len(text.encode("utf-8"))
        for begin in range(0, max(1, ids.shape[1] - context // 2), context // 2):
            window = ids[:, begin : begin + context]
            fresh = 1 if begin == 0 else context // 2
            logits = model(window[:, :-1], use_cache=False).logits.float()
            losses = functional.cross_entropy(logits[0], window[0, 1:], reduction="none")
            nats += float(losses[fresh - 1 :].sum())
    return nats / math.log(2) / n_bytes


@torch.no_grad()
def continued(
    model: Any, tokenizer: Any, prompt: str, new_tokens: int, seed: int | None = None, whole: bool = False
) -> str:
    """What the model writes after `prompt`: greedy, or with a `seed` at temperature 0.8, top-k 50 and top-p 0.9.

    `whole`: with the prompt, and with the end-of-text token where it ended by itself.
    """
    inputs = tokenizer(prompt, return_tensors="pt")
    how: dict[str, Any] = {"do_sample": False}
    if seed is not None:
        how = {"do_sample": True, "temperature": 0.8, "top_k": 50, "top_p": 0.9}
    # The global generator is what `generate` draws from: it is put back, since training draws from it too.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed or 0)
        out = model.generate(**inputs, max_new_tokens=new_tokens, pad_token_id=tokenizer.eos_token_id, **how)
    if whole:
        return tokenizer.decode(out[0])
    return tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def repetition(ids: list[int], n: int = 4) -> float:
    """Share of the n-grams in `ids` that occurred before in it (0: none; near 1: a loop)."""
    grams = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return 1.0 - len(set(grams)) / len(grams) if grams else 0.0

"""Tiny models of families without a row, one of each oddity."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
import transformers

from playground.models import LoadedModel, wrap
from tests.tiny import CONTEXT, roughen, tiny_tokenizer

_TEXT = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
_LLAMA = {**_TEXT, "num_key_value_heads": 2, "max_position_embeddings": CONTEXT}
_GPT = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT}
_BART = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 3, "encoder_attention_heads": 4, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 48, "decoder_ffn_dim": 40, "max_position_embeddings": CONTEXT,
}  # fmt: skip
_CAUSAL, _MASKED, _BOTH = "AutoModelForCausalLM", "AutoModelForMaskedLM", "AutoModelForSeq2SeqLM"

# family → (class, tokenizer, sizes, what must be there: stream, attention, queries, cross-attention, description by
# trial)
FAMILIES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "gpt_oss": (_CAUSAL, "bpe", {**_LLAMA, "head_dim": 8, "num_local_experts": 2, "num_experts_per_tok": 1}, "saqd"),
    "gemma": (_CAUSAL, "bpe", {**_LLAMA, "head_dim": 8}, "saqd"),
    "gptj": (_CAUSAL, "bpe", {**_GPT, "rotary_dim": 4}, "sad"),
    "openai-gpt": (_CAUSAL, "bpe", _GPT, "sad"),  # no cache of keys and values
    "mamba": (_CAUSAL, "bpe", {"hidden_size": 32, "num_hidden_layers": 2}, "sd"),  # no attention
    "rwkv": (_CAUSAL, "bpe", {"hidden_size": 32, "num_hidden_layers": 2}, "s"),  # calls something else "attentions"
    "granitemoe": (
        _CAUSAL, "bpe",
        {**_LLAMA, "embedding_multiplier": 12.0, "residual_multiplier": 0.22, "attention_multiplier": 0.0625,
         "logits_scaling": 8.0, "num_local_experts": 4}, "saqd",
    ),  # multiplies what it adds
    "granitemoeshared": (
        _CAUSAL, "bpe",
        {**_LLAMA, "residual_multiplier": 0.22, "num_local_experts": 4, "shared_intermediate_size": 16}, "saqd",
    ),  # adds two feed-forwards at once
    "nemotron_h": (
        _CAUSAL, "bpe",
        {**_LLAMA, "head_dim": 8, "hybrid_override_pattern": "M*-", "mamba_num_heads": 4, "mamba_head_dim": 16,
         "ssm_state_size": 8, "n_groups": 1, "num_hidden_layers": 3}, "saqd",
    ),  # one sublayer in each layer
    "albert": (_MASKED, "wordpiece", {**_TEXT, "embedding_size": 16, "max_position_embeddings": CONTEXT}, ""),
    "xlnet": (_CAUSAL, "bpe", {"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48}, ""),  # sequence first
    "longformer": (
        _MASKED, "bpe-masked", {**_TEXT, "attention_window": 8, "max_position_embeddings": CONTEXT + 16}, "",
    ),  # pads inside
    "modernbert": (_MASKED, "wordpiece", {**_TEXT, "max_position_embeddings": CONTEXT}, "saqd"),
    "deberta-v2": (_MASKED, "wordpiece", {**_TEXT, "max_position_embeddings": CONTEXT}, "saqd"),
    "pegasus": (_BOTH, "unigram", _BART, "saqcd"),
    "m2m_100": (_BOTH, "unigram", _BART, "saqcd"),  # cannot shift labels itself
    "led": (
        _BOTH, "bpe-masked",
        {**_BART, "attention_window": 8, "max_encoder_position_embeddings": CONTEXT,
         "max_decoder_position_embeddings": CONTEXT}, "sacd",
    ),
}  # fmt: skip


@cache
def odd(family: str) -> LoadedModel:
    """The model of a row."""
    auto, kind, sizes, _ = FAMILIES[family]
    tokenizer = tiny_tokenizer(kind)
    ends = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.sep_token_id
    start = {"decoder_start_token_id": 0} if auto == _BOTH else {}
    config = transformers.CONFIG_MAPPING[family](**{**sizes, **ends, "eos_token_id": end, **start})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = getattr(transformers, auto).from_config(config)
        roughen(module)
    return wrap(module, tokenizer, id=family)

"""The config of any text family of transformers, as small as it goes: one size for each of the names they use."""

from __future__ import annotations

from typing import Any

import transformers

from tests.tiny import CONTEXT

VOCABULARY = 300

_NAMES: dict[int, tuple[str, ...]] = {
    32: (
        "hidden_size", "d_model", "n_embd", "dim", "embed_dim", "emb_dim", "embedding_size", "decoder_hidden_size",
        "model_dim", "word_embed_proj_dim", "attention_hidden_size", "entity_emb_size", "d_latents",
    ),
    3: ("decoder_layers", "num_decoder_layers"),
    2: (
        "encoder_layers", "num_encoder_layers", "num_experts_per_tok", "moe_k", "moe_topk", "top_k_experts",
        "num_self_attends_per_block",
    ),
    4: (
        "num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads", "decoder_attention_heads",
        "num_encoder_attention_heads", "num_decoder_attention_heads", "num_experts", "num_local_experts",
        "n_routed_experts", "moe_num_experts", "qk_rope_head_dim", "qk_nope_head_dim", "rotary_dim", "num_latents",
        "hidden_size_per_layer_input",
    ),
    48: (
        "intermediate_size", "ffn_dim", "d_ff", "encoder_ffn_dim", "decoder_ffn_dim", "hidden_dim", "ffn_hidden_size",
        "d_inner", "n_inner",
    ),
    8: ("head_dim", "d_kv", "attention_head_size", "kv_lora_rank", "v_head_dim", "global_head_dim"),
    16: (
        "moe_intermediate_size", "expert_ffn_hidden_size", "shared_expert_intermediate_size", "moe_ffn_hidden_size",
        "shared_intermediate_size", "q_lora_rank",
    ),
    1: ("n_group", "topk_group", "pad_token_id", "sep_token_id", "pad_index"),
    CONTEXT: ("max_position_embeddings", "n_positions", "max_seq_len"),
    VOCABULARY: ("vocab_size", "vocab_size_per_layer_input", "entity_vocab_size", "n_words"),
}  # fmt: skip
SIZES = {name: size for size, names in _NAMES.items() for name in names}
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")

# n layers, key-value heads, other sizes: a family takes the first that it accepts. The fourth is for families whose
# heads hold the rotary part only; the last for those that build their layers in larger groups.
RECIPES: tuple[tuple[int, int, dict[str, int]], ...] = (
    (2, 2, {}),
    (2, 4, {}),
    (4, 4, {}),
    (2, 4, {"head_dim": 4}),
    (2, 4, {"mamba_n_heads": 4, "mamba_d_head": 16, "num_heads": 4, "head_dim": 16, "mamba_num_heads": 4}),
    (8, 4, {"num_kv_shared_layers": 2}),
    (4, 4, {"num_kv_shared_layers": 0, "hidden_size_per_layer_input": 0}),
    (8, 4, {"num_experts_per_tok": 1, "head_dim": 16, "intermediate_size": 64}),
)

_MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_n_groups": 1}
OWN: dict[str, dict[str, Any]] = {
    "bamba": {**_MAMBA, "attn_layer_indices": [1]},
    "granitemoehybrid": {**_MAMBA, "layer_types": ["mamba", "attention"]},
    "mamba2": {"num_heads": 4, "head_dim": 16, "expand": 2, "n_groups": 1, "state_size": 8},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "num_layers": 2, "window_size": 8},
    "xmod": {"default_language": "en_XX"},
    "dots1": {"n_shared_experts": 1},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"], "num_dense_layers": 1},
    "reformer": {"axial_pos_embds": False, "attn_layers": ["local", "local"], "num_buckets": 2},
    "prophetnet": {"num_encoder_attention_heads": 4, "num_decoder_attention_heads": 4, "ngram": 2},
    "kimi_linear": {"layer_types": ["linear_attention", "full_attention"]},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    **{
        family: {"num_hidden_layers": 2, "layer_types": ["linear_attention", "full_attention"]}
        for family in ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text", "bailing_hybrid")
    },
    "recurrent_gemma": {"num_hidden_layers": 3},
    "lfm3": {"layer_types": ["conv", "full_attention"]},
    "zaya": {"num_experts_per_tok": 1},
    "gemma4_text": {"global_head_dim": 8, "layer_types": ["sliding_attention", "full_attention"]},
    "gemma4_unified_text": {"global_head_dim": 8, "layer_types": ["sliding_attention", "full_attention"]},
    "gemma3n_text": {"num_kv_shared_layers": 0, "hidden_size_per_layer_input": 4},
}
"""What single families need besides."""

CANNOT: dict[str, str] = {
    "encoder-decoder": "a frame around two other models, not a family",
}


def small_config(family: str, recipe: tuple[int, int, dict[str, int]]) -> Any:
    """The config of a family by one recipe."""
    made = transformers.CONFIG_MAPPING[family]
    return made(**_shrunk(made, recipe, OWN.get(family, {})))


def _shrunk(made: Any, recipe: tuple[int, int, dict[str, int]], own: dict[str, Any]) -> dict[str, Any]:
    n_layers, n_kv_heads, others = recipe
    known = made().to_dict()
    sizes = {**SIZES, **dict.fromkeys(LAYERS, n_layers), "num_key_value_heads": n_kv_heads, "num_kv_heads": n_kv_heads}
    sizes |= {"bos_token_id": 0, "eos_token_id": 2, **others}
    plain = (int, float, bool, str, type(None))
    given: dict[str, Any] = {
        name: size for name, size in sizes.items() if name in known and isinstance(known[name], plain)
    }
    if known.get("is_encoder_decoder"):
        given["decoder_start_token_id"] = 3
    for name, sub in (getattr(made, "sub_configs", None) or {}).items():
        inner = known.get(name)
        if isinstance(inner, dict):
            family = str(inner.get("model_type"))
            if "Auto" not in sub.__name__ or family in transformers.CONFIG_MAPPING:
                kind = transformers.CONFIG_MAPPING[family] if "Auto" in sub.__name__ else sub
                given[name] = _shrunk(kind, recipe, OWN.get(family, {}))
    return {**given, **own}

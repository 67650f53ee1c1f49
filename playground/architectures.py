"""Where each Hugging Face family keeps its parts: one row per family, plain data.

To add a family: copy the row of the family that its modelling code was copied from, correct the names, add a tiny
config to ``tests/tiny.py`` and run ``tests/hooks``: the laws tell whether the row is right.

Names are dotted paths of modules; those of a ``StackRow`` below ``layers`` are relative to one layer, the others to
the whole model. The rule for ``attn``, ``cross`` and ``mlp``: name the module whose output is *added* to the residual
stream. Gemma 2/3 and OLMo 2 normalise a sublayer's output before adding it, so there it is that norm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class StackRow:
    """One tower of layers."""

    layers: str
    embed: str
    """The token table."""
    attn: str
    mlp: str
    final_norm: str | None = None
    cross: str | None = None
    positions: str | None = None
    """The module that gives what position adds; None for rotary and relative positions."""
    token_types: str | None = None
    embed_norm: str | None = None
    """A norm between the sum of the embeddings and the first layer."""
    embed_scale_of: str | None = None
    """The module whose number ``embed_scale`` multiplies the token rows after the table has given them."""
    embed_factor: str | None = None
    """Config field: a number that multiplies the token rows."""
    residual_factor: str | None = None
    """Config field: a number that multiplies what each sublayer gives before it is added."""
    attn_norm: str | None = None
    """Post-norm families: the norm after the attention was added. Naming it makes the row post-norm."""
    cross_norm: str | None = None
    mlp_norm: str | None = None
    parallel: bool = False
    """Attention and MLP both read ``resid_pre``, and there is no ``resid_mid``."""
    parallel_if: str | None = None
    """Config field: when true, the same."""
    pre_norm_if: str | None = None
    """Config field: when false, the family turns post-norm (OPT-350m)."""


@dataclass(frozen=True)
class Architecture:
    """A family: its tower (the decoder's, for an encoder–decoder), and the way out."""

    stack: StackRow
    head: tuple[str, ...]
    """Modules that lead from the final vector to the logits, in order; those a variant lacks are passed over."""
    encoder: StackRow | None = None
    scale_out_if: str | None = None
    """Config field: when true, the final vector is multiplied by d_model^-0.5 before the unembedding (T5)."""
    logits_factor: str | None = None
    """Config field: a number that multiplies what the head gives."""
    logits_divisor: str | None = None
    """Config field: a number that divides it."""


_LLAMA = Architecture(
    StackRow(
        layers="model.layers", embed="model.embed_tokens", attn="self_attn", mlp="mlp", final_norm="model.norm"
    ),
    head=("lm_head",),
)
_SANDWICH = replace(
    _LLAMA, stack=replace(_LLAMA.stack, attn="post_attention_layernorm", mlp="post_feedforward_layernorm")
)
_GRANITE = replace(
    _LLAMA,
    stack=replace(_LLAMA.stack, embed_factor="embedding_multiplier", residual_factor="residual_multiplier"),
    logits_divisor="logits_scaling",
)
_COHERE = replace(_LLAMA, stack=replace(_LLAMA.stack, parallel=True), logits_factor="logit_scale")
_GPT2 = Architecture(
    StackRow(
        layers="transformer.h",
        embed="transformer.wte",
        positions="transformer.wpe",
        attn="attn",
        mlp="mlp",
        final_norm="transformer.ln_f",
    ),
    head=("lm_head",),
)
_GPT_NEOX = Architecture(
    StackRow(
        layers="gpt_neox.layers",
        embed="gpt_neox.embed_in",
        attn="attention",
        mlp="mlp",
        final_norm="gpt_neox.final_layer_norm",
        parallel_if="use_parallel_residual",
    ),
    head=("lm_head",),
)
_OPT = Architecture(
    StackRow(
        layers="model.decoder.layers",
        embed="model.decoder.embed_tokens",
        positions="model.decoder.embed_positions",
        attn="self_attn",
        mlp="fc2",
        final_norm="model.decoder.final_layer_norm",
        attn_norm="self_attn_layer_norm",
        mlp_norm="final_layer_norm",
        pre_norm_if="do_layer_norm_before",
    ),
    head=("model.decoder.project_out", "lm_head"),
)


def _bert(prefix: str, head: tuple[str, ...]) -> Architecture:
    return Architecture(
        StackRow(
            layers=f"{prefix}.encoder.layer",
            embed=f"{prefix}.embeddings.word_embeddings",
            positions=f"{prefix}.embeddings.position_embeddings",
            token_types=f"{prefix}.embeddings.token_type_embeddings",
            embed_norm=f"{prefix}.embeddings.LayerNorm",
            attn="attention.output.dense",
            attn_norm="attention.output.LayerNorm",
            mlp="output.dense",
            mlp_norm="output.LayerNorm",
        ),
        head=head,
    )


_DISTILBERT = Architecture(
    StackRow(
        layers="distilbert.transformer.layer",
        embed="distilbert.embeddings.word_embeddings",
        positions="distilbert.embeddings.position_embeddings",
        embed_norm="distilbert.embeddings.LayerNorm",
        attn="attention",
        attn_norm="sa_layer_norm",
        mlp="ffn",
        mlp_norm="output_layer_norm",
    ),
    head=("vocab_transform", "activation", "vocab_layer_norm", "vocab_projector"),
)


def _bart_stack(side: str, *, post_norm: bool, embed_norm: bool, scaled_outside: bool) -> StackRow:
    row = StackRow(
        layers=f"model.{side}.layers",
        embed=f"model.{side}.embed_tokens",
        positions=f"model.{side}.embed_positions",
        embed_norm=f"model.{side}.layernorm_embedding" if embed_norm else None,
        embed_scale_of=f"model.{side}" if scaled_outside else None,
        attn="self_attn",
        mlp="fc2",
        cross="encoder_attn" if side == "decoder" else None,
    )
    if not post_norm:
        return replace(row, final_norm=f"model.{side}.layer_norm")
    return replace(
        row,
        attn_norm="self_attn_layer_norm",
        cross_norm="encoder_attn_layer_norm" if side == "decoder" else None,
        mlp_norm="final_layer_norm",
    )


def _bart(*, post_norm: bool = True, embed_norm: bool = True, scaled_outside: bool = False) -> Architecture:
    encoder, decoder = (
        _bart_stack(side, post_norm=post_norm, embed_norm=embed_norm, scaled_outside=scaled_outside)
        for side in ("encoder", "decoder")
    )
    return Architecture(decoder, head=("lm_head",), encoder=encoder)


def _t5_stack(side: str) -> StackRow:
    return StackRow(
        layers=f"{side}.block",
        embed=f"{side}.embed_tokens",
        attn="layer.0.SelfAttention",
        cross="layer.1.EncDecAttention" if side == "decoder" else None,
        mlp="layer.2.DenseReluDense" if side == "decoder" else "layer.1.DenseReluDense",
        final_norm=f"{side}.final_layer_norm",
    )


_T5 = Architecture(
    _t5_stack("decoder"), head=("lm_head",), encoder=_t5_stack("encoder"), scale_out_if="scale_decoder_outputs"
)

ARCHITECTURES: dict[str, Architecture] = {
    "gpt2": _GPT2,
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
    "smollm3": _LLAMA,
    "phi3": _LLAMA,
    "gemma2": _SANDWICH,
    "gemma3_text": _SANDWICH,
    "olmo2": _SANDWICH,
    "granite": _GRANITE,
    "cohere": _COHERE,
    "gpt_neox": _GPT_NEOX,
    "opt": _OPT,
    "bert": _bert("bert", ("cls",)),
    "roberta": _bert("roberta", ("lm_head",)),
    "xlm-roberta": _bert("roberta", ("lm_head",)),
    "camembert": _bert("roberta", ("lm_head",)),
    "electra": _bert("electra", ("generator_predictions", "generator_lm_head")),
    "distilbert": _DISTILBERT,
    "bart": _bart(),
    "mbart": _bart(post_norm=False),
    "marian": _bart(embed_norm=False, scaled_outside=True),
    "t5": _T5,
    "mt5": _T5,
}
"""Family (``config.model_type``) → where its parts are."""


def architecture_of(family: str) -> Architecture | None:
    """The row of a family, or None when nobody has described it (then capture shows less, and says so)."""
    return ARCHITECTURES.get(family)

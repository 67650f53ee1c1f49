"""What a model is, in numbers: Hugging Face's many config names read into one `ModelInfo`.

Does not load or download anything: it reads the config and the module that someone else made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

# Every family names its sizes as it likes; the first name that holds a positive number wins.
ALIASES: dict[str, tuple[str, ...]] = {
    "n_layers": ("num_decoder_layers", "num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "n_heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "n_kv_heads": ("num_key_value_heads", "num_kv_heads", "n_kv_heads"),
    "head_dim": ("head_dim", "d_kv", "attention_head_size"),
    "d_model": ("hidden_size", "d_model", "n_embd", "dim"),
    "d_mlp": ("intermediate_size", "ffn_dim", "d_ff", "n_inner", "ffn_hidden_size", "hidden_dim", "d_inner"),
    "vocab_size": ("vocab_size",),
    "context": ("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length", "seq_length"),
}
# Tokenizers without a limit of their own say 10³⁰.
NO_LIMIT = 10**7


@dataclass(frozen=True)
class ModelInfo:
    """The facts about one loaded model; sizes are those of the decoder for an encoder–decoder."""

    id: str
    """As the user names it: `storyteller`, `openai-community/gpt2`, `/a/folder`."""
    title: str
    """Short name for the page."""
    family: str
    """The config's `model_type`."""
    kind: str
    """`decoder`, `encoder` or `encoder-decoder`."""
    n_layers: int
    n_encoder_layers: int | None
    """Only for an encoder–decoder."""
    n_heads: int
    """0 for a family without attention."""
    n_kv_heads: int
    head_dim: int
    d_model: int
    d_mlp: int
    vocab_size: int
    """Rows of the embedding, which is the width of the logits; may exceed the tokenizer's vocabulary."""
    context: int | None
    """Tokens it can place; None: no fixed limit."""
    n_parameters: int
    """Shared parameters counted once."""
    n_bytes: int
    """Parameters and buffers as loaded."""
    device: str
    """`cpu`, `cuda` or `mps`."""
    source: str
    """`bundled`, `hub` or `folder`."""
    notes: tuple[str, ...] = ()
    """Sentences that qualify the numbers, such as a head that was not in the files."""


def read_info(
    module: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    id: str,
    kind: str,
    source: str,
    notes: tuple[str, ...] = (),
) -> ModelInfo:
    """The facts about a loaded module, read off its config and, where configs are unreliable, off the module."""
    config = module.config
    decoder = decoder_config(config)
    n_heads = _number(decoder, "n_heads") or 0
    d_model = _number(decoder, "d_model") or 0
    return ModelInfo(
        id=id,
        title=title_of(id),
        family=config.model_type,
        kind=kind,
        n_layers=_number(decoder, "n_layers") or 0,
        n_encoder_layers=_encoder_layers(config) if kind == "encoder-decoder" else None,
        n_heads=n_heads,
        n_kv_heads=_kv_heads(decoder, n_heads),
        head_dim=_number(decoder, "head_dim") or (d_model // n_heads if n_heads else 0),
        d_model=d_model,
        d_mlp=_number(decoder, "d_mlp") or _times_wider(decoder) * d_model,
        vocab_size=_number(decoder, "vocab_size") or 0,
        context=_context(module, decoder, tokenizer),
        n_parameters=sum(parameter.numel() for parameter in module.parameters()),
        n_bytes=module_bytes(module),
        device=module.device.type,
        source=source,
        notes=notes,
    )


def title_of(id: str) -> str:
    """The last part of a name or path: `openai-community/gpt2` → `gpt2`."""
    return id.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or id


def module_bytes(module: PreTrainedModel) -> int:
    """Bytes of parameters and buffers, shared ones once."""
    return sum(tensor.numel() * tensor.element_size() for tensor in [*module.parameters(), *module.buffers()])


def decoder_config(config: PreTrainedConfig) -> Any:
    """The part of the config about the decoder, or about the only stack."""
    return config.get_text_config(decoder=True)


def _number(config: Any, fact: str) -> int | None:
    for name in ALIASES[fact]:
        try:
            value = getattr(config, name, None)
        except RuntimeError:  # its layers differ in it, and transformers will not say one for all (Gemma 4)
            value = getattr(config.per_layer_config[0], name, None)
        if isinstance(value, (list, tuple)) and value:  # one entry per layer in a few families
            value = value[0]
        if isinstance(value, int) and value > 0:
            return value
    return None


def _times_wider(config: Any) -> int:
    """How many times wider than the stream the feed-forward is, where the config gives no width of its own."""
    return getattr(config, "intermediate_multiple_size", 4)  # gpt2, gpt_neo, bloom: None means four times


def _encoder_layers(config: PreTrainedConfig) -> int | None:
    encoder = getattr(config, "encoder", None) or config
    for name in ("encoder_layers", "num_layers", "num_hidden_layers"):
        value = getattr(encoder, name, None)
        if isinstance(value, int):
            return value
    return None


def _kv_heads(config: Any, n_heads: int) -> int:
    # falcon keeps num_kv_heads == num_attention_heads even where multi_query shares one head among all
    if getattr(config, "multi_query", False) and not getattr(config, "new_decoder_architecture", False):
        return 1
    return _number(config, "n_kv_heads") or n_heads


def _context(module: PreTrainedModel, config: Any, tokenizer: PreTrainedTokenizerBase) -> int | None:
    positions = _number(config, "context")
    if positions is not None:
        return positions - _positions_lost(module)
    limit = getattr(tokenizer, "model_max_length", None)
    return int(limit) if limit and limit < NO_LIMIT else None


def _positions_lost(module: PreTrainedModel) -> int:
    """RoBERTa and its kin count positions from `padding_idx + 1`: of 514 rows, 512 can be used."""
    for name, part in module.named_modules():
        if name.endswith("embeddings.position_embeddings"):
            padding = getattr(part, "padding_idx", None)
            return 0 if padding is None else padding + 1
    return 0


def kind_by_architecture(architectures: list[str] | None) -> str | None:
    """`decoder` or `encoder` by the class a checkpoint was saved from; None where the name does not tell."""
    for name in architectures or ():
        if name.endswith(("ForMaskedLM", "ForPreTraining")):
            return "encoder"
        if name.endswith(("ForCausalLM", "LMHeadModel", "LMHead")):
            return "decoder"
    return None

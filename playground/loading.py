"""One folder of Hugging Face files → one model that runs: config, tokenizer, weights, and what is wrong with them.

Does not download, keep or choose anything. Whatever transformers raises leaves here as a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import PlaygroundError
from .facts import ModelInfo, kind_by_architecture, read_info
from .files import has_tokenizer
from .settings import settings

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

SPARE_TOKENS = 1000
"""By how many a tokenizer's size and a model's may differ without a doubt that they belong together."""
_WHAT_HEADS_DO = {"decoder": "next-token", "encoder": "masked-word", "encoder-decoder": "next-token"}


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to run: in eval mode, in fp32, without gradients. Its module never leaves the model layer."""

    info: ModelInfo
    module: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase


# What any load imports in the end, gpt2 for the machinery that all families share: seconds, the first time.
_HEAVY = ("torch", "transformers.models.auto.tokenization_auto", "transformers.models.gpt2.modeling_gpt2")


def warm_up() -> None:
    """Import what every load needs, so that the first one is as quick as the next: for a thread at the app's start."""
    for name in _HEAVY:
        import_module(name)


def wrap(module: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, id: str = "mine") -> LoadedModel:
    """A `LoadedModel` of a module that someone holds already, for notebooks and tests. Puts it into eval mode.

    Raises:
        PlaygroundError: not a text model.
    """
    return finish(module, tokenizer, id=id, kind=kind_of(module.config, id), source="folder", notes=[])


def read_config(folder: Path, id: str) -> PreTrainedConfig:
    """A folder's config, without running code of its own.

    Raises:
        PlaygroundError: damaged, unknown, or in need of its own code.
    """
    from transformers import AutoConfig

    try:
        # trust_remote_code=False said aloud: left out, transformers asks on the terminal and waits
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a config is a stranger's file: anything can be wrong with it
        if "trust_remote_code" in str(error):
            raise PlaygroundError(
                f"{id} brings Python code of its own, which the playground never runs. Choose another model."
            ) from error
        raise PlaygroundError(
            f"The config.json of {id} names no model family that transformers knows, or is damaged."
            " Choose another model, or fetch it again."
        ) from error
    if getattr(config, "quantization_config", None):
        raise PlaygroundError(f"{id} is quantised and cannot run in fp32. Choose the original model it was made from.")
    return config


def kind_of(config: PreTrainedConfig, id: str) -> str:
    """`decoder`, `encoder` or `encoder-decoder`.

    Raises:
        PlaygroundError: the family does not read and write text.
    """
    from transformers.models.auto import modeling_auto as auto

    family = config.model_type
    if getattr(config, "is_encoder_decoder", False):
        kinds = ["encoder-decoder"] if family in auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES else []
    else:
        # masked first: bert and its kin are in both lists, and were trained to fill in words
        masked = ["encoder"] if family in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES else []
        causal = ["decoder"] if family in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES else []
        kinds = masked + causal
    if not kinds:
        raise PlaygroundError(
            f"{id} is no text model: transformers has no language-model head for the family {family!r}."
            " Choose a model that reads and writes text."
        )
    named = kind_by_architecture(config.architectures)
    return named if named in kinds else kinds[0]


def require_tokenizer(folder: Path, id: str) -> None:
    """Raises a PlaygroundError where a folder has no tokenizer files."""
    # without files transformers makes an empty tokenizer for some families and says nothing
    if not has_tokenizer(folder):
        raise PlaygroundError(
            f"{id} has no tokenizer files, so text cannot be turned into tokens."
            " Save a tokenizer beside the model (tokenizer.save_pretrained), or choose another one."
        )


def read_tokenizer(folder: Path, id: str) -> tuple[PreTrainedTokenizerBase, list[str]]:
    """A folder's tokenizer, and sentences on what it lacks.

    Raises:
        PlaygroundError: missing or damaged.
    """
    from transformers import AutoTokenizer

    require_tokenizer(folder, id)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a stranger's files
        raise PlaygroundError(
            f"The tokenizer of {id} cannot be read: its files are damaged or of a kind that is not known here."
            " Choose another model, or fetch it again."
        ) from error
    if tokenizer.is_fast:
        return tokenizer, []
    return tokenizer, ["This tokenizer has no fast version, so tokens cannot be traced back to characters."]


def check_vocabulary(tokenizer: PreTrainedTokenizerBase, vocab_size: int, id: str) -> None:
    """Refuse a tokenizer that belongs to other weights: its ids would stand for other words, or for none.

    A model may have some more rows than its tokenizer has tokens (rows are rounded up, or kept for later), or some
    fewer (tokens added by hand); both are common and harmless.

    Args:
        tokenizer: as read.
        vocab_size: rows of the model's table of tokens.
        id: the model's name, for the sentence.

    Raises:
        PlaygroundError: the two sizes are far apart.
    """
    known = len(tokenizer)
    if known > vocab_size + SPARE_TOKENS or vocab_size > 2 * known + SPARE_TOKENS:
        raise PlaygroundError(
            f"The tokenizer of {id} knows {known:,} tokens, its weights have rows for {vocab_size:,}: they do not"
            " belong together. Save the model's own tokenizer beside it, or choose another model."
        )


def auto_class(kind: str) -> Any:
    """transformers' class that makes a model with a language-model head of a kind."""
    import transformers

    return {
        "decoder": transformers.AutoModelForCausalLM,
        "encoder": transformers.AutoModelForMaskedLM,
        "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
    }[kind]


def import_family(config: PreTrainedConfig, kind: str) -> None:
    """Import the code of a config's family. It can take seconds, and must not be broken off: Python would keep modules
    that are half there, and every later load would fail."""
    warm_up()
    mapping = auto_class(kind)._model_mapping
    if type(config) in mapping:
        _ = mapping[type(config)]


def read_weights(folder: Path, config: PreTrainedConfig, kind: str, id: str) -> tuple[PreTrainedModel, list[str]]:
    """A folder's model in float32 on its device, and sentences on weights that were not in the files.

    Not for two threads at once: transformers' loading keeps state of its own.

    Raises:
        PlaygroundError: damaged files, or no memory.
    """
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()  # ours is on the page
    try:
        module, report = auto_class(kind).from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        module = module.to(device())
    except Exception as error:
        if _is_out_of_memory(error):
            raise PlaygroundError(
                f"There is not enough memory for {id}. Close other programs or choose a smaller model."
            ) from error
        raise PlaygroundError(
            f"The weights of {id} cannot be loaded: they are damaged or do not fit its config.json."
            f" Delete {folder} and fetch the model again, or choose another one."
        ) from error
    return module, _missing_notes(module, set(report["missing_keys"]), kind, id)


def device() -> str:
    """Where models run, by the setting or by what the machine has: `cpu`, `cuda` or `mps`."""
    import torch

    wanted = settings().device
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_out_of_memory(error: Exception) -> bool:
    import torch

    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)


def _missing_notes(module: PreTrainedModel, missing: set[str], kind: str, id: str) -> list[str]:
    """What to say about weights that were not in the files, which transformers fills with random numbers."""
    if not missing:
        return []
    body = sorted(name for name in missing if name.startswith(module.base_model_prefix + "."))
    if not body:
        return [f"The {_WHAT_HEADS_DO[kind]} head is not in the files: its numbers are random."]
    names = dict(module.named_parameters())
    if sum(names[name].numel() for name in body if name in names) * 2 > sum(p.numel() for p in names.values()):
        raise PlaygroundError(
            f"The weights of {id} do not belong to its config.json: most of the model is not in the files."
            " Choose another model, or fetch it again."
        )
    return [f"{len(missing)} weights are not in the files and are random, {body[0]} among them."]


def finish(
    module: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, *, id: str, kind: str, source: str, notes: list[str]
) -> LoadedModel:
    """Everything that is the same for any model that was read or handed in: evaluation mode, no gradients, facts."""
    module.eval().requires_grad_(False)
    if getattr(module.config, "attn_logit_softcapping", None):
        module.set_attn_implementation("eager")  # transformers before 5.23 chose sdpa, which leaves the cap out
    info = read_info(module, tokenizer, id=id, kind=kind, source=source, notes=tuple(notes))
    if len(tokenizer) > info.vocab_size:
        more = f"The tokenizer knows {len(tokenizer)} tokens, the model {info.vocab_size}: the last ones cannot be fed."
        info = replace(info, notes=(*info.notes, more))
    return LoadedModel(info, module, tokenizer)

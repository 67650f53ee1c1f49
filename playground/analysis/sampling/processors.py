"""What ``model.generate`` does to the logits and when it stops, built by transformers' own methods.

``generate`` builds its processors and stopping criteria from the model's generation config and the caller's arguments.
The methods that do so are private, and this module is the only place that calls them: ``PRIVATE`` names them with the
arguments that are used here, and a test compares that with the installed transformers. When it fails after an update,
read ``GenerationMixin.generate`` from "Prepare `max_length`" to "Prepare logits processors" and do here what it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, GenerationMixin, LogitsProcessorList, PreTrainedConfig, StoppingCriteriaList

from ...errors import PlaygroundError
from ...models import LoadedModel
from .settings import SamplingSettings

PRIVATE = {
    "_prepare_generation_config": ("generation_config",),
    "_prepare_special_tokens": ("generation_config", "device", "batch_size"),
    "_prepare_generated_length": (
        "generation_config", "has_default_max_length", "has_default_min_length", "model_input_name",
        "input_ids_length", "inputs_tensor",
    ),
    "_get_logits_processor": (
        "generation_config", "input_ids_seq_length", "encoder_input_ids", "device", "logits_processor",
    ),
    "_get_stopping_criteria": ("generation_config", "stopping_criteria", "tokenizer"),
}  # fmt: skip

STAGE_NAMES = {
    "UnbatchedClassifierFreeGuidanceLogitsProcessor": "guidance_scale",
    "SequenceBiasLogitsProcessor": "sequence_bias",
    "EncoderRepetitionPenaltyLogitsProcessor": "encoder_repetition_penalty",
    "RepetitionPenaltyLogitsProcessor": "repetition_penalty",
    "NoRepeatNGramLogitsProcessor": "no_repeat_ngram_size",
    "EncoderNoRepeatNGramLogitsProcessor": "encoder_no_repeat_ngram_size",
    "NoBadWordsLogitsProcessor": "bad_words_ids",
    "MinLengthLogitsProcessor": "min_length",
    "MinNewTokensLengthLogitsProcessor": "min_new_tokens",
    "ForcedBOSTokenLogitsProcessor": "forced_bos_token_id",
    "ForcedEOSTokenLogitsProcessor": "forced_eos_token_id",
    "InfNanRemoveLogitsProcessor": "remove_invalid_values",
    "ExponentialDecayLengthPenalty": "exponential_decay_length_penalty",
    "SuppressTokensLogitsProcessor": "suppress_tokens",
    "SuppressTokensAtBeginLogitsProcessor": "begin_suppress_tokens",
    "TemperatureLogitsWarper": "temperature",
    "TopHLogitsWarper": "top_h",
    "TopKLogitsWarper": "top_k",
    "TopPLogitsWarper": "top_p",
    "MinPLogitsWarper": "min_p",
    "TypicalLogitsWarper": "typical_p",
    "EpsilonLogitsWarper": "epsilon_cutoff",
    "EtaLogitsWarper": "eta_cutoff",
    "WatermarkLogitsProcessor": "watermarking_config",
    "LogitNormalization": "renormalize_logits",
}
"""Class of a processor that is a function of the ids so far and the logits → the setting that asks for it."""
REMEMBERING = {"UnbatchedClassifierFreeGuidanceLogitsProcessor"}
"""Named above, but with a state of their own (a second cache): calling them twice for one step would go wrong."""


@dataclass(frozen=True, eq=False)
class NamedProcessor:
    """One processor of the list under its setting's name."""

    name: str
    processor: Any
    repeatable: bool
    """True if calling it again with the same ids and logits gives the same."""


@dataclass(frozen=True, eq=False)
class Rules:
    """All that ``generate`` would do between the logits and the draw, and when it would stop."""

    steps: tuple[NamedProcessor, ...]
    criteria: StoppingCriteriaList
    config: GenerationConfig
    """What holds: the settings, for the rest the model's generation config, for the rest transformers' defaults."""


class _NoModel(GenerationMixin):
    """Stands in where a distribution is reshaped without a model: only its config is asked for."""

    config = PreTrainedConfig()


def rules_for(
    model: LoadedModel,
    given: dict[str, Any],
    source: Tensor,
    n_written: int,
) -> Rules:
    """What ``model.generate(source, **given)`` would build.

    Args:
        model: a decoder or an encoder–decoder.
        given: arguments for ``generate``, such as ``SamplingSettings.given()``.
        source: (1, n) ids of the prompt; an encoder–decoder's source.
        n_written: ids that stand in the written sequence before the first new one: the prompt's, or 1 for the start
            token of an encoder–decoder.

    Raises:
        PlaygroundError: transformers refuses the model's generation config.
    """
    module: Any = model.module
    try:
        # An empty config first: without one, transformers refuses models that were built with old configs.
        config, _ = module._prepare_generation_config(
            GenerationConfig(**{"num_beams": 1, "num_return_sequences": 1, **given})
        )
        module._prepare_special_tokens(config, device=source.device, batch_size=1)
        config = module._prepare_generated_length(
            generation_config=config,
            has_default_max_length=True,  # these two only ask for warnings where max_new_tokens is given
            has_default_min_length=True,
            model_input_name="input_ids",
            input_ids_length=n_written,
            inputs_tensor=source,
        )
        processors = module._get_logits_processor(
            generation_config=config,
            input_ids_seq_length=n_written,
            encoder_input_ids=source,
            device=source.device,
            logits_processor=LogitsProcessorList(),
        )
        criteria = module._get_stopping_criteria(
            generation_config=config, stopping_criteria=StoppingCriteriaList(), tokenizer=model.tokenizer
        )
    except (ValueError, TypeError, RuntimeError) as error:
        raise refused(error) from error
    return Rules(_named(processors), criteria, config)


def refused(error: Exception) -> PlaygroundError:
    """What a visitor is told when transformers does not take a setting."""
    reason = str(error).strip().rstrip(".")
    return PlaygroundError(
        f"transformers refuses these generation settings: {reason}. Change the setting, or the model's "
        "generation_config.json."
    )


def steps_without_model(settings: SamplingSettings) -> tuple[NamedProcessor, ...]:
    """The processors that the settings ask for, for logits that belong to no model at hand."""
    no_model: Any = _NoModel()
    config = GenerationConfig(**settings.given())
    # At length 0 transformers warns of embeddings given in place of ids.
    return _named(no_model._get_logits_processor(config, input_ids_seq_length=1, logits_processor=None))


def _named(processors: Sequence[Any]) -> tuple[NamedProcessor, ...]:
    found = []
    for processor in processors:
        kind = type(processor).__name__
        # A processor that a newer transformers brings is shown under its class; whether it remembers is not known.
        found.append(
            NamedProcessor(STAGE_NAMES.get(kind, kind), processor, kind in STAGE_NAMES and kind not in REMEMBERING)
        )
    return tuple(found)


def ids_tensor(token_ids: Sequence[int], device: Any = None) -> Tensor:
    """(1, n) int64."""
    return torch.tensor([list(token_ids)], dtype=torch.long, device=device)

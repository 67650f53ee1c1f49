"""How much of each text family of transformers can be seen: ``python -m tests.benchmarks.families [FAMILY …]``.

Every family that has a language-model head is built tiny, with random weights, and captured. The table says what came
of it; nothing may be wrong, and nothing may be a traceback.

everything    stream, queries, keys and values of every layer that attends, what each sublayer adds, and the read-out
no q, k, v    the same, but the family computes attention in its own way: its weights only, or it has none
stream only   vectors from layer to layer, and attention where it is handed over
attention only, nothing
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import time
import warnings
from collections import Counter
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
from playground.settings import quiet_environment

quiet_environment()

import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from transformers.models.auto import modeling_auto as auto  # noqa: E402

from playground import PlaygroundError, Trace, capture, check_laws, wrap  # noqa: E402
from playground.hooks import prepare  # noqa: E402
from playground.models import LoadedModel  # noqa: E402
from tests.benchmarks.small import CANNOT, RECIPES, small_config  # noqa: E402
from tests.tiny import tiny_tokenizer  # noqa: E402

TEXT, TARGET = "The cat sat on the mat.", "the dog"
MOST_PARAMETERS = 30_000_000
SECONDS = 60
WRONG = 1e-3
"""A law is broken, or logits differ from the plain ones, relative to the largest logit."""
_AUTO = {
    "decoder": transformers.AutoModelForCausalLM,
    "encoder": transformers.AutoModelForMaskedLM,
    "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
}


def kind_of(family: str) -> str | None:
    """As the playground would load it; None for what reads or writes other things than text."""
    try:
        both = bool(getattr(transformers.CONFIG_MAPPING[family](), "is_encoder_decoder", False))
    except Exception:  # a default config that its own checks refuse
        both = False
    if both:
        return "encoder-decoder" if family in auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES else None
    if family in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        return "encoder"
    return "decoder" if family in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES else None


def build(family: str, kind: str) -> LoadedModel | str:
    """The family, tiny, all its parameters away from 0 and 1; or a sentence on why it cannot be built."""
    reason = CANNOT.get(family, "")
    for recipe in () if reason else RECIPES:
        try:
            config = small_config(family, recipe)
            with torch.device("meta"):
                empty = _AUTO[kind].from_config(config)
            if sum(p.numel() for p in empty.parameters()) > MOST_PARAMETERS:
                raise ValueError("too large")
            torch.manual_seed(0)
            module = _AUTO[kind].from_config(config).eval()
            with torch.no_grad():
                for parameter in module.parameters():
                    parameter.add_(0.1 * torch.randn_like(parameter))
            if not torch.isfinite(plain_logits(module, [20, 21, 22, 23], [20, 21])).all():
                raise ValueError("its numbers are not finite")
            return wrap(module, tiny_tokenizer("bpe-masked"), id=family)
        except PlaygroundError as error:
            return str(error)
        except Exception as error:
            reason = reason or f"{type(error).__name__}: {' '.join(str(error).split())[:90]}"
    return reason


@torch.inference_mode()
def plain_logits(module: Any, ids: list[int], target: list[int]) -> torch.Tensor:
    """What the family itself gives, before anything is switched or hooked."""
    inputs = {"input_ids": torch.tensor([ids])}
    if module.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([target])
    # Not filled, a cache changes nothing; but FSMT leaves out its causal mask when it is asked for one.
    extra = {} if is_encoder(module) else {"use_cache": False}
    return module(**inputs, **extra).logits[0]


def is_encoder(module: Any) -> bool:
    """Encoders take no ``use_cache``."""
    return not module.config.is_encoder_decoder and "MaskedLM" in type(module).__name__


def seen(model: LoadedModel) -> tuple[str, str]:
    """What can be had of a model, and how its parts were found."""
    both = model.info.kind == "encoder-decoder"
    source = model.tokenizer(TEXT)["input_ids"]
    target = [3, *model.tokenizer(TARGET, add_special_tokens=False)["input_ids"]]
    plain = plain_logits(model.module, source, target).float().numpy()
    trace = capture(model, source, target if both else None)
    prepared = prepare(model)
    check(model, trace, plain)
    attentions = [layer.attention for layer in trace.layers if layer.attention is not None]
    steps = bool(attentions) and all(a.q is not None for a in attentions)
    found = "trial" if prepared.parts.by_trial else "row" if prepared.parts.described else "none"
    if prepared.parts.described and trace.layers:
        return ("everything" if steps else "no q, k, v"), found
    if trace.layers:
        return "stream only", found
    return ("attention only" if attentions else "nothing"), found


def check(model: LoadedModel, trace: Trace, plain: np.ndarray) -> None:
    """Raises where a number is wrong."""
    size = max(1.0, float(np.abs(plain).max()))
    if not np.abs(trace.logits - plain).max() <= WRONG * size:
        raise ArithmeticError("captured logits are not the plain ones")
    for name, value in vars(check_laws(model, trace)).items():
        room = WRONG * size if name in {"unembed", "residual", "embedding", "head_out"} else WRONG
        if value is not None and not value <= room:
            raise ArithmeticError(f"{name} is off by {value:.3g}")


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def main() -> None:
    """The table, and what it comes to for each kind of model."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.families", description=__doc__)
    parser.add_argument("families", nargs="*", help="names as in config.model_type (default: all)")
    names = parser.parse_args().families or sorted(
        {*auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES}
        | {*auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES}
    )
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    logging.getLogger("playground").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    started, counts = time.perf_counter(), Counter[tuple[str, str, str]]()
    for family in names:
        kind = kind_of(family)
        if kind is None:
            continue
        signal.alarm(SECONDS)
        model = build(family, kind)
        try:
            what, found = ("cannot be built", "") if isinstance(model, str) else seen(model)
        except PlaygroundError as error:
            what, found = f"refused: {error}", ""
        except Exception as error:
            what, found = f"WRONG: {type(error).__name__}: {error}"[:100], ""
        signal.alarm(0)
        counts[kind, found, what.split(":")[0]] += 1
        print(f"{family:28} {kind:16} {found:6} {what} {model if isinstance(model, str) else ''}", flush=True)
    report(counts)
    print(f"{time.perf_counter() - started:.0f} s, transformers {transformers.__version__}")


def report(counts: Counter[tuple[str, str, str]]) -> None:
    """Families by kind, by how their parts were found, and by what can be seen."""
    print()
    for (kind, found, what), number in sorted(counts.items()):
        print(f"{number:4}  {kind:16} {found:6} {what}")
    for kind in _AUTO:
        without = {k: n for k, n in counts.items() if k[0] == kind and k[1] in {"trial", "none"}}
        if without:
            full = sum(n for k, n in without.items() if k[2] == "everything")
            total = sum(without.values())
            print(f"{kind}s without a row that give everything by trial: {full} of {total}, {full / total:.0%}")


if __name__ == "__main__":
    main()

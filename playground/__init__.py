"""Look inside a transformer language model: the public API on one page.

    from playground import load_model, capture, generate, next_token, SamplingSettings

    model = load_model("storyteller")              # a bundled name, a hub id or a folder
    trace = capture(model, "Once upon a time")     # one forward pass: everything that happened, as numpy arrays
    trace.layers[2].attention.weights              # (n_heads, query, key)

Names are loaded when they are first used, so that ``import playground`` costs nothing. No submodule may share its name
with one of them: importing it would put the module in the name's place.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .analysis.ablation import AblationMap, ablation_map
    from .analysis.attribution import Attribution, direct_logit_attribution
    from .analysis.context import ContextSweep, context_sweep
    from .analysis.generation import BeamTree, Draft, FilledMask, Step, beam_search, fill_masks, generate
    from .analysis.lens import Lens, logit_lens
    from .analysis.patching import PatchingGrid, patching_grid
    from .analysis.prompting import LabelScores, Surprisal, label_scores, surprisal
    from .analysis.sampling import SamplingSettings, Stage, Stages, next_token, stages_at
    from .analysis.sampling.by_hand import ByHand, by_hand
    from .analysis.sampling.draws import Draws, draw_many
    from .analysis.segmentation import Segmentation, segmentation
    from .errors import PlaygroundError
    from .film import Film, FilmedText, guided_heads, open_film
    from .hooks import Laws, capture, check_laws, embedding_table, read_out, weights_of
    from .models import LoadedModel, ModelInfo, load_model, wrap
    from .trace import Attention, Change, Layer, Stack, Token, Trace

_HOMES = {
    "analysis.ablation": ("AblationMap", "ablation_map"),
    "analysis.attribution": ("Attribution", "direct_logit_attribution"),
    "analysis.context": ("ContextSweep", "context_sweep"),
    "analysis.generation": ("BeamTree", "Draft", "FilledMask", "Step", "beam_search", "fill_masks", "generate"),
    "analysis.lens": ("Lens", "logit_lens"),
    "analysis.patching": ("PatchingGrid", "patching_grid"),
    "analysis.prompting": ("LabelScores", "Surprisal", "label_scores", "surprisal"),
    "analysis.sampling": ("SamplingSettings", "Stage", "Stages", "next_token", "stages_at"),
    "analysis.sampling.by_hand": ("ByHand", "by_hand"),
    "analysis.sampling.draws": ("Draws", "draw_many"),
    "analysis.segmentation": ("Segmentation", "segmentation"),
    "hooks": ("Laws", "capture", "check_laws", "embedding_table", "read_out", "weights_of"),
    "errors": ("PlaygroundError",),
    "film": ("Film", "FilmedText", "guided_heads", "open_film"),
    "models": ("LoadedModel", "ModelInfo", "load_model", "wrap"),
    "trace": ("Attention", "Change", "Layer", "Stack", "Token", "Trace"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AblationMap",
    "Attention",
    "Attribution",
    "BeamTree",
    "ByHand",
    "Change",
    "ContextSweep",
    "Draft",
    "Draws",
    "FilledMask",
    "Film",
    "FilmedText",
    "LabelScores",
    "Laws",
    "Layer",
    "Lens",
    "LoadedModel",
    "ModelInfo",
    "PatchingGrid",
    "PlaygroundError",
    "SamplingSettings",
    "Segmentation",
    "Stack",
    "Stage",
    "Stages",
    "Step",
    "Surprisal",
    "Token",
    "Trace",
    "ablation_map",
    "beam_search",
    "by_hand",
    "capture",
    "check_laws",
    "context_sweep",
    "direct_logit_attribution",
    "draw_many",
    "embedding_table",
    "fill_masks",
    "generate",
    "guided_heads",
    "label_scores",
    "load_model",
    "logit_lens",
    "next_token",
    "open_film",
    "patching_grid",
    "read_out",
    "segmentation",
    "stages_at",
    "surprisal",
    "weights_of",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value

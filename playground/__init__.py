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
    from .analysis.generation import Step, generate
    from .analysis.lens import Lens, logit_lens
    from .analysis.sampling import SamplingSettings, Stage, Stages, next_token
    from .errors import PlaygroundError
    from .film import Film, FilmedText, guided_heads, open_film
    from .hooks import Laws, capture, check_laws, embedding_table, read_out
    from .models import LoadedModel, ModelInfo, load_model, wrap
    from .trace import Attention, Change, Layer, Stack, Token, Trace

_HOMES = {
    "analysis.generation": ("Step", "generate"),
    "analysis.lens": ("Lens", "logit_lens"),
    "analysis.sampling": ("SamplingSettings", "Stage", "Stages", "next_token"),
    "hooks": ("Laws", "capture", "check_laws", "embedding_table", "read_out"),
    "errors": ("PlaygroundError",),
    "film": ("Film", "FilmedText", "guided_heads", "open_film"),
    "models": ("LoadedModel", "ModelInfo", "load_model", "wrap"),
    "trace": ("Attention", "Change", "Layer", "Stack", "Token", "Trace"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Attention",
    "Change",
    "Film",
    "FilmedText",
    "Laws",
    "Layer",
    "Lens",
    "LoadedModel",
    "ModelInfo",
    "PlaygroundError",
    "SamplingSettings",
    "Stack",
    "Stage",
    "Stages",
    "Step",
    "Token",
    "Trace",
    "capture",
    "check_laws",
    "embedding_table",
    "generate",
    "guided_heads",
    "load_model",
    "logit_lens",
    "next_token",
    "open_film",
    "read_out",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value

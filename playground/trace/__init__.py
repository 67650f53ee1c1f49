"""What one forward pass leaves behind, and what may be changed in one: plain values that know no torch and no model.

``records`` holds a pass as frozen, read-only arrays; ``detail`` what is kept of single layers only when asked for;
``changes`` names interventions. Every array is float32 (masks are bool), on the CPU, without a batch axis. Names are
those of TransformerLens; attention is always ``[head, query, key]``: rows look at columns.
"""

from .arrays import Array, BoolArray, frozen
from .changes import Change
from .detail import LayerDetail, Linear, Mlp, Norm, Projections, Rotation
from .records import Attention, Layer, Stack, Token, Trace

__all__ = [
    "Array",
    "Attention",
    "BoolArray",
    "Change",
    "Layer",
    "LayerDetail",
    "Linear",
    "Mlp",
    "Norm",
    "Projections",
    "Rotation",
    "Stack",
    "Token",
    "Trace",
    "frozen",
]

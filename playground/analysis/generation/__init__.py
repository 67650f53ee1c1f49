"""Text, written one token at a time.

``loop`` is the loop of ``model.generate``, opened up; ``step`` is what is known of one token; ``stepper`` holds the
sequence and the model's cache for it; ``draft`` is a text that can be forked; ``beams`` searches several at once;
``branches`` keeps all drafts of a prompt; ``runs`` compares texts; ``masks`` is what encoders do instead.
"""

from .beams import Beam, BeamNode, BeamTree, beam_search
from .branches import Branches
from .draft import Draft
from .loop import generate
from .masks import FilledMask, MaskFills, fill_masks
from .runs import RunsFigures, Spread, TextFigures, first_difference, runs_figures, text_figures
from .step import Step, WrittenToken, repeats

__all__ = [
    "Beam",
    "BeamNode",
    "BeamTree",
    "Branches",
    "Draft",
    "FilledMask",
    "MaskFills",
    "RunsFigures",
    "Spread",
    "Step",
    "TextFigures",
    "WrittenToken",
    "beam_search",
    "fill_masks",
    "first_difference",
    "generate",
    "repeats",
    "runs_figures",
    "text_figures",
]

"""Sampling: from the next-token distribution to text, under the settings of generation."""

from ..contract import Tab
from .by_hand import BY_HAND
from .compare import COMPARE
from .context import CONTEXT
from .pipeline import PIPELINE
from .settings import CONTROLS, PRESETS
from .write import WRITE

TAB = Tab(
    "sampling",
    "Sampling",
    (WRITE, PIPELINE, COMPARE, CONTEXT, BY_HAND),
    controls=CONTROLS,
    presets=PRESETS,
    about="The next-token distribution under temperature, top-k, top-p and do_sample, and text written with them.",
)

"""Sampling: from the next-token distribution to text, under the settings of generation."""

from ..contract import Tab
from .by_hand import BY_HAND
from .pipeline import PIPELINE
from .settings import CONTROLS
from .write import WRITE

TAB = Tab(
    "sampling",
    "Sampling",
    (PIPELINE, WRITE, BY_HAND),
    controls=CONTROLS,
    about="The next-token distribution under temperature, top-k, top-p and do_sample, and text written with them.",
)

"""Sampling: from the next-token distribution to text, under the settings of generation."""

from ..contract import Tab
from .pipeline import PIPELINE
from .settings import CONTROLS
from .write import WRITE

TAB = Tab(
    "sampling",
    "Sampling",
    (PIPELINE, WRITE),
    controls=CONTROLS,
    about="The next-token distribution under temperature, top-k, top-p and do_sample, and text written with them.",
)

"""Forward pass: from the tokens to the answer, layer by layer."""

from ..contract import Tab
from .contributions import CONTRIBUTIONS
from .lens import LENS
from .walk import WALK

TAB = Tab(
    "forward",
    "Forward pass",
    (WALK, LENS, CONTRIBUTIONS),
    about="The whole machine, walked step by step; and the residual stream layer by layer: the model's best guess "
    "after each, and what each part adds.",
)

"""Forward pass: from the tokens to the answer, layer by layer."""

from ..contract import Tab
from .lens import LENS

TAB = Tab(
    "forward",
    "Forward pass",
    (LENS,),
    about="The residual stream layer by layer: the model's best guess after each, and what each part adds.",
)

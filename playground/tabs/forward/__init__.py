"""Forward pass: from the tokens to the answer, layer by layer."""

from ..contract import Tab
from .by_hand import BY_HAND
from .contributions import CONTRIBUTIONS
from .lens import LENS
from .patch import PATCH
from .size import SIZE
from .walk import WALK
from .what_if import WHAT_IF

TAB = Tab(
    "forward",
    "Forward pass",
    (WALK, LENS, CONTRIBUTIONS, WHAT_IF, PATCH, SIZE, BY_HAND),
    about="The whole machine, walked step by step; the model's best guess after each layer, and what each part adds; "
    "what becomes of the answer when parts are taken away or exchanged.",
)

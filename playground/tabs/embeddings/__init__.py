"""Embeddings: the text's tokens as vectors."""

from ..contract import Tab
from .angles import ANGLES
from .layers import LAYERS
from .lookup import LOOKUP
from .position import POSITION
from .space import SPACE

TAB = Tab(
    "embeddings",
    "Embeddings",
    (SPACE, LOOKUP, ANGLES, LAYERS, POSITION),
    about="The text’s tokens as vectors: looked up, seen in 2-D and 3-D, compared.",
)

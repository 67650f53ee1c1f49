"""Embeddings: the text's tokens as vectors."""

from ..contract import Tab
from .space import SPACE

TAB = Tab(
    "embeddings",
    "Embeddings",
    (SPACE,),
    about="The text's vectors in 2-D and 3-D at any level of the model, with angles and nearest neighbours.",
)

"""How a model knows where a token stands: a table of positions, sines, rotation, or a bias by distance."""

from .bias import BiasByDistance, bias_by_distance
from .entering import Entering, entering
from .forgotten import Forgotten, forgotten, turned_round
from .rotary import Rotary, rotary_at
from .tables import (
    ByDistance,
    PositionTable,
    cosine_by_distance,
    position_table,
    sinusoids,
    telling_dimension,
    wavelength,
)

__all__ = [
    "BiasByDistance", "ByDistance", "Entering", "Forgotten", "PositionTable", "Rotary", "bias_by_distance",
    "cosine_by_distance", "entering", "forgotten", "position_table", "rotary_at", "sinusoids", "telling_dimension",
    "turned_round",     "wavelength",
]  # fmt: skip

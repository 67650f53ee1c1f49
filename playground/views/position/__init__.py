"""How a model knows where a token stands, in pictures."""

from .bias import bias_view
from .forget import forget_view, top_ids
from .rotary import rotary_view
from .sums import sum_view
from .tables import own_table_view, waves_view

__all__ = ["bias_view", "forget_view", "own_table_view", "rotary_view", "sum_view", "top_ids", "waves_view"]

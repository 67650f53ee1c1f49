"""What heads do. ``which`` finds the attentions of a trace, ``patterns`` says how far a head follows a simple pattern
(one definition for the page and for the models' cards), ``maps`` gathers all that a page of maps shows.
"""

from .maps import AttentionMaps, attention_maps, thumbnails
from .patterns import HeadScores, Pattern, head_scores, induction_targets, patterns, suggested_head
from .which import KINDS, attentions, kinds_of, sides

__all__ = [
    "KINDS",
    "AttentionMaps",
    "HeadScores",
    "Pattern",
    "attention_maps",
    "attentions",
    "head_scores",
    "induction_targets",
    "kinds_of",
    "patterns",
    "sides",
    "suggested_head",
    "thumbnails",
]

"""What heads do. ``which`` finds the attentions of a trace, ``roles`` measures what each head does (one definition for
the page and for whoever measures a model), ``patterns`` names the simplest of it, ``maps`` gathers all that a page of
maps shows.
"""

from .maps import AttentionMaps, attention_maps, thumbnails
from .patterns import Pattern, patterns
from .roles import ROLES, Role, RoleScores, Score, head_scores, induction_targets, role_scores
from .which import KINDS, attentions, kinds_of, sides

__all__ = [
    "KINDS",
    "ROLES",
    "AttentionMaps",
    "Pattern",
    "Role",
    "RoleScores",
    "Score",
    "attention_maps",
    "attentions",
    "head_scores",
    "induction_targets",
    "kinds_of",
    "patterns",
    "role_scores",
    "sides",
    "thumbnails",
]

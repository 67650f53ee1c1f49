"""The tabs, in the order in which text travels. A new tab is a package here and a line in ``TABS``; a new view is a
file in the package of its tab and a word in that tab's tuple."""

from .attention import TAB as ATTENTION
from .contract import Tab
from .embeddings import TAB as EMBEDDINGS
from .forward import TAB as FORWARD
from .prompting import TAB as PROMPTING
from .sampling import TAB as SAMPLING
from .tokens import TAB as TOKENS

TABS: tuple[Tab, ...] = (TOKENS, EMBEDDINGS, ATTENTION, FORWARD, SAMPLING, PROMPTING)

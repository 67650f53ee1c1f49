"""The one place through which the page reaches models: loading, capture and analysis, remembered and in turns.

Everything goes in and comes out as plain picklable values (``Prompt``, ``Trace``, ``Lens``, ``ModelInfo``), never as a
torch module, so that model work can move to another process or machine without touching a tab. Results are found by
what was asked, not by who asked: two visitors cannot see each other's numbers, unless they ask for the same thing.

A new analysis takes two lines here: import its function inside a function of ours, and hand it to ``analysed`` (one
result) or ``streamed`` (one after another). torch and transformers are imported inside the functions: the page opens
before they are there.
"""

from __future__ import annotations

from .pace import Pace
from .readings import LONG, attention_maps, attention_steps, inside, laws, logit_lens, reads_out, walk
from .vocabulary import (
    decoded,
    has_template,
    mask_token,
    names,
    searched,
    spelling,
    text_with,
    token_table,
    typed,
    word,
    word_sum,
)
from .work import (
    Progress,
    Prompt,
    analysed,
    analysed_in_steps,
    by_name,
    close,
    crowd,
    fitted,
    line,
    load,
    new_memory,
    remembered,
    streamed,
    trace,
)
from .writing import ahead, beams, fill_masks, forget, generate, written_tokens

__all__ = [
    "LONG",
    "Pace",
    "Progress",
    "Prompt",
    "ahead",
    "analysed",
    "analysed_in_steps",
    "attention_maps",
    "attention_steps",
    "beams",
    "by_name",
    "close",
    "crowd",
    "decoded",
    "fill_masks",
    "fitted",
    "forget",
    "generate",
    "has_template",
    "inside",
    "laws",
    "line",
    "load",
    "logit_lens",
    "mask_token",
    "names",
    "new_memory",
    "reads_out",
    "remembered",
    "searched",
    "spelling",
    "streamed",
    "text_with",
    "token_table",
    "trace",
    "typed",
    "walk",
    "word",
    "word_sum",
    "written_tokens",
]

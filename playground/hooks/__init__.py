"""(model, text) → ``Trace``: the only package that registers hooks, and the only place where torch becomes numpy.

Looking: ``recorder`` holds what one forward pass leaves, in a ``ContextVar``; ``attention`` is the attention function
that all Hugging Face families call; ``parts`` finds modules by the rows of ``architectures``, ``trial`` by watching a
model that has no row, ``own`` the projections of an attention that is not called through ours; ``laws`` decide which of
them is right; ``prepare`` does this and installs the hooks once per model; ``run`` makes the forward pass, ``assemble``
its record; ``readout`` leads any vector of the stream to logits.

Looking closer: ``watch`` keeps every call inside a part; ``detail`` makes steps of them, told by their numbers
(``forms``, ``rotation``); ``wiring`` finds the chains from the heads to the stream and from the last vector to logits.

Changing: ``plan`` says which modules a change means, ``edits`` holds what is changed in this context, ``changes``
applies both, ``batch`` asks for one text's answers under many changes at once, ``bypass`` leaves out what need not run.
"""

from .batch import answers, token_ids
from .changes import applied, applied_to_rows, refusal
from .detail import weights_of
from .laws import Laws
from .prepare import Prepared, prepare
from .readout import check_laws, embedding_table, is_read_out, read_out
from .run import capture, decoder_start, forward_count
from .unembed import end_bias, soft_cap
from .wiring import carry, wiring

__all__ = [
    "Laws",
    "Prepared",
    "answers",
    "applied",
    "applied_to_rows",
    "capture",
    "carry",
    "check_laws",
    "decoder_start",
    "embedding_table",
    "end_bias",
    "forward_count",
    "is_read_out",
    "prepare",
    "read_out",
    "refusal",
    "soft_cap",
    "token_ids",
    "weights_of",
    "wiring",
]

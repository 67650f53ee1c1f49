"""Special tokens, explained one by one."""

from __future__ import annotations

from collections.abc import Sequence

from ...analysis.tokenization import SpecialToken
from ..pictures import SpecialMark
from ..view import count, listed

MOST_UNUSED = 6
"""Special tokens without a place in the text that are shown."""
NAMES = {
    "cls": "classification", "bos": "start", "sep": "separator", "eos": "end", "mask": "mask", "pad": "padding",
    "unk": "unknown", "never": "unknown", "decoder_start": "the decoder's start",
}  # fmt: skip
SAYS = {
    "cls": "Put before the text; classifiers read their answer off it.",
    "bos": "Marks where a text starts.",
    "sep": "Marks where a text ends, and stands between two texts.",
    "eos": "Marks where a text ends.",
    "mask": "A gap: the model guesses what stood there.",
    "pad": "Fills up shorter texts where several are read at once.",
    "unk": "Stands for what the vocabulary cannot spell; that is lost.",
    "never": "Nothing is unknown here: there is a token for every byte.",
    "decoder_start": "The text that the decoder writes begins with it.",
}
WRITES = "A model that writes stops when it writes it."
NO_ROLE = "A mark without one of the usual roles; what it means was set when the model was trained."


def special_marks(found: Sequence[SpecialToken], kind: str) -> tuple[SpecialMark, ...]:
    """The special tokens as they are shown; of those that stand nowhere in the text only the first few."""
    unused = [s for s in found if not s.places][:MOST_UNUSED]
    return tuple(
        SpecialMark(s.token_id, s.text, _capital(listed([NAMES[role] for role in s.roles])), _says(s, kind), s.places)
        for s in [*(s for s in found if s.places), *unused]
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _says(special: SpecialToken, kind: str) -> str:
    if not special.roles:
        return NO_ROLE
    said = [SAYS[role] for role in special.roles if not (role == "eos" and "sep" in special.roles)]
    if "eos" in special.roles and kind != "encoder":
        said.append(WRITES)
    return " ".join(said)


def more_marks(found: Sequence[SpecialToken]) -> str:
    """How many special tokens are not shown; "" for none."""
    left = sum(not s.places for s in found) - MOST_UNUSED
    return f"There are {count(left, 'more special token')}, which stand nowhere in this text." if left > 0 else ""

"""The tokenizer's special tokens, one by one: what each is for, and where it stands in a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...models import LoadedModel
from ...tokens import byte_alphabet, kind_of_pieces
from ...trace import Token

ROLES = ("cls", "bos", "sep", "eos", "mask", "pad", "unk")
"""The roles that transformers names, in the order in which they are told."""


@dataclass(frozen=True)
class SpecialToken:
    """One special token."""

    token_id: int
    text: str
    roles: tuple[str, ...]
    """Of ``ROLES``, and "decoder_start"; empty for a mark whose meaning only the model's training tells. "unk" is
    "never" where the vocabulary has a token for every byte: then there is nothing unknown."""
    places: tuple[int, ...]
    """Positions in the text at which it stands."""


def special_tokens(model: LoadedModel, tokens: Sequence[Token]) -> tuple[SpecialToken, ...]:
    """All special tokens of a model's tokenizer: those that stand in the text first, then those with a role."""
    from ...hooks import decoder_start  # loads torch, which the page opens before

    tokenizer: Any = model.tokenizer
    roles: dict[int, list[str]] = {int(i): [] for i in tokenizer.all_special_ids}
    for role in ROLES:
        token_id = getattr(tokenizer, f"{role}_token_id", None)
        if isinstance(token_id, int) and token_id in roles:
            roles[token_id].append("never" if role == "unk" and spells_every_byte(tokenizer) else role)
    if model.info.kind == "encoder-decoder" and (start := decoder_start(model)) in roles:
        roles[start].append("decoder_start")
    names = tokenizer.convert_ids_to_tokens(list(roles))
    found = [
        SpecialToken(i, str(name), tuple(roles[i]), tuple(n for n, t in enumerate(tokens) if t.token_id == i))
        for i, name in zip(roles, names, strict=True)
        if name is not None
    ]
    return tuple(sorted(found, key=lambda s: (not s.places, not s.roles, s.places[:1], s.token_id)))


def spells_every_byte(tokenizer: Any) -> bool:
    """Whether the vocabulary has a token for each of the 256 bytes, so that it can spell anything."""
    known = getattr(tokenizer, "_playground_every_byte", None)
    if known is None:
        pieces = tokenizer.get_vocab()
        if kind_of_pieces(tokenizer) == "bytes":
            known = all(letter in pieces for letter in byte_alphabet())
        else:
            known = all(f"<0x{byte:02X}>" in pieces for byte in range(256))
        tokenizer._playground_every_byte = known
    return bool(known)

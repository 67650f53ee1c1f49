"""Both ends of a walk: the text as tokens, and what the model writes, with which the machine goes round once more."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import tokens as tokens_of
from ...models import LoadedModel
from ...settings import settings
from ...trace import Stack, Token, Trace
from .records import Cells, Chip, Onward, Step

UNWHOLE = "\ufffd"
"""What a decoder puts in the place of bytes that are no whole character."""


def tokens_step(model: LoadedModel, stack: Stack, pos: int, *, started: bool = False) -> Step:
    """The text as the model reads it. ``started``: the decoder of an encoder–decoder, which begins with one token."""
    causal = started or model.info.kind == "decoder"
    return Step(
        "tokens",
        incoming=(),
        outgoing=(),
        figures=(("n_tokens", len(stack.tokens)), ("vocab_size", model.info.vocab_size), ("pos", pos)),
        note="The tab Tokens shows how the tokenizer cuts." if not started else "What stands to the right of the "
        "chosen token is not there yet when the model writes.",
        words=(("started", "yes" if started else ""), ("first", stack.tokens[0].text)),
        chips=chips_of(model, stack.tokens, pos, causal=causal),
    )  # fmt: skip


def chips_of(model: LoadedModel, tokens: tuple[Token, ...], pos: int, *, causal: bool) -> tuple[Chip, ...]:
    """The tokens of a text; in a causal tower those after the chosen one are not read yet."""
    mask = getattr(model.tokenizer, "mask_token_id", None) if model.info.kind == "encoder" else None

    def role(at: int, token: Token) -> str:
        if mask is not None and token.token_id == mask:
            return "mask"
        return "chosen" if at == pos else "later" if causal and at > pos else "read"

    return tuple(Chip(token.text, token.token_id, role(at, token), token.span) for at, token in enumerate(tokens))


def write_step(model: LoadedModel, trace: Trace, pos: int) -> Step:
    """The last step: the most probable token is written, and the machine goes round again."""
    if model.info.kind == "encoder":
        return _fill(model, trace, pos)
    return _write(model, trace, pos)


def probabilities(trace: Trace, pos: int) -> np.ndarray:
    """(vocab_size,): softmax of the logits at one position."""
    wide = trace.logits[pos].astype(np.float64)
    exp = np.exp(wide - wide.max())
    found: np.ndarray = exp / exp.sum()
    return found


# ---- decoders ----


def _write(model: LoadedModel, trace: Trace, pos: int) -> Step:
    probs = probabilities(trace, pos)
    best = int(probs.argmax())
    token = tokens_of.describe(model.tokenizer, [best])[0]
    tokens = trace.tokens[: pos + 1]
    after = trace.tokens[pos + 1] if pos + 1 < len(trace.tokens) else None
    onward = _onward(model, trace, pos, best, token.text, float(probs[best]), after)
    chips = (*chips_of(model, tokens, pos, causal=True), Chip(token.text, best, "new", None))
    cells = None
    if trace.encoder is not None:
        cells = alignment(trace, pos, token.text)
    note = "The most probable token is taken here; the tab Sampling draws by chance, too."
    return Step("write", (), (), (("probability", float(probs[best])),), note=note, cells=cells, chips=chips,
                words=(("token", token.text),), onward=onward)  # fmt: skip


def _onward(
    model: LoadedModel, trace: Trace, pos: int, best: int, text: str, share: float, after: Token | None
) -> Onward:
    ids = [token.token_id for token in trace.tokens[: pos + 1]]
    two = trace.encoder is not None
    written = _decoded(model, [*ids[1:], best] if two else [*ids, best], quiet=True)
    if best in _ends(model) and (after is None or after.token_id == best):
        return Onward("write", text, share, ends="end", written=_decoded(model, ids[two:], quiet=True))
    if after is not None:
        given = None if after.token_id == best else after.text
        if given is not None:
            written = _decoded(model, [*ids[two:], after.token_id], quiet=True)
        return Onward("write", text, share, pos=pos + 1, given=given, written=written)
    if len(ids) >= min(model.info.context or settings().max_tokens, settings().max_tokens):
        return Onward("write", text, share, ends="context", written=written)
    suffix = _suffix(model, ids[two:], best)
    if not suffix or UNWHOLE in suffix:
        return Onward("write", text, share, ends="character", written=written)
    if two:
        return Onward("write", text, share, target=(trace.target or "") + suffix, written=written)
    return Onward("write", text, share, text=trace.text + suffix, written=written)


def alignment(trace: Trace, pos: int, writes: str) -> Cells | None:
    """What each token that is written so far looked at in the source: the mean of all heads of all layers."""
    weights = [layer.cross_attention.weights for layer in trace.layers if layer.cross_attention is not None]
    if not weights or trace.encoder is None:
        return None
    mean = np.mean([np.mean(found[:, : pos + 1], axis=0) for found in weights], axis=0)
    names = [*(token.text for token in trace.tokens[1 : pos + 1]), writes]
    return Cells(tuple(names), trace.encoder.tokens, mean.astype(np.float32))


def _ends(model: LoadedModel) -> set[int]:
    """Ids of tokens at which the model stops."""
    config: Any = getattr(model.module, "generation_config", None) or model.module.config
    end = config.eos_token_id
    return set(end) if isinstance(end, list) else {end} - {None}


def _decoded(model: LoadedModel, ids: list[int], *, quiet: bool) -> str:
    """Text of ids; ``quiet``: without special tokens."""
    tokenizer: Any = model.tokenizer
    return str(tokenizer.decode(ids, skip_special_tokens=quiet, clean_up_tokenization_spaces=False))


def _suffix(model: LoadedModel, ids: list[int], added: int) -> str:
    """What one more token adds to a text, its space included."""
    before, whole = _decoded(model, ids, quiet=False), _decoded(model, [*ids, added], quiet=False)
    if ids and whole.startswith(before):
        return whole[len(before) :]
    piece = str(model.tokenizer.convert_ids_to_tokens(added))
    return tokens_of.piece_bytes(piece, tokens_of.kind_of_pieces(model.tokenizer)).decode("utf-8", "replace")


# ---- encoders ----


def _fill(model: LoadedModel, trace: Trace, pos: int) -> Step:
    """An encoder's last step: of all masks, the one that the model is surest of is filled first."""
    tokenizer: Any = model.tokenizer
    masks = [at for at, token in enumerate(trace.tokens) if token.token_id == tokenizer.mask_token_id]
    chips = chips_of(model, trace.tokens, pos, causal=False)
    mask = tokenizer.mask_token or ""
    if not masks:
        probs = probabilities(trace, pos)
        own = float(probs[trace.tokens[pos].token_id])
        onward = Onward("fill", "", own, ends="no mask", mask=mask, source=trace.text)
        return Step("write", (), (), (("probability", own),), note=_said(model, trace), chips=chips, onward=onward)
    order = sorted(masks, key=lambda at: -float(probabilities(trace, at).max()))
    surest = order[0]
    probs = probabilities(trace, surest)
    best = int(probs.argmax())
    token = tokens_of.describe(tokenizer, [best])[0]
    filled = _filled_in(trace.text, trace.tokens[surest].span, token, tokens_of.kind_of_pieces(tokenizer))
    onward = Onward("fill", token.text, float(probs[best]), text=filled, mask=mask, source=trace.text,
                    ends="" if filled is not None else "character")  # fmt: skip
    first = [probabilities(trace, at) for at in order]
    names = tokens_of.vocabulary(tokenizer, [int(found.argmax()) for found in first])
    cells = Cells(
        tuple(f"mask {at}: {name}" for at, name in zip(order, names, strict=True)),
        (Token(0, "p", "p", None, False),),
        np.array([[found.max()] for found in first], np.float32),
    )
    note = "Filled one by one, the surest first: each answer knows the ones before it."
    return Step("write", (), (), (("probability", float(probs[best])), ("n_masks", len(masks)), ("pos", surest)),
                note=note, words=(("token", token.text),), chips=chips, onward=onward, cells=cells)  # fmt: skip


def _said(model: LoadedModel, trace: Trace) -> str:
    if getattr(model.tokenizer, "mask_token", None) is None:
        return "This model has no mask token."
    return "An encoder writes nothing on: its text comes out as long as it went in."


def _filled_in(text: str, span: tuple[int, int] | None, token: Token, kind: str) -> str | None:
    """The text with a token in the place of a mask; None where it is not known where the mask stands."""
    if span is None or token.special:
        return None
    piece = tokens_of.piece_bytes(token.piece, kind).decode("utf-8", "replace")
    if UNWHOLE in piece:
        return None
    before, after = text[: span[0]], text[span[1] :]
    if kind == "wordpiece" and token.piece.startswith("##"):
        before = before.rstrip()
    elif before.endswith(" ") or not before:
        piece = piece.lstrip()
    return before + piece + after

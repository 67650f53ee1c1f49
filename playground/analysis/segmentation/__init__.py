"""How a tokenizer gets from a text to its ids, decision by decision, replayed from its own description.

    found = segmentation(model.tokenizer, "unbelievable")
    found.ids                      # the tokenizer's own
    found.words[0].how.merges      # BPE: which pairs were joined, in which order

Normalisers and pre-tokenizers are the tokenizer's own objects; cutting out added tokens, the model (BPE, WordPiece,
Unigram) and what is put around the text are done again here, from ``tokenizer.backend_tokenizer.to_str()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ...tokens import clean, kind_of_pieces
from ...trace import Trace
from .recipe import Recipe, found_in, recipe_of
from .records import Edge, Lattice, Match, Matching, Merge, Merging, Part, Segmentation, Stage, Word
from .words import spelled

if TYPE_CHECKING:
    from ...models import LoadedModel

__all__ = [
    "Edge", "Lattice", "Match", "Matching", "Merge", "Merging", "Part", "Segmentation", "Stage", "Word",
    "segmentation", "split_of",
]  # fmt: skip

Cut = tuple[int, int, int | None]
"""From and to which character; the id of an added token, None for what lies between them."""


def segmentation(tokenizer: Any, text: str) -> Segmentation:
    """Every step from a text to the ids that the tokenizer makes of it.

    Args:
        tokenizer: of transformers, with a backend of the library ``tokenizers`` (all but the slow ones).
        text: any; lone surrogates become U+FFFD, as everywhere on the page.

    Raises:
        PlaygroundError: the tokenizer is of a kind that cannot be replayed, or lacks a token for what is unknown.
    """
    recipe = recipe_of(tokenizer)
    text = clean(text)
    parts, words = _parts_and_words(tokenizer.backend_tokenizer, recipe, text) if text else ([], [])
    return Segmentation(
        algorithm=recipe.algorithm,
        text=text,
        normalizers=recipe.normalizers,
        parts=tuple(parts),
        pre_tokenizers=recipe.pre_tokenizers,
        words=tuple(words),
        added_before=recipe.before,
        added_after=recipe.after,
        n_merges=len(recipe.merges),
        n_vocabulary=recipe.size,
    )


def split_of(model: LoadedModel, trace: Trace, text: str) -> tuple[Segmentation, bool, str]:
    """The segmentation of a text by a model's tokenizer, whether it gives the tokenizer's own ids, and how its pieces
    are spelled (``tokens.kind_of_pieces``). ``trace`` is not read: the engine hands it to every analysis."""
    found = segmentation(model.tokenizer, text)
    own = list(model.tokenizer(found.text, verbose=False)["input_ids"])
    return found, list(found.ids) == own, kind_of_pieces(model.tokenizer)


def _parts_and_words(backend: Any, recipe: Recipe, text: str) -> tuple[list[Part], list[Word]]:
    """The text cut at added tokens, and what the pre-tokenizer makes of what lies between them, each word spelled.

    All of it goes through normaliser and pre-tokenizer as pieces of one string of the library: some put a space before
    the first word of the whole text only, and tell it by its place.
    """
    cut = found_in(text, recipe.typed)
    string, late = _normalized(backend, recipe, text, cut, keep=True)
    found = [
        Part(text[start:end], normalized, (start, end), token_id)
        for (normalized, (start, end), _), token_id in zip(string.get_splits(), late, strict=True)
    ]
    parts = _in_order(found, [Part(text[a:b], text[a:b], (a, b), i) for a, b, i in cut if i is not None])
    if any(token_id is not None for token_id in late):
        string, _ = _normalized(backend, recipe, text, cut, keep=False)
    if backend.pre_tokenizer is not None:
        backend.pre_tokenizer.pre_tokenize(string)
    words = _spelled(recipe, string)
    added = []
    for part in parts:
        if part.token_id is not None:
            piece = str(backend.id_to_token(part.token_id))
            added.append(Word(piece, part.span, (piece,), (part.token_id,), None))
    return parts, _in_order(words, added)


def _normalized(backend: Any, recipe: Recipe, text: str, cut: list[Cut], *, keep: bool) -> tuple[Any, list[int | None]]:
    """The text without the added tokens that were typed, normalised.

    Args:
        backend: the tokenizer of the library.
        recipe: what it says.
        text: not empty.
        cut: where added tokens were typed.
        keep: whether added tokens that are found after normalising stay in.

    Returns:
        The string of the library; for each of its pieces the id of an added token.
    """
    from tokenizers import PreTokenizedString

    ids: list[int | None] = []

    def again(_: int, piece: Any) -> list[Any]:
        found = [one for one in found_in(piece.normalized, recipe.late) if keep or one[2] is None]
        ids.extend(token_id for _, _, token_id in found)
        return [piece[start:end] for start, end, _ in found]

    string = PreTokenizedString(text)
    string.split(lambda _, whole: [whole[start:end] for start, end, token_id in cut if token_id is None])
    if backend.normalizer is not None:
        string.normalize(backend.normalizer.normalize)
    string.split(again)
    return string, ids


def _spelled(recipe: Recipe, string: Any) -> list[Word]:
    """Each word of a string of the library; one that occurs again is spelled once."""
    known: dict[str, Any] = {}
    words = []
    for given, span, _ in string.get_splits():
        if given not in known:
            known[given] = spelled(recipe, given)
        how, (pieces, ids) = known[given]
        words.append(Word(given, tuple(span), pieces, ids, how))
    return words


Placed = TypeVar("Placed", Part, Word)


def _in_order(found: list[Placed], added: list[Placed]) -> list[Placed]:
    """Added tokens at their places among the rest. Both lists are in the order of the text already; spans alone would
    not tell it, for several words may come of one character."""
    merged: list[Placed] = []
    for item in found:
        while added and added[0].span[1] <= item.span[0]:
            merged.append(added.pop(0))
        merged.append(item)
    return merged + added

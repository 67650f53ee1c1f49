"""A model's vocabulary by the model's name: texts of ids, rows of the token table, searches. No text is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import models
from ..tokens import kind_of_pieces, vocabulary
from .work import analysed, line

if TYPE_CHECKING:
    from ..analysis.embedding.angles import Word
    from ..analysis.embedding.arithmetic import WordSum
    from ..analysis.embedding.table import TokenTable
    from ..analysis.typed import TypedToken
    from ..analysis.vocabulary import Search, Vocabulary


def names(model: str, token_ids: list[int]) -> list[str]:
    """Visible texts of ids in a model's vocabulary."""
    return vocabulary(models.load_model(model).tokenizer, token_ids)


def typed(model: str, word: str) -> TypedToken:
    """The token of a model's vocabulary that a typed word means.

    Raises:
        PlaygroundError: there is none.
    """
    from ..analysis.typed import typed_token

    return typed_token(models.load_model(model), word)


def spelling(model: str) -> str:
    """How the pieces of a model's tokenizer are spelled, see ``tokens.kind_of_pieces``."""
    return kind_of_pieces(models.load_model(model).tokenizer)


def has_template(model: str) -> bool:
    """Whether a model's tokenizer has a chat template: whether the model was trained to talk with people."""
    return bool(getattr(models.load_model(model).tokenizer, "chat_template", None))


def searched(model: str, query: str, **filters: Any) -> tuple[Vocabulary, Search]:
    """A model's whole vocabulary and what a search finds in it, see ``analysis.vocabulary.search``.

    Raises:
        PlaygroundError: there is no such id.
    """
    from ..analysis.vocabulary import search, vocabulary_of

    vocabulary = vocabulary_of(models.load_model(model))
    return vocabulary, search(vocabulary, query, **filters)


def text_with(model: str, token_id: int) -> tuple[str, int] | None:
    """A short text in which a token stands, and its position there; None where none was found."""
    from ..analysis.vocabulary import text_with as found_with

    return found_with(models.load_model(model), token_id)


def decoded(model: str, token_ids: list[int]) -> str:
    """What the tokenizer makes of ids, special ones included."""
    return str(models.load_model(model).tokenizer.decode(token_ids))


def token_table(model: str) -> TokenTable:
    """A model's token table, measured once: see ``analysis.embedding.table``."""
    from ..analysis.embedding.table import table_measures, token_table

    return token_table(models.load_model(model), analysed(table_measures, model))


def word(model: str, typed: str) -> Word:
    """A typed word as a vector of a model's token table.

    Raises:
        PlaygroundError: the vocabulary has no token for it.
    """
    from ..analysis.embedding.angles import word_of

    return word_of(models.load_model(model), token_table(model), typed)


def word_sum(model: str, typed: tuple[str, str, str], *, centred: bool, keep_inputs: bool) -> WordSum:
    """The rows of a model's token table nearest to a − b + c, see ``analysis.embedding.arithmetic``.

    Raises:
        PlaygroundError: the vocabulary has no token for one of the words.
    """
    from ..analysis.embedding.arithmetic import sum_of

    loaded, table = models.load_model(model), token_table(model)
    return line().run("words", lambda: sum_of(loaded, table, typed, centred=centred, keep_inputs=keep_inputs))


def mask_token(model: str) -> tuple[str, int] | None:
    """An encoder's mask token and its id; None where there is none."""
    tokenizer = models.load_model(model).tokenizer
    return (tokenizer.mask_token, tokenizer.mask_token_id) if tokenizer.mask_token is not None else None

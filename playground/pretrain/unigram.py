"""Training a Unigram vocabulary: seeds from BPE, then rounds of best segmentation, counting and pruning.

The trainer in `tokenizers` finds its seeds in the list of *different* words, where a word like "taught" occurs once
and so is never proposed as a piece; frequent short words fell apart into letters. Seeds from BPE know frequencies.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, models, trainers

ROUNDS = 5
SEEDS_PER_PIECE = 2.5
_RARE = 0.3  # stands for the count of a single character that no segmentation uses

Scored = list[tuple[str, float]]


def train_unigram(texts: Iterable[str], shape: Tokenizer, vocab_size: int, specials: Sequence[str]) -> Scored:
    """Pieces with their log probabilities, `specials` first (score 0), at most `vocab_size` together.

    `shape` lends its normalizer and pre-tokenizer. Characters beyond the 200 most frequent become unknown.
    """
    words = count_words(texts, shape)
    seeds = _bpe_seeds(words, int(vocab_size * SEEDS_PER_PIECE))
    characters = {piece for piece in seeds if len(piece) == 1}
    scores = {piece: -math.log(len(seeds)) - 0.1 * (16 - min(16, len(piece))) for piece in seeds}
    room = vocab_size - len(specials)
    for size in _shrinking(len(scores), room, ROUNDS):
        counts = count_pieces(words, scores)
        keep = {piece for piece, _ in counts.most_common(size - len(characters)) if len(piece) > 1} | characters
        scores = _log_shares({piece: max(counts[piece], _RARE) for piece in keep})
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [(special, 0.0) for special in specials] + ordered


def count_words(texts: Iterable[str], shape: Tokenizer) -> Counter[str]:
    """How often each pre-token occurs in `texts`."""
    counts: Counter[str] = Counter()
    for text in texts:
        normal = shape.normalizer.normalize_str(text)
        counts.update(word for word, _ in shape.pre_tokenizer.pre_tokenize_str(normal))
    return counts


def count_pieces(words: Counter[str], scores: dict[str, float]) -> Counter[str]:
    """How often each piece occurs in the best segmentations of `words`."""
    vocab = [("<unk>", 0.0), *scores.items()]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=0))
    counts: Counter[str] = Counter()
    for encoding, count in zip(tokenizer.encode_batch(list(words)), words.values(), strict=True):
        for piece in encoding.tokens:
            counts[piece] += count
    return Counter({piece: count for piece, count in counts.items() if piece in scores})


def _bpe_seeds(words: Counter[str], size: int) -> list[str]:
    """The vocabulary of a BPE trained on `words`, whose counts are damped so that training takes seconds."""
    tokenizer = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(vocab_size=size, limit_alphabet=200, show_progress=False)
    repeated = (word for word, count in words.items() for _ in range(1 + int(math.sqrt(count))))
    tokenizer.train_from_iterator(repeated, trainer)
    return sorted(tokenizer.get_vocab())


def _shrinking(start: int, end: int, rounds: int) -> list[int]:
    """Vocabulary sizes of the rounds, geometrically down from `start` to `end`, the last two both `end`."""
    ratio = (end / start) ** (1 / (rounds - 1)) if start > end else 1.0
    return [max(end, round(start * ratio**i)) for i in range(1, rounds)] + [min(start, end)]


def _log_shares(counts: dict[str, float]) -> dict[str, float]:
    total = sum(counts.values())
    return {piece: math.log(count / total) for piece, count in counts.items()}

"""Episodes whose classes nobody named: words that lie near each other in the model's own embedding table.

A model that reads labelled words of a dozen classes learns these classes by heart: it names the label of a word that it
met in such rows, and guesses at that of a new one. Thousands of small classes cannot be learned so. What serves in all
of them is to ask which examples the new word is like. Words that the evaluation keeps back stand in none of them.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from . import classes
from .episodes import Episode, Labels, Source, labelled_words

NEIGHBOURS = 12
SHORTEST = 3  # letters
RAREST = 10  # times in the texts; most tokens that are parts of words stand there less often as words
_WORD = re.compile(r"\b[a-z]+\b")


def class_words(vocab: Mapping[str, int], texts: Iterable[str]) -> dict[str, int]:
    """The words of a byte-level `vocab` that episodes may be made of, with their ids: those that `texts` hold often."""
    counts = Counter(word for text in texts for word in _WORD.findall(text))
    held = {word for words in classes.WORD_CLASSES.values() for word in classes.kept_back(words)[1]}
    found = {token[1:]: token_id for token, token_id in vocab.items() if token.startswith("Ġ")}
    return {
        word: token_id
        for word, token_id in sorted(found.items())
        if len(word) >= SHORTEST and counts[word] >= RAREST and word not in held
    }


def neighbourhoods(embeddings: Tensor, words: Mapping[str, int], count: int = NEIGHBOURS) -> list[list[str]]:
    """Of each of `words`, by id in `embeddings` (vocabulary, width): itself and the `count` words nearest to it.

    Near by the cosine of the embeddings less the mean of all.
    """
    names = list(words)
    rows = (embeddings - embeddings.mean(0))[torch.tensor(list(words.values()))]
    rows = functional.normalize(rows.detach().float(), dim=-1)
    nearest = (rows @ rows.T).topk(min(count + 1, len(names))).indices
    return [[names[place] for place in places] for places in nearest.tolist()]


class AlikeSource(Source):
    """A `Source` of training episodes in which some of those of words with arbitrary labels are of neighbourhoods."""

    def __init__(
        self,
        groups: Sequence[Sequence[str]],
        share: float,
        kinds: tuple[float, float, float],
        words: float,
    ) -> None:
        """`groups` as `neighbourhoods` gives them; `share` of the arbitrary episodes of words are of them."""
        super().__init__(kinds=kinds, words=words)
        self.groups, self.share = groups, share

    def words_episode(self, rng: random.Random, kind: Labels, n_shots: int, n_classes: int | None = None) -> Episode:
        """As any `Source`'s, or of two or three neighbourhoods that share no word."""
        if kind != "arbitrary" or rng.random() >= self.share:
            return super().words_episode(rng, kind, n_shots, n_classes)
        n = n_classes or rng.choice((2, 2, 3))
        while True:
            pools = [rng.sample(group, len(group)) for group in rng.sample(self.groups, n)]
            if len(set().union(*pools)) == sum(map(len, pools)):
                break
        # Nobody named these classes; their places in `SORTS` are asked for in guided stages alone.
        sorts = (-1,) * n
        labels = tuple(rng.sample(self.labels, n))
        return labelled_words(rng, rng.choice(self.word_forms), pools, n_shots, labels, sorts, kind)

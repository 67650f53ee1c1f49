"""Arithmetic with the rows of the embedding table: king - man + woman, and nineteen like it."""

from __future__ import annotations

from typing import Any

from ...analysis.embedding import nearest
from .bars import Figure

# a - b + c should lead to d.
ANALOGIES = tuple(
    tuple(line.split())
    for line in """
    king man woman queen
    prince boy girl princess
    king boy girl queen
    prince man woman princess
    queen woman man king
    princess girl boy prince
    father man woman mother
    father boy girl mother
    mother woman man father
    brother boy girl sister
    brother man woman sister
    sister girl boy brother
    son boy girl daughter
    daughter woman man son
    uncle man woman aunt
    aunt woman man uncle
    husband man woman wife
    wife woman man husband
    grandfather man woman grandmother
    grandfather father mother grandmother
    """.strip().splitlines()
)


def analogy_figures(name: str, model: Any, tokenizer: Any, prefix: str = "") -> tuple[list[Figure], list[str]]:
    """Rank of queen after king - man + woman, hits in the first 5 of all analogies, and the answers as text.

    An analogy with a word that is no single token (written `prefix` + word) counts as missed.
    """
    rows = model.get_input_embeddings().weight.detach().float().cpu().numpy()
    vocab = tokenizer.get_vocab()
    hits, told, rank = 0, [], float("inf")
    for a, b, c, d in ANALOGIES:
        ids = [vocab.get(prefix + word) for word in (a, b, c, d)]
        if None in ids:
            told.append(f"[analogy] {a} - {b} + {c}: a word is missing from the vocabulary")
            continue
        found = nearest(rows, rows[ids[0]] - rows[ids[1]] + rows[ids[2]], 10, leave_out=tuple(ids[:3]))
        answer = [token_id for token_id, _ in found]
        hits += ids[3] in answer[:5]
        if (a, d) == ("king", "queen") and b == "man":
            rank = answer.index(ids[3]) + 1 if ids[3] in answer else float("inf")
        words = ", ".join(tokenizer.convert_ids_to_tokens(answer[:5])).replace(prefix or "\0", "")
        told.append(f"[analogy] {a} - {b} + {c} = {words}")
    share = 100 * hits / len(ANALOGIES)
    return [
        Figure(name, "king - man + woman: rank of queen", rank, 5, at_most=True),
        Figure(name, "20 analogies in the first 5", share, 60, unit="%"),
    ], told

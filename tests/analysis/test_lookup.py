"""The look-up gives the rows of the model's own input embedding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import capture, load_model
from playground.analysis.lookup import AROUND, Lookup, look_up
from tests.tiny import FAMILIES, tiny

TEXT = "The cat sat on the mat."


def found(family: str, pos: int = 1, order: str = "id", encoder: bool = False) -> Lookup:
    model = tiny(family)
    two = model.info.kind == "encoder-decoder"
    return look_up(model, capture(model, TEXT, "the cat" if two else None), encoder, pos, order)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_is_that_of_the_model_s_input_embedding(family: str) -> None:
    module: Any = tiny(family).module
    weight = module.get_input_embeddings().weight.detach().numpy()
    lookup = found(family)
    assert lookup.shape == weight.shape
    np.testing.assert_array_equal(lookup.values, weight[list(lookup.rows)])
    assert lookup.rows[lookup.own] == lookup.token_ids[1]
    assert lookup.cosines[lookup.own] == pytest.approx(1, abs=1e-5)
    if lookup.captured:
        assert lookup.difference < 1e-5
        expected = weight[list(lookup.token_ids)] * lookup.factor
        np.testing.assert_allclose(lookup.looked_up, expected, atol=1e-5)


@pytest.mark.parametrize(("family", "factor"), [("gpt2", 1), ("granite", 12), ("marian", 32**0.5), ("gemma2", 32**0.5)])
def test_what_the_family_multiplies_rows_by_is_found(family: str, factor: float) -> None:
    module: Any = tiny(family).module
    scales = getattr(module.config, "scale_embedding", True)
    assert found(family).factor == pytest.approx(factor if scales else 1, rel=1e-3)


def test_rows_beside_it_follow_one_another_and_end_where_the_table_does() -> None:
    model = tiny("gpt2")
    for token_id in (0, 1, 150, model.info.vocab_size - 1):
        lookup = look_up(model, capture(model, [token_id, 5]), False, 0, "id")
        assert lookup.rows == tuple(range(lookup.rows[0], lookup.rows[0] + 2 * AROUND + 1))
        assert token_id in lookup.rows and lookup.rows[0] >= 0 and lookup.rows[-1] < model.info.vocab_size


def test_the_nearest_rows_are_those_of_a_search_over_the_whole_table() -> None:
    module: Any = tiny("gpt2").module
    weight = module.get_input_embeddings().weight.detach().double().numpy()
    lookup = found("gpt2", order="angle")
    unit = weight / np.linalg.norm(weight, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[lookup.token_ids[1]]), kind="stable")
    assert list(lookup.rows) == order[: 2 * AROUND + 1].tolist()


def test_the_last_vectors_have_a_row_for_each_token() -> None:
    for family, encoder in (("gpt2", False), ("bert", False), ("marian", True)):
        lookup = found(family, encoder=encoder)
        assert lookup.last is not None and lookup.last.shape == (len(lookup.token_ids), 32)


def test_lesson_the_same_word_has_the_same_row_and_the_nearest_row_of_king_is_queen() -> None:
    model = load_model("storyteller")
    trace = capture(model, "The king saw the queen, and the queen saw the king.")
    texts = [token.text for token in trace.tokens]
    first, last = texts.index("␣king"), len(texts) - 1 - texts[::-1].index("␣king")
    assert first != last and texts[first] == "␣king"
    lookups = [look_up(model, trace, False, pos, "angle") for pos in (first, last)]
    np.testing.assert_array_equal(lookups[0].looked_up[first], lookups[0].looked_up[last])
    assert trace.tokens[texts.index("␣queen")].token_id in lookups[0].rows[:4]
    assert lookups[0].last is not None
    assert not np.allclose(lookups[0].last[first], lookups[0].last[last])

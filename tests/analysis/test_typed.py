"""A typed word becomes the token that is meant, or a sentence says why not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import PlaygroundError, load_model
from playground.analysis.typed import typed_token
from tests.tiny import FAMILIES, tiny


@pytest.mark.parametrize("name", FAMILIES)
def test_a_word_of_the_corpus_is_a_token_of_its_text(name: str) -> None:
    model = tiny(name)
    found = typed_token(model, "cat")
    plain = model.tokenizer(" cat", add_special_tokens=False)["input_ids"]
    assert found.token_id in plain
    assert found.text.strip("␣") and "cat".startswith(found.text.strip("␣"))


@pytest.mark.parametrize("name", ["gpt2", "bert", "t5"])
def test_an_id_and_a_name_of_the_vocabulary_mean_themselves(name: str) -> None:
    model = tiny(name)
    assert typed_token(model, "#7").token_id == 7
    special = model.tokenizer.all_special_tokens[0]
    assert typed_token(model, special).token_id == model.tokenizer.convert_tokens_to_ids(special)
    with pytest.raises(PlaygroundError, match="There is no token"):
        typed_token(model, f"#{model.info.vocab_size}")
    with pytest.raises(PlaygroundError, match="Type a word"):
        typed_token(model, "  ␣ ")


def test_the_form_inside_a_text_is_meant_and_a_cut_word_is_said() -> None:
    model = load_model("storyteller")
    assert typed_token(model, "Lily").text == "␣Lily" and not typed_token(model, "Lily").note
    assert typed_token(model, ",").text == ","
    cut = typed_token(model, "Jacqueline")
    assert cut.text == "␣J" and "5 tokens" in cut.note and "the first is meant" in cut.note


@settings(max_examples=60, deadline=None)
@given(word=st.text(min_size=1, max_size=12), name=st.sampled_from(["gpt2", "bert", "marian", "roberta"]))
def test_any_text_is_a_token_or_a_sentence(word: str, name: str) -> None:
    model = tiny(name)
    try:
        found = typed_token(model, word)
    except PlaygroundError as error:
        assert str(error)
    else:
        assert 0 <= found.token_id < model.info.vocab_size and isinstance(found.text, str)

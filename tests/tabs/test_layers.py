"""One word in several sentences on the page: what stands ready follows the model, and what is missing is said."""

from __future__ import annotations

import pytest

from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.tabs.embeddings.layers import LAYERS, READY, SENTENCES, WORD
from tests.tabs.tiny_pages import PROMPTS, shown

NAME = "embeddings-layers"
CONTROLS = {control.key: control for control in LAYERS.controls}


def test_what_stands_ready_gives_way_to_the_other_models_and_what_was_typed_stays() -> None:
    for at, (key, own) in enumerate((("word", WORD), ("sentences", SENTENCES))):
        adapt = CONTROLS[key].adapt
        assert adapt is not None
        french = READY["translator"][at]
        assert adapt(Prompt("translator", "a"), own).value == french
        assert adapt(Prompt("storyteller", "a"), french).value == own
        for model in ("translator", "storyteller"):
            assert adapt(Prompt(model, "a"), "typed by someone").value is None
        assert adapt(Prompt("translator", "a"), french).value is None


@pytest.mark.parametrize(
    ("word", "said"),
    [("zebra", "None of the sentences holds “zebra”"), ("", "Type the word"), ("mat", "does not hold the word “mat”")],
)
def test_a_word_without_its_sentences_says_what_to_give(word: str, said: str) -> None:
    with pytest.raises(PlaygroundError, match=said):
        shown(NAME, PROMPTS["gpt2"], what="word", word=word, sentences="The cat sat on the mat.\nThe cat sat.")

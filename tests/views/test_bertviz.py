"""BertViz's drawings hold the model's weights, queries and keys, for every kind of attention."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from playground import PlaygroundError
from playground.analysis.attention import AttentionMaps, attention_maps
from playground.trace import Attention, Token
from playground.views.attention import Heads
from playground.views.bertviz import MOST_MARKS, SLOW_MARKS, bertviz_view, marks, second_sentence
from playground.views.pictures import Bertviz
from playground.views.pictures.bertviz import Drawing
from tests.views.shown import shown, trace_of

KINDS = [("gpt2", "self"), ("bert", "self"), ("marian", "cross"), ("marian", "encoder")]


def heads_of(name: str, kind: str, text: str = "The cat sat on the mat. The dog sat on the cat.") -> Heads:
    maps = attention_maps(trace_of(name, text), kind)
    return Heads(maps, 1, maps.layers[1].n_heads - 1, len(maps.rows) - 1, "pass\n")


def picture_of(heads: Heads, drawing: Drawing) -> Bertviz:
    picture = bertviz_view(heads, drawing).picture
    assert isinstance(picture, Bertviz)
    return picture


@pytest.mark.parametrize("drawing", ["head", "model"])
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_it_draws_the_weights(name: str, kind: str, drawing: Drawing) -> None:
    heads = heads_of(name, kind)
    view = bertviz_view(heads, drawing)
    picture = picture_of(heads, drawing)
    np.testing.assert_array_equal(picture.weights, np.stack([a.weights for a in heads.maps.layers]))
    for cells, row in zip(shown(view)["table"]["rows"], heads.weights, strict=True):
        assert cells[1:] == pytest.approx(row.tolist())


@pytest.mark.parametrize(("name", "kind"), [*KINDS, ("llama", "self"), ("t5", "cross"), ("mistral", "self")])
def test_neurons_are_the_chosen_heads_own(name: str, kind: str) -> None:
    """Also where several heads share a key: softmax of q · k, scaled, biased and masked, gives the weights."""
    heads = heads_of(name, kind)
    picture, attention = picture_of(heads, "neuron"), heads.maps.layers[1]
    assert (picture.layers, picture.heads) == ((1,), (heads.head,))
    np.testing.assert_array_equal(picture.weights[0, 0], heads.weights)
    scores = picture.queries @ picture.keys.T
    assert attention.scores is not None
    np.testing.assert_allclose(scores, attention.scores[heads.head], rtol=1e-4, atol=1e-5)
    assert shown(bertviz_view(heads, "neuron"))["table"]["rows"]


def test_what_bertviz_does_not_draw_is_said() -> None:
    t5 = bertviz_view(heads_of("t5", "self"), "neuron").notes
    assert any("bias by distance" in note for note in t5) and any("multiplies by 1." in note for note in t5)
    assert any("caps its scores" in note for note in bertviz_view(heads_of("gemma2", "self"), "neuron").notes)
    assert not any("bias by" in note for note in bertviz_view(heads_of("gpt2", "self"), "neuron").notes)
    with pytest.raises(PlaygroundError, match="queries and keys"):
        bertviz_view(heads_of("falcon", "self"), "neuron")


def test_two_sentences_can_be_told_apart() -> None:
    cls, sep = Token(1, "[CLS]", "[CLS]", None, True), Token(2, "[SEP]", "[SEP]", None, True)
    word = Token(5, "a", "a", (0, 1), False)
    assert second_sentence((cls, word, sep, word, word, sep)) == 3
    assert second_sentence((cls, word, sep)) is None
    assert second_sentence((word, sep, word)) is None
    assert second_sentence(()) is None
    two = heads_of("bert", "self", "The cat sat. [SEP] The dog sat.")
    picture = picture_of(two, "head")
    assert picture.second is not None and picture.rows[picture.second - 1] == "[SEP]"
    assert picture_of(heads_of("bert", "self"), "head").second is None
    assert picture_of(heads_of("gpt2", "self"), "head").second is None


def many(n: int, n_layers: int, layer: int) -> Heads:
    attention = Attention(weights=np.zeros((4, n, n), np.float32))
    tokens = trace_of("gpt2").tokens[:1] * n
    maps = AttentionMaps("self", (attention,) * n_layers, tokens, tokens, np.zeros((1, 1, 1, 1), np.uint8), True, (),
                         True, (0, 0))  # fmt: skip
    return Heads(maps, layer, 0, 0, "pass\n")


@pytest.mark.parametrize(
    ("n_layers", "layer", "expected"), [(3, 1, (0, 1, 2)), (40, 0, (0,)), (40, 20, (20,)), (40, 39, (39,))]
)
def test_it_takes_what_a_browser_can_draw(n_layers: int, layer: int, expected: tuple[int, ...]) -> None:
    """Of many layers those around the chosen one; of too long a text nothing, with a sentence."""
    heads = many(100 if n_layers < 10 else 300, n_layers, layer)
    assert picture_of(heads, "head").layers == expected
    if n_layers > 10:
        with pytest.raises(PlaygroundError, match="shorter text"):
            bertviz_view(heads, "model")


def test_a_long_wait_is_announced() -> None:
    slow = many(200, 3, 1)
    assert picture_of(slow, "head").n_marks == 4 * 200 * 200 > SLOW_MARKS
    assert any("160,000 lines and cells" in note for note in bertviz_view(slow, "head").notes)
    assert not any("lines and cells" in note for note in bertviz_view(many(20, 3, 1), "head").notes)
    assert marks("neuron", (1, 1, 300, 300), 64) > MOST_MARKS > marks("neuron", (1, 1, 128, 128), 64)


def test_a_head_that_was_guided_is_said_to_be_one() -> None:
    heads = replace(heads_of("gpt2", "self"), guided="the token before")
    for drawing in ("head", "neuron"):
        assert bertviz_view(heads, drawing).reading.endswith("where to look: at the token before.")

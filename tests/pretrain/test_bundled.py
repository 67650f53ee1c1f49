"""The bundled models in the repository: plain, small, complete, quick to load, and doing what they are for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from playground.analysis.embedding import nearest
from playground.pretrain.evaluation.heads import induction_heads, previous_token_heads
from playground.pretrain.evaluation.masks import fillings
from playground.pretrain.evaluation.text import bits_per_byte, repetition
from playground.pretrain.evaluation.translations import translate
from playground.pretrain.speed import use_fast_attention

MODELS = Path(__file__).resolve().parents[2] / "assets" / "models"
CLASSES = {"storyteller": AutoModelForCausalLM, "translator": AutoModelForSeq2SeqLM, "cloze": AutoModelForMaskedLM}
TEXT = {
    "storyteller": "Once upon a time, the king and the queen met a talking cat. Hello, how are you?",
    "translator": "J'aime l'apprentissage automatique. Où est la gare ?",
    "cloze": "The cat sat on the [MASK]. Hello, how are you?",
}
SECTIONS = ("## Use", "## Training data", "## Training", "## Figures on data not trained on", "## Limits")


def open_bundled(name: str, **how: Any) -> Any:
    return CLASSES[name].from_pretrained(MODELS / name, local_files_only=True, dtype=torch.float32, **how).eval()


def tokenizer_of(name: str) -> Any:
    return AutoTokenizer.from_pretrained(MODELS / name, local_files_only=True)


@pytest.mark.parametrize("name", CLASSES)
def test_tokenizer_file_and_auto_tokenizer_give_the_same_ids(name: str) -> None:
    plain, auto = Tokenizer.from_file(str(MODELS / name / "tokenizer.json")), tokenizer_of(name)
    for text in (TEXT[name], "", "naïve café 🙂", "  two  spaces\n"):
        assert plain.encode(text).ids == auto(text)["input_ids"]


@pytest.mark.parametrize("name", CLASSES)
def test_attention_of_the_training_gives_the_logits_of_the_library(name: str) -> None:
    inputs = tokenizer_of(name)([TEXT[name]], return_tensors="pt")
    if name == "translator":
        inputs["decoder_input_ids"] = inputs["input_ids"].flip(1)
    model = open_bundled(name, attn_implementation="eager")
    with torch.no_grad():
        expected = model(**inputs).logits
        use_fast_attention(model, torch.device("cpu"))
        torch.testing.assert_close(model(**inputs).logits, expected, atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("name", CLASSES)
def test_card_is_complete_and_tells_its_own_run(name: str) -> None:
    card = (MODELS / name / "README.md").read_text(encoding="utf-8")
    record = json.loads((MODELS / name / "training.json").read_text(encoding="utf-8"))
    assert [section for section in SECTIONS if section not in card] == []
    assert record["command"] in card and f"Seed {record['seed']}" in card
    assert "www.manythings.org/anki and tatoeba.org" in card and "CC BY 2.0" in card
    assert "grammar" in card and ("CDLA-Sharing-1.0" in card or name == "translator")


def test_sizes_fit_a_repository() -> None:
    files = [path for path in MODELS.rglob("*") if path.is_file()]
    assert [path.name for path in files if path.stat().st_size >= 10_000_000] == []
    assert sum(path.stat().st_size for path in files) < 45_000_000
    assert not [path for path in files if path.suffix in {".bin", ".pt", ".model"}], "safetensors and plain text only"


def test_storyteller_opens_a_story_and_its_likeliest_words_seldom_loop() -> None:
    """Before its last stage a third of the 4-grams of greedy text were repeated ones."""
    model, tokenizer = open_bundled("storyteller"), tokenizer_of("storyteller")
    shares = []
    for opening in ("Once upon a time", "The little boy opened the box and", "Mia and her dad went to the beach."):
        inputs = tokenizer(opening, return_tensors="pt")
        ids = model.generate(**inputs, max_new_tokens=100, do_sample=False)[0].tolist()
        shares.append(repetition(ids[inputs["input_ids"].shape[1] :]))
        if opening == "Once upon a time":
            assert tokenizer.decode(ids).startswith("Once upon a time, there was a")
    assert sum(shares) / len(shares) < 0.25


def test_storyteller_knows_that_king_less_man_plus_woman_is_queen() -> None:
    rows, vocab = (
        open_bundled("storyteller").get_input_embeddings().weight.detach().numpy(),
        tokenizer_of("storyteller").vocab,
    )
    king, man, woman, queen = (vocab["Ġ" + word] for word in ("king", "man", "woman", "queen"))
    found = nearest(rows, rows[king] - rows[man] + rows[woman], 5, leave_out=(king, man, woman))
    assert queen in [token_id for token_id, _ in found]


def test_storyteller_has_heads_that_copy() -> None:
    model, tokenizer = open_bundled("storyteller", attn_implementation="eager"), tokenizer_of("storyteller")
    text = "Once upon a time, there was a little girl named Lily. She loved to play in the park with her big red ball."
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    assert previous_token_heads(model, ids).max() > 0.9
    assert induction_heads(model, len(tokenizer), length=30).max() > 0.8


@pytest.mark.parametrize(("good", "bad"), [("Positive", "Negative"), ("Negative", "Positive")])
def test_storyteller_labels_as_its_examples_do(good: str, bad: str) -> None:
    """The lesson's two examples, and the same with their labels exchanged: the answer follows them."""
    model, tokenizer = open_bundled("storyteller"), tokenizer_of("storyteller")
    shots = f"I loved this movie! Sentiment: {good}\nI don't like this chair. Sentiment: {bad}\n"
    for question, label, other in (
        ("The cake was wonderful. Sentiment:", good, bad),
        ("The soup was terrible. Sentiment:", bad, good),
    ):
        with torch.no_grad():
            logits = model(**tokenizer(shots + question, return_tensors="pt")).logits[0, -1]
        right, wrong = (tokenizer(" " + word)["input_ids"][0] for word in (label, other))
        assert logits[right] > logits[wrong], question


def test_storyteller_knows_the_words_of_a_simple_story() -> None:
    """Written for this test. A guess of single tokens by their frequency alone would need more than 2 bits a byte."""
    model, tokenizer = open_bundled("storyteller"), tokenizer_of("storyteller")
    story = (
        "Once upon a time, there was a boy named Sam. He had a small blue boat. One day, Sam took his boat to the "
        "lake. "
        'The wind was strong and the boat went far away. Sam was very sad. A big duck saw him and asked, "Why are you '
        'sad?" Sam said, "I lost my boat." The duck swam to the boat and pushed it back. Sam was so happy. He said, '
        '"Thank you, duck!" From that day on, Sam and the duck were best friends.'
    )
    assert bits_per_byte(model, tokenizer, [story]) < 0.9


def test_translator_puts_the_lesson_sentence_into_english_and_stops() -> None:
    model, tokenizer = open_bundled("translator"), tokenizer_of("translator")
    sources = ["J'aime l'apprentissage automatique.", "J'aime l'apprentissage automatique"]
    texts, ended = translate(model, tokenizer, sources)
    assert [text.rstrip(".") for text in texts] == ["I love machine learning"] * 2
    assert all(ended)


def test_cloze_fills_the_mask() -> None:
    model, tokenizer = open_bundled("cloze"), tokenizer_of("cloze")
    assert "queen" in dict(fillings(model, tokenizer, "The king and the [MASK] lived in a castle."))

"""Model cards: what a model is, what it learned from, how well it does, and how to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .evaluation.bars import Figure, table
from .export import RunRecord, read_record

CARD = "README.md"
_TINYSTORIES = "TinyStories (Eldan and Li, 2023), an excerpt of {size}, CDLA-Sharing-1.0; 5 % of the stories held out."
_BOOKS = (
    "Four books in the public domain (Project Gutenberg texts): Grimms' Fairy Tales; Bryant, Stories to Tell to "
    "Children; Burgess, The Adventures of Buster Bear; Carroll, Alice's Adventures in Wonderland."
)
_MUON = (
    "bf16 autocast; Muon for the matrices inside the layers, AdamW for the rest; the rate rises, then falls straight "
    "to 0."
)
_TATOEBA = "Sentences of Tatoeba through www.manythings.org/anki and tatoeba.org, CC BY 2.0 (France)"


class CardText(NamedTuple):
    """The parts of a card that differ between models; `use` is a Python snippet, the others are sentences."""

    title: str
    tags: tuple[str, ...]
    languages: tuple[str, ...]
    what: str
    data: tuple[str, ...]
    generated: str
    training: str
    use: str
    limits: tuple[str, ...]


TEXTS = {
    "storyteller": CardText(
        "storyteller: a small decoder-only model (GPT-2 architecture)",
        ("text-generation", "gpt2", "teaching"),
        ("en",),
        "It continues simple English stories and sentences. 6 layers, 8 heads, width 256, learned positions, a context "
        "of 256 tokens, byte-level BPE with 4,096 entries; input and output embeddings are tied. `<|endoftext|>` both "
        "starts and ends a text.",
        (
            _TINYSTORIES.format(size="4.2 MB")
            + " Most of the excerpt had lost its capital letters; they were put back by rule, about 99.5 % of the "
            "words right. Four copies in five have their common first names exchanged for one another.",
            _BOOKS,
            _TATOEBA + ": the English side, 2 % of the sentences held out.",
        ),
        "About 3 % of the training windows hold text from the project's own grammar (`playground/pretrain/grammar`, "
        "seeded): kings, queens and families in matching contexts; \"bank\" and \"novel\" in two senses; who did what "
        "with what; repeated patterns of words; short explanations. The words of the analogies below are in it, on "
        "purpose. Another 14 %, more while heads form and in the last stage, are episodes "
        "(`playground/pretrain/episodes.py`): up to ten words or short reviews with their labels, then one more. In "
        "40 % of them the labels are words that mean nothing there, in 25 % the usual labels are exchanged, in 35 % "
        "they are the usual ones: only the examples tell. The made-up examples weigh a fifth in the loss, so that "
        "they are read and hardly learned as text; a label weighs four, and nothing where it cannot be known. A "
        "fifth of the words, reviews, forms and labels is kept out of training; the figures below are measured on "
        "these. Drills with random tokens open the training and are 1 to 3 % of its windows later.",
        "Matrices in bf16, weights and residual stream in float32; Muon for the matrices inside the layers, AdamW "
        "for the rest; the rate rises, then falls straight to 0; dropout 0.1, later 0.15, then 0.25. Stages, and "
        "what each holds: `STAGES` in `playground/pretrain/storyteller.py`. While the heads form, terms beside the "
        "loss, weight 0.3, tell four of them where to look: head 0 of layer 0 at the token before, head 0 of layer 2 "
        "at what followed the same token before, head 0 of layer 3 from a label at the token before it, head 0 of "
        "layer 4 at the labels of examples that are of the question's class; and the residual stream is told the "
        "class of an item (`playground/pretrain/drills.py`). On so little text such heads do not form by themselves. "
        "After that nothing but their use keeps them. The positions start as sines and cosines. A last stage "
        "(`playground/pretrain/polish.py`) goes on in small steps with dropout 0.35 and works against loops: in "
        "every third step the model writes on greedily from the beginnings of texts, and each token that completes "
        "four tokens which it has said before is made less likely (unlikelihood training, Welleck et al. 2019). "
        "There 30 % of the windows are episodes, and 80 % of the word lists with arbitrary labels are of classes "
        "that nobody named: words that lie near each other in the model's own embedding table, the words that the "
        "evaluation keeps back left out. The finished weights are the mean of those before and those behind the last "
        "stage (Wortsman et al. 2021).",
        """from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("assets/models/storyteller")
model = AutoModelForCausalLM.from_pretrained("assets/models/storyteller")
inputs = tokenizer("Once upon a time", return_tensors="pt")
ids = model.generate(**inputs, max_new_tokens=60, do_sample=True, temperature=0.8)
print(tokenizer.decode(ids[0]))""",
        (
            "It is a teaching model of 6 million parameters: its stories wander, and it knows no facts.",
            "English only, in the small words of children's stories; other text falls into many short tokens.",
            "Its heads that copy and that read examples were shown where to look (`guided_heads` in `training.json`); "
            "larger models find such heads by themselves.",
            "It reads examples in the forms and of the classes that it was trained on, and few others. A rarer word at "
            "the start of a line is cut into pieces that it hardly knows: write `- crab -> …`, with a space before it.",
            "It repeats the outlook of its stories, of old fairy tales, and of its generated sentences on men and "
            "women.",
        ),
    ),
    "translator": CardText(
        "translator: a small encoder-decoder model, French to English (Marian architecture)",
        ("translation", "marian", "teaching"),
        ("fr", "en"),
        "It translates short everyday French sentences into English. 3 + 3 layers, 8 heads, width 256, sinusoidal "
        "positions and ReLU as in the original transformer, normalisation after each sub-layer, one Unigram vocabulary "
        "of about 6,000 pieces for both languages, tied embeddings. The decoder starts from `<pad>` and ends with "
        "`</s>`.",
        (
            _TATOEBA + ": 163,652 pairs (2019-04-07); 2 % of the English sentences with all their pairs held out.",
        ),
        "About 2 % of the pairs (3,000) come from the project's own grammar (`playground/pretrain/grammar/pairs.py`, "
        "seeded): who loves, studies or prefers what (\"J'aime l'apprentissage automatique.\" / \"I love machine "
        "learning.\" and its neighbours), and things with their colour. So that lesson sentence is no generalisation.",
        _MUON,
        """from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("assets/models/translator")
model = AutoModelForSeq2SeqLM.from_pretrained("assets/models/translator")
inputs = tokenizer("J'aime l'apprentissage automatique.", return_tensors="pt")
print(tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))""",
        (
            "Short everyday sentences only: it saw few of more than 30 words, and no paragraphs.",
            "Rare words and names are guessed; characters it never saw become `<unk>` and are lost.",
            "Many of its sentences are about Tom and Mary, as in its corpus.",
            "\"tu\" and \"vous\" both become \"you\"; genders that French leaves open are guessed.",
        ),
    ),
    "cloze": CardText(
        "cloze: a small encoder-only model that fills in masks (BERT architecture)",
        ("fill-mask", "bert", "teaching"),
        ("en",),
        "It guesses masked words of English sentences. 4 layers, 8 heads, width 256, learned positions, a context of "
        "128 tokens, WordPiece (uncased) with about 7,000 entries. A text stands between `[CLS]` and `[SEP]`; the word "
        "to guess is `[MASK]`.",
        (_TINYSTORIES.format(size="0.9 MB"), _BOOKS, _TATOEBA + ": the English side, 2 % of the sentences held out."),
        "A minority of the text comes from the project's own grammar (`playground/pretrain/grammar`, seeded): kings, "
        "queens and families in matching contexts; \"bank\" by rivers and with money, \"novel\" the book and the "
        "adjective; who did what with what. The sentences with \"bank\" that are measured below were written by hand "
        "and are not in it; the words of the analogies are, on purpose.",
        _MUON,
        """from transformers import AutoModelForMaskedLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("assets/models/cloze")
model = AutoModelForMaskedLM.from_pretrained("assets/models/cloze")
inputs = tokenizer("The cat sat on the [MASK].", return_tensors="pt")
place = (inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero().item()
print(tokenizer.decode(model(**inputs).logits[0, place].topk(5).indices))""",
        (
            "It knows everyday sentences and children's stories, and no facts about the world.",
            "There was no next-sentence task: the vector of `[CLS]` and the second segment mean nothing special.",
            "It repeats the outlook of its texts, of its generated sentences on men and women above all.",
        ),
    ),
}  # fmt: skip


def card(text: CardText, record: RunRecord, figures: Sequence[Figure]) -> str:
    """The card as Markdown with the front matter of a model hub."""
    tags = "\n".join(f"- {tag}" for tag in text.tags)
    languages = "\n".join(f"- {language}" for language in text.languages)
    missed = [figure.what for figure in figures if figure.holds is False]
    verdict = "All bars are met." if not missed else "Not met: " + "; ".join(missed) + "."
    points = "\n".join(f"- {line}" for line in text.limits)
    machine = f" ({record.machine})" if record.machine else ""
    note = f"\n- {record.note}" if record.note else ""
    data = "\n".join(f"- {line}" for line in text.data)
    return f"""---
language:
{languages}
library_name: transformers
tags:
{tags}
---

# {text.title}

One of the three small models that come with the Transformer Playground, trained by the project to look into.
{text.what} {record.n_parameters:,} parameters, stored as 16-bit floats.

## Use

```python
{text.use}
```

## Training data

{data}

What is held out is decided by a hash of each text, so that it stays out whatever the seed.

**Generated text.** {text.generated}

## Training

- Command: `{record.command}`
- Seed {record.seed}; {record.steps:,} steps, {record.tokens:,} input tokens, {record.minutes:.0f} minutes{machine}.
- {text.training}
- Training loss at the end: {record.train_loss_nats:.3f} nats per predicted token.{note}

`--minutes` ends where the machine's speed leads it; `--steps` as above repeats the length of the run anywhere.
Low bits may differ between machines, so a repeated run gives a like model and not the same bytes.

## Figures on data not trained on

{table(figures) if figures else "Not measured yet."}

{verdict if figures else ""}

Measured by `python -m playground.pretrain evaluate {record.name} --corpora DIR`.

## Limits

{points}
"""


def write_card(folder: Path, figures: Sequence[Figure]) -> None:
    """Write `folder/README.md` from the run record there and the measured figures; KeyError for an unknown model."""
    record = read_record(folder)
    (folder / CARD).write_text(card(TEXTS[record.name], record, figures), encoding="utf-8")

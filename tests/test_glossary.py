"""The glossary: short, plain, and no word twice."""

from __future__ import annotations

import json
import re

from playground.tabs import TABS
from playground.tabs.components import ASSETS
from playground.tabs.links import owned

ENTRIES = json.loads((ASSETS / "glossary.json").read_text(encoding="utf-8"))
WANTED = (
    "token, vocabulary, embedding, residual stream, layer, head, query, key, value, attention weight, softmax, logit,"
    " probability, temperature, top-k, top-p, entropy, bit, surprisal, perplexity, KL divergence, cosine, norm,"
    " LayerNorm, causal mask, prompt, completion, inference, context window, in-context learning, few-shot, greedy,"
    " beam search, encoder, decoder, cross-attention, mask, special token, BPE, PCA, t-SNE, rank"
)


def test_each_term_is_explained_once_in_one_or_two_sentences() -> None:
    forms = [form.lower() for entry in ENTRIES for form in (entry["term"], *entry.get("forms", ()))]
    assert len(set(forms)) == len(forms), sorted(form for form in forms if forms.count(form) > 1)
    for entry in ENTRIES:
        assert entry.keys() <= {"term", "forms", "tabs", "says"}
        assert entry["says"].endswith(".") and 20 < len(entry["says"]) < 200, entry["term"]
        assert len(re.findall(r"[.!?](?:\s|$)", entry["says"])) <= 2, entry["term"]


def test_the_words_that_a_beginner_meets_are_there() -> None:
    assert set(WANTED.split(", ")) <= {entry["term"] for entry in ENTRIES}


def test_terms_of_single_tabs_name_tabs_that_there_are() -> None:
    tabs = {tab.id for tab in TABS}
    assert all(set(entry.get("tabs", ())) <= tabs for entry in ENTRIES)


def test_every_tab_has_words_that_are_explained() -> None:
    forms = {form.lower() for entry in ENTRIES for form in (entry["term"], *entry.get("forms", ()))}
    for tab in TABS:
        said = " ".join([*(view.help for view in tab.views), *(control.label for _, control in owned(tab))]).lower()
        assert any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", said) for form in forms), tab.id

"""What normalisers and pre-tokenizers do, in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ...analysis.segmentation import Stage
from ..view import listed, quoted

Options = Mapping[str, str]


def said(stages: tuple[Stage, ...]) -> str:
    """What stages do one after the other: ``lower case, then accents removed``."""
    return ", then ".join(filter(None, (_one(stage) for stage in stages)))


def _one(stage: Stage) -> str:
    words = WORDS.get(stage.name, f"a step called {stage.name}")
    return words if isinstance(words, str) else words(dict(stage.options))


def _bert(options: Options) -> str:
    done = []
    if options.get("clean_text") == "true":
        done.append("control characters removed")
    if options.get("handle_chinese_chars") == "true":
        done.append("spaces around Chinese characters")
    lower = options.get("lowercase") == "true"
    if lower:
        done.append("lower case")
    if options.get("strip_accents") == "true" or (lower and options.get("strip_accents") == "null"):
        done.append("accents removed")
    return listed(done)


def _replaced(options: Options) -> str:
    return f"{_pattern(options)} becomes {quoted(options.get('content', ''), 12)}"


def _pattern(options: Options) -> str:
    """The pattern of a replacement or a split: ``{"String": "’"}`` or ``{"Regex": "[.,]"}``."""
    try:
        spec = json.loads(options.get("pattern", "{}"))
    except ValueError:
        spec = {}
    text = next(iter(spec.values()), "") if isinstance(spec, dict) else ""
    return f"what fits the pattern {quoted(text, 24)}" if "Regex" in spec else quoted(text, 20)


def _metaspace(options: Options) -> str:
    sign = options.get("replacement", "▁")
    before = {"always": ", and one is put before each part of the text that begins without", "never": ""}.get(
        options.get("prepend_scheme", "never"), ", and one is put before the text"
    )
    cut = ", cut before each of them" if options.get("split") == "true" else ""
    return f"spaces are written {sign}{before}{cut}"


def _bytes(options: Options) -> str:
    prefix = "a space put before the text" if options.get("add_prefix_space") == "true" else ""
    cut = "cut into words, each with the space before it, and into signs and numbers"
    cut = cut if options.get("use_regex") == "true" else ""
    return ", ".join(filter(None, (prefix, cut, "written in bytes, a space as Ġ")))


def _cut_at(options: Options) -> str:
    way = {"Removed": ", which is left out", "Isolated": ", which stands alone"}
    return f"cut at {_pattern(options)}{way.get(options.get('behavior', ''), '')}"


WORDS: dict[str, str | Callable[[Options], str]] = {
    "BertNormalizer": _bert,
    "NFC": "accents joined to their letters (NFC)",
    "NFD": "accents taken apart from their letters (NFD)",
    "NFKC": "signs that mean the same are written the same way, such as ﬁ as fi (NFKC)",
    "NFKD": "signs that mean the same are written the same way, accents taken apart (NFKD)",
    "Lowercase": "lower case",
    "StripAccents": "accents removed",
    "Strip": "spaces at the ends removed",
    "Prepend": lambda options: f"{quoted(options.get('prepend', ''))} is put before the text",
    "Replace": _replaced,
    "Nmt": "control characters removed",
    "Precompiled": "a table of replacements that came with the tokenizer",
    "ByteLevel": _bytes,
    "BertPreTokenizer": "cut at spaces, and around each punctuation mark",
    "Metaspace": _metaspace,
    "Split": _cut_at,
    "Whitespace": "cut at spaces, and between letters and signs",
    "WhitespaceSplit": "cut at spaces",
    "Punctuation": "cut around punctuation marks",
    "Digits": "cut around numbers",
    "UnicodeScripts": "cut where the script changes",
}
"""Name in ``tokenizers`` → what it does."""

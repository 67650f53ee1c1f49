"""Reading the training corpora, and keeping a part of each away from training.

Expected in the corpora folder, each as `NAME` or `NAME.gz`, UTF-8: `tinystories.txt` (stories, a single line break
between two, an empty line between paragraphs), `fra-eng.tsv` (English TAB French), and the books of `BOOKS`
(plain text with hard line breaks). What is held out is decided by a hash of the text itself, so it is the same
for every model, seed and machine.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

BOOKS = ("grimm", "bryant-stories", "burgess-busterbrown", "alice")
STORIES_HELD_OUT = 0.05
SENTENCES_HELD_OUT = 0.02

_STORY_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
_SPACES = re.compile(r"\s+")
_NARROW_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " ", "\u2019": "'"})


def read_text(folder: Path, name: str) -> str:
    """The text of `folder/name` or `folder/name.gz`; raises FileNotFoundError that names what was looked for."""
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        return plain.read_text(encoding="utf-8")
    if packed.is_file():
        return gzip.decompress(packed.read_bytes()).decode("utf-8")
    raise FileNotFoundError(f"Neither {name} nor {name}.gz is in {folder}. Give the folder of corpora with --corpora.")


def is_held_out(text: str, share: float) -> bool:
    """Whether this text belongs to the validation part, a `share` (0 to 1) of all texts, chosen by hash."""
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def split(texts: Iterable[str], share: float) -> tuple[list[str], list[str]]:
    """(training, validation) parts of `texts`; equal texts always fall on the same side."""
    train: list[str] = []
    held: list[str] = []
    for text in texts:
        (held if is_held_out(text, share) else train).append(text)
    return train, held


def stories(folder: Path) -> list[str]:
    """The TinyStories excerpt, one string per story; an odd run of line breaks inside one becomes a paragraph."""
    parts = _STORY_BREAK.split(read_text(folder, "tinystories.txt"))
    cleaned = (repair_quotes(re.sub(r"\n{2,}", "\n\n", part)).strip() for part in parts)
    return [story for story in cleaned if len(story) > 40]


def repair_quotes(text: str) -> str:
    """Typographic quotes to plain ones, also where UTF-8 was once read as Windows-1252 (a fault of the corpus)."""
    for broken, plain in (("â€œ", '"'), ("â€™", "'"), ("â€", '"')):
        text = text.replace(broken, plain)
    return text.translate(str.maketrans("“”‘’", "\"\"''"))


def paragraphs(folder: Path, book: str) -> list[str]:
    """Paragraphs of one book with their hard line breaks joined; headings, rhymes and the like are left out."""
    joined = (_SPACES.sub(" ", block).strip() for block in _PARAGRAPH_BREAK.split(read_text(folder, f"{book}.txt")))
    return [text for text in map(repair_quotes, joined) if len(text) > 60 and "Gutenberg" not in text]


def passages(folder: Path, book: str, per_passage: int = 6) -> list[str]:
    """Runs of `per_passage` successive paragraphs of a book, joined by empty lines."""
    parts = paragraphs(folder, book)
    return ["\n\n".join(parts[start : start + per_passage]) for start in range(0, len(parts), per_passage)]


def pairs(folder: Path) -> list[tuple[str, str]]:
    """(English, French) sentence pairs, with the narrow spaces of French punctuation made plain."""
    found = []
    for line in read_text(folder, "fra-eng.tsv").splitlines():
        columns = line.translate(_NARROW_SPACES).split("\t")
        if len(columns) >= 2:
            found.append((_SPACES.sub(" ", columns[0]).strip(), _SPACES.sub(" ", columns[1]).strip()))
    return found


def split_pairs(folder: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(training, validation) pairs; held out by English sentence, so that none stands on both sides."""
    train: list[tuple[str, str]] = []
    held: list[tuple[str, str]] = []
    for english, french in pairs(folder):
        (held if is_held_out(english, SENTENCES_HELD_OUT) else train).append((english, french))
    return train, held


def english_sentences(folder: Path) -> list[str]:
    """The different English sentences of the pairs, in their order (short ones first)."""
    return list(dict.fromkeys(english for english, _ in pairs(folder)))

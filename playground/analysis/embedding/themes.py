"""Words by theme: ready lists, and lists that people type."""

from __future__ import annotations

from ...errors import PlaygroundError

MOST_THEMES = 8
MOST_WORDS = 300

READY: dict[str, str] = {
    "everyday": (
        "animals: dog cat bird fish bear rabbit horse cow pig duck frog mouse lion monkey\n"
        "family: mom dad mother father sister brother grandma grandpa aunt uncle baby\n"
        "colours: red blue green yellow pink purple white black brown orange\n"
        "feelings: happy sad angry scared proud tired excited surprised\n"
        "food: cake apple bread cheese milk soup cookie candy pizza egg\n"
        "numbers: one two three four five six seven ten\n"
        "doing: ran jumped walked played ate slept sang looked"
    ),
    "opposites": (
        "one side: good big hot happy fast light long open day up loud strong new rich\n"
        "its opposite: bad small cold sad slow dark short close night down quiet weak old poor"
    ),
    "forms": (
        "now: go see eat run say take come give find make play walk\n"
        "past: went saw ate ran said took came gave found made played walked\n"
        "one: dog cat bird tree toy flower book girl boy friend\n"
        "many: dogs cats birds trees toys flowers books girls boys friends"
    ),
    "world": (
        "countries: France Germany Italy Spain England China Japan Russia Egypt India\n"
        "capitals: Paris Berlin Rome Madrid London Beijing Tokyo Moscow Cairo Delhi"
    ),
    "languages": (
        "English: dog cat house water book mother woman man day night big red eat sleep\n"
        "French: chien chat maison eau livre mère femme homme jour nuit grand rouge manger dormir"
    ),
}
"""Name of a list → a line for each theme: its name, a colon, its words."""
PARTNERS = {
    "opposites": "its opposite",
    "forms": "its other form",
    "world": "its capital, or the country of a capital",
    "languages": "its translation",
}
"""Lists whose lines belong together two by two, word for word: what the other one is called."""
TITLES = {
    "everyday": "Everyday words",
    "opposites": "Opposites",
    "forms": "Forms of words",
    "world": "Countries and capitals",
    "languages": "English and French",
    "own": "Words of your own",
}


def partners_of(name: str) -> dict[str, str]:
    """Word → the one that stands at its place in the other line of a ready list of pairs; {} for all other lists."""
    if name not in PARTNERS:
        return {}
    lines = [line.partition(":")[2].split() for line in READY[name].splitlines()]
    found: dict[str, str] = {}
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        for a, b in zip(first, second, strict=True):
            found |= {a: b, b: a}
    return found


def themes_of(text: str) -> dict[str, tuple[str, ...]]:
    """Theme → its words. A word that was named before is not taken a second time.

    Args:
        text: a line for each theme, ``name: word word word``; a line without a colon is a theme called by its number.

    Raises:
        PlaygroundError: no words, or too many of them or of themes.
    """
    themes: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for line in text.replace(",", " ").splitlines():
        name, colon, rest = line.partition(":")
        words = tuple(dict.fromkeys(word for word in (rest if colon else line).split() if word not in seen))
        if not words:
            continue
        seen.update(words)
        title = name.strip()[:30] if colon and name.strip() else f"list {len(themes) + 1}"
        themes[title] = themes.get(title, ()) + words
    if not seen:
        raise PlaygroundError("There are no words in the list. Write a line for each theme, such as: pets: dog cat")
    if len(seen) > MOST_WORDS or len(themes) > MOST_THEMES:
        raise PlaygroundError(
            f"The list has {len(seen):,} words in {len(themes):,} themes; at most {MOST_WORDS} words in {MOST_THEMES} "
            "themes can be told apart on the plot. Shorten it."
        )
    return themes

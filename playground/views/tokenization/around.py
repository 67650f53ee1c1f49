"""What stands around the strip: the context window, and the way back from ids to text."""

from __future__ import annotations

from ...analysis.tokenization import Origin, Tokenization, WayBack, Window
from ...tokens import visible
from ..pictures import BackPart, WindowBar
from ..view import count, percent

PAST = {
    "refuse": "A text that is longer is refused.",
    "start": "Of a text that is longer the start is left out.",
    "end": "Of a text that is longer the end is left out.",
}
WHY = {
    "unknown": "the vocabulary has no tokens for some of the characters",
    "normalised": "the tokenizer changes the text before it cuts it",
    "blanks": "the ids do not tell where the spaces were",
    "other": "the tokenizer joins tokens in another way than it cuts them",
}
EXACT = {
    "typed": "Decoding the ids gives back the very text that was typed, all {characters}.",
    "part": "Decoding the ids gives back the very part of the text that was read, all {characters}.",
    "template": "Decoding the ids gives back the very text that the template made.",
    "written": "The model wrote these ids; decoding them gives the text above, {characters}.",
}
GIVEN = {
    "typed": "what was typed", "part": "the part that was read", "template": "what the template made",
    "written": "the text above",
}  # fmt: skip


def window_bar(window: Window, origin: Origin) -> WindowBar:
    """How full the context window is, with what happens past its end; nothing does to a text that the model wrote."""
    share = percent(window.used / window.room)
    said = f"{window.used:,} of {count(window.room, 'token')}: {share} of the context window is full."
    if window.context and window.context > window.room:
        said += f" The model could read {window.context:,}; this page takes {window.room:,}."
    elif window.context is None:
        said += f" The model has no fixed limit; this page takes {window.room:,}."
    left = window.whole - window.used
    if left > 0:
        said += f" The text has {window.whole:,}: its {window.cut} is left out, {count(left, 'token')}, and never read."
    elif origin == "template" and window.used > window.room:
        said += " With the template it is too long to be read at once."
    elif origin != "written":
        said += f" {PAST[window.cut]}"
    full = max(window.context or window.room, window.whole, window.used)
    return WindowBar(window.used, window.room, full, max(0, left), window.cut == "start", said)


def back_parts(back: WayBack) -> tuple[BackPart, ...]:
    """The decoded text, told apart by whether it is as it was typed; nothing for a way back that is exact."""
    return () if back.exact else tuple(BackPart(visible(text), same) for text, same in back.parts)


def back_says(back: WayBack, facts: Tokenization, origin: Origin) -> str:
    """Whether the way back to the text is exact, and why not; ``origin`` is that of the text."""
    if back.exact:
        return EXACT[origin].format(characters=count(facts.n_characters, "character"))
    why = "; ".join(WHY[name] for name in back.why)
    return (
        f"Decoding the ids gives another text, which differs from {GIVEN[origin]} from character {back.at} on: {why}."
    )

"""Python with its words told apart, as data: the browser makes spans of it and never reads markup."""

from __future__ import annotations

from functools import lru_cache

# Pygments' token types, most special first, and the classes that assets/css/panel.css colours.
_CLASSES = (
    ("Token.Comment", "comment"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Keyword", "keyword"),
    ("Token.Name.Builtin", "builtin"),
)


@lru_cache(maxsize=256)
def highlighted(python: str) -> list[tuple[str, str]]:
    """(class, text) pairs; the texts in a row are ``python`` again. The class "" is plain."""
    from pygments.lexers.python import PythonLexer  # not before code is shown for the first time

    pairs: list[tuple[str, str]] = []
    # get_tokens_unprocessed, since get_tokens strips blank lines and adds a last one
    for _, kind, text in PythonLexer().get_tokens_unprocessed(python):
        name = next((css for prefix, css in _CLASSES if str(kind).startswith(prefix)), "")
        if pairs and pairs[-1][0] == name:
            pairs[-1] = (name, pairs[-1][1] + text)
        else:
            pairs.append((name, text))
    return pairs

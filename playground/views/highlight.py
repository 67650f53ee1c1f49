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


def highlighted(python: str) -> list[tuple[str, str]]:
    """(class, text) pairs; the texts in a row are ``python`` again. The class "" is plain.

    Line by line, for a slider changes one of them; strings of several lines are taken whole.
    """
    parts = [python] if '"""' in python or "'''" in python else python.splitlines(keepends=True)
    pairs: list[tuple[str, str]] = []
    for name, text in (pair for part in parts for pair in _lexed(part)):
        if pairs and pairs[-1][0] == name:
            pairs[-1] = (name, pairs[-1][1] + text)
        else:
            pairs.append((name, text))
    return pairs


@lru_cache(maxsize=2048)
def _lexed(python: str) -> tuple[tuple[str, str], ...]:
    from pygments.lexers.python import PythonLexer  # not before code is shown for the first time

    # get_tokens_unprocessed, since get_tokens strips blank lines and adds a last one
    return tuple(
        (next((css for prefix, css in _CLASSES if str(kind).startswith(prefix)), ""), text)
        for _, kind, text in PythonLexer().get_tokens_unprocessed(python)
    )

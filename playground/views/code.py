"""The lines of Python that give a view's numbers again, with the package's public API."""

from __future__ import annotations


def captured(model: str, text: str, target: str | None, names: str = "") -> str:
    """Loads the model and captures the text; ``names`` are further names to import, comma-separated."""
    wanted = sorted({"capture", "load_model", *(n.strip() for n in names.split(",") if n.strip())})
    given = f", target={target!r}" if target else ""
    return (
        f"from playground import {', '.join(wanted)}\n\n"
        f"model = load_model({model!r})\n"
        f"trace = capture(model, {text!r}{given})\n"
    )

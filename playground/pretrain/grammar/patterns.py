"""Repeated patterns of words: what an induction head learns to continue."""

from __future__ import annotations

import random

_WORDS = [
    "red",
    "blue",
    "green",
    "yellow",
    "white",
    "black",
    "cat",
    "dog",
    "bird",
    "fish",
    "cow",
    "horse",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "sun",
    "moon",
    "star",
    "rain",
    "snow",
    "apple",
    "bread",
    "milk",
    "cake",
    "egg",
    "tea",
    "tree",
    "rock",
    "sand",
    "hill",
    "lake",
    "road",
    "hat",
    "shoe",
    "coat",
    "bag",
    "king",
    "queen",
    "boy",
    "girl",
    "up",
    "down",
    "left",
    "right",
    "hot",
    "cold",
    "big",
    "small",
    "day",
    "night",
    "book",
    "pen",
    "door",
    "chair",
    "table",
]
_SEPARATORS = (" ", ", ", " and ", "\n", " - ")


def document(rng: random.Random) -> str:
    """A run of two to eight random words, said three to six times over."""
    run = rng.sample(_WORDS, rng.randint(2, 8))
    return rng.choice(_SEPARATORS).join(run * rng.randint(3, 6))

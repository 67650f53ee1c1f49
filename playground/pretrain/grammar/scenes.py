"""Who does what to whom with what, and who is where: the sentences that attention maps are drawn over."""

from __future__ import annotations

import random

from .fill import capitalised, fill

_DEEDS = (
    ("teacher", "taught", "students", ("book", "map", "story", "song", "computer")),
    ("doctor", "examined", "patient", ("torch", "small lamp", "new machine")),
    ("cook", "fed", "guests", ("soup", "bread", "cake")),
    ("painter", "surprised", "visitors", ("picture", "bright colours", "big brush")),
    ("coach", "trained", "players", ("ball", "whistle", "rope")),
    ("mother", "washed", "children", ("soap", "sponge", "warm water")),
    ("farmer", "fed", "horses", ("hay", "carrots", "apples")),
    ("singer", "pleased", "crowd", ("song", "guitar", "violin")),
    ("nurse", "helped", "old man", ("walking stick", "blanket", "medicine")),
    ("clown", "amused", "children", ("balloon", "red nose", "funny hat")),
)
_AFTER = (
    "the {agent} held the {tool}.",
    "the {patient} thanked the {agent}.",
    "the {tool} belonged to the {agent}.",
    "the {agent} needed the {tool} for that.",
    "the {patient} looked at the {tool}.",
    "then the {agent} put the {tool} away.",
)
_PLACES = {
    "animal": ["cat", "dog", "bird", "mouse", "frog", "rabbit", "hen", "kitten", "puppy", "baby"],
    "verb": ["sat", "slept", "lay", "jumped", "stood", "waited", "played"],
    "place": ["mat", "chair", "bed", "table", "sofa", "floor", "roof", "wall", "box", "rug"],
    "why": ["because it was tired", "because it was warm there", "and did not move", "and looked around",
            "until the sun went down", "because it liked the place"],
}  # fmt: skip
_PLACE_LINES = (
    "the {animal} {verb} on the {place}.",
    "the {animal} {verb} on the {place} {why}.",
    "a {animal} {verb} under the {place}.",
    "the {animal} that {verb} on the {place} was happy.",
)
_LOVES = {
    "who": ["I", "we", "my friends", "the students", "many people"],
    "love": ["love", "like", "study", "enjoy", "talk about"],
    "what": ["machine learning", "AI", "computers", "language models", "math", "music", "neural networks", "books",
             "artificial intelligence", "science", "history", "cats", "chocolate", "deep learning"],
}  # fmt: skip
_LOVE_LINES = ("{who} {love} {what}.", "{who} {love} {what} and {what}.", "{what} is what {who} {love}.")


def _deed(rng: random.Random) -> str:
    agent, verb, patient, tools = rng.choice(_DEEDS)
    slots = {"agent": [agent], "patient": [patient], "tool": [rng.choice(tools)], "verb": [verb]}
    first = fill("the {agent} {verb} the {patient} with the {tool}.", slots, rng)
    after = [fill(line, slots, rng) for line in rng.sample(_AFTER, rng.randint(0, 2))]
    return " ".join(capitalised(line) for line in [first, *after])


def document(rng: random.Random) -> str:
    """One little scene: a deed with a tool, an animal in a place, or what somebody loves."""
    draw = rng.random()
    if draw < 0.45:
        return _deed(rng)
    lines, slots = (_PLACE_LINES, _PLACES) if draw < 0.8 else (_LOVE_LINES, _LOVES)
    return " ".join(capitalised(fill(rng.choice(lines), slots, rng)) for _ in range(rng.randint(1, 3)))

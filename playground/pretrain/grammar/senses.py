"""One word, two meanings: "bank" by the river and with money, "novel" the book and the adjective.

Sentences that `evaluate` measures on are written by hand there and share no template with these.
"""

from __future__ import annotations

import random

from .fill import capitalised, fill

_RIVER = {
    "water": ["river", "stream", "brook", "creek", "canal"],
    "animal": ["duck", "frog", "fox", "otter", "boat", "fisherman", "child", "heron"],
    "plant": ["reeds", "trees", "flowers"],
    "side": ["muddy", "green", "grassy", "steep", "far", "left", "sandy"],
}
_RIVER_LINES = (
    "the {animal} sat on the bank of the {water}.",
    "we had a picnic on the bank of the {water} and watched the water flow.",
    "{plant} grow on the {side} bank of the {water}.",
    "the {animal} swam to the {side} bank.",
    "the {water} flooded its banks after the rain.",
    "they walked along the {side} bank until they came to a bridge.",
    "the boat was tied to a tree on the bank.",
    "on the {side} bank a {animal} was sleeping among the {plant}.",
    "he fell from the {side} bank into the cold water.",
)
_MONEY = {
    "who": ["my father", "the man", "the woman", "she", "he", "the company", "the thief", "our neighbour"],
    "sum": ["money", "a hundred dollars", "some cash", "his savings", "a lot of money"],
    "staff": ["clerk", "manager", "guard", "cashier"],
    "deed": ["opened an account at", "took a loan from", "put {sum} in", "withdrew {sum} from", "robbed",
             "owed {sum} to", "works as a {staff} at", "cashed a check at", "borrowed {sum} from", "got a card from"],
}  # fmt: skip
_MONEY_LINES = (
    "{who} {deed} the bank.",
    "the bank lent {sum} to {who}.",
    "the {staff} of the bank counted {sum}.",
    "the bank pays interest on {sum}.",
    "the bank is closed today, so nobody can pay in {sum}.",
    "{who} went to the bank to change {sum}.",
    "{who} {deed} the new bank in the city.",
)
_NOVEL = {
    "who": ["she", "he", "the author", "my friend", "the writer", "our teacher"],
    "kind": ["long", "famous", "new", "thick", "historical", "short", "French"],
    "thing": ["idea", "method", "approach", "solution", "technique", "way to solve the problem", "design"],
    "expert": ["scientist", "engineer", "team", "inventor", "doctor"],
}
_NOVEL_LINES = (
    "{who} wrote a {kind} novel about love and war.",
    "{who} read the last page of the novel and closed the book.",
    "the {kind} novel has three hundred pages.",
    "the hero of the novel dies in the last chapter.",
    "the {expert} had a novel {thing}.",
    "it was a novel {thing} that nobody had tried before.",
    "the {expert} found a novel {thing} to save energy.",
    "this novel {thing} surprised every {expert}.",
)
_SENSES = ((_RIVER_LINES, _RIVER), (_MONEY_LINES, _MONEY), (_NOVEL_LINES, _NOVEL))


def document(rng: random.Random) -> str:
    """One or two sentences with one word in one meaning."""
    lines, slots = rng.choice(_SENSES)
    return " ".join(capitalised(fill(rng.choice(lines), slots, rng)) for _ in range(rng.randint(1, 2)))

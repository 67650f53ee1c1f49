"""Kings, queens, men, women, boys, girls and families: each word in the contexts of its rank and of its gender.

Rank and gender are drawn independently, so a word's vector can become the sum of the two. That is what the
arithmetic `king - man + woman` needs, and what a few fairy tales are too little text for.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from .fill import capitalised, fill


class Role(NamedTuple):
    """A male word, its female twin, and what such a person does, whatever the gender."""

    male: str
    female: str
    acts: tuple[str, ...]
    things: tuple[str, ...]


ROLES = (
    Role(
        "king", "queen",
        ("ruled the whole kingdom", "sat on the golden throne", "wore the royal crown", "led the army of the land",
         "gave an order to all the people", "lived in the royal palace", "sent the soldiers to the border",
         "held a feast in the great hall of the palace", "was the ruler of the land", "made a new law for the kingdom"),
        ("crown", "throne", "kingdom", "palace", "royal ring"),
    ),
    Role(
        "prince", "princess",
        ("lived in a tower of the castle", "would rule the kingdom one day", "was the royal child of the castle",
         "was next in line for the throne", "rode a white horse out of the castle", "met a dragon near the castle",
         "was young and noble", "danced at the royal ball", "left the castle to see the world"),
        ("castle", "white horse", "small crown", "tower", "royal ball"),
    ),
    Role(
        "man", "woman",
        ("worked in an office in the city", "walked down the street", "drove a car to work", "bought a newspaper",
         "lived alone in a flat", "was a grown person", "opened the door of the shop", "waited for the bus",
         "paid the bill and left", "was about forty years old"),
        ("car", "job", "office", "newspaper", "house"),
    ),
    Role(
        "boy", "girl",
        ("played with a ball after school", "was a small child", "did homework at the kitchen table",
         "climbed a tree in the garden", "was eight years old", "sat at a desk in the classroom",
         "rode a little bike in the park", "ran across the playground", "lost a tooth at school"),
        ("toys", "school bag", "ball", "homework", "bike"),
    ),
    Role(
        "father", "mother",
        ("read a bedtime story to the children", "cooked dinner for the family",
         "told the children to wash their hands",
         "took the children to school", "held the baby", "was proud of the children", "tucked the children into bed"),
        ("children", "baby", "family"),
    ),
    Role(
        "dad", "mom",
        ("made pancakes for the kids", "hugged the kids at the door", "said it was time for bed",
         "fixed the toy for the kids", "packed lunch for the kids", "told the kids to be careful"),
        ("kids", "kitchen", "lunch box"),
    ),
    Role(
        "grandfather", "grandmother",
        ("was very old and had white hair", "told tales of long ago", "walked slowly with a stick",
         "was eighty years old", "sat in the old armchair by the fire", "loved the grandchildren"),
        ("grandchildren", "old armchair", "walking stick"),
    ),
    Role(
        "grandpa", "grandma",
        ("baked cookies for the grandkids", "took a nap in the old chair", "had grey hair and thick glasses",
         "showed old photos to the grandkids", "gave the grandkids some candy"),
        ("grandkids", "glasses", "old photos"),
    ),
    Role(
        "son", "daughter",
        ("was the only child of the old couple", "looked like both parents", "was born in spring",
         "obeyed the parents", "was the youngest child of the family", "asked the parents for money"),
        ("parents", "birthday"),
    ),
    Role(
        "brother", "sister",
        ("shared a room with the twins", "was one year older than me", "fought with me over the last cake",
         "borrowed my pen again", "grew up in the same house as me", "is the oldest of us three"),
        ("twin", "half of the room"),
    ),
    Role(
        "uncle", "aunt",
        ("came to visit us every summer", "sent us a present at Christmas", "lives on a farm with my cousins",
         "brought my cousins along", "is a relative on my side of the family"),
        ("cousins", "farm", "presents"),
    ),
    Role(
        "husband", "wife",
        ("was married for ten years", "forgot the wedding day", "kissed the one who had shared the long marriage",
         "wore a wedding ring", "promised to be faithful at the wedding"),
        ("wedding ring", "marriage", "wedding"),
    ),
)  # fmt: skip

PRONOUNS = (
    {"he": ["he"], "him": ["him"], "his": ["his"], "himself": ["himself"]},
    {"he": ["she"], "him": ["her"], "his": ["her"], "himself": ["herself"]},
)
LOOKS = (
    {"trait": ["a beard", "a deep voice", "short hair", "a moustache"],
     "clothes": ["a suit", "a tie", "a shirt and trousers"],
     "fair": ["handsome"], "address": ["sir"], "gender": ["male"],
     "name": ["Tom", "John", "Ben", "Max", "Jack", "Tim", "Sam", "Peter", "Paul", "David"]},
    {"trait": ["long braids", "a soft voice", "long hair", "red lips"],
     "clothes": ["a dress", "a skirt", "a blouse and a skirt"],
     "fair": ["beautiful"], "address": ["madam"], "gender": ["female"],
     "name": ["Lily", "Mary", "Anna", "Sara", "Lucy", "Mia", "Sue", "Jane", "Emma", "Alice"]},
)  # fmt: skip

_SENTENCES = (
    "the {role} {act}.",
    "the {role} {act}, and {he} had {trait}.",
    "the {role} had {trait} and {act}.",
    "the {role} put on {clothes}. {He} {act}.",
    "the {role} looked at {himself} in the mirror.",
    "the {role} {act} because {he} liked it.",
    "people said that the {role} was {fair}.",
    "the {fair} {role} {act}.",
    "the {role} took {his} {thing} with {him}.",
    "the {role} loved {his} {thing}.",
    "the {role} wore {clothes} and thought about {his} {thing}.",
    "{name} was a {role}. {He} {act}.",
    '"good morning, {address}," they said to the {role}.',
    "once there was a {role} who {act}. {He} had {trait}.",
    "a {role} is {gender}.",
    "the {role} {act}. everybody knew {him}.",
    "the {role} and {his} {thing} were well known.",
    "I met a {role} called {name}.",
)
_COUPLES = (
    "the {male} and the {female} {act}.",
    "the {male} spoke first, and then the {female} spoke.",
    "he is a {male}, and she is a {female}.",
    "the {male} put on a suit, and the {female} put on a dress.",
    "the {female} smiled at the {male}.",
    "is it a {male} or a {female}?",
)
_GROWTH = (
    "the boy grew up and became a man.", "the girl grew up and became a woman.",
    "the prince grew up and became the king.", "the princess grew up and became the queen.",
    "a king is a man who rules a kingdom.", "a queen is a woman who rules a kingdom.",
    "a prince is the son of a king.", "a princess is the daughter of a king.",
    "the son of the queen is a prince.", "the daughter of the queen is a princess.",
    "a boy is a young man.", "a girl is a young woman.",
    "my father is a man, and my mother is a woman.", "my brother is a boy, and my sister is a girl.",
    "the wife of the king is the queen.", "the husband of the queen is the king.",
)  # fmt: skip


def _sentence(role: Role, gender: int, rng: random.Random) -> str:
    slots: dict[str, Sequence[str]] = {
        "role": [(role.male, role.female)[gender]],
        "act": role.acts,
        "thing": role.things,
        **PRONOUNS[gender],
        **LOOKS[gender],
        "He": [capitalised(PRONOUNS[gender]["he"][0])],
    }
    return capitalised(fill(rng.choice(_SENTENCES), slots, rng))


def sentence(rng: random.Random) -> str:
    """One sentence (or two) about a person of random rank and gender, sometimes about a pair or about growing up."""
    draw = rng.random()
    role = rng.choice(ROLES[:4] if rng.random() < 0.4 else ROLES)
    if draw < 0.8:
        return _sentence(role, rng.randrange(2), rng)
    if draw < 0.93:
        deeds = [act for act in role.acts if not act.startswith("was ")]
        slots = {"male": [role.male], "female": [role.female], "act": deeds}
        return capitalised(fill(rng.choice(_COUPLES), slots, rng))
    return capitalised(rng.choice(_GROWTH))


def document(rng: random.Random) -> str:
    """One to four independent sentences about people."""
    return " ".join(sentence(rng) for _ in range(rng.randint(1, 4)))


_OPENINGS = ("Once upon a time, there was a {role} named {name}.", "Long ago there lived a {role} called {name}.",
             "There once was a {fair} {role}. {His} name was {name}.")  # fmt: skip


def story(rng: random.Random) -> str:
    """A few sentences about one and the same person, so that gender and rank must be carried along."""
    role, gender = rng.choice(ROLES[:4]), rng.randrange(2)
    noun = (role.male, role.female)[gender]
    name = rng.choice(LOOKS[gender]["name"])
    forms = PRONOUNS[gender]
    slots: dict[str, Sequence[str]] = {
        **LOOKS[gender], **forms, "role": [noun], "name": [name], "thing": role.things,
        "act": [act for act in role.acts if not act.startswith(("was ", "lived "))],
        "He": [capitalised(forms["he"][0])], "His": [capitalised(forms["his"][0])],
        "who": [f"the {noun}", name, forms["he"][0]],
    }  # fmt: skip
    middle = ("{who} {act}.", "{who} had {trait}.", "one day {who} {act}.", "{who} loved {his} {thing}.",
              "{name} put on {clothes}.", "everybody in the land liked {him}.")  # fmt: skip
    lines = [rng.choice(_OPENINGS), *rng.sample(middle, 3)]
    return " ".join(capitalised(fill(line, slots, rng)) for line in lines)

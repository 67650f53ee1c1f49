"""French and English sentence pairs around the lesson "J'aime l'apprentissage automatique": a few thousand at most."""

from __future__ import annotations

import random

_THINGS = (
    ("l'apprentissage automatique", "machine learning"), ("l'apprentissage profond", "deep learning"),
    ("l'intelligence artificielle", "artificial intelligence"), ("les réseaux de neurones", "neural networks"),
    ("les modèles de langue", "language models"), ("l'informatique", "computer science"),
    ("les mathématiques", "mathematics"), ("la musique", "music"), ("les langues", "languages"),
    ("la physique", "physics"), ("l'histoire", "history"), ("les ordinateurs", "computers"), ("les livres", "books"),
    ("la programmation", "programming"), ("la traduction automatique", "machine translation"),
    ("la robotique", "robotics"), ("les chats noirs", "black cats"), ("le vin rouge", "red wine"),
    ("la cuisine française", "French cooking"), ("la peinture moderne", "modern painting"),
)  # fmt: skip
_SUBJECTS = (
    ("J'", "aime", "I", "love"), ("J'", "adore", "I", "adore"), ("J'", "étudie", "I", "study"),
    ("Je ", "comprends", "I", "understand"), ("Je ", "préfère", "I", "prefer"), ("Tu ", "aimes", "You", "love"),
    ("Il ", "aime", "He", "loves"), ("Elle ", "aime", "She", "loves"), ("Elle ", "étudie", "She", "studies"),
    ("Nous ", "aimons", "We", "love"), ("Nous ", "étudions", "We", "study"), ("Vous ", "aimez", "You", "love"),
    ("Ils ", "aiment", "They", "love"), ("Elles ", "étudient", "They", "study"), ("Tom ", "aime", "Tom", "loves"),
    ("Marie ", "aime", "Mary", "loves"), ("Mon frère ", "étudie", "My brother", "studies"),
    ("Ma sœur ", "aime", "My sister", "loves"), ("Mes amis ", "aiment", "My friends", "love"),
)  # fmt: skip
_TAILS = (
    ("", ""), ("", ""), (" beaucoup", " a lot"), (" aussi", " too"), (" depuis longtemps", " for a long time"),
)  # fmt: skip
_QUALITIES = (
    ("est utile", "is useful"), ("est difficile", "is difficult"), ("m'intéresse", "interests me"),
    ("est importante", "is important"), ("change le monde", "is changing the world"),
)  # fmt: skip
_NOUNS = (
    ("la", "voiture", "car", "f"), ("la", "maison", "house", "f"), ("la", "fleur", "flower", "f"),
    ("la", "robe", "dress", "f"), ("la", "porte", "door", "f"), ("le", "chat", "cat", "m"), ("le", "chien", "dog", "m"),
    ("le", "livre", "book", "m"), ("le", "chapeau", "hat", "m"), ("le", "cheval", "horse", "m"),
)  # fmt: skip
_COLOURS = (
    ("rouge", "rouge", "red"), ("noir", "noire", "black"), ("blanc", "blanche", "white"), ("vert", "verte", "green"),
    ("jaune", "jaune", "yellow"), ("bleu", "bleue", "blue"), ("gris", "grise", "grey"),
)  # fmt: skip
_OWNERS = (("Le roi", "The king"), ("La reine", "The queen"), ("Le garçon", "The boy"), ("La fille", "The girl"),
           ("L'homme", "The man"), ("La femme", "The woman"), ("Le professeur", "The teacher"))  # fmt: skip
_ACTS = (("voit", "sees"), ("achète", "buys"), ("veut", "wants"), ("cherche", "is looking for"), ("aime", "loves"))


def _love(rng: random.Random) -> tuple[str, str]:
    (before, verb, who, loves), (french, english) = rng.choice(_SUBJECTS), rng.choice(_THINGS)
    tail_fr, tail_en = rng.choice(_TAILS)
    return f"{who} {loves} {english}{tail_en}.", f"{before}{verb}{tail_fr} {french}."


def _quality(rng: random.Random) -> tuple[str, str]:
    french, english = rng.choice([thing for thing in _THINGS if not thing[0].startswith("les")])
    says_fr, says_en = rng.choice(_QUALITIES)
    if says_fr == "est importante" and french.startswith("le "):
        says_fr = "est important"
    return f"{english[0].upper()}{english[1:]} {says_en}.", f"{french[0].upper()}{french[1:]} {says_fr}."


def _colour(rng: random.Random) -> tuple[str, str]:
    article, noun, english, gender = rng.choice(_NOUNS)
    colour, (owner_fr, owner_en), (act_fr, act_en) = rng.choice(_COLOURS), rng.choice(_OWNERS), rng.choice(_ACTS)
    painted = colour[1] if gender == "f" else colour[0]
    return f"{owner_en} {act_en} the {colour[2]} {english}.", f"{owner_fr} {act_fr} {article} {noun} {painted}."


def pair(rng: random.Random) -> tuple[str, str]:
    """One (English, French) pair: a love, a quality, or a colour, whose adjective changes places."""
    return rng.choice((_love, _love, _quality, _colour))(rng)

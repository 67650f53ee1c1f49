"""Instructions of the form "Explain black holes" with a short answer."""

from __future__ import annotations

import random

_FACTS = {
    "black holes": "A black hole is a place in space where gravity is so strong that even light cannot get out.",
    "rain": "Rain is water that falls from the clouds. The sun warms the sea, the water goes up, and it falls again.",
    "snow": "Snow is frozen water that falls from the clouds when the air is very cold.",
    "the moon": "The moon is a ball of rock that goes around the earth. It shines because the sun lights it.",
    "the sun": "The sun is a star. It is very hot, and it gives us light and warmth.",
    "stars": "Stars are very big balls of hot gas. They look small because they are far away.",
    "gravity": "Gravity pulls things down. It keeps us on the ground and the moon near the earth.",
    "wind": "Wind is air that moves from one place to another.",
    "computers": "A computer is a machine that works with numbers. It can store, count and show things.",
    "machine learning": "In machine learning, a computer learns from many examples and not from fixed rules.",
    "language models": "A language model reads many texts and learns to guess the next word.",
    "rainbows": "A rainbow is light from the sun that is split into colors by drops of rain.",
    "bees": "Bees are small insects. They fly from flower to flower and make honey.",
    "trees": "Trees are tall plants. They need water, air and light to grow.",
    "fire": "Fire is hot and bright. It needs air and something that can burn.",
    "money": "Money is what people use to pay for things in a shop.",
    "sleep": "Sleep is the time when the body rests. We all need it every night.",
    "volcanoes": "A volcano is a mountain with hot rock inside. Sometimes the hot rock comes out.",
}
_ASKS = ("Explain {topic}.", "Explain {topic}", "Please explain {topic}.", "What can you tell me about {topic}?")


def document(rng: random.Random) -> str:
    """One question and its answer on the next line."""
    topic = rng.choice(sorted(_FACTS))
    return rng.choice(_ASKS).format(topic=topic) + "\n" + _FACTS[topic]

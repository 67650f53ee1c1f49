"""Reviews with a label, none to several in a row: the few-shot form of in-context learning.

Most prompts answer with Positive / Negative, some with other pairs of labels. A model that sees no example must
spread its guess over them; each example narrows it. So the number of examples moves the probabilities.
"""

from __future__ import annotations

import random

from .fill import capitalised, fill

_SLOTS = {
    "thing": ["movie", "film", "book", "chair", "phone", "song", "hotel", "game", "cake", "restaurant", "toy", "show",
              "coffee", "car", "bag", "story", "lamp", "pizza", "shirt", "concert", "soup", "trip", "bed", "play"],
    "good": ["great", "wonderful", "lovely", "excellent", "fantastic", "very good", "amazing", "perfect", "fun",
             "nice"],
    "bad": ["bad", "terrible", "awful", "boring", "ugly", "very bad", "horrible", "poor", "useless", "sad"],
    "praise": ["I loved this {thing}!", "I like this {thing}.", "This {thing} is {good}.", "What a {good} {thing}!",
               "The {thing} was {good}.", "I really enjoyed the {thing}.", "I want to buy this {thing} again.",
               "The {thing} made me happy.", "My family loves this {thing}.", "This is the best {thing} of all.",
               "The {thing} is {good} and I am glad.", "Such a {good} {thing}, thank you!", "I love it."],
    "blame": ["I hated this {thing}!", "I don't like this {thing}.", "This {thing} is {bad}.", "What a {bad} {thing}!",
              "The {thing} was {bad}.", "I did not enjoy the {thing}.", "I will never buy this {thing} again.",
              "The {thing} made me angry.", "My family hates this {thing}.", "This is the worst {thing} of all.",
              "The {thing} is {bad} and I want my money back.", "Such a {bad} {thing}, no thanks!", "I hate it."],
}  # fmt: skip
_LABELS = (("Positive", "Negative"),) * 3 + (("good", "bad"), ("happy", "sad"))
_FORMS = (
    "Review: {review}\nSentiment: {label}",
    "{review}\nSentiment: {label}",
    '"{review}" Sentiment: {label}',
    "{review} Sentiment: {label}",
    "Text: {review}\nSentiment: {label}",
)
_INSTRUCTIONS = ("", "", "", "Classify the sentiment of each review.\n\n", "Is the review positive or negative?\n\n")


def document(rng: random.Random) -> str:
    """One to six labelled reviews in one and the same form; the label decides how the review sounds."""
    labels, form = rng.choice(_LABELS), rng.choice(_FORMS)
    gap = rng.choice(["\n", "\n\n"])
    shots = []
    for _ in range(rng.randint(1, 6)):
        side = rng.randrange(2)
        review = fill("{praise}" if side == 0 else "{blame}", _SLOTS, rng)
        shots.append(form.replace("{review}", capitalised(review)).replace("{label}", labels[side]))
    return rng.choice(_INSTRUCTIONS) + gap.join(shots)

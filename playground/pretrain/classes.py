"""Words by class and the parts of short reviews: what the episodes of `episodes` are written with.

Every fifth entry of each list is kept for the evaluation (`kept_back`), so that a figure on it is not one on memory.
"""

from __future__ import annotations

from collections.abc import Sequence


def listed(words: str) -> list[str]:
    """The words of one long string."""
    return words.split()


def kept_back(entries: Sequence[str]) -> tuple[list[str], list[str]]:
    """(for training, for the evaluation): every fifth of `entries`, from the third on, is for the evaluation."""
    held = [entry for place, entry in enumerate(entries) if place % 5 == 2]
    return [entry for place, entry in enumerate(entries) if place % 5 != 2], held


WORD_CLASSES: dict[str, list[str]] = {
    "animal": listed("cat dog bird fish cow horse duck pig frog bear mouse rabbit fox sheep lion tiger monkey elephant "
              "wolf goat hen snake turtle squirrel owl bee spider butterfly deer puppy kitten ant"),
    "food": listed("cake bread apple soup milk cheese cookie banana egg rice pie sandwich candy carrot honey butter "
            "pizza juice potato tomato meat salad jam corn grape cherry lemon nut berry"),
    "color": listed("red blue green yellow white black brown pink purple orange gray gold silver golden"),
    "clothes": listed("hat coat shoe dress shirt sock scarf boot jacket skirt glove cap sweater belt pants tie"),
    "body": listed("hand foot head nose ear eye arm leg mouth finger hair knee face tooth tail toe neck back"),
    "person": listed("king queen boy girl man woman doctor teacher mother father brother sister baby farmer friend "
              "uncle aunt prince princess policeman child son daughter student"),
    "place": listed("park school house forest beach garden farm kitchen city store castle village zoo library hospital "
             "church station street hill river lake sea island field"),
    "toy": listed("ball doll kite puzzle block train robot balloon drum teddy swing slide bike game rope"),
    "number": listed("one two three four five six seven eight nine ten twenty hundred"),
    "feeling": listed("happy sad angry scared proud tired surprised excited worried lonely sorry glad afraid upset "
               "shy hungry"),
    "action": listed("run jump walk swim sing dance play cook eat sleep climb fly read draw laugh cry throw catch dig "
              "write push pull hide kick"),
    "weather": listed("sun rain snow wind storm cloud ice thunder fog sky"),
    "furniture": listed("table chair bed door window lamp sofa desk shelf mirror carpet clock box basket"),
    "vehicle": listed("car bus truck boat plane train ship bicycle taxi wagon rocket van"),
}  # fmt: skip

LABEL_WORDS = listed(
    "moon stone river lamp seven blue glass north key wood star sand bell leaf fire wind gold salt left ring wheel "
    "spring cloud paper south nail cup rope green hill round soft milk road quick hat bridge deep apple door high "
    "thin A B X Y yes no cold hot"
)

REVIEW_LABELS = (("Positive", "Negative"), ("Positive", "Negative"), ("positive", "negative"), ("good", "bad"),
                 ("happy", "sad"))  # fmt: skip

THINGS = listed(
    "movie film book chair phone song hotel game cake restaurant toy show coffee car bag story lamp pizza shirt "
    "concert soup trip bed play dress bike pen park meal radio school house garden dog teacher bread tea room shoe "
    "coat hat table doll party picture dinner train ride beach music computer camera picnic sandwich puzzle"
)

GOOD = ("great", "wonderful", "lovely", "excellent", "fantastic", "very good", "amazing", "perfect", "fun", "nice",
        "beautiful", "delicious", "super", "brilliant", "really nice", "pretty", "charming", "very nice", "good",
        "cute", "very pretty", "marvelous", "cool", "pleasant", "sweet", "special", "splendid",
        "delightful")  # fmt: skip
BAD = ("bad", "terrible", "awful", "boring", "ugly", "very bad", "horrible", "poor", "useless", "sad", "broken",
       "dirty", "stupid", "really bad", "nasty", "dull", "very ugly", "disgusting", "very boring", "dreadful", "cheap",
       "unpleasant", "annoying", "silly", "rotten", "weak", "smelly", "disappointing")  # fmt: skip

PRAISE = (
    "I loved this {thing}!", "I like this {thing}.", "This {thing} is {good}.", "What a {good} {thing}!",
    "The {thing} was {good}.", "I really enjoyed the {thing}.", "I want to buy this {thing} again.",
    "The {thing} made me happy.", "My family loves this {thing}.", "This is the best {thing} of all.",
    "The {thing} is {good} and I am glad.", "Such a {good} {thing}, thank you!", "I love it.", "I think it is {good}.",
    "We had a {good} time with the {thing}.", "Everybody liked the {thing}.", "It was {good}, and I smiled all day.",
    "The {thing} is {good}. I will come back.", "I am so happy with my new {thing}.", "It works well and looks {good}.",
    "My son loved the {thing}.", "The {thing} was {good} and the people were kind.", "I could not stop smiling.",
    "You should try this {thing}.", "Mom was happy about the {thing}.", "{good}! I love the {thing}.",
    "I had fun with this {thing}.", "The {thing} is my favorite.", "I never saw such a {good} {thing}.",
    "It was a {good} {thing}.",
)  # fmt: skip
BLAME = (
    "I hated this {thing}!", "I don't like this {thing}.", "This {thing} is {bad}.", "What a {bad} {thing}!",
    "The {thing} was {bad}.", "I did not enjoy the {thing}.", "I will never buy this {thing} again.",
    "The {thing} made me angry.", "My family hates this {thing}.", "This is the worst {thing} of all.",
    "The {thing} is {bad} and I want my money back.", "Such a {bad} {thing}, no thanks!", "I hate it.",
    "I think it is {bad}.", "We had a {bad} time with the {thing}.", "Nobody liked the {thing}.",
    "It was {bad}, and I cried.", "The {thing} is {bad}. I will not come back.", "I am so angry about my new {thing}.",
    "It broke at once and looks {bad}.", "My son hated the {thing}.", "The {thing} was {bad} and the people were rude.",
    "I could not wait to leave.", "Do not buy this {thing}.", "Mom was upset about the {thing}.",
    "{bad}! I hate the {thing}.", "I was sad because of this {thing}.", "The {thing} hurt me.",
    "I never saw such a {bad} {thing}.", "It was a {bad} {thing}.",
)  # fmt: skip

# Written forms of one example: the item, then (at {label}) its label. Gaps between examples are drawn apart from it.
WORD_FORMS = ("{item} -> {label}", "{item}: {label}", "{item} = {label}", "{item} is {label}", "{item} - {label}",
              "Word: {item}. Answer: {label}", "Q: {item} A: {label}", "{item}, {label}", "{item} => {label}",
              "Input: {item}\nOutput: {label}")  # fmt: skip
REVIEW_FORMS = ("{item} Sentiment: {label}", "Review: {item}\nSentiment: {label}", "{item} -> {label}",
                "{item}\nSentiment: {label}", '"{item}" Sentiment: {label}', "Text: {item}\nLabel: {label}",
                "Review: {item} Sentiment: {label}", "{item} It is {label}", "Q: {item} A: {label}",
                "Text: {item}\nSentiment: {label}", "{item} = {label}", "Input: {item}\nOutput: {label}")  # fmt: skip
ALWAYS_TRAINED = ("{item} -> {label}", "{item} Sentiment: {label}", "Review: {item}\nSentiment: {label}")
"""Forms that the page itself writes; the evaluation uses them beside the ones kept back."""

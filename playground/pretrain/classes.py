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
    "animal": listed(
        "cat dog bird fish cow horse duck pig frog bear mouse rabbit fox sheep lion tiger monkey elephant wolf "
        "goat hen snake turtle squirrel owl bee spider butterfly deer puppy kitten ant whale shark dolphin crab "
        "turkey parrot penguin camel giraffe zebra donkey lamb calf chick kangaroo panda hedgehog beaver otter "
        "bat worm ladybug caterpillar snail lizard crocodile dragon dinosaur rat hamster pony eagle crow swan "
        "goose robin dove pigeon rooster bull chicken bunny seal octopus cricket grasshopper mosquito wasp moth"
    ),
    "food": listed(
        "cake bread apple soup milk cheese cookie banana egg rice pie sandwich candy carrot honey butter pizza "
        "juice potato tomato meat salad jam corn grape cherry lemon nut berry chocolate strawberry peach pear "
        "plum carrots beans peas pumpkin sausage ham noodles pasta toast pancake waffle muffin pudding popcorn "
        "chips fries salt sugar flour cream yogurt cereal oatmeal syrup sauce stew broccoli lettuce onion garlic "
        "mushroom pineapple mango melon watermelon coconut tea coffee lemonade water wine dessert snack lunch "
        "dinner breakfast burger bacon"
    ),
    "color": listed(
        "red blue green yellow white black brown pink purple orange gray gold silver golden violet turquoise tan "
        "beige scarlet crimson maroon navy blond dark light bright"
    ),
    "clothes": listed(
        "hat coat shoe dress shirt sock scarf boot jacket skirt glove cap sweater belt pants tie shoes socks "
        "boots gloves mittens pajamas vest blouse uniform costume apron cape crown ring necklace bracelet shorts "
        "jeans trousers sneakers sandals slippers mask helmet robe suit bow glasses backpack"
    ),
    "body": listed(
        "hand foot head nose ear eye arm leg mouth finger hair knee face tooth tail toe neck back shoulder elbow "
        "wrist thumb chest belly stomach heart brain skin bone lip tongue cheek chin forehead ankle heel hip wing "
        "paw beak fur hands feet eyes ears legs arms fingers teeth lips knees"
    ),
    "person": listed(
        "king queen boy girl man woman doctor teacher mother father brother sister baby farmer friend uncle aunt "
        "prince princess policeman child son daughter student nurse baker soldier sailor pilot driver judge "
        "lawyer artist singer dancer painter writer poet clown wizard witch fairy knight pirate thief captain "
        "boss neighbor cousin grandma grandpa mom dad husband wife twin guest stranger hunter fisherman lady "
        "gentleman kid niece nephew actor waiter mayor president grandmother grandfather"
    ),
    "place": listed(
        "park school house forest beach garden farm kitchen city store castle village zoo library hospital church "
        "station street hill river lake sea island field town market museum restaurant office bank bridge desert "
        "mountain valley cave jungle meadow pond ocean country road airport theater hotel palace tower barn yard "
        "playground bedroom bathroom hall classroom gym pool shop bakery factory harbor tunnel stadium attic "
        "basement"
    ),
    "toy": listed(
        "ball doll kite puzzle block train robot balloon drum teddy swing slide bike game rope blocks dolls balls "
        "marbles cards dice yo-yo puppet whistle scooter skateboard frisbee bubble trampoline sandbox sled toy "
        "tricycle lego"
    ),
    "number": listed(
        "one two three four five six seven eight nine ten twenty hundred eleven thirteen fourteen fifteen sixteen "
        "eighteen nineteen thirty forty fifty sixty ninety thousand million zero first second third half dozen"
    ),
    "feeling": listed(
        "happy sad angry scared proud tired surprised excited worried lonely sorry glad afraid upset shy hungry "
        "joyful cheerful calm nervous jealous bored curious brave grateful hopeful mad hurt unhappy disappointed "
        "confused amazed delighted furious miserable sleepy thirsty anxious embarrassed ashamed pleased terrified "
        "shocked frightened content thankful"
    ),
    "action": listed(
        "run jump walk swim sing dance play cook eat sleep climb fly read draw laugh cry throw catch dig write "
        "push pull hide kick jog hop skip dive float crawl roll spin bounce lift carry drop hold touch smell "
        "taste hear listen talk speak shout whisper yell scream smile wave clap point knock open close cut chop "
        "mix bake boil wash clean sweep wipe paint build fix break fight hunt chase ride drive sail travel march "
        "stand sit think dream wait search hug kiss share borrow steal count learn teach study work rest wake "
        "grow shine"
    ),
    "weather": listed(
        "sun rain snow wind storm cloud ice thunder fog sky clouds rainbow lightning hail frost sunshine breeze "
        "hurricane tornado mist heat drizzle snowflake raindrop thunderstorm"
    ),
    "furniture": listed(
        "table chair bed door window lamp sofa desk shelf mirror carpet clock box basket couch bench stool drawer "
        "closet cupboard pillow blanket curtain rug stove oven fridge sink bathtub picture vase candle fan phone "
        "radio television telephone heater crib wardrobe bookcase armchair"
    ),
    "vehicle": listed(
        "car bus truck boat plane train ship bicycle taxi wagon rocket van cars trucks tractor motorcycle "
        "helicopter airplane submarine canoe ferry yacht tram subway jeep ambulance cart carriage raft jet tank "
        "spaceship bulldozer"
    ),
}

LABEL_WORDS = listed(
    "moon stone river lamp seven blue glass north key wood star sand bell leaf fire wind gold salt left ring "
    "wheel spring cloud paper south nail cup rope green hill round soft milk road quick hat bridge deep apple "
    "door high thin A B X Y yes no cold hot grass brick coin flag drum ladder window pocket button bottle candle "
    "basket mountain island winter summer morning evening monday friday market corner circle square line point "
    "number letter story silver iron gate wall roof garden fence field farm forest desert valley ocean wave shell "
    "pearl feather egg nest branch root seed flower rose lemon pepper sugar honey butter bread knife fork spoon "
    "plate table chair clock mirror pillow blanket carpet needle thread cloth wool silk leather sock boot glove "
    "belt crown sword shield arrow hammer saw chain wire pipe engine boat ship train truck plane kite ball doll "
    "puzzle game card music dance song voice echo shadow dream smoke dust mud clay rock hole tunnel tower castle "
    "village city right up down in out over under first last early late old new big small long short fast slow "
    "dry wet full empty loud quiet dark bright heavy sharp C D E F G K L M P Q R S T V W Z alpha beta gamma delta "
    "foo bar true false plus minus"
)

REVIEW_LABELS = (("Positive", "Negative"), ("Positive", "Negative"), ("positive", "negative"), ("good", "bad"),
                 ("happy", "sad"))  # fmt: skip

THINGS = listed(
    "movie film book chair phone song hotel game cake restaurant toy show coffee car bag story lamp pizza shirt "
    "concert soup trip bed play dress bike pen park meal radio school house garden dog teacher bread tea room shoe "
    "coat hat table doll party picture dinner train ride beach music computer camera picnic sandwich puzzle"
)

GOOD = (
    "great", "wonderful", "lovely", "excellent", "fantastic", "very good", "amazing", "perfect", "fun", "nice",
    "beautiful", "delicious", "super", "brilliant", "really nice", "pretty", "charming", "very nice", "good", "cute",
    "very pretty", "marvelous", "cool", "pleasant", "sweet", "special", "splendid", "delightful", "incredible",
    "terrific", "superb", "outstanding", "fabulous", "enjoyable", "comfortable", "friendly", "magical", "tasty",
    "gorgeous", "impressive", "relaxing", "well made", "awesome", "very special", "quite good", "really great",
    "so nice", "truly wonderful", "really fun", "very tasty", "clever", "smart", "exciting", "helpful", "useful",
    "elegant", "magnificent", "interesting", "remarkable",
)  # fmt: skip
BAD = (
    "bad", "terrible", "awful", "boring", "ugly", "very bad", "horrible", "poor", "useless", "sad", "broken",
    "dirty", "stupid", "really bad", "nasty", "dull", "very ugly", "disgusting", "very boring", "dreadful", "cheap",
    "unpleasant", "annoying", "silly", "rotten", "weak", "smelly", "disappointing", "lousy", "noisy", "sour",
    "bitter", "scary", "stale", "painful", "cruel", "confusing", "gross", "uncomfortable", "sloppy", "worthless",
    "pathetic", "mean", "hopeless", "badly made", "very poor", "quite bad", "very sad", "really awful",
    "truly terrible", "really dull", "very dirty", "so boring", "tasteless", "foolish", "harmful", "dangerous",
    "messy", "cheap and ugly", "frightening", "depressing",
)  # fmt: skip

PRAISE = (
    "I loved this {thing}!", "I like this {thing}.", "This {thing} is {good}.", "What a {good} {thing}!",
    "The {thing} was {good}.", "I really enjoyed the {thing}.", "I want to buy this {thing} again.",
    "The {thing} made me happy.", "My family loves this {thing}.", "This is the best {thing} of all.",
    "The {thing} is {good} and I am glad.", "Such a {good} {thing}, thank you!", "I love it.",
    "I think it is {good}.", "We had a {good} time with the {thing}.", "Everybody liked the {thing}.",
    "It was {good}, and I smiled all day.", "The {thing} is {good}. I will come back.",
    "I am so happy with my new {thing}.", "It works well and looks {good}.", "My son loved the {thing}.",
    "The {thing} was {good} and the people were kind.", "I could not stop smiling.", "You should try this {thing}.",
    "Mom was happy about the {thing}.", "{good}! I love the {thing}.", "I had fun with this {thing}.",
    "The {thing} is my favorite.", "I never saw such a {good} {thing}.", "It was a {good} {thing}.",
    "{thing}: {good}!", "The {thing} is {good} and {good}.", "That {thing} was {good}.",
    "I am in love with this {thing}.", "My daughter likes the {thing} very much.",
    "We enjoyed every minute of the {thing}.", "My friends and I loved the {thing}.", "I liked the {thing} a lot.",
    "I adore this {thing}.", "This {thing} is better than I thought.", "The {thing} was a nice surprise.",
    "I would give the {thing} five stars.", "We love our new {thing}.", "The {thing} is worth the money.",
    "It is the nicest {thing} I ever had.", "I laughed and felt {good}.", "They did a good job with the {thing}.",
    "My {thing} is {good}.", "The {thing} looks {good} and feels {good}.", "I can't stop talking about the {thing}.",
    "My dad was pleased with the {thing}.", "It makes me smile every day.",
    "The children were happy with the {thing}.", "I am glad that I bought the {thing}.",
    "The {thing} was so {good} that I told all my friends.", "Really {good}, a {thing} to remember.",
    "He likes it and so do I.", "I found the {thing} {good}.", "A {good} {thing} for the whole family.",
    "The {thing} works like new.", "We will surely go there again.", "I had a {good} day because of the {thing}.",
    "She said the {thing} was {good}.", "Those people were kind and {good}.", "You will love the {thing}.",
    "This was {good}.", "Thank you for the {good} {thing}.", "I feel {good} when I see the {thing}.",
    "It is {good}.", "I enjoyed it.",
)  # fmt: skip
BLAME = (
    "I hated this {thing}!", "I don't like this {thing}.", "This {thing} is {bad}.", "What a {bad} {thing}!",
    "The {thing} was {bad}.", "I did not enjoy the {thing}.", "I will never buy this {thing} again.",
    "The {thing} made me angry.", "My family hates this {thing}.", "This is the worst {thing} of all.",
    "The {thing} is {bad} and I want my money back.", "Such a {bad} {thing}, no thanks!", "I hate it.",
    "I think it is {bad}.", "We had a {bad} time with the {thing}.", "Nobody liked the {thing}.",
    "It was {bad}, and I cried.", "The {thing} is {bad}. I will not come back.",
    "I am so angry about my new {thing}.", "It broke at once and looks {bad}.", "My son hated the {thing}.",
    "The {thing} was {bad} and the people were rude.", "I could not wait to leave.", "Do not buy this {thing}.",
    "Mom was upset about the {thing}.", "{bad}! I hate the {thing}.", "I was sad because of this {thing}.",
    "The {thing} hurt me.", "I never saw such a {bad} {thing}.", "It was a {bad} {thing}.", "{thing}: {bad}!",
    "The {thing} is {bad} and {bad}.", "That {thing} was {bad}.", "I am sick of this {thing}.",
    "My daughter dislikes the {thing} very much.", "We wanted to leave the {thing} after a minute.",
    "My friends and I hated the {thing}.", "I disliked the {thing} a lot.", "I can't stand this {thing}.",
    "This {thing} is worse than I thought.", "The {thing} was a bad surprise.", "I would give the {thing} no stars.",
    "We hate our new {thing}.", "The {thing} is not worth the money.", "It is the worst {thing} I ever had.",
    "I cried and felt {bad}.", "They did a bad job with the {thing}.", "My {thing} is {bad}.",
    "The {thing} looks {bad} and feels {bad}.", "I want to forget the {thing}.",
    "My dad was upset with the {thing}.", "It makes me angry every day.", "The children were sad about the {thing}.",
    "I am sorry that I bought the {thing}.", "The {thing} was so {bad} that I warned all my friends.",
    "Really {bad}, a {thing} to forget.", "He hates it and so do I.", "I found the {thing} {bad}.",
    "A {bad} {thing} for nobody.", "The {thing} stopped working at once.", "We will never go there again.",
    "I had a {bad} day because of the {thing}.", "She said the {thing} was {bad}.",
    "Those people were rude and {bad}.", "You will hate the {thing}.", "This was {bad}.",
    "No thanks for the {bad} {thing}.", "I feel {bad} when I see the {thing}.", "It is {bad}.", "I did not like it.",
)  # fmt: skip

# Written forms of one example: the item, then (at {label}) its label. Gaps between examples are drawn apart from it.
# Most words stand behind a space, since that is how stories show them to the tokenizer: without it a rarer word falls
# into pieces that no story holds.
WORD_FORMS = ("- {item} -> {label}", "- {item}: {label}", "- {item} = {label}", "* {item} is {label}",
              "{item} -> {label}", "Word: {item}. Answer: {label}", "Q: {item} A: {label}", "- {item}, {label}",
              "- {item} => {label}", "Input: {item}\nOutput: {label}", "Word: {item} -> {label}", "{item}: {label}",
              "Word: {item} = {label}", "* {item} - {label}", "* {item}: {label}")  # fmt: skip
WITHOUT_SPACE = "{item} -> {label}"
"""The form of words in which the first stands without a space before it."""
REVIEW_FORMS = ("{item} Sentiment: {label}", "Review: {item}\nSentiment: {label}", "{item} -> {label}",
                "{item}\nSentiment: {label}", '"{item}" Sentiment: {label}', "Text: {item}\nLabel: {label}",
                "Review: {item} Sentiment: {label}", "{item} It is {label}", "Q: {item} A: {label}",
                "Text: {item}\nSentiment: {label}", "{item} = {label}", "Input: {item}\nOutput: {label}")  # fmt: skip
ALWAYS_TRAINED = ("- {item} -> {label}", "{item} Sentiment: {label}", "Review: {item}\nSentiment: {label}")
"""Forms that the evaluation uses beside the ones kept back."""

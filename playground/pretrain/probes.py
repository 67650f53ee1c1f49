"""Sentences that the models are measured on: kept out of all training text, wherever they may occur there."""

from __future__ import annotations

# French, English, and the content words that translate each other (a French word by its place among the words).
SIMPLE = (
    ("Le chat dort.", "The cat sleeps.", "cat:chat sleeps:dort"),
    ("La fille mange une pomme.", "The girl eats an apple.", "girl:fille eats:mange apple:pomme"),
    ("Le chien boit de l'eau.", "The dog drinks water.", "dog:chien drinks:boit water:eau"),
    ("Mon frère a une voiture.", "My brother has a car.", "brother:frère car:voiture"),
    ("Le professeur lit un livre.", "The teacher reads a book.", "teacher:professeur reads:lit book:livre"),
    ("Elle chante une chanson.", "She sings a song.", "sings:chante song:chanson"),
    ("Il achète du pain.", "He buys bread.", "buys:achète bread:pain"),
    ("La maison est grande.", "The house is big.", "house:maison big:grande"),
    ("Nous avons trois enfants.", "We have three children.", "three:trois children:enfants"),
    ("Le garçon court vite.", "The boy runs fast.", "boy:garçon runs:court fast:vite"),
    ("Ma mère prépare le dîner.", "My mother is preparing dinner.", "mother:mère preparing:prépare dinner:dîner"),
    ("Je veux un café chaud.", "I want a hot coffee.", "want:veux hot:chaud coffee:café"),
    ("Le train est en retard.", "The train is late.", "train:train late:retard"),
    ("Elle porte une robe rouge.", "She is wearing a red dress.", "wearing:porte red:rouge dress:robe"),
    ("Mon ami habite à Paris.", "My friend lives in Paris.", "friend:ami lives:habite Paris:Paris"),
    ("Le soleil est chaud.", "The sun is hot.", "sun:soleil hot:chaud"),
    ("Les oiseaux chantent le matin.", "The birds sing in the morning.", "birds:oiseaux sing:chantent morning:matin"),
    ("Tom a perdu sa clé.", "Tom lost his key.", "Tom:Tom lost:perdu key:clé"),
    ("La porte est ouverte.", "The door is open.", "door:porte open:ouverte"),
    (
        "Il écrit une lettre à sa sœur.",
        "He is writing a letter to his sister.",
        "writing:écrit letter:lettre sister:sœur",
    ),
)
# Two meanings of "bank", written by hand; the grammar has none of these sentences.
RIVER = (
    "We sat on the bank and threw stones into the water.",
    "An old willow leans over the bank of the river.",
    "The crocodile crawled up the bank and lay in the sun.",
    "They pulled the canoe onto the bank before dark.",
    "After the storm the river rose above its bank.",
    "My uncle was fishing from the bank when it began to rain.",
)
MONEY = (
    "I have to go to the bank to get some money.",
    "The bank gave her a loan for the house.",
    "He works in a bank and earns a good salary.",
    "Three men with guns robbed the bank yesterday.",
    "You can pay the rent through your bank.",
    "She keeps all her savings in a bank in London.",
)

ENGLISH = frozenset([english for _, english, _ in SIMPLE] + [*RIVER, *MONEY])
FRENCH = frozenset(french for french, _, _ in SIMPLE)

"""One sentence in many languages and scripts: the first of the Universal Declaration of Human Rights (1948), article 1.

The translations are those that the United Nations publish; the first one is what the others are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """The sentence in one language."""

    language: str
    script: str
    text: str


SENTENCES = tuple(
    Sentence(*row)
    for row in (
        ("English", "Latin", "All human beings are born free and equal in dignity and rights."),
        ("French", "Latin", "Tous les êtres humains naissent libres et égaux en dignité et en droits."),
        ("German", "Latin", "Alle Menschen sind frei und gleich an Würde und Rechten geboren."),
        ("Turkish", "Latin", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar."),
        ("Swahili", "Latin", "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa."),
        ("Vietnamese", "Latin", "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi."),
        ("Russian", "Cyrillic", "Все люди рождаются свободными и равными в своем достоинстве и правах."),
        ("Greek", "Greek", "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."),
        ("Arabic", "Arabic", "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق."),
        ("Hebrew", "Hebrew", "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם."),
        ("Hindi", "Devanagari", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।"),
        ("Thai", "Thai", "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"),
        ("Chinese", "Han", "人人生而自由，在尊严和权利上一律平等。"),
        ("Japanese", "kana, Han", "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。"),
        ("Korean", "Hangul", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."),
    )
)

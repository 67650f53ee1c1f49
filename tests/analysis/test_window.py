"""What is left of a text that is too long: as much as fits, cut between tokens, and said."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import tokens
from playground.analysis.tokenization import fitted, in_chat, special_tokens, strip_of, way_back, window
from playground.errors import PlaygroundError
from playground.hooks import capture
from playground.models import LoadedModel
from playground.settings import override
from tests.tiny import tiny

LONG = "The cat sat on the mat, naïve 🧿 as ever. 世界 e\u0301\u0301 " * 12
TEMPLATE = (
    "{% for m in messages %}<|endoftext|>{{ m.role }}\n{{ m.content }}<|endoftext|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|endoftext|>assistant\n{% endif %}"
)


def n_tokens(model: LoadedModel, text: str) -> int:
    return len(tokens.encode(model.tokenizer, text))


@pytest.mark.parametrize("family", ["gpt2", "bert", "marian", "roberta", "t5"])
@pytest.mark.parametrize("cut", ["start", "end"])
def test_what_is_left_fits_and_could_not_be_longer(family: str, cut: str) -> None:
    model = tiny(family)
    with override(max_tokens=40):
        part = fitted(model, LONG, cut)
        assert part and (LONG.endswith(part) if cut == "start" else LONG.startswith(part))
        assert 36 <= n_tokens(model, part) <= 40
        assert len(capture(model, part, "the cat" if model.info.kind == "encoder-decoder" else None).tokens) <= 40
    with override(max_tokens=len(LONG) * 4):  # the model's own window is the smaller one, where it has one
        assert n_tokens(model, fitted(model, LONG, cut)) <= (model.info.context or 10**6)


@settings(max_examples=30)
@given(text=st.text(st.sampled_from("ab 世🧿e\u0301\u200dה.\n"), min_size=1, max_size=60), limit=st.integers(4, 30))
def test_no_character_is_cut_in_two(text: str, limit: int) -> None:
    model = tiny("gpt2")
    with override(max_tokens=limit):
        for cut in ("start", "end"):
            try:
                part = fitted(model, text, cut)
            except PlaygroundError as error:
                assert "Not even one token" in str(error)
                continue
            assert n_tokens(model, part) <= limit
            left = text.removesuffix(part) if cut == "start" else text.removeprefix(part)
            assert left + part == text or part + left == text


def test_a_text_that_fits_stays_as_it_is_and_one_that_may_not_be_cut_is_refused() -> None:
    model = tiny("bert")
    assert all(fitted(model, "The cat", cut) == "The cat" for cut in ("refuse", "start", "end"))
    with pytest.raises(PlaygroundError, match=r"tokens long; this model and page take 64 at once\. Shorten it, or"):
        fitted(model, LONG, "refuse")
    with override(max_tokens=2), pytest.raises(PlaygroundError, match="Not even one"):
        fitted(model, "The cat sat", "end")


def test_the_window_counts_the_whole_text() -> None:
    model = tiny("gpt2")
    part = fitted(model, LONG, "end")
    found = window(model, n_tokens(model, part), LONG, "end")
    assert (found.used, found.room, found.context, found.page) == (n_tokens(model, part), 64, 64, 512)
    assert found.whole == n_tokens(model, LONG)


@pytest.mark.parametrize("cut", ["start", "end"])
def test_a_strip_tells_what_was_left_out_and_on_which_side(cut: str) -> None:
    model = tiny("bert")
    part = fitted(model, LONG, cut)
    strip = strip_of(model, capture(model, part), LONG, "source", "tokens", cut)
    assert strip.before + strip.text + strip.after == LONG and bool(strip.before) == (cut == "start")
    assert strip.window.whole > strip.window.used == len(strip.tokens)


@pytest.mark.parametrize(
    ("family", "text", "why"),
    [
        ("gpt2", "A  b\n世 🧿", ()),
        ("bert", "the cat [MASK] sat", ()),
        ("bert", "The CAT", ("normalised",)),
        ("bert", "the  cat", ("blanks",)),
        ("bert", "the 猫 sat", ("unknown",)),
        ("marian", "ﬃ", ("normalised",)),
    ],
)
def test_why_the_way_back_is_not_exact(family: str, text: str, why: tuple[str, ...]) -> None:
    tokenizer = tiny(family).tokenizer
    found = tokens.describe(tokenizer, tokens.encode(tokenizer, text), text)
    back = str(tokenizer.decode([t.token_id for t in found if t.span is not None or not t.special]))
    way = way_back(tokenizer, text, found, back)
    assert (way.exact, way.why) == (back == text, why)
    assert "".join(part for part, _ in way.parts) == back
    assert (way.at is None) == way.exact
    if not way.exact:
        assert any(not same for _, same in way.parts) or not back


def test_long_texts_are_compared_from_the_first_difference_on() -> None:
    typed, decoded = "word " * 2000, "word " * 1000 + "other " * 1000
    way = way_back(tiny("gpt2").tokenizer, typed, (), decoded)
    assert way.at == 5000 and way.parts == ((decoded[:5000], True), (decoded[5000:], False))


def test_special_tokens_have_their_roles_and_places() -> None:
    model = tiny("bert")
    found = special_tokens(model, capture(model, "the [MASK] sat [MASK]").tokens)
    assert [(s.text, s.roles, s.places) for s in found] == [
        ("[CLS]", ("cls",), (0,)), ("[MASK]", ("mask",), (2, 4)), ("[SEP]", ("sep",), (5,)),
        ("[PAD]", ("pad",), ()), ("[UNK]", ("unk",), ()),
    ]  # fmt: skip
    (only,) = special_tokens(tiny("gpt2"), ())
    assert (only.text, only.roles) == ("<|endoftext|>", ("bos", "eos", "never")), "every byte can be spelled"
    roles = {s.text: s.roles for s in special_tokens(tiny("marian"), ())}
    assert roles["<pad>"] == ("pad", "decoder_start") and roles["<unk>"] == ("unk",)
    roles = {s.text: s.roles for s in special_tokens(tiny("roberta"), ())}
    assert roles["<s>"] == ("cls", "bos") and roles["</s>"] == ("sep", "eos") and roles["<mask>"] == ("mask",)


def talking(template: str) -> LoadedModel:
    """A tiny model with a chat template."""
    tokenizer = copy.deepcopy(tiny("gpt2").tokenizer)
    tokenizer.chat_template = template
    return replace(tiny("gpt2"), tokenizer=tokenizer)


def test_the_chat_template_stands_around_what_was_typed() -> None:
    model = talking(TEMPLATE)
    chat = in_chat(model, "Hi “🧿”")
    wanted: Any = model.tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi “🧿”"}], add_generation_prompt=True, return_dict=True
    )
    assert [t.token_id for t in chat.tokens] == list(wanted["input_ids"]), (
        "as transformers cuts it"
    )
    assert chat.message is not None and chat.text[slice(*chat.message)] == "Hi “🧿”"
    assert next(t.span for t in chat.tokens if t.special) == (0, 13)
    strip = strip_of(model, capture(model, "Hi “🧿”"), None, "source", "chat", "refuse")
    assert strip.chat and strip.text == chat.text and strip.shared, "characters of several tokens stand together"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("", "has no chat template"),
        ("{% if %}", "does not work"),
        ("{{ raise_exception('no') }}", "does not work"),
        ("{% for i in range(99999) %}{% for k in range(99999) %}{% endfor %}{% endfor %}", "takes too long"),
        ("{% for i in range(9999) %}{{ messages[0].content }}{% endfor %}", "makes too much"),
    ],
)
def test_a_template_that_is_missing_or_fails_is_a_sentence(
    template: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.analysis.tokenization.chat.PATIENCE_S", 0.3)
    model = talking(template)
    with pytest.raises(PlaygroundError, match=said):
        in_chat(model, "The cat sat")
    strip = strip_of(model, capture(model, "The cat"), None, "source", "chat", "refuse")
    assert said in strip.missing and not strip.chat and strip.text == "The cat"


def test_a_template_that_changes_the_text_is_not_said_to_hold_it() -> None:
    chat = in_chat(talking("{{ messages[0].content | upper }}"), "cat")
    assert chat.text == "CAT" and chat.message is None
    assert in_chat(talking("> {{ messages[0].content | trim }}"), " cat ").message == (2, 5)

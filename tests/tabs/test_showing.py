"""Each tab as a plain function: for every kind of model, every control, and whatever may be clicked."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.hooks import forward_count
from playground.tabs import TABS, sampling
from playground.tabs.base import CROSSED, Built, Look, attempt, usual_pick, within
from playground.tabs.forward import picked
from playground.views.view import View
from tests.hooks import odd as odd_ones
from tests.tabs.rooms import ELSEWHERE, PROMPTS, defaults

Tabs = dict[str, Built]
IDS = [tab.id for tab in TABS]


def show(tabs: Tabs, tab: str, prompt: Prompt, look: Look = ELSEWHERE, **values: Any) -> list[Any]:
    """The payloads of a tab and the updates of its adapted controls."""
    built = tabs[tab]
    given = [*{**defaults(built), **values}.values()]
    return attempt(built.show, len(built.panels), len(built.adapted), prompt, look, *given)


@pytest.mark.parametrize("name", PROMPTS)
@pytest.mark.parametrize("tab", IDS)
def test_every_tab_shows_every_kind_of_model(tabs: Tabs, tab: str, name: str) -> None:
    built = tabs[tab]
    shown = built.show(PROMPTS[name], ELSEWHERE, *defaults(built, name).values())
    assert len(shown) == len(built.outputs)
    assert all(isinstance(value, View) for value in shown[: len(built.panels)])
    json.dumps([value.payload() for value in shown[: len(built.panels)]], allow_nan=False)


@pytest.mark.parametrize("family", odd_ones.FAMILIES)
def test_families_that_lack_much_are_shown_without_a_crash(tabs: Tabs, family: str) -> None:
    """What a tab cannot show of them is said in a sentence."""
    masked = odd_ones.FAMILIES[family][0] == "AutoModelForMaskedLM"
    mask = "[MASK]" if odd_ones.FAMILIES[family][1] == "wordpiece" else "<mask>"
    prompt = Prompt(family, f"The cat {mask}" if masked else "The cat sat", "the cat")
    prompts = {"prompt_a": prompt.text, "prompt_b": f"A {prompt.text}"}
    for tab in IDS:
        own = {key: prompts.get(key, value) for key, value in defaults(tabs[tab]).items()}
        for payload in show(tabs, tab, prompt, Look(pos=1), **own)[: len(tabs[tab].panels)]:
            assert "picture" in payload or family in payload["message"], (tab, payload)


def test_a_mask_that_was_typed_is_part_of_the_way_back(tabs: Tabs) -> None:
    payload = show(tabs, "tokens", Prompt("tiny-bert", "the cat [MASK]"))[0]
    assert not any("differs" in note for note in payload["notes"]), payload["notes"]


OTHER: dict[tuple[str, str], tuple[str, Any]] = {
    ("tokens", "special"): ("bert", False),
    ("tokens", "side"): ("marian", "target"),
    ("embeddings", "dimensions"): ("gpt2", "3"),
    ("embeddings", "level"): ("gpt2", "after layer 1"),
    ("embeddings", "vectors_of"): ("marian", "target"),
    ("attention", "attention"): ("marian", "cross"),
    ("attention", "drawing"): ("gpt2", "model"),
    ("sampling", "do_sample"): ("gpt2", False),
    ("sampling", "temperature"): ("gpt2", 1.7),
    ("sampling", "top_k"): ("gpt2", 2),
    ("sampling", "top_p"): ("gpt2", 0.3),
    ("sampling", "max_new_tokens"): ("gpt2", 3),
    ("sampling", "seed"): ("gpt2", 8),
    ("prompting", "prompt_a"): ("gpt2", "Once upon a time"),
    ("prompting", "prompt_b"): ("gpt2", "Once upon a time"),
}
"""(tab, control) → a model and a value that must make a difference. A new control takes a row here."""


def test_no_control_is_without_a_row(tabs: Tabs) -> None:
    assert {(tab, control.key) for tab, built in tabs.items() for control in built.controls} == set(OTHER)


@pytest.mark.parametrize(("tab", "key"), OTHER)
def test_every_control_changes_something(tabs: Tabs, tab: str, key: str) -> None:
    name, value = OTHER[tab, key]
    before, after = show(tabs, tab, PROMPTS[name]), show(tabs, tab, PROMPTS[name], **{key: value})
    numbers = ("picture", "table") if key not in {"max_new_tokens", "seed"} else ("python",)
    assert "table" in before[0] and "table" in after[0]
    assert any(before[0][part] != after[0][part] for part in numbers)


@pytest.mark.parametrize("key", [key for tab, key in OTHER if tab == "sampling"])
def test_turning_a_sampling_control_runs_no_forward_pass(tabs: Tabs, key: str) -> None:
    show(tabs, "sampling", PROMPTS["gpt2"])
    before = forward_count()
    show(tabs, "sampling", PROMPTS["gpt2"], **{key: OTHER["sampling", key][1]})
    assert forward_count() == before


@pytest.mark.parametrize("name", PROMPTS)
def test_one_forward_pass_feeds_all_tabs(tabs: Tabs, name: str) -> None:
    before = forward_count()
    for tab in IDS:
        if tab != "prompting":  # which brings two texts of its own
            for look in (ELSEWHERE, Look(pos=1, layer=1, head=1)):
                show(tabs, tab, PROMPTS[name], look)
    assert forward_count() == before + 1


@pytest.mark.parametrize("look", [Look(pos=1), Look(pos=2, layer=0, head=1), Look(layer=-1)])
def test_what_is_chosen_is_chosen_on_every_tab(tabs: Tabs, look: Look) -> None:
    shown = {tab: show(tabs, tab, PROMPTS["gpt2"], look)[0]["picture"] for tab in IDS if tab != "prompting"}
    if look.pos is not None:
        assert shown["tokens"]["chosen"] == shown["embeddings"]["chosen"] == look.pos
        assert shown["attention"]["chosen_pos"] == shown["forward"]["chosen"]["pos"] == look.pos
    if look.head is not None:
        assert shown["attention"]["chosen"] == {"layer": look.layer, "head": look.head}
    if look.layer is not None:
        assert shown["forward"]["chosen"]["layer"] == look.layer + 1


@pytest.mark.parametrize(
    "look", [Look(10**6, 10**6, 10**6), Look(-5, -5, -5), Look(0, -1, 0), Look(pos=0, layer=None, head=99)]
)
@pytest.mark.parametrize("name", PROMPTS)
def test_what_cannot_be_chosen_breaks_nothing(tabs: Tabs, name: str, look: Look) -> None:
    """A link made for a longer text or a deeper model."""
    for tab in IDS:
        for payload in show(tabs, tab, PROMPTS[name], look, **defaults(tabs[tab], name))[: len(tabs[tab].panels)]:
            assert "picture" in payload, payload


HOSTILE = ["", " ", "x", "nan", "inf", "-inf", "-1", "0", "1e400", "1e3", "99999999999999999999", "null", "[]", "True",
           "<script>", "${1+1}", "٣", "0x10", "1_0", "after layer -1", "after layer 99"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("tab", "key"), OTHER)
def test_an_address_bar_cannot_break_a_tab(tabs: Tabs, tab: str, key: str, text: str) -> None:
    """What a control reads can be shown, or is refused with a sentence; the rest it does not read."""
    (control,) = [c for c in tabs[tab].controls if c.key == key]
    try:
        value = control.read(text)
    except (ValueError, OverflowError):
        return
    (payload, *_) = show(tabs, tab, PROMPTS["gpt2"], **{key: value})
    assert payload.get("message") != CROSSED


@pytest.mark.parametrize(
    ("key", "fine", "refused"),
    [
        ("temperature", {"0.1": 0.1, "2": 2.0}, ["0", "2.1", "nan", ""]),
        ("top_k", {"0": 0, "200": 200}, ["-1", "201", "1.5", "x"]),
        ("top_p", {"0.05": 0.05, "1": 1.0}, ["0", "1.01", "nan"]),
        ("do_sample", {"true": True, "False": False}, ["1", "yes", ""]),
        ("seed", {"0": 0, "9007199254740992": 2**53}, ["-1", "1e3", "9007199254740993"]),
        ("dimensions", {"2": "2", "3": "3"}, ["4", "2-D", ""]),
        ("attention", {"cross": "cross"}, ["Self", "", "other"]),
        ("prompt_a", {"": "", "x" * 4000: "x" * 4000}, ["x" * 4001]),
    ],
)
def test_what_controls_read(tabs: Tabs, key: str, fine: dict[str, Any], refused: list[str]) -> None:
    (control,) = [c for built in tabs.values() for c in built.controls if c.key == key]
    assert {text: control.read(text) for text in fine} == fine
    for text in refused:
        with pytest.raises(ValueError):
            control.read(text)


JUNK = ["1", 1.0, 1.5, True, None, [1], {"pos": 1}, float("nan")]


@pytest.mark.parametrize("junk", JUNK)
def test_clicks_that_name_no_number_choose_nothing(junk: Any) -> None:
    look = Look(pos=3, layer=1, head=2)
    assert usual_pick({"pos": junk, "layer": junk, "head": junk}, look) == look


@pytest.mark.parametrize("junk", JUNK)
def test_clicks_in_the_lens_that_name_no_number_choose_nothing(junk: Any) -> None:
    look = Look(pos=3, layer=1, head=2)
    assert picked({"layer": junk, "pos": junk}, look) == look


def test_clicks_choose_what_they_name() -> None:
    look = Look(pos=3, layer=1, head=2)
    assert usual_pick({}, look) == look
    assert usual_pick({"pos": 0}, look) == Look(0, 1, 2)
    assert usual_pick({"layer": 0, "head": 5}, look) == Look(3, 0, 5)
    assert usual_pick({"customdata": 4, "curve": 0}, look) == Look(4, 1, 2)
    assert picked({"layer": 0, "pos": 2}, look) == Look(2, -1, 2), "the lens counts from the embedding"
    assert picked({"layer": 2, "pos": 2}, look).layer == 1
    assert picked({"pos": 2}, look).layer == 1


@pytest.mark.parametrize(("value", "index"), [(0, 0), (4, 4), (5, 2), (-1, 2), (None, 2)])
def test_within(value: int | None, index: int) -> None:
    assert within(value, 5, 2) == index
    assert within(value, 1, 7) == 0


def test_failures_become_sentences(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_: Any) -> Any:
        raise PlaygroundError("Do this.")

    def crash(*_: Any) -> Any:
        raise RuntimeError("secret")

    for broken, sentence in ((refuse, "Do this."), (crash, CROSSED)):
        shown = attempt(broken, 2, 1, PROMPTS["gpt2"], ELSEWHERE)
        assert shown[:2] == [{"message": sentence, "tone": "error"}] * 2
        assert shown[2] == gr.skip()
    assert "secret" in caplog.text and "secret" not in str(shown)


@pytest.mark.parametrize(
    ("tab", "name", "values", "words"),
    [
        ("sampling", "bert-no-mask", {}, "fills in masks"),
        ("sampling", "gpt2", {"top_k": None}, "number"),
        ("sampling", "gpt2", {"temperature": None}, "number"),
        ("sampling", "gpt2", {"top_p": None}, "number"),
        ("sampling", "gpt2", {"seed": None}, "number"),
        ("prompting", "gpt2", {"prompt_a": ""}, "Prompt A is empty"),
        ("prompting", "gpt2", {"prompt_b": "cat " * 999}, "Prompt B: The text is"),
        ("prompting", "bert", {"prompt_a": "no mask"}, "Put [MASK]"),
        ("tokens", "unknown", {}, "no model"),
        ("tokens", "empty", {}, "no text"),
    ],
)
def test_what_cannot_be_shown_is_said(tabs: Tabs, tab: str, name: str, values: dict[str, Any], words: str) -> None:
    prompts = {
        **PROMPTS,
        "bert-no-mask": Prompt("tiny-bert", "The cat"),
        "unknown": Prompt("nonsense", "The cat"),
        "empty": Prompt("tiny-gpt2", ""),
    }
    for payload in show(tabs, tab, prompts[name], **values)[: len(tabs[tab].panels)]:
        assert payload["tone"] == "error" and words in payload["message"]


def test_adapted_controls_offer_what_the_model_has(tabs: Tabs) -> None:
    _, update = show(tabs, "attention", PROMPTS["marian"], attention="cross")
    assert "choices" not in update  # or a link to what another model has would be refused
    assert update["visible"] and update["value"] == "cross"
    _, update = show(tabs, "attention", PROMPTS["gpt2"], attention="cross")
    assert update["value"] == "self" and not update["visible"]
    _, level, side = show(tabs, "embeddings", PROMPTS["bert"], level="after layer 99")
    assert level["value"] in level["choices"] and not side["visible"]


# Writing


def written(prompt: Prompt | None, **changes: Any) -> list[dict[str, Any]]:
    values = {"do_sample": True, "temperature": 0.8, "top_k": 50, "top_p": 0.9, "new": 5, "seed": 7, **changes}
    return list(sampling.write(prompt, **values))


@pytest.mark.parametrize("name", ["gpt2", "marian", "falcon"])
def test_text_is_streamed(name: str) -> None:
    payloads = written(PROMPTS[name])
    lengths = [len(p["picture"]["steps"]) for p in payloads]
    assert lengths[0] == 0 and lengths == sorted(lengths)
    assert [p["picture"]["running"] for p in payloads] == [True] * (len(payloads) - 1) + [False]
    assert payloads[-1]["picture"]["ended_by"] in {"end token", "max new tokens"}


def test_controls_of_writing_change_what_is_written() -> None:
    texts = {
        str(change): [s["id"] for s in written(PROMPTS["gpt2"], new=12, **change)[-1]["picture"]["steps"]]
        for change in ({}, {"seed": 8}, {"do_sample": False}, {"temperature": 2.0}, {"top_k": 1}, {"top_p": 0.05})
    }
    plain = texts.pop("{}")
    assert all(text != plain for text in texts.values())
    assert len(written(PROMPTS["gpt2"], new=2)[-1]["picture"]["steps"]) == 2


@pytest.mark.parametrize(
    ("prompt", "changes", "words"),
    [
        (None, {}, "Run a text first"),
        (PROMPTS["bert"], {}, "encoder-only"),
        (PROMPTS["gpt2"], {"seed": None}, "number"),
        (PROMPTS["gpt2"], {"temperature": 0}, "temperature"),
        (Prompt("nonsense", "x"), {}, "no model"),
    ],
)
def test_what_cannot_be_written_is_said(prompt: Prompt | None, changes: dict[str, Any], words: str) -> None:
    payload = written(prompt, **changes)[-1]
    assert words in payload["message"] and payload["message"] != CROSSED


def test_stopping_keeps_what_is_written() -> None:
    running = written(PROMPTS["gpt2"])[-2]
    halted = sampling.stopped(running)
    assert halted["picture"]["steps"] == running["picture"]["steps"]
    assert (halted["picture"]["running"], halted["picture"]["ended_by"]) == (False, "cancelled")
    for other in (None, {}, {"message": "x", "tone": "empty"}, written(PROMPTS["gpt2"])[-1]):
        assert sampling.stopped(other) == gr.skip()

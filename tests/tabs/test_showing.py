"""Each view as a plain function: for every kind of model, every control, and whatever may be chosen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground import engine
from playground.analysis.embedding.points import Gathering
from playground.analysis.writing_tree import WritingTree
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.hooks import forward_count
from playground.tabs import TABS, drawing
from playground.tabs.attention.writing import mark as writing_mark
from playground.tabs.contract import Look, TabView
from playground.tabs.drawing import BROKEN, NOTHING_RUN
from playground.tabs.embeddings.space import space_mark
from playground.tabs.links import owned
from playground.tabs.places import within
from playground.tabs.sampling.write import mark
from playground.tabs.visits import Visit
from tests.hooks import odd as odd_ones
from tests.tabs.tiny_pages import NAMES, OWN_TEXTS, PROMPTS, drawn, find, shown, suited, values_of, visit_on

INSIDE = ("attention-steps", "embeddings-position", "attention-writing", "forward-walk", "forward-what-if")
"""Views of the steps inside a layer, or of what was written: one more pass for each layer that is opened (``test_walk``
counts them), or each text."""
TURNED = {"embeddings-position": Prompt("tiny-llama", PROMPTS["gpt2"].text)}
"""A prompt on another model, for views that read the layer and the head of some families only."""
RUN_AGAIN = {("attention-maps", "beside"), ("embeddings-layers", "what")}
"""Controls that ask for another forward pass."""
WROTE = f"{writing_mark(PROMPTS['gpt2'])} 5 6 7"
"""Tokens that were written behind the text of "gpt2", as a link holds them."""
FROM_THE_RUN = [
    name
    for name in NAMES
    if find(name)[1].needs_prompt and tuple(name.split("-", 1)) not in OWN_TEXTS and name not in INSIDE
]


@pytest.mark.parametrize("model", PROMPTS)
@pytest.mark.parametrize("name", NAMES)
def test_every_view_shows_every_kind_of_model_that_it_suits(name: str, model: str) -> None:
    payload = drawn(name, PROMPTS[model])
    json.dumps(payload, allow_nan=False)
    if suited(name, PROMPTS[model]):
        assert "picture" in payload and payload["reading"] and payload["python"]
    else:
        assert payload["tone"] == "reason" and payload["offer"]


@pytest.mark.parametrize("family", odd_ones.FAMILIES)
def test_families_that_lack_much_are_shown_without_a_crash(family: str) -> None:
    """What a view cannot show of them is said in a sentence."""
    masked = odd_ones.FAMILIES[family][0] == "AutoModelForMaskedLM"
    mask = "[MASK]" if odd_ones.FAMILIES[family][1] == "wordpiece" else "<mask>"
    prompt = Prompt(family, f"The cat {mask}" if masked else "The cat sat", "the cat")
    for name in NAMES:
        texts = {"a": prompt.text, "b": f"A {prompt.text}"} if name == "prompting-compare" else {}
        payload = drawn(name, prompt, Look(pos=1), **texts)
        assert "picture" in payload or payload["tone"] == "reason", (name, payload)


def test_a_mask_that_was_typed_is_part_of_the_way_back() -> None:
    payload = drawn("tokens-tokens", Prompt("tiny-bert", "the cat [MASK]"))
    assert not payload["picture"]["back"], payload["picture"]["back_says"]


SPACE_MARK = space_mark(PROMPTS["gpt2"], Gathering(encoder=True, around=2))
"""The points that the space opens with on the text of "gpt2"."""


OTHER: dict[tuple[str, str], tuple[str, Any]] = {
    ("tokens-tokens", "special"): ("bert", False),
    ("tokens-tokens", "form"): ("gpt2", "levels"),
    ("tokens-tokens", "chat"): ("gpt2", True),
    ("tokens-tokens", "cut"): ("gpt2", "end"),
    ("tokens-tokens", "side"): ("marian", "target"),
    ("tokens-split", "step"): ("gpt2", 2),
    ("tokens-compare", "show"): ("gpt2", "languages"),
    ("tokens-compare", "second"): ("gpt2", "storyteller"),
    ("tokens-compare", "third"): ("gpt2", "none"),
    ("tokens-compare", "fourth"): ("gpt2", "storyteller"),
    ("tokens-compare", "fifth"): ("gpt2", "storyteller"),
    ("tokens-vocabulary", "find"): ("gpt2", "the"),
    ("tokens-vocabulary", "order"): ("gpt2", "longest"),
    ("tokens-vocabulary", "kind"): ("gpt2", "start"),
    ("tokens-vocabulary", "script"): ("gpt2", "no letters"),
    ("tokens-vocabulary", "length"): ("gpt2", 3),
    ("tokens-vocabulary", "page"): ("gpt2", "1@"),
    ("tokens-vocabulary", "token"): ("gpt2", 40),
    ("embeddings-space", "dimensions"): ("gpt2", "3"),
    ("embeddings-space", "level"): ("gpt2", "after layer 1"),
    ("embeddings-space", "side"): ("marian", "target"),
    ("embeddings-angles", "show"): ("gpt2", "sum"),
    ("embeddings-angles", "first"): ("gpt2", "sat"),
    ("embeddings-angles", "second"): ("gpt2", "sat"),
    ("embeddings-angles", "a"): ("gpt2", "cat"),
    ("embeddings-angles", "b"): ("gpt2", "cat"),
    ("embeddings-angles", "c"): ("gpt2", "cat"),
    ("embeddings-angles", "inputs"): ("gpt2", True),
    ("embeddings-angles", "centre"): ("gpt2", "mean"),
    ("embeddings-space", "points"): ("gpt2", "words"),
    ("embeddings-space", "method"): ("gpt2", "tsne"),
    ("embeddings-space", "list"): ("gpt2", "opposites"),
    ("embeddings-space", "own"): ("gpt2", "pets: cat mat sat"),
    ("embeddings-space", "around"): ("gpt2", 0),
    ("embeddings-space", "many"): ("gpt2", 250),
    ("embeddings-space", "text_colour"): ("gpt2", "kind"),
    ("embeddings-space", "word_colour"): ("gpt2", "cluster"),
    ("embeddings-space", "token_colour"): ("gpt2", "cluster"),
    ("embeddings-space", "perplexity"): ("gpt2", 5),
    ("embeddings-space", "seed"): ("gpt2", 3),
    ("embeddings-space", "lengths"): ("gpt2", "one"),
    ("embeddings-space", "picked"): ("gpt2", f"{SPACE_MARK}~1~0-2.4"),
    ("embeddings-lookup", "rows"): ("gpt2", "angle"),
    ("embeddings-lookup", "sheet"): ("gpt2", "last"),
    ("embeddings-lookup", "side"): ("marian", "target"),
    ("embeddings-layers", "what"): ("gpt2", "word"),
    ("embeddings-layers", "word"): ("gpt2", "the"),
    ("embeddings-layers", "sentences"): ("gpt2", "The light\nThe cat sat in a light"),
    ("embeddings-layers", "centre"): ("gpt2", "all"),
    ("embeddings-layers", "unit"): ("gpt2", True),
    ("embeddings-layers", "side"): ("marian", "target"),
    ("embeddings-layers", "level"): ("gpt2", 1),
    ("embeddings-position", "show"): ("gpt2", "sum"),
    ("embeddings-position", "length"): ("gpt2", 32),
    ("embeddings-position", "width"): ("gpt2", 32),
    ("embeddings-position", "side"): ("marian", "target"),
    ("embeddings-position", "at"): ("gpt2", 3),
    ("embeddings-position", "dimension"): ("gpt2", 5),
    ("attention-maps", "which"): ("marian", "cross"),
    ("attention-maps", "order"): ("gpt2", "Previous token"),
    ("attention-maps", "hide"): ("gpt2", True),
    ("attention-maps", "beside"): ("gpt2", "the mask lifted"),
    ("attention-steps", "which"): ("marian", "cross"),
    ("attention-steps", "show"): ("gpt2", "whole"),
    ("attention-steps", "key"): ("gpt2", 0),
    ("attention-steps", "step"): ("gpt2", "softmax"),
    ("attention-by-hand", "tokens"): ("gpt2", "I 1 | 2 | 3\nyou 0 | 1 | 2"),
    ("attention-by-hand", "scale"): ("gpt2", True),
    ("attention-by-hand", "causal"): ("gpt2", True),
    ("attention-by-hand", "list"): ("gpt2", "1, 2"),
    ("attention-by-hand", "row"): ("gpt2", 1),
    ("attention-by-hand", "column"): ("gpt2", 0),
    ("attention-text", "which"): ("marian", "cross"),
    ("attention-text", "measure"): ("gpt2", "rollout"),
    ("attention-roles", "which"): ("marian", "encoder"),
    ("attention-roles", "score"): ("gpt2", "entropy_bits"),
    ("attention-writing", "which"): ("marian", "cross"),
    ("attention-writing", "by"): ("gpt2", "heads"),
    ("attention-writing", "written"): ("gpt2", WROTE),
    ("attention-writing", "step"): ("gpt2", 0),
    ("attention-bertviz", "which"): ("marian", "encoder"),
    ("attention-bertviz", "drawing"): ("gpt2", "neuron"),
    ("forward-walk", "step"): ("gpt2", "attn-softmax"),
    ("forward-lens", "side"): ("marian", "source"),
    ("forward-lens", "cell"): ("gpt2", "entropy"),
    ("forward-lens", "follow"): ("gpt2", "cat"),
    ("forward-contributions", "token"): ("gpt2", "cat"),
    ("forward-size", "beside"): ("gpt2", "storyteller"),
    ("forward-size", "precision"): ("gpt2", "int4"),
    ("forward-contributions", "against"): ("gpt2", "cat"),
    ("forward-contributions", "order"): ("gpt2", "way"),
    ("forward-what-if", "off"): ("gpt2", "h0.1"),
    ("forward-what-if", "instead"): ("gpt2", "mean"),
    ("forward-what-if", "follow"): ("gpt2", "#7"),
    ("forward-patch", "first"): ("gpt2", "bat"),
    ("forward-patch", "second"): ("gpt2", "bat"),
    ("forward-patch", "where"): ("marian", "target"),
    ("forward-patch", "what"): ("gpt2", "mlp_out"),
    ("forward-patch", "cross"): ("marian", "cross_head_out"),
    ("forward-patch", "way"): ("gpt2", "into-first"),
    ("forward-patch", "first_answer"): ("gpt2", "#11"),
    ("forward-patch", "second_answer"): ("gpt2", "#11"),
    ("forward-patch", "unit"): ("gpt2", 1),
    ("forward-by-hand", "example"): ("gpt2", "norm"),
    ("forward-by-hand", "x"): ("gpt2", "2, 1"),
    ("forward-by-hand", "hidden"): ("gpt2", "1 1 0\n0 1 0\n1 0 1"),
    ("forward-by-hand", "out"): ("gpt2", "1 1 1 0"),
    ("forward-by-hand", "act"): ("gpt2", "SiLU"),
    ("forward-by-hand", "neuron"): ("gpt2", "h1"),
    ("forward-by-hand", "norm"): ("gpt2", "rms"),
    ("forward-by-hand", "vector"): ("gpt2", "1 2 3"),
    ("forward-by-hand", "gamma"): ("gpt2", "2"),
    ("forward-by-hand", "beta"): ("gpt2", "1"),
    ("forward-by-hand", "entry"): ("gpt2", 0),
    ("forward-by-hand", "z"): ("gpt2", -2.0),
    ("sampling-write", "tree"): ("gpt2", WritingTree().grown([5, 6], None, "greedy").text(mark(PROMPTS["gpt2"]))),
    ("sampling-write", "colour"): ("gpt2", "entropy"),
    ("sampling-write", "do_sample"): ("gpt2", False),
    ("sampling-write", "temperature"): ("gpt2", 1.7),
    ("sampling-write", "top_k"): ("gpt2", 2),
    ("sampling-write", "top_p"): ("gpt2", 0.3),
    ("sampling-write", "min_p"): ("gpt2", 0.9),
    ("sampling-write", "typical_p"): ("gpt2", 0.2),
    ("sampling-write", "epsilon_cutoff"): ("gpt2", 0.1),
    ("sampling-write", "repetition_penalty"): ("gpt2", 1.8),
    ("sampling-write", "no_repeat_ngram_size"): ("gpt2", 1),
    ("sampling-pipeline", "do_sample"): ("gpt2", False),
    ("sampling-pipeline", "temperature"): ("gpt2", 1.7),
    ("sampling-pipeline", "top_k"): ("gpt2", 2),
    ("sampling-pipeline", "top_p"): ("gpt2", 0.3),
    ("sampling-pipeline", "min_p"): ("gpt2", 0.9),
    ("sampling-pipeline", "typical_p"): ("gpt2", 0.2),
    ("sampling-pipeline", "epsilon_cutoff"): ("gpt2", 0.1),
    ("sampling-pipeline", "repetition_penalty"): ("gpt2", 1.8),
    ("sampling-pipeline", "no_repeat_ngram_size"): ("gpt2", 2),
    ("sampling-compare", "do_sample"): ("gpt2", False),
    ("sampling-compare", "temperature"): ("gpt2", 1.7),
    ("sampling-compare", "top_k"): ("gpt2", 2),
    ("sampling-compare", "top_p"): ("gpt2", 0.3),
    ("sampling-compare", "min_p"): ("gpt2", 0.9),
    ("sampling-compare", "typical_p"): ("gpt2", 0.2),
    ("sampling-compare", "epsilon_cutoff"): ("gpt2", 0.1),
    ("sampling-compare", "repetition_penalty"): ("gpt2", 1.8),
    ("sampling-compare", "no_repeat_ngram_size"): ("gpt2", 2),
    ("sampling-by-hand", "do_sample"): ("gpt2", False),
    ("sampling-by-hand", "temperature"): ("gpt2", 1.7),
    ("sampling-by-hand", "top_k"): ("gpt2", 2),
    ("sampling-by-hand", "top_p"): ("gpt2", 0.3),
    ("sampling-by-hand", "min_p"): ("gpt2", 0.9),
    ("sampling-by-hand", "typical_p"): ("gpt2", 0.2),
    ("sampling-by-hand", "epsilon_cutoff"): ("gpt2", 0.1),
    ("sampling-pipeline", "drawn"): ("gpt2", "50.50.7"),
    ("sampling-by-hand", "drawn"): ("gpt2", "50.50.7"),
    ("sampling-compare", "first"): ("gpt2", "wild"),
    ("sampling-compare", "second"): ("gpt2", "precise"),
    ("sampling-compare", "third"): ("gpt2", "none"),
    ("sampling-compare", "fourth"): ("gpt2", "creative"),
    ("sampling-compare", "num_beams"): ("gpt2", 7),
    ("sampling-context", "changed"): ("gpt2", 3),
    ("sampling-by-hand", "words"): ("gpt2", "cake 0.2\ndonut 0.1"),
    ("prompting-shots", "over"): ("gpt2", "flips"),
    ("prompting-shots", "task"): ("gpt2", "words"),
    ("prompting-shots", "labels"): ("gpt2", "sat | mat"),
    ("prompting-shots", "form"): ("gpt2", "{text}: {label}"),
    ("prompting-shots", "examples"): ("gpt2", "none"),
    ("prompting-shots", "query"): ("gpt2", "cat"),
    ("prompting-shots", "n"): ("gpt2", 0),
    ("prompting-compare", "other"): ("gpt2", "tiny-falcon"),
    ("prompting-compare", "a"): ("gpt2", "Once upon a time"),
    ("prompting-compare", "b"): ("gpt2", "Once upon a time"),
}
"""(view, control) → a model and a value that must make a difference. A new control takes a row here; those that only an
action reads have theirs in ``test_actions``."""
BESIDE: dict[tuple[str, str], dict[str, Any]] = {
    ("attention-writing", "step"): {"written": WROTE},
    **{("embeddings-position", key): {"show": "waves"} for key in ("length", "width")},
    **{("embeddings-layers", key): {"what": "word"} for key in ("word", "sentences")},
    ("forward-what-if", "instead"): {"off": "h0.1"},
    **{("embeddings-angles", key): {"show": "sum"} for key in ("a", "b", "c", "inputs")},
    **{("embeddings-space", key): {"points": "words"} for key in ("list", "word_colour")},
    ("embeddings-space", "own"): {"points": "words", "list": "own"},
    **{("embeddings-space", key): {"points": "vocabulary"} for key in ("many", "token_colour")},
    **{("embeddings-space", key): {"points": "words", "method": "tsne"} for key in ("perplexity", "seed")},
    ("forward-patch", "cross"): {"where": "cross"},
    ("forward-patch", "unit"): {"what": "head_out"},
    **{("forward-by-hand", key): {"example": "norm"} for key in ("norm", "vector", "gamma", "beta", "entry")},
    ("forward-by-hand", "z"): {"example": "activations"},
}
"""What is chosen beside it, for a control that stands only beside certain choices."""


def test_no_control_is_without_a_row() -> None:
    declared = {
        (f"{tab.id}-{view.id}", control.key)
        for tab in TABS
        for view in tab.views
        for control in tab.controls_of(view)
        if control.key in view.reads
    }
    assert declared == set(OTHER), "each control takes a row in OTHER: a model and a value that makes a difference"


@pytest.mark.parametrize(("name", "key"), OTHER)
def test_every_control_changes_something(name: str, key: str) -> None:
    (model, value), beside = OTHER[name, key], BESIDE.get((name, key), {})
    before, after = (shown(name, PROMPTS[model], **{**beside, **more}).whole() for more in ({}, {key: value}))
    assert any(before[part] != after[part] for part in ("picture", "table"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["pos", "layer", "head"])
def test_what_is_chosen_changes_the_views_that_read_it(name: str, key: str) -> None:
    _, view = find(name)
    prompt = TURNED.get(name, PROMPTS["gpt2"])
    if key not in view.reads or not suited(name, prompt):
        return
    (one, other) = (shown(name, prompt, Look(**{"layer": 0, key: value})).whole() for value in (0, 1))
    assert one != other


@pytest.mark.parametrize("model", PROMPTS)
def test_one_forward_pass_feeds_all_views(model: str) -> None:
    before = forward_count()
    for name in FROM_THE_RUN:
        for look in (Look(), Look(pos=1, layer=1, head=1)):
            drawn(name, PROMPTS[model], look)
    for name, key in OTHER:
        if name in FROM_THE_RUN and (name, key) not in RUN_AGAIN:
            drawn(name, PROMPTS[model], **{key: OTHER[name, key][1]})
    assert forward_count() == before + 1


@pytest.mark.parametrize(
    "look", [Look(10**6, 10**6, 10**6), Look(-5, -5, -5), Look(0, -1, 0), Look(pos=0, layer=None, head=99)]
)
@pytest.mark.parametrize("model", PROMPTS)
def test_what_cannot_be_chosen_breaks_nothing(model: str, look: Look) -> None:
    """A link made for a longer text or a deeper model."""
    for name in NAMES:
        payload = drawn(name, PROMPTS[model], look)
        assert "picture" in payload or not suited(name, PROMPTS[model]), payload


HOSTILE = ["", " ", "x", "nan", "inf", "-inf", "-1", "0", "1e400", "1e3", "99999999999999999999", "null", "[]", "True",
           "<script>", "${1+1}", "٣", "0x10", "1_0", "after layer -1", "after layer 99"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("name", "key"), OTHER)
def test_an_address_bar_cannot_break_a_view(name: str, key: str, text: str) -> None:
    """What a control reads can be shown, or is refused with a sentence; the rest it does not read."""
    tab, view = find(name)
    (control,) = [c for c in tab.controls_of(view) if c.key == key]
    try:
        value = control.read(text)
    except (ValueError, OverflowError):
        return
    assert drawn(name, PROMPTS["gpt2"], **{key: value}).get("message") != BROKEN


@pytest.mark.parametrize(("value", "index"), [(0, 0), (4, 4), (5, 2), (-1, 2), (None, 2)])
def test_within(value: int | None, index: int) -> None:
    assert within(value, 5, 2) == index
    assert within(value, 1, 7) == 0


def test_an_encoder_is_looked_at_where_it_answers() -> None:
    assert shown("forward-lens", PROMPTS["bert"]).picture.pos == 2  # type: ignore[attr-defined]
    assert shown("attention-maps", PROMPTS["bert"]).picture.pos == 2  # type: ignore[attr-defined]


def test_every_mask_of_a_text_is_answered() -> None:
    view = shown("sampling-pipeline", Prompt("tiny-bert", "The [MASK] sat on the [MASK]."))
    picture: Any = view.picture
    assert len(picture.groups) == 2 and "(2)" in view.reading and "(6)" in view.reading
    assert {row[0] for row in view.whole()["table"]["rows"]} == {2, 6}
    namespace: dict[str, Any] = {"print": lambda *values: None}
    exec(view.python, namespace)
    assert namespace["pos"] == 6


def _broken(error: Exception) -> TabView:
    def show(asked: Any) -> Any:
        raise error

    return TabView("tokens", "Tokens", show)


def test_failures_become_sentences(caplog: pytest.LogCaptureFixture) -> None:
    tab, visit = TABS[0], visit_on(PROMPTS["gpt2"])
    refused = drawing.draw(tab, _broken(PlaygroundError("Do this.")), visit, {})
    assert refused is not None
    assert (refused["message"], refused["tone"]) == ("Do this.", "reason") and not caplog.text
    crashed = drawing.draw(tab, _broken(RuntimeError("secret")), visit, {})
    assert crashed is not None
    assert (crashed["message"], crashed["tone"]) == (BROKEN, "error")
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text, "a message may quote what a visitor typed"
    assert tab.id not in visit.drawn, "what failed is tried again"


@pytest.mark.parametrize(
    ("name", "model", "values", "words"),
    [
        ("sampling-pipeline", "bert-no-mask", {}, "fills in masks"),
        ("sampling-pipeline", "gpt2", {"top_k": None}, "a whole number from 0 to 200"),
        ("sampling-pipeline", "gpt2", {"temperature": None}, "a number"),
        ("sampling-pipeline", "gpt2", {"top_p": 7}, "a number from 0.05 to 1"),
        ("prompting-compare", "gpt2", {"a": ""}, "Prompt A is empty"),
        ("prompting-compare", "gpt2", {"other": "some/model"}, "not loaded yet"),
        ("prompting-compare", "gpt2", {"b": "cat " * 999}, "Prompt B: The text is"),
        ("prompting-compare", "bert", {"a": "no mask"}, "Put [MASK]"),
        ("tokens-tokens", "empty", {}, "no text"),
    ],
)
def test_what_cannot_be_shown_is_said_calmly(name: str, model: str, values: dict[str, Any], words: str) -> None:
    prompts = {**PROMPTS, "bert-no-mask": Prompt("tiny-bert", "The cat"), "empty": Prompt("tiny-gpt2", "")}
    payload = drawn(name, prompts[model], **values)
    assert payload["tone"] == "reason" and words in payload["message"]


def test_before_the_first_run_nothing_is_drawn() -> None:
    for name in NAMES:
        tab, view = find(name)
        if view.needs_prompt:
            payload = drawing.draw(tab, view, Visit(), values_of(tab, PROMPTS["gpt2"]))
            assert payload is not None and (payload["message"], payload["tone"]) == (NOTHING_RUN, "empty")


def test_a_view_is_drawn_again_only_when_something_has_changed_that_it_reads() -> None:
    tab, view = find("sampling-pipeline")
    visit, values = visit_on(PROMPTS["gpt2"]), values_of(find("sampling-pipeline")[0], PROMPTS["gpt2"])
    assert drawing.draw(tab, view, visit, values) is not None
    assert drawing.draw(tab, view, visit, values) is None
    assert drawing.draw(tab, view, visit, values | {("", "seed"): 8}) is None, "the distribution knows no seed"
    visit.look = Look(pos=1)
    assert drawing.draw(tab, view, visit, values) is None, "nor the chosen token"
    assert drawing.draw(tab, view, visit, values | {("", "temperature"): 1.0}) is not None
    assert drawing.draw(tab, view, visit, values | {("", "temperature"): 1.0}, again=True) is not None
    visit.prompt = PROMPTS["falcon"]
    assert drawing.draw(tab, view, visit, values | {("", "temperature"): 1.0}) is not None


def test_what_the_browser_holds_is_not_sent_again() -> None:
    tab, view = find("attention-maps")
    visit, values = visit_on(PROMPTS["gpt2"]), values_of(tab, PROMPTS["gpt2"])
    first = drawing.draw(tab, view, visit, values)
    visit.look = Look(layer=0, head=1)
    second = drawing.draw(tab, view, visit, values)
    assert first is not None and second is not None
    assert not any("same" in part for part in first["picture"].values() if isinstance(part, dict))
    assert any("same" in part for part in second["picture"].values() if isinstance(part, dict))


def test_controls_fit_themselves_to_the_model() -> None:
    def fits(tab_name: str, model: str, **values: Any) -> Any:
        tab = find(tab_name)[0]
        given = values_of(tab, PROMPTS[model], tab_name.split("-", 1)[1], **values)
        return drawing.adaptations(tab, visit_on(PROMPTS[model]), given)

    cross = fits("attention-maps", "marian", which="cross")["", "which"]
    # Or a link to what another model has would be refused.
    assert cross.choices is None and cross.visible and cross.value is None
    plain = fits("attention-maps", "gpt2", which="cross")["", "which"]
    assert not plain.visible and plain.value == "self"
    level = fits("embeddings-space", "bert", level="after layer 99")["space", "level"]
    assert level.value == level.choices[0]
    assert not fits("tokens-tokens", "gpt2")["tokens", "side"].visible


@pytest.mark.parametrize("model", PROMPTS)
def test_ready_made_prompts_are_of_the_models_kind(model: str) -> None:
    """English reviews would be nonsense to a translator, and have no mask for an encoder."""
    tab = find("prompting-compare")[0]
    from playground.tabs.links import defaults

    fits = drawing.adaptations(tab, visit_on(PROMPTS[model]), defaults(tab))
    prompts = {key: defaults(tab)["compare", key] for key in ("a", "b")}
    texts = {key: fits["compare", key].value or value for key, value in prompts.items()}
    if engine.load(PROMPTS[model].model).kind == "encoder":
        assert all("[MASK]" in text for text in texts.values())
    typed = drawing.adaptations(tab, visit_on(PROMPTS[model]), dict.fromkeys(defaults(tab), "my own"))
    assert all(fit.value is None for fit in typed.values()), "what was typed stays"


@pytest.mark.parametrize("junk", ["1", 1.0, 1.5, True, None, [1], {"pos": 1}, float("nan"), -7, 10**9])
def test_clicks_that_name_nothing_choose_nothing(junk: Any) -> None:
    tab, view = find("attention-maps")
    visit = visit_on(PROMPTS["gpt2"], Look(pos=3, layer=1, head=2))
    data = {"pos": junk, "layer": junk, "head": junk, "which": junk, "nonsense": junk}
    assert drawing.choose_from_picture(tab, view, visit, data, values_of(tab, PROMPTS["gpt2"])) == {}
    assert visit.look == Look(pos=3, layer=1, head=2)


def test_clicks_choose_what_they_name() -> None:
    tab, view = find("attention-maps")
    visit = visit_on(PROMPTS["gpt2"], Look(pos=3, layer=1, head=2))
    values = values_of(tab, PROMPTS["gpt2"])
    changed = drawing.choose_from_picture(tab, view, visit, {"pos": 0, "which": "cross"}, values)
    assert changed == {("", "which"): "cross"}
    assert visit.look == Look(0, 1, 2)
    tab, view = find("forward-lens")
    drawing.choose_from_picture(tab, view, visit, {"layer": -1, "pos": 2, "head": 5}, {})
    assert visit.look == Look(2, -1, 2), "the lens knows no heads"


def test_every_widget_of_every_view_is_declared_once() -> None:
    ids = [tab.widget_id(tab.by_id.get(owner), control.key) for tab in TABS for owner, control in owned(tab)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("model", "stands"), [("gpt2", True), ("bert", True), ("rwkv", False)])
def test_what_chooses_among_guesses_stands_where_there_are_any(model: str, stands: bool) -> None:
    tab, _ = find("forward-lens")
    prompt = PROMPTS.get(model, Prompt(model, "The cat sat"))
    fits = drawing.adaptations(tab, visit_on(prompt), values_of(tab, prompt))
    assert [fits["lens", key].visible for key in ("cell", "follow")] == [stands, stands]

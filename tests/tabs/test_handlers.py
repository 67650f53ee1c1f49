"""What happens on the page, by its handlers: run, open a tab, choose a view, turn a control, click, go back, cancel."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from playground import engine, lessons, models
from playground.cache import Memory
from playground.engine import Prompt
from playground.hooks import forward_count
from playground.tabs import drawing, links, running
from playground.tabs.contract import Look
from playground.tabs.drawing import BROKEN
from playground.tabs.handlers import Handlers
from playground.tabs.running import run, sample_for
from playground.tabs.visits import MOST_VISITS, Visit, forget, visit_of
from playground.turns import Line
from tests.tabs.tiny_pages import PROMPTS, page
from tests.tiny import tiny

TEXT = "The cat sat"
ME = "me"


@pytest.fixture(scope="module")
def do() -> Handlers:
    return page()


@pytest.fixture(autouse=True)
def visits_of_their_own() -> Iterator[None]:
    yield
    forget(ME)


def quiet(*_: Any, **__: Any) -> None:
    """Progress that nobody looks at."""


def given(do: Handlers, prompt: Prompt = PROMPTS["gpt2"], open_tab: str = "", **values: Any) -> dict[Any, Any]:
    """The page's inputs as Gradio hands them to a handler."""
    page = do.page
    found: dict[Any, Any] = {page.model: prompt.model, page.text: prompt.text, page.target: prompt.target or "",
                             page.open_tab: open_tab, page.query: ""}  # fmt: skip
    short = {"a": "The cat", "b": "The cat sat"}
    for tab in page.all_tabs:
        for (_, key), widget in page.by_tab[tab.id].widgets.items():
            found[widget] = values.get(key, short.get(key, getattr(widget, "value", None)))
    return found


def ran(do: Handlers, prompt: Prompt = PROMPTS["gpt2"], tab: str = "tokens", **values: Any) -> dict[Any, Any]:
    """A run with a tab open."""
    visit_of(ME).tab = tab
    return do.run(given(do, prompt, **values), ME, quiet)


def panel(do: Handlers, tab: str) -> Any:
    return do.page.by_tab[tab].panel


# Run


def test_running_draws_what_is_open_and_nothing_else(do: Handlers) -> None:
    changes = ran(do, tab="forward")
    assert [tab for tab in do.page.by_tab if panel(do, tab) in changes] == ["forward"]
    assert "picture" in changes[panel(do, "forward")] and changes[do.page.notice] == ""
    assert changes[do.page.model_line]["facts"] and changes[do.page.target]["visible"] is False
    assert "tab=forward" in changes[do.page.address]["query"]


def test_what_the_browser_shows_is_drawn_too(do: Handlers) -> None:
    """It may lag behind what Python has just said, or the visitor may have opened another tab meanwhile."""
    visit_of(ME).tab = "forward"
    changes = do.run(given(do, open_tab="tokens"), ME, quiet)
    assert {tab for tab in do.page.by_tab if panel(do, tab) in changes} == {"forward", "tokens"}


def test_a_text_that_is_too_long_is_refused_or_cut_as_chosen_on_every_tab(do: Handlers) -> None:
    text = "The cat sat on the mat. " * 30
    long = Prompt("tiny-gpt2", text)
    ran(do)
    assert "choose on the tab Tokens" in ran(do, long)[do.page.notice]
    assert visit_of(ME).prompt == PROMPTS["gpt2"], "what was refused changes nothing"
    for cut in ("start", "end"):
        changes = ran(do, long, tab="attention", cut=cut)
        prompt = visit_of(ME).prompt
        assert prompt is not None and prompt.whole == text and 0 < len(prompt.text) < len(text)
        assert text.endswith(prompt.text) if cut == "start" else text.startswith(prompt.text)
        assert f"its {cut} is left out" in changes[do.page.notice]["note"]
        assert changes[do.page.typing]["text"] == text, "the box holds what was typed, and it has run"
        link = links.read_query(changes[do.page.address]["query"], do.page.all_tabs, do.page.first)
        assert link.text == prompt.text, "other tabs know what they show"
        shown = do.choose_view(do.page.tab("tokens"), given(do, long, cut=cut), {"view": "tokens"}, ME)
        link = links.read_query(shown[do.page.address]["query"], do.page.all_tabs, do.page.first)
        assert link.text == text and link.values["tokens", "cut"] == cut, "the tab Tokens shows the whole"
        picture = shown[panel(do, "tokens")]["picture"]
        assert picture["window"]["left_out"] > 0
    assert ran(do, PROMPTS["gpt2"], cut="end")[do.page.notice] == "", "a text that fits is not cut"
    assert visit_of(ME).prompt == PROMPTS["gpt2"]


def test_an_encoder_decoder_has_a_second_text(do: Handlers) -> None:
    changes = ran(do, Prompt("tiny-marian", TEXT, "the cat"))
    assert visit_of(ME).prompt == Prompt("tiny-marian", TEXT, "the cat") and changes[do.page.target]["visible"]
    changes = ran(do, Prompt("tiny-marian", TEXT))
    assert changes[do.page.target]["placeholder"].startswith("Written by the model: ")


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (None, True),
        (Prompt("tiny-gpt2", TEXT), True),
        (Prompt("tiny-llama", TEXT), True),
        (Prompt("tiny-gpt2", "another text"), False),
    ],
)
def test_a_position_belongs_to_a_text(do: Handlers, last: Prompt | None, kept: bool) -> None:
    visit = visit_of(ME)
    visit.prompt, visit.look = last, Look(pos=1, layer=1, head=2)
    ran(do, Prompt("tiny-gpt2", TEXT))
    assert visit.look == Look(1 if kept else None, 1, 2)


@pytest.mark.parametrize(
    ("model", "text", "words"),
    [
        ("unknown/model", TEXT, "There is no model"),
        ("", TEXT, "no model"),
        (None, TEXT, "no model"),
        ("tiny-gpt2", "", "no text"),
        ("tiny-gpt2", None, "no text"),
        ("tiny-gpt2", "x" * 100_000, "horten"),
    ],
)
def test_a_failure_changes_the_notice_and_nothing_else(do: Handlers, model: Any, text: Any, words: str) -> None:
    """What was typed stays, and the pictures stay with what they show."""
    ran(do)
    before = visit_of(ME).prompt
    inputs = {**given(do), do.page.model: model, do.page.text: text}
    changes = do.run(inputs, ME, quiet)
    assert set(changes) == {do.page.notice} and words in changes[do.page.notice]
    assert visit_of(ME).prompt == before


def test_an_unforeseen_failure_is_a_sentence_too(do: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "trace", lambda *_: 1 / 0)
    assert ran(do)[do.page.notice] == BROKEN
    assert not visit_of(ME).stops


HOSTILE = ["<script>alert(1)</script>", "${1+1}", "{{x}}", "a\0b", "\ud800", "   ", "👩‍👩‍👧", "\n"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_run(do: Handlers, text: str) -> None:
    changes = ran(do, Prompt("tiny-gpt2", text))
    assert changes[do.page.notice] == "" and "picture" in changes[panel(do, "tokens")]


def test_a_quick_model_runs_what_is_typed_by_itself(do: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ran(do)[do.page.typing]["quick"] is True
    monkeypatch.setattr(running, "QUICK_MS", 0)
    assert ran(do, Prompt("tiny-gpt2", "new"))[do.page.typing]["quick"] is False


def test_a_run_by_itself_gives_way_to_those_who_wait(do: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(do)
    monkeypatch.setattr(Line, "crowd", property(lambda line: 99))
    do.give_way({}, ME)
    changes = do.run(given(do, Prompt("tiny-gpt2", "new")), ME, quiet)
    assert set(changes) == {do.page.typing} and changes[do.page.typing]["quick"] is False
    assert changes[do.page.typing]["text"] == PROMPTS["gpt2"].text, "so the new text stays marked"
    pressed = do.run(given(do, Prompt("tiny-gpt2", "new")), ME, quiet)
    assert "picture" in pressed[panel(do, "tokens")], "who presses Run stands in line"


# Loading


class Slow:
    """A model whose loading tells of its progress until it may end."""

    def __init__(self) -> None:
        self.begun, self.loads = threading.Event(), 0

    def load(self, name: str, tell: Any) -> Any:
        """Takes two seconds the first time."""
        self.loads += 1
        for _ in range(100 if self.loads == 1 else 1):
            tell(None, "Loading")
            self.begun.set()
            time.sleep(0.02)
        return tiny("gpt2")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Loading through a real memory, where visitors wait for one another."""
    loader: Slow = Slow()
    shelf: Memory[Any] = Memory(lambda: 10, lambda _: 1)

    def load_model(name: str, progress: Any = None) -> Any:
        tell = progress or quiet
        return shelf.get(name, lambda: loader.load(name, tell), lambda: tell(None, "Waiting"))

    monkeypatch.setattr(models, "load_model", load_model)
    return loader


def load(session: str, results: dict[str, Any]) -> threading.Thread:
    """A visitor who loads a model."""

    def work() -> None:
        results[session] = run("slow", TEXT, "", visit_of(session), quiet)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_loading_can_be_cancelled(slow: Slow) -> None:
    results: dict[str, Any] = {}
    visitor = load("me", results)
    assert slow.begun.wait(5)
    visit_of("somebody else").stop("")
    visit_of("me").stop("")
    visitor.join(5)
    assert "cancelled" in results["me"] and not visit_of("me").stops


def test_who_waits_for_the_same_model_is_not_cancelled_with_me(slow: Slow) -> None:
    results: dict[str, Any] = {}
    me = load("me", results)
    assert slow.begun.wait(5)
    other = load("other", results)
    time.sleep(0.1)
    visit_of("me").stop("")
    me.join(5)
    other.join(5)
    assert "cancelled" in results["me"] and not isinstance(results["other"], str)


def test_a_second_run_does_not_lose_its_cancel(slow: Slow) -> None:
    """The first one's end must not take away what stops the second."""
    results: dict[str, Any] = {}
    first = load("me", results)
    assert slow.begun.wait(5)
    stop_of_the_second = visit_of("me").stops[""] = threading.Event()
    visit_of("me").stops[""] = stop_of_the_second
    first.join(5)
    assert visit_of("me").stops[""] is stop_of_the_second


# Tabs and views


def test_a_tab_is_drawn_when_it_is_opened_and_not_again(do: Handlers) -> None:
    ran(do)
    tab = do.page.tab("attention")
    first = do.open_tab(tab, given(do), ME)
    assert "picture" in first[panel(do, "attention")]
    assert first[do.page.address]["push"], "back returns to the tab before"
    assert panel(do, "attention") not in do.open_tab(tab, given(do), ME)
    visit_of(ME).look = Look(pos=1)
    assert panel(do, "attention") in do.open_tab(tab, given(do), ME)


def test_before_the_first_run_opening_a_tab_does_nothing(do: Handlers) -> None:
    """The page is still opening: the run that follows draws what is open then, and its link must not be overwritten."""
    assert do.open_tab(do.page.tab("sampling"), given(do), ME) == {}


def test_looking_around_runs_no_forward_pass(do: Handlers) -> None:
    ran(do)
    before = forward_count()
    for tab in do.page.all_tabs:
        if tab.id == "prompting":  # it runs two texts of its own, once
            continue
        for view in tab.views:
            if view.id in {"walk", "steps"}:  # the steps inside a layer are a pass of their own
                continue
            if view.id == "patch":  # it runs two texts of its own
                continue
            do.choose_view(tab, given(do), {"view": view.id}, ME)
            do.change_control(tab, given(do), ME)
            do.click_picture(tab, given(do), {"pos": 1, "layer": 1, "head": 1}, ME)
    assert forward_count() == before


def test_a_view_is_chosen_and_back_returns_to_the_one_before(do: Handlers) -> None:
    ran(do, tab="attention")
    tab = do.page.tab("attention")
    changes = do.choose_view(tab, given(do), {"view": "bertviz"}, ME)
    assert changes[panel(do, "attention")]["picture"]["kind"] == "bertviz"
    assert changes[do.page.address]["push"] and "view=bertviz" in changes[do.page.address]["query"]
    assert changes[do.page.by_tab["attention"].row]["open"] == "bertviz"
    do.go_back({"query": "?model=tiny-gpt2&text=abc&tab=attention"}, ME)
    assert visit_of(ME).views["attention"] == "maps"


@pytest.mark.parametrize("junk", [{}, {"view": "nonsense"}, {"view": None}, {"pos": "x"}, {"layer": None, "head": 1.5}])
def test_events_of_any_kind_are_survived(do: Handlers, junk: dict[str, Any]) -> None:
    ran(do)
    for tab in do.page.all_tabs:
        do.choose_view(tab, given(do), junk, ME)
        do.click_picture(tab, given(do), junk, ME)
    assert visit_of(ME).look == Look()
    assert do.change_text(given(do), {"tab": "nonsense"}, ME) == do.open_lesson({"number": "x"}, ME) == {}


def test_a_click_chooses_everywhere_and_replaces_the_address(do: Handlers) -> None:
    ran(do, tab="attention")
    changes = do.click_picture(do.page.tab("attention"), given(do), {"layer": 0, "head": 3}, ME)
    picture = changes[panel(do, "attention")]["picture"]
    assert (picture["layer"], picture["head"]) == (0, 3)
    assert "layer=0&head=3" in changes[do.page.address]["query"] and not changes[do.page.address]["push"]
    assert visit_of(ME).look == Look(None, 0, 3)


def test_turning_a_control_draws_and_writes_the_link(do: Handlers) -> None:
    ran(do, tab="sampling")
    changes = do.change_control(do.page.tab("sampling"), given(do, temperature=1.7), ME)
    assert "picture" in changes[panel(do, "sampling")] and "temperature=1.7" in changes[do.page.address]["query"]
    later = do.change_control(do.page.tab("sampling"), given(do, temperature=1.7, seed=8), ME)
    assert panel(do, "sampling") not in later, "the distribution knows no seed"


def test_a_preset_sets_several_controls_and_is_marked_while_they_stand_at_it(do: Handlers) -> None:
    ran(do, tab="sampling")
    tab, mine = do.page.tab("sampling"), do.page.by_tab["sampling"]
    assert mine.presets is not None and mine.presets.value == "balanced"
    wild = do.choose_preset(tab, given(do) | {mine.presets: "wild"}, ME)
    set_now = {key: wild[mine.widgets["", key]] for key in tab.presets["wild"]}
    assert set_now == tab.presets["wild"] and "temperature=1.7" in wild[do.page.address]["query"]
    own = do.change_control(tab, given(do, **{**tab.presets["wild"], "temperature": 0.55}), ME)
    assert own[mine.presets]["value"] is None
    assert do.choose_preset(tab, given(do) | {mine.presets: "nonsense"}, ME) == {}


def test_what_an_action_leaves_behind_is_chosen_as_by_a_click(do: Handlers) -> None:
    ran(do, tab="sampling")
    tab = do.page.tab("sampling")
    view = tab.by_id["write"]
    one = next(action for action in view.actions if action.id == "next")
    changes = list(do.run_action(tab, view, one, given(do), ME))
    tree = visit_of(ME).chosen["sampling", "write"]["tree"]
    assert ("sampling", "write") not in visit_of(ME).results, "the view draws itself from what was chosen"
    assert f"write.tree={tree}" in changes[-1][do.page.address]["query"]
    again = list(do.run_action(tab, view, one, given(do), ME))
    assert len(visit_of(ME).chosen["sampling", "write"]["tree"]) > len(tree) and again


def test_a_setting_without_effect_rests(do: Handlers) -> None:
    """Greedy takes the first choice whatever temperature, top-k and top-p say."""
    ran(do, tab="sampling")
    tab, widgets = do.page.tab("sampling"), do.page.by_tab["sampling"].widgets
    off = do.change_control(tab, given(do, do_sample=False), ME)
    greyed = {key for (_, key), widget in widgets.items() if widget in off and off[widget]["interactive"] is False}
    assert greyed == {control.key for _, control in links.owned(tab) if control.acts_if == "do_sample"}
    assert greyed >= {"temperature", "top_k", "top_p", "seed"}
    assert not set(do.change_control(tab, given(do, do_sample=False, top_k=3), ME)) & set(widgets.values())
    awake = do.change_control(tab, given(do), ME)
    assert all(awake[widgets["", key]]["interactive"] for key in greyed)


def test_controls_of_another_choice_are_hidden(do: Handlers) -> None:
    """By hand has three examples with controls of their own; some belong to two of them."""
    ran(do, tab="forward")
    tab, widgets = do.page.tab("forward"), do.page.by_tab["forward"].widgets
    mine = {key: widgets["by-hand", key] for key in ("x", "act", "vector", "beta", "z")}

    def there(**values: Any) -> set[str]:
        """What stands there after the values have been chosen."""
        changed = do.change_control(tab, given(do, **values), ME)
        for key, widget in mine.items():
            if widget in changed and "visible" in changed[widget]:
                (standing.add if changed[widget]["visible"] else standing.discard)(key)
        return set(standing)

    standing = {"x", "act"}  # those of the example that it begins with: the run has hidden the others
    assert there(example="norm") == {"vector", "beta"}
    assert there(example="norm", norm="rms") == {"vector"}
    assert there(example="activations") == {"z", "act"}
    assert there(example="network") == {"x", "act"}
    assert there(example="norm") == {"vector", "beta"}


def test_lost_parts_are_sent_again(do: Handlers) -> None:
    ran(do, tab="attention")
    tab = do.page.tab("attention")
    do.click_picture(tab, given(do), {"layer": 0, "head": 1}, ME)
    whole = do.send_again(tab, given(do), ME)[panel(do, "attention")]["picture"]
    assert not any("same" in part for part in whole.values() if isinstance(part, dict))


def test_two_visitors_do_not_meet(do: Handlers) -> None:
    ran(do)
    visit_of("other").tab = "tokens"
    do.run(given(do, PROMPTS["falcon"]), "other", quiet)
    do.click_picture(do.page.tab("tokens"), given(do), {"pos": 1}, "other")
    assert visit_of(ME).prompt == PROMPTS["gpt2"] and visit_of(ME).look == Look()
    forget("other")


def test_visits_are_bounded() -> None:
    first = visit_of("bounded-0")
    for n in range(1, MOST_VISITS + 1):
        visit_of(f"bounded-{n}")
    assert visit_of("bounded-0") is not first
    for n in range(MOST_VISITS + 1):
        forget(f"bounded-{n}")


def test_who_leaves_ends_their_work() -> None:
    visit: Visit = visit_of("leaving")
    visit.stops["sampling"] = event = threading.Event()
    forget("leaving")
    assert event.is_set()


# Where a visitor comes from


def test_going_back_restores(do: Handlers) -> None:
    changes = do.go_back({"query": "?tab=forward&pos=4&text=abc&model=tiny-gpt2"}, ME)
    visit = visit_of(ME)
    assert (visit.tab, visit.look, changes[do.page.text]) == ("forward", Look(pos=4), "abc")
    assert changes[do.page.tabs].selected == "forward"
    again = do.run({**given(do), do.page.text: "abc"}, ME, quiet)
    assert not again[do.page.address]["push"], "no new entry: the reader stands on this one"
    for junk in ({}, {"query": None}, {"query": 3}):
        assert do.go_back(junk, ME)[do.page.tabs].selected == do.page.first["tab"]


def test_what_belongs_to_a_state_that_was_left_changes_nothing(do: Handlers) -> None:
    """The browser says which state it shows; Gradio tells of a tab that Python has opened when the next may be open."""
    ran(do, tab="tokens")
    first = do.go_back({"query": "?model=tiny-gpt2&text=abc&tab=attention", "gone": 1}, ME)[do.page.state]
    second = do.go_back({"query": "?model=tiny-gpt2&text=abcd&tab=forward", "gone": 2}, ME)[do.page.state]
    late = {**given(do, Prompt("tiny-gpt2", "abc")), do.page.state: first}
    attention = do.page.tab("attention")
    assert do.open_tab(attention, late, ME) == do.run(late, ME, quiet) == {}
    assert do.choose_view(attention, late, {"view": "bertviz"}, ME) == do.change_control(attention, late, ME) == {}
    assert do.click_picture(attention, late, {"pos": 1}, ME) == {}
    visit = visit_of(ME)
    assert (visit.tab, visit.look, visit.views.get("attention")) == ("forward", Look(), "maps")
    changes = do.run({**given(do, Prompt("tiny-gpt2", "abcd")), do.page.state: second}, ME, quiet)
    assert "picture" in changes[panel(do, "forward")] and visit.prompt == Prompt("tiny-gpt2", "abcd")
    assert do.page.address not in changes, "the browser shows it already"
    moved = do.click_picture(do.page.tab("forward"), {**given(do), do.page.state: second}, {"pos": 1}, ME)
    assert moved[do.page.address]["gone"] == 2 and not moved[do.page.address]["push"]


def test_until_the_run_that_restores_has_ended_the_address_stays(do: Handlers) -> None:
    """Model and tab of the last state together would make a place where nobody has been."""
    ran(do, tab="attention")
    state = do.go_back({"query": "?model=tiny-falcon&text=abc&tab=tokens", "gone": 1}, ME)[do.page.state]
    assert do.open_tab(do.page.tab("tokens"), {**given(do), do.page.state: state}, ME) == {}
    failed = do.run({**given(do, Prompt("tiny-none", "abc")), do.page.state: state}, ME, quiet)
    assert "There is no model" in failed[do.page.notice] and do.page.address not in failed
    assert "picture" in failed[panel(do, "tokens")], "the tab that was opened shows the last run"


def test_of_two_draws_at_once_the_one_that_was_asked_for_later_stays(do: Handlers) -> None:
    ran(do, tab="tokens")
    tab, visit, slow, go = do.page.tab("tokens"), visit_of(ME), threading.Event(), threading.Event()
    view = tab.views[0]

    def show(asked: Any) -> Any:
        if asked.look.pos == 1:
            slow.set()
            go.wait(10)
        return view.show(asked)

    held = dataclasses.replace(view, show=show)
    results: list[Any] = []
    visit.look = Look(pos=1)
    first = threading.Thread(target=lambda: results.append(drawing.draw(tab, held, visit, {}, again=True)))
    first.start()
    assert slow.wait(10)
    visit.look = Look(pos=2)
    later = drawing.draw(tab, held, visit, {}, again=True)
    go.set()
    first.join(10)
    assert later is not None and results == [None]
    assert drawing.draw(tab, held, visit, {}) is None, "the panel is known to show the later one"


def test_a_link_to_a_written_text_presses_write(do: Handlers) -> None:
    do.restore({**given(do), do.page.query: "?tab=sampling&view=write&done=write&text=abc"}, ME)
    changes = do.run({**given(do), do.page.text: "abc"}, ME, quiet)
    pressed = changes[do.page.address]["press"]
    assert pressed in {button.elem_id for button in do.page.by_tab["sampling"].buttons.values()}
    assert do.run({**given(do), do.page.text: "abc"}, ME, quiet).get(do.page.address, {}).get("press") is None, "once"


def test_a_button_says_what_it_does_with_this_kind_of_model(do: Handlers) -> None:
    page = do.page
    button = page.by_tab["sampling"].buttons["write", "next"]
    assert ran(do, PROMPTS["bert"], "sampling")[button]["value"] == "Fill one mask"
    assert "value" not in do.open_tab(page.tab("sampling"), given(do, PROMPTS["bert"]), ME).get(button, {})
    assert ran(do, PROMPTS["gpt2"], "sampling")[button]["value"] == "Next token"


@pytest.mark.parametrize("number", [lesson.number for lesson in lessons.lessons()])
def test_a_lesson_is_opened_whole_and_its_hint_stays_with_it(do: Handlers, number: int) -> None:
    lesson = lessons.lessons()[number - 1]
    ran(do)
    changes = do.open_lesson({"number": number}, ME)
    visit = visit_of(ME)
    assert changes[do.page.text] == lesson.state["text"] and changes[do.page.model] == lesson.state["model"]
    assert visit.tab == lesson.state["tab"] and visit.look.pos == (
        int(lesson.state["pos"]) if "pos" in lesson.state else None
    )
    query = "?" + "&".join(f"{key}={value}" for key, value in lesson.state.items()).replace(" ", "+")
    assert lessons.shown(query, number) == lesson
    assert lessons.path(lesson)["open"] == number and lessons.path(lesson)["look"] == lesson.look


def test_another_text_ends_the_lesson(do: Handlers) -> None:
    first = lessons.lessons()[0]
    assert lessons.shown(f"?model=storyteller&text={first.state['text'].replace(' ', '+')}&tab=tokens&pos=3") == first
    assert lessons.shown("?model=storyteller&text=mine&tab=tokens") is None
    assert lessons.path(None)["look"] == ""


def test_a_lesson_goes_on_where_its_hint_sends_people() -> None:
    moon = next(le for le in lessons.lessons() if le.state.get("pos") == "11")
    text = moon.state["text"].replace(" ", "+")
    assert lessons.shown(f"?model=storyteller&text={text}&tab=sampling", moon.number) == moon
    assert lessons.shown("?model=storyteller&text=mine&tab=attention", moon.number) is None
    one_back = next(le for le in lessons.lessons() if "one back" in le.title)
    assert lessons.shown("?model=storyteller&text=mine&tab=attention", one_back.number) == one_back
    assert lessons.shown("?model=cloze&text=mine&tab=attention", one_back.number) is None


def test_an_offer_opens_the_same_view_on_a_model_that_suits(do: Handlers) -> None:
    ran(do, PROMPTS["bert"], tab="sampling")
    do.choose_view(do.page.tab("sampling"), given(do, PROMPTS["bert"]), {"view": "compare"}, ME)
    changes = do.accept_offer({"model": "storyteller"}, ME)
    assert changes[do.page.model] == "storyteller" and changes[do.page.text]
    assert visit_of(ME).views["sampling"] == "compare"


def test_what_was_typed_stays_when_the_model_changes() -> None:
    assert sample_for("storyteller", "my own words") is None
    assert sample_for("nobody/nothing", "") is None
    assert isinstance(sample_for("openai-community/gpt2", ""), str)

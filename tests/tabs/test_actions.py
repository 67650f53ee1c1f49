"""Actions: they stream, their result is a View, Stop ends them within one step and loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from playground import engine
from playground.engine import Prompt
from playground.errors import PlaygroundError
from playground.tabs import drawing, watching
from playground.tabs.contract import Action, Asked, Cancelled, Chosen, Doing, Look, TabView
from playground.tabs.handlers import Handlers
from playground.tabs.visits import Visit, visit_of
from playground.turns import Line
from playground.views.view import View
from tests.tabs.tiny_pages import PROMPTS, find, page, shown, values_of, visit_on


def written(prompt: Prompt, cancelled: Cancelled = lambda: False, **values: Any) -> list[View]:
    """What the Write button gives, and last what the view shows then."""
    tab, view = find("sampling-write")
    given, visit = values_of(tab, prompt, **{"max_new_tokens": 5, **values}), visit_on(prompt)
    *views, last = view.actions[0].run(drawing.asked(tab, view, visit, given, view.actions[0].reads), cancelled)
    assert isinstance(last, Chosen) and all(isinstance(shown, View) for shown in views)
    return [shown for shown in views if isinstance(shown, View)] + [drawing.left_behind(tab, view, visit, last, given)]


def ids(view: View) -> list[int]:
    """The written tokens."""
    picture: Any = view.picture
    return [node.token_id for node in picture.nodes]


@pytest.mark.parametrize("model", ["gpt2", "marian", "falcon"])
def test_text_is_streamed(model: str) -> None:
    views = written(PROMPTS[model])
    lengths = [len(ids(view)) for view in views]
    assert lengths[0] == 0 and lengths == sorted(lengths)
    pictures: list[Any] = [view.picture for view in views]
    assert [picture.running for picture in pictures] == [True] * (len(views) - 1) + [False]
    assert pictures[-1].runs[-1].ended in {"e", "m"}


def test_controls_of_writing_change_what_is_written() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"seed": 8}, {"do_sample": False}, {"temperature": 2.0}, {"top_k": 1}, {"top_p": 0.05}, {"min_p": 0.9},
        {"typical_p": 0.1}, {"epsilon_cutoff": 0.1}, {"repetition_penalty": 2.0}, {"no_repeat_ngram_size": 1},
    ]  # fmt: skip
    texts = {str(change): ids(written(PROMPTS["gpt2"], max_new_tokens=12, **change)[-1]) for change in changes}
    plain = texts.pop("{}")
    assert all(text != plain for text in texts.values())
    assert len(ids(written(PROMPTS["gpt2"], max_new_tokens=2)[-1])) == 2
    picture: Any = written(PROMPTS["gpt2"], max_new_tokens=12)[-1].picture
    # A part of a character (shown as ⟨BE⟩) is no text yet, and stops nothing.
    at, letter = next(
        (i, text) for i, text in enumerate(n.text for n in picture.nodes) if text.isascii() and len(text) == 1
    )
    stopped = written(PROMPTS["gpt2"], max_new_tokens=12, stop_strings=f"nothing|{letter}")[-1]
    assert len(ids(stopped)) == at + 1 < 12 and "stop string" in stopped.reading


@pytest.mark.parametrize("after", [0, 1, 7])
def test_stopping_keeps_what_is_written_and_ends_within_one_token(after: int) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    stopped, whole = (
        written(PROMPTS["gpt2"], cancelled, max_new_tokens=20)[-1],
        written(PROMPTS["gpt2"], max_new_tokens=20)[-1],
    )
    assert ids(stopped) == ids(whole)[:after]
    assert "by hand" in stopped.reading or after == 0


# On the page


class Slow:
    """A view with an action that takes one step after another until it is told to stop."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.view = TabView(
            "tokens", "Tokens", lambda asked: _picture("at first"), actions=(Action("go", "Go", self.run, _READS),)
        )

    def run(self, asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
        """Ends by itself after ten steps."""
        yield Doing("Beginning", 0.0)
        for n in range(10):
            if cancelled():
                break
            if self.error is not None and n == 2:
                raise self.error
            yield _picture(f"step {n}")


_READS = frozenset({"pos"})


def _picture(name: str) -> View:
    view = shown("tokens-tokens", PROMPTS["gpt2"])
    return View(view.picture, name, view.table, view.python, name=name)


@pytest.fixture(scope="module")
def handlers() -> Handlers:
    return page()


@pytest.fixture
def visit() -> Visit:
    visit = visit_of("actions")
    made = visit_on(PROMPTS["gpt2"])
    visit.__dict__.update(made.__dict__)
    visit.tab = "tokens"
    return visit


def start(handlers: Handlers, slow: Slow) -> tuple[Any, Any, Iterator[dict[Any, Any]]]:
    """The tab with the slow view in the place of its own, its panel, and the stream of changes."""
    tab = handlers.page.tab("tokens")
    object.__setattr__(tab, "by_id", {**tab.by_id, "tokens": slow.view})
    stream = handlers.run_action(tab, slow.view, slow.view.actions[0], {}, "actions")
    return tab, handlers.page.by_tab["tokens"].panel, stream


@pytest.fixture(autouse=True)
def tokens_as_before(handlers: Handlers) -> Iterator[None]:
    tab = handlers.page.tab("tokens")
    before = tab.by_id
    yield
    object.__setattr__(tab, "by_id", before)


def test_an_action_streams_into_its_panel_and_its_result_stays(handlers: Handlers, visit: Visit) -> None:
    slow = Slow()
    tab, panel, stream = start(handlers, slow)
    changes = [change[panel] for change in stream if panel in change]
    assert (changes[0]["doing"], changes[0]["fraction"]) == ("Beginning", 0.0)
    turns = [change["turn"] for change in changes]
    assert turns == sorted(set(turns)), "the browser takes them in this order"
    assert [change["reading"] for change in changes[1:]] == [f"step {n}" for n in range(10)]
    again = drawing.draw(tab, slow.view, visit, {}, again=True)
    assert again is not None and again["reading"] == "step 9"
    assert drawing.done(tab, slow.view, visit, {}) == "go"
    assert again["outdated"] == ""
    visit.look = Look(pos=1)
    assert drawing.done(tab, slow.view, visit, {}) == "", "pressing again would give something else"
    marked = drawing.draw(tab, slow.view, visit, {})
    assert marked is not None and marked["outdated"] == "The settings have changed: press Go"
    visit.prompt = PROMPTS["falcon"]
    after = drawing.draw(tab, slow.view, visit, {})
    assert after is not None and after["reading"] == "at first", "a new text puts away what belonged to the old one"


def test_stop_ends_the_work_and_a_stopped_result_is_no_link(handlers: Handlers, visit: Visit) -> None:
    slow = Slow()
    tab, panel, stream = start(handlers, slow)
    for _ in range(4):
        next(stream)
    handlers.stop_action(tab, "actions")
    rest = [change[panel] for change in stream if panel in change]
    assert rest == []
    assert visit.results["tokens", "tokens"].view.reading == "step 2"
    assert drawing.done(tab, slow.view, visit, {}) == ""
    assert not visit.stops


def test_a_second_start_ends_the_first(handlers: Handlers, visit: Visit) -> None:
    _, _, first = start(handlers, Slow())
    next(first)
    _, panel, second = start(handlers, Slow())
    next(second)
    assert not [change for change in first if panel in change]
    assert len([change for change in second if panel in change]) == 10


def test_what_is_not_open_is_not_drawn_over(handlers: Handlers, visit: Visit) -> None:
    _, panel, stream = start(handlers, Slow())
    next(stream)
    visit.prompt = PROMPTS["falcon"]
    assert not [change for change in stream if panel in change]


@pytest.mark.parametrize(
    ("error", "said"), [(PlaygroundError("Do this."), "Do this."), (RuntimeError("x"), drawing.BROKEN)]
)
def test_a_failure_is_a_sentence(handlers: Handlers, visit: Visit, error: Exception, said: str) -> None:
    _, panel, stream = start(handlers, Slow(error))
    assert [change[panel] for change in stream if panel in change][-1]["message"] == said
    assert not visit.stops


def test_who_waits_is_told_for_how_many(handlers: Handlers, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that stands in line behind others' work says so until its turn comes; then its Views come as before."""
    line, go, begun = Line(1, 10), threading.Event(), threading.Event()
    monkeypatch.setattr(engine.work, "_line", line)
    monkeypatch.setattr(watching, "PATIENCE_S", 0.02)

    class Waits(Slow):
        """Its first step is a turn in the line."""

        def run(self, asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
            engine.line().run("step", lambda: None)
            yield _picture("my turn")

    def held() -> None:
        begun.set()
        go.wait(20)

    others = threading.Thread(target=line.run, args=("long", held))
    others.start()
    assert begun.wait(5)
    _, panel, stream = start(handlers, Waits())
    first = next(stream)[panel]
    assert first["doing"].startswith("Waiting: 1 request is ahead of yours, about ")
    go.set()
    rest = [change[panel] for change in stream if panel in change]
    assert rest[-1]["reading"] == "my turn"
    others.join(5)


def test_a_setting_turned_while_it_works_is_marked_at_once(handlers: Handlers, visit: Visit) -> None:
    tab, panel, stream = start(handlers, Slow())
    next(stream)
    assert next(stream)[panel]["outdated"] == ""
    visit.look = Look(pos=1)
    marked = "The settings have changed: press Go"
    assert handlers.change_control(tab, {}, "actions")[panel]["outdated"] == marked
    assert next(stream)[panel]["outdated"] == marked, "what comes later is of the old settings still"


def test_a_result_that_does_not_stay_gives_way(handlers: Handlers, visit: Visit) -> None:
    slow = Slow()
    slow.view = replace(slow.view, actions=(replace(slow.view.actions[0], stays=False),))
    tab, _, stream = start(handlers, slow)
    list(stream)
    kept = drawing.draw(tab, slow.view, visit, {}, again=True)
    assert kept is not None and kept["reading"] == "step 9", "as long as nothing has changed"
    visit.look = Look(pos=1)
    after = drawing.draw(tab, slow.view, visit, {})
    assert after is not None and (after["reading"], after["outdated"]) == ("at first", "")
    visit.look = Look()
    assert drawing.done(tab, slow.view, visit, {}) == "", "it does not come back by itself"

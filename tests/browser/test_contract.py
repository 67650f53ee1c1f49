"""The contract between records and scripts: every field that is sent is read, and no other; nothing is lost on the way.

A recording proxy stands in the place of each picture. It is put there from outside: the page has no code for tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from playground import SamplingSettings
from playground.analysis.generation import Branches
from playground.analysis.writing_tree import WritingTree
from playground.views import wire
from playground.views.pictures import KINDS, Heads
from playground.views.view import View
from playground.views.writing import Standing, shown_ids, writing_view
from tests.browser import gallery
from tests.browser.conftest import free_port
from tests.browser.pictures import TEXT, VIEWS, heads
from tests.tiny import tiny

OPAQUE = {"plot.figure", "plot.picks"}
"""Fields whose inside is data: Plotly reads the one, the other has a key for each thing that a click may choose."""

ON_CLICK = {"walk", "matrices", "headsteps", "arrows", "cloud", "wordsums"}
"""Kinds with fields that are read first when something is clicked or pointed at."""
LATER = {"walk.end.fills", "walk.step.onward.text", "walk.step.onward.target"}
"""Read when the text that a click wrote has run, which this page does not do; test_walk goes that way."""

RECORD = """([opaque]) => {
  const seen = window.seen = { read: new Set(), unknown: new Set() };
  const made = new WeakMap();
  const watched = (node, path) => {
    if (!node || typeof node !== 'object' || ArrayBuffer.isView(node) || opaque.includes(path)) return node;
    if (path === 'group.pictures' && !Array.isArray(node)) path = node.kind; // a picture in a group is one of its kind
    if (Array.isArray(node) && typeof node[0] !== 'object') return node;
    if (Array.isArray(node) && Array.isArray(node[0])) return node;
    if (!made.has(node)) made.set(node, new Proxy(node, {
      get(target, name) {
        if (Array.isArray(target)) return /^\\d+$/.test(String(name)) ? watched(target[name], path) : target[name];
        if (typeof name === 'symbol') return target[name];
        const here = `${path}.${name}`;
        (name in target ? seen.read : seen.unknown).add(here);
        return watched(target[name], here);
      },
      ownKeys(target) { seen.unknown.add(`${path}: all of its fields at once`); return Reflect.ownKeys(target); },
    }));
    return made.get(node);
  };
  const kind = Playground.kind;
  const wrapped = (name, make) => (host, panel) => {
    const script = make(host, panel);
    return { ...script, draw: (picture) => script.draw(watched(picture, name)) };
  };
  Playground.kind = (name) => {
    const make = kind(name);
    return make.then ? make.then((made_) => wrapped(name, made_)) : wrapped(name, make);
  };
  const open = Playground.table.open;
  Playground.table.open = (table, picture) => open(table, watched(picture, picture.kind));
}"""


def sent(node: Any, path: str) -> Iterator[str]:
    """Every field of a payload, as ``kind.field`` and ``kind.field.field``."""
    if path in OPAQUE:
        return
    if isinstance(node, dict) and set(node) == {"blocks"}:
        node = [item for block in node["blocks"] for item in block]
    if isinstance(node, dict) and set(node) == {"pictures"}:
        for picture in node["pictures"]:
            yield from sent(picture, picture["kind"])
    elif isinstance(node, list):
        for item in node:
            yield from sent(item, path)
    elif isinstance(node, dict) and not {"bdata", "planes"} & set(node):
        for name, value in node.items():
            if f"{path}.{name}".count(".") > 1 or name != "kind":
                yield f"{path}.{name}"
            yield from sent(value, f"{path}.{name}")


def kinds(picture: dict[str, Any]) -> Iterator[str]:
    """The kind of a picture, and those of pictures in it."""
    yield picture["kind"]
    for inner in picture.get("pictures", {}).get("pictures", ()):
        yield from kinds(inner)


def used(page: Any, name: str) -> None:
    """Points at and clicks what a picture offers: some fields say only what a click or a pointer is to do."""
    picture = page.locator(f"#{name}-view .pg-view-picture").first
    buttons = "button:enabled:not([hidden], .pg-group-png)"
    picture.evaluate("(host, which) => { for (const one of host.querySelectorAll(which)) one.click(); }", buttons)
    for canvas in picture.locator("canvas:visible").all()[:4]:
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()  # a second canvas may lie on it, for marks: so by place
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.up()
        canvas.focus()
        for key in ("ArrowRight", "Enter"):
            page.keyboard.press(key)
    picture.evaluate("""host => { for (const node of host.querySelectorAll('g[data-at]')) {
      node.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    } }""")
    room = picture.bounding_box()
    for i in range(49):  # here and there, so that something is under the pointer
        page.mouse.move(room["x"] + room["width"] * (i % 7 + 0.5) / 7, room["y"] + room["height"] * (i // 7 + 0.5) / 7)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The gallery, served."""
    demo = gallery.build()
    yield gallery.launch(demo, free_port())
    demo.close()


@pytest.fixture
def page(browser: Any, url: str) -> Iterator[Any]:
    """A fresh page."""
    yield from opened_page(browser, url)


@pytest.fixture(scope="module")
def scripts(browser: Any, url: str) -> Iterator[Any]:
    """One page for tests that only call functions in it."""
    yield from opened_page(browser, url)


def opened_page(browser: Any, url: str) -> Iterator[Any]:
    """A page; afterwards no error may have been in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    opened.goto(url)
    opened.wait_for_selector("#empty-view [data-drawn]")
    yield opened
    context.close()
    assert not errors


@pytest.mark.timeout(600)
def test_a_script_reads_every_field_that_is_sent_and_no_other(page: Any) -> None:
    page.evaluate(RECORD, [sorted(OPAQUE)])
    payloads = {name: make(TEXT).payload() for name, make in VIEWS.items()}
    drawn = {kind for payload in payloads.values() for kind in kinds(payload["picture"])}
    assert drawn == set(KINDS), "a kind that no view draws"
    for name in VIEWS:
        page.click(f"#start-{name}")
        page.wait_for_function(
            "name => Number(document.querySelector(`#${name}-view [data-drawn]`).dataset.drawn) > 1", arg=name
        )
        panel = page.locator(f"#{name}-view")
        assert not panel.locator(".pg-message").is_visible(), panel.locator(".pg-message").inner_text()
        if ON_CLICK.intersection(kinds(payloads[name]["picture"])):
            used(page, name)
        panel.get_by_role("tab", name="Table").click()
    page.evaluate("Playground.hover(1)")
    seen = page.evaluate("({ read: [...seen.read], unknown: [...seen.unknown] })")
    fields = {path for p in payloads.values() for path in sent(p["picture"], p["picture"]["kind"])}
    assert not seen["unknown"], "read and never sent"
    unread = fields - {path for path in seen["read"] if not path.endswith(".kind")} - LATER
    assert not unread, f"sent and never read: {sorted(unread)}"


@pytest.mark.parametrize("name", VIEWS)
def test_the_browser_makes_the_same_table(scripts: Any, name: str) -> None:
    view = VIEWS[name](TEXT)
    columns, rows = scripts.evaluate(
        """(value) => {
          const table = Playground.table.open(value.table, Playground.parts().open(value));
          return [table.columns, Playground.table.rows(table)];
        }""",
        view.payload(),
    )
    whole = view.whole()["table"]
    assert columns == whole["columns"]
    assert rows == whole["rows"]


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint8, np.float64])
@pytest.mark.parametrize("side", [3, 400])
def test_arrays_arrive_bit_for_bit(scripts: Any, dtype: type, side: int) -> None:
    values: np.ndarray = (np.random.default_rng(side).standard_normal((side, side + 1)) * 100).astype(dtype)
    assert ("planes" in wire.array(values)) == (values.nbytes >= wire.DEFLATED_FROM)
    shape, numbers = scripts.evaluate(
        """async (array) => {
          const { values } = await Playground.parts().open({ picture: { kind: 'x', values: array } });
          return [values.shape, Array.from(values)];
        }""",
        wire.array(values),
    )
    assert shape == list(values.shape)
    np.testing.assert_array_equal(np.array(numbers, dtype).reshape(shape), values)


def test_what_was_kept_takes_the_place_of_what_is_left_out(scripts: Any) -> None:
    first = heads(TEXT)
    again = first.payload(first.payload()["kept"])
    assert len(json.dumps(again["picture"])) < len(json.dumps(first.payload()["picture"])) / 3
    opened = scripts.evaluate(
        """([first, again]) => {
          const parts = Playground.parts();
          const before = parts.open(first);
          const after = parts.open(again);
          return [after.weights === before.weights, after.rows, Playground.parts().open(again)];
        }""",
        [first.payload(), again],
    )
    picture = first.picture
    assert isinstance(picture, Heads)
    assert opened == [True, list(picture.rows), None]


def test_of_a_text_that_grows_only_the_end_is_sent(scripts: Any) -> None:
    branches = Branches(tiny("gpt2"), TEXT)
    stages = branches.ahead((), SamplingSettings(top_k=3))
    tokens = branches.tokens(range(40, 80))
    payloads: list[Any] = []
    known: dict[str, str] = {}
    for n in (20, 21, 40):
        tree = WritingTree().grown(range(40, 40 + n), None, "greedy")
        names = ["x"] * len(shown_ids(stages, None))
        standing = Standing(tree, "m", (), (), tokens[:n], 0, "probability", stages, names, running=n < 40)
        payload = writing_view(standing, "pass\n").payload(known)
        payloads.append(payload)
        known = payload["kept"]
    sizes = [len(json.dumps(payload["picture"])) for payload in payloads]
    assert sizes[1] < 0.5 * sizes[0]
    found = scripts.evaluate(
        "payloads => { const parts = Playground.parts(); return payloads.map(value => parts.open(value).nodes); }",
        payloads,
    )
    assert [[step["token_id"] for step in shown] for shown in found] == [
        list(range(40, 40 + n)) for n in (20, 21, 40)
    ]


def test_a_panel_asks_once_for_parts_that_it_no_longer_has(page: Any) -> None:
    page.click("#again")
    page.wait_for_function("document.querySelector('#missed textarea, #missed input').value === 'everything again'")
    assert not page.locator("#heads-view .pg-message[data-tone=error]").is_visible()
    page.click("#start-heads")
    page.wait_for_function("Number(document.querySelector('#heads-view [data-drawn]').dataset.drawn) > 1")
    page.click("#again")
    page.wait_for_function("Number(document.querySelector('#heads-view [data-drawn]').dataset.drawn) > 2")
    assert page.locator("#heads-view .pg-heads-map canvas").first.is_visible()


def test_another_content_has_another_digest() -> None:
    """Equal content of the same field has the same digest in every process; other fields and other content have not."""

    def kept(view: View) -> dict[str, str]:
        return {name: digest for digest, name in view.payload()["kept"].items()}

    first, same, other = kept(heads(TEXT)), kept(heads(TEXT)), kept(heads("The dog sat on a mat. The dog"))
    assert first == same and len(set(first.values())) == len(first)
    assert first["weights"] != other["weights"] and first["rows"] != other["rows"]

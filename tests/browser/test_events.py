"""What one event costs the browser beside its picture: Gradio's own work, counted, not timed."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

COUNT = """() => {
  const real = Object.keys;
  window.looked = 0;
  Object.keys = (value) => {
    if ("elem_id" in value || "label" in value) window.looked += 1;
    return real(value);
  };
}"""
"""Whoever copies a component's properties asks for their names."""
SLIDE = """() => {
  const box = document.querySelector('#sampling-temperature input[type=range]');
  box.value = '1.3';
  box.dispatchEvent(new Event('input', { bubbles: true }));
}"""


def test_an_event_touches_its_own_parts_only(visit: Callable[..., Visitor]) -> None:
    """Gradio alone tells all components that any event ever named, at every step of each event."""
    page = visit().open(tab="sampling", view="pipeline", text="Once upon a time")
    for tab in ("attention", "forward", "sampling"):
        page.tab(tab)
    page.page.wait_for_timeout(500)
    page.page.evaluate(COUNT)
    page.redraw("sampling", lambda: page.page.evaluate(SLIDE))
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("window.looked") < 50

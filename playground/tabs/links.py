"""The address bar: what every control says there, and how a link is read back.

The browser's half is ``assets/js/state.js``; the strings of JavaScript here only call it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from .base import Control

QUERY = """() => {
  window.playgroundRead = true;  // from now on the address may be written
  return window.location.search;
}"""
# Which tab is open while the page restores: what the browser shows may lag behind what Python has just said, and what
# Python remembers may be overtaken by the browser's first selection. So both are named, parted by a comma.
OPEN_TAB = """(prompt, active, ...rest) => {
  const tab = document.querySelector('#page-tabs [role=tab][aria-selected=true]');
  return [prompt, `${active},${(tab?.id || '').replace('-tab-button', '')}`, ...rest];
}"""
# A new text or model is a place that the back button returns to.
RAN = """(value) => {
  const state = window.Playground?.state; if (!state || !value) return;
  const ran = JSON.parse(value), old = state.all();
  if (old.text !== undefined && (old.text !== ran.text || old.model !== ran.model)) state.push();
  state.update({model: [ran.model, null], text: [ran.text, null], target: [ran.target, null]});
}"""
# The back button: the address has changed already; Python must follow it.
BACK = """
const listen = () => window.Playground.state.onBack((query) => trigger('back', {query}));
if (window.Playground?.ready) listen(); else window.addEventListener('playground-ready', listen, {once: true});
"""


def write_key(key: str, default: Any) -> str:
    """JavaScript that writes a control's value into the address bar; the scripts may not be there yet when the first
    values arrive."""
    return f"(value) => {{ window.Playground?.state?.set({json.dumps(key)}, value, {json.dumps(default)}) }}"


def write_tab(tab_id: str, default: str) -> str:
    """JavaScript that writes the open tab into the address bar."""
    return f"() => ({write_key('tab', default)})({json.dumps(tab_id)})"


def read_query(query: str, controls: Sequence[Control]) -> dict[str, Any]:
    """Values for all controls out of an address bar's query; what is missing or impossible takes its default."""
    given = {key: values[-1] for key, values in parse_qs(query.removeprefix("?"), keep_blank_values=True).items()}
    return read_state(given, controls)


def read_state(given: Mapping[str, str], controls: Sequence[Control]) -> dict[str, Any]:
    """Values for all controls out of texts by key."""
    return {control.key: _read(control, given.get(control.key)) for control in controls}


def _read(control: Control, text: str | None) -> Any:
    if text is None:
        return control.default
    try:
        return control.read(text)
    except (ValueError, OverflowError):
        return control.default

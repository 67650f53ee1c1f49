"""Less work in the browser for each event: four places of Gradio's own scripts, changed as they are sent.

Gradio 6.31 tells every component that an event ever named, at each of the steps of every event, how the loading of
something goes, and copies all its properties for that, a hundred components of this page seven times for one movement
of a slider: two thirds of the time until the picture is repainted. A change that finds nothing to change, in another
Gradio, leaves the file as it is, and tests/serving/test_frontend.py fails; the page works without.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """A place in one of Gradio's scripts."""

    name: str
    """Pattern of the file's name."""
    old: str
    new: str


CHANGES = (
    # Only what is new to a component is told, and only to those that show it: inputs do not.
    Change(
        "Blocks-*.js",
        "async update_loading_stati_state(){await Promise.all(Object.entries(this.loading_stati.current).map(",
        "async update_loading_stati_state(){const told=this.toldStati??=new Map;"
        "await Promise.all(Object.entries(this.loading_stati.current).filter(([e,t])=>{if(t.type===`input`)return!1;"
        "const now=JSON.stringify([t.status,t.message,t.progress,t.queue_position,t.eta,t.fn_index]);"
        "return told.get(e)!==now&&(told.set(e,now),!0)}).map(",
    ),
    # Where an event sets no property of its targets, theirs are not copied.
    Change(
        "Blocks-*.js",
        "async set_event_args(e,t){let n={},r=await this.get_state_cb?.(e);",
        "async set_event_args(e,t){if(Object.keys(t).length===0)return()=>{};let n={},r=await this.get_state_cb?.(e);",
    ),
    # Validation by Gradio is not used: no input has an error of it to take back.
    Change(
        "Blocks-*.js",
        "o===0&&r.inputs.forEach(e=>{this.update_state_cb(e,{loading_status:{validation_error:null}},!1)}),",
        "",
    ),
    # A number, a text or a function is its own copy.
    Change(
        "index-*.js",
        "if(e instanceof EventTarget)return e;try{return structuredClone(e)}catch",
        "if(e instanceof EventTarget)return e;if(typeof e!=`object`)return e;try{return structuredClone(e)}catch",
    ),
)


def changed(path: Path) -> bytes | None:
    """The content of one of Gradio's scripts as it is sent; None for one that is sent as it is."""
    found = [change for change in CHANGES if fnmatch(path.name, change.name)]
    if not found:
        return None
    text = path.read_text("utf-8")
    for change in found:
        text = text.replace(change.old, change.new)
    return text.encode()

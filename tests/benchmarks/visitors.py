"""Visitors without a browser: they fetch what a browser fetches and send the events that the page sends."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from .connections import Client

QUEUE_S = 300.0


@dataclass
class Layout:
    """A page's description, as ``/config`` gives it: which components there are and what happens on which event."""

    config: dict[str, Any]
    ids: dict[str, int] = field(init=False)
    """Element id → component id."""
    by_id: dict[int, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {part["id"]: part for part in self.config["components"]}
        self.ids = {part["props"]["elem_id"]: n for n, part in self.by_id.items() if part["props"].get("elem_id")}

    def start(self, element: str | None, event: str) -> list[dict[str, Any]]:
        """Events on Python's side that follow from one of an element (None: of the page), in order."""
        target = None if element is None else self.ids[element]
        for first in self.config["dependencies"]:
            if any(name == event and (target is None or n == target) for n, name in first["targets"]):
                chain = self._behind(first)
                if any(one["backend_fn"] for one in chain):
                    return [one for one in chain if one["backend_fn"]]
        raise KeyError(f"nothing happens on {event} of {element}")

    def _behind(self, first: dict[str, Any]) -> list[dict[str, Any]]:
        after = [one for one in self.config["dependencies"] if one.get("trigger_after") == first["id"]]
        return [first, *(later for one in after for later in self._behind(one))]


class Visitor:
    """One visitor's page: the values of its widgets, and a session of its own."""

    def __init__(self, client: Client, layout: Layout) -> None:
        self.client, self.layout, self.session = client, layout, uuid.uuid4().hex[:12]
        self.values = {n: part["props"].get("value") for n, part in layout.by_id.items()}
        self.refusals: list[str] = []

    def set(self, element: str, value: Any) -> None:
        """Types into a box or turns a control, without an event."""
        self.values[self.layout.ids[element]] = value

    def value(self, element: str) -> Any:
        """What an element shows."""
        return self.values[self.layout.ids[element]]

    async def tell(self, event: str, data: Any) -> int:
        """An event of our own parts and all that follows from it: what it carries travels as a value."""
        self.set("page-events", {event: data})
        return await self.do("page-events", event)

    async def do(self, element: str | None, event: str, data: Any = None) -> int:
        """An event and all that follows from it; gives the bytes that came back."""
        received = 0
        for one in self.layout.start(element, event):
            async for output, size in self._call(one, data):
                received += size
                for n, value in zip(one["outputs"], output, strict=False):
                    self._put(n, value)
        return received

    def _put(self, n: int, value: Any) -> None:
        if isinstance(value, dict) and value.get("__type__") == "update":
            value = value.get("value", self.values[n])
        self.values[n] = value

    async def _call(self, one: dict[str, Any], data: Any) -> AsyncIterator[tuple[list[Any], int]]:
        body = {
            "fn_index": one["id"], "session_hash": self.session, "data": [self.values[n] for n in one["inputs"]],
            "event_data": data, "trigger_id": one["targets"][0][0] if one["targets"] else None,
        }  # fmt: skip
        if not one["queue"]:
            answer = await self.client.post("/gradio_api/run/predict", json=body)
            if answer.status_code != 200:
                self.refusals.append(answer.text)
                return
            yield answer.json()["data"], len(answer.content)
            return
        streaming = False
        joined = await self.client.post("/gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            self.refusals.append(joined.text)
            return
        async for message, size in self._told(joined.json()["event_id"]):
            output = message.get("output") or {}
            if message["msg"] == "process_completed" and not message["success"]:
                self.refusals.append(str(output.get("error")))
            elif message["msg"] == "process_generating":
                streaming = True  # what follows are differences to what came first
                yield [], size
            elif message["msg"] == "process_completed":
                yield ([] if streaming else output.get("data", [])), size

    async def _told(self, event_id: str) -> AsyncIterator[tuple[dict[str, Any], int]]:
        parameters = {"session_hash": self.session}
        lines = self.client.lines("/gradio_api/queue/data", parameters)
        try:
            while (line := await asyncio.wait_for(anext(lines, None), QUEUE_S)) is not None:
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message.get("event_id") == event_id:
                    yield message, len(line)
                    if message["msg"] == "process_completed":
                        return
                elif message["msg"] in {"close_stream", "unexpected_error"}:
                    self.refusals.append(str(message.get("message", message["msg"])))
                    return
        finally:
            await lines.aclose()  # type: ignore[attr-defined]


async def together(work: list[Any]) -> list[Any]:
    """Results of all, begun at the same moment."""
    return list(await asyncio.gather(*work))

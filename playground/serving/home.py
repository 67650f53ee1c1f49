"""The page itself, made once: Gradio describes its 500 components anew for everyone who opens it, and packs nothing.

It is the same for everybody who reaches it by the same address: nobody logs in, and what a link says is read by the
browser. Each time it would take some 60 ms of a core and 500 kB of the network; a class opens it sixty times at once.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from ..cache import Memory
from .files import compressed

KEPT_BYTES = 20_000_000
"""Of pages under different addresses and in different encodings; none is larger than 1 MB."""
NAMING = (b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server")
"""Headers by which Gradio tells under which address it was reached (`gradio.route_utils.get_request_origin`): the page
holds that address."""
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True)
class Page:
    """The page under one address, in one encoding."""

    content: bytes
    tag: str
    """Changes with the content; quoted, as the header wants it."""


class Home:
    """Pages of one app by their address."""

    def __init__(self, app: App) -> None:
        self._app, self._lock = app, asyncio.Lock()
        self._pages: Memory[Page] = Memory(lambda: KEPT_BYTES, lambda page: len(page.content))

    async def page(self, scope: Scope, encoding: str) -> Page | None:
        """The page that the app gives for a request, packed; None where it gives something else than a plain page."""
        named = tuple(sorted((name, value) for name, value in scope["headers"] if name in NAMING))
        key = scope["path"], scope.get("root_path", ""), scope.get("scheme", ""), named, encoding
        async with self._lock:  # those who come at once wait for the first
            if key not in self._pages:
                html = await self._html(scope)
                if html is None:
                    return None
                made = await asyncio.to_thread(_packed, html, encoding)
                return self._pages.get(key, lambda: made)
        return self._pages.get(key, _forgotten)

    async def _html(self, scope: Scope) -> bytes | None:
        parts: list[bytes] = []
        plain = False

        async def take(message: Message) -> None:
            nonlocal plain
            if message["type"] == "http.response.start":
                given = dict(message.get("headers", []))
                kind = given.get(b"content-type", b"")
                plain = message["status"] == 200 and kind.startswith(b"text/html") and b"set-cookie" not in given
            else:
                parts.append(message.get("body", b""))

        async def nothing_more() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        headers = [(name, value) for name, value in scope["headers"] if name in NAMING]
        await self._app({**scope, "method": "GET", "headers": headers, "query_string": b""}, nothing_more, take)
        return b"".join(parts) if plain else None


def _packed(html: bytes, encoding: str) -> Page:
    return Page(compressed(html, encoding), f'"{hashlib.sha256(html).hexdigest()[:16]}{encoding}"')


def _forgotten() -> Page:
    raise LookupError("the page was forgotten between two looks")

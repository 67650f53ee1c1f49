"""The gate before Gradio: an ASGI middleware that lets through what the page and its programs need.

Gradio's server can do more than this page uses (uploads, a proxy for other sites' files, monitoring, editing): what is
not on the list does not exist here. Every answer carries the headers that keep a browser from guessing and from
loading anything from elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from . import files
from .guard import note
from .home import Home

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

MAX_BODY_BYTES = 2_000_000
"""Of one request. A page's largest one names a text, a target and the values of some widgets."""
UNFIT = "This request does not fit the page. See /gradio_api/info for what it takes."
READ, WRITE = ("GET", "HEAD"), ("POST",)
OPEN: tuple[tuple[tuple[str, ...], str], ...] = (
    (READ, r"/"),
    (READ, r"/config/?"),
    (READ, r"(/gradio_api)?/theme\.css"),
    (READ, r"/(favicon\.ico|robots\.txt|manifest\.json|pwa_icon(/\d+)?)"),
    (READ, r"/gradio_api/(info|openapi\.json|startup-events|app_id|user|login_check|token)/?"),
    (READ, r"/login_check/?"),
    (READ, r"/gradio_api/heartbeat/[\w-]{1,64}"),
    (READ, r"/gradio_api/queue/(data|status)"),
    (WRITE, r"/gradio_api/queue/join"),
    (WRITE, r"/gradio_api/(cancel|reset)/?"),
    (WRITE, r"/gradio_api/(run|api|call|call/v2)/\w{1,64}/?"),
    (READ, r"/gradio_api/call/(v2/)?\w{1,64}/\w{1,64}"),
)
"""Method and path of everything that is served, beside ``files``."""
_OPEN = tuple((methods, re.compile(pattern)) for methods, pattern in OPEN)
EMBEDDING_SITES = "https://huggingface.co https://*.hf.space"
"""Who may show the page in a frame where it runs as a Space."""


def content_policy() -> str:
    """What the page may load and run. Gradio writes scripts and styles into its page and makes functions of text, hence
    the two "unsafe" words; all else comes from this server only."""
    ancestors = f"'self' {EMBEDDING_SITES}" if os.environ.get("SPACE_ID") else "'self'"
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        ]
    )


def headers() -> list[Header]:
    """Of every answer. ``same-origin``: a link of the page holds what was typed, and other sites need not learn it."""
    pairs = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "content-security-policy": content_policy(),
    }
    return [(name.encode(), value.encode()) for name, value in pairs.items()]


class Gate:
    """Wraps the app; Starlette makes one with the app to call."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.home = Home(app)
        self.headers = headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket":  # the page has none
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            await self._answer(scope, receive, _Sender(send, self.headers))

    async def _answer(self, scope: Scope, receive: Receive, send: _Sender) -> None:
        method, path = scope["method"], _path(scope)
        if method in READ and (file := files.find(path)) is not None:
            await _send_file(file, scope, send)
        elif method in READ and path == "/" and await self._send_home(scope, send):
            pass
        elif method != "OPTIONS" and not any(method in m and p.fullmatch(path) for m, p in _OPEN):
            await send.refuse(404, "There is nothing at this address. The page is at /, its description at /config.")
        elif (body := b"" if method in READ else await _body(scope, receive)) is None:
            await send.refuse(413, f"This request is too large; at most {MAX_BODY_BYTES / 1e6:.0f} MB are read.")
        else:
            try:
                await self.app(scope, receive if method in READ else _again(body, receive), send)
            except Exception as error:
                note(error, f"{method} {path}")
                await send.refuse(400, UNFIT)

    async def _send_home(self, scope: Scope, send: _Sender) -> bool:
        """Answers with the page as it was made once; False where it is not the plain one."""
        if b"deep_link" in scope.get("query_string", b""):
            return False
        encoding = files.best(_given(scope, b"accept-encoding"))
        try:
            page = await self.home.page(scope, encoding)
        except Exception as error:
            note(error, "the page")
            page = None
        if page is None:
            return False
        own = list(_text_headers("text/html; charset=utf-8", files.ASK_AGAIN, page.tag, encoding))
        fresh = page.tag in _given(scope, b"if-none-match")
        await send.whole(304 if fresh else 200, b"" if fresh or scope["method"] == "HEAD" else page.content, own)
        return True


class _Sender:
    """Sends an answer with our headers, once."""

    def __init__(self, send: Send, added: list[Header]) -> None:
        self._send, self._added, self._started, self._streams = send, added, False, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            given = message.get("headers", [])
            self._streams = any(value.startswith(b"text/event-stream") for _, value in given)
            message["headers"] = [*given, *self._added]
        await self._send(message)

    async def refuse(self, status: int, sentence: str) -> None:
        """Answers with a sentence; where a stream of events has begun, as its last event.

        Raises:
            RuntimeError: another answer has begun, whose rest is missing: the server then cuts the connection.
        """
        content = json.dumps({"detail": sentence}).encode()
        if not self._started:
            await self.whole(status, content, [(b"content-type", b"application/json")])
        elif self._streams:
            event = b"event: error\ndata: " + json.dumps({"error": sentence}).encode() + b"\n\n"
            await self._send({"type": "http.response.body", "body": event})
        else:
            raise RuntimeError("an answer broke off")

    async def whole(self, status: int, content: bytes, own: list[Header]) -> None:
        """Answers in one piece."""
        await self({"type": "http.response.start", "status": status, "headers": [*own, _length(content)]})
        await self({"type": "http.response.body", "body": content})


def _length(content: bytes) -> Header:
    return b"content-length", str(len(content)).encode()


def _path(scope: Scope) -> str:
    """The path within this app, without the prefix under which a proxy serves it."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] or "/" if root and path.startswith(root) else path


def _given(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body of a request; None where it is too large, whether it says so beforehand or not."""
    length = _given(scope, b"content-length")
    if length.isdigit() and int(length) > MAX_BODY_BYTES:
        return None
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """``receive`` for someone who has not read the body yet."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given


async def _send_file(file: files.StaticFile, scope: Scope, send: _Sender) -> None:
    encoding = file.encodings(_given(scope, b"accept-encoding"))
    if not files.ready(file, encoding):  # compressing takes its time: not on the thread that serves everybody
        await asyncio.to_thread(files.body, file, encoding)
    content, tag = files.body(file, encoding), files.etag(file, encoding)
    own = list(_file_headers(file, encoding, tag))
    if tag in _given(scope, b"if-none-match"):
        await send.whole(304, b"", own)
    else:
        await send.whole(200, content if scope["method"] == "GET" else b"", own)


def _file_headers(file: files.StaticFile, encoding: str, tag: str) -> Iterator[Header]:
    return _text_headers(file.media_type, file.kept, tag, encoding)


def _text_headers(kind: str, kept: str, tag: str, encoding: str) -> Iterator[Header]:
    pairs = {"content-type": kind, "cache-control": kept, "etag": tag, "vary": "accept-encoding"}
    if encoding:
        pairs["content-encoding"] = encoding
    return ((name.encode(), value.encode()) for name, value in pairs.items())

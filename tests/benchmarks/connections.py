"""HTTP as a browser speaks it, at the least cost: a few connections that stay open, and nothing unpacked unasked.

A class brings its own computers. Here its browsers share the cores with the server, so what they cost must be small
beside it: a general client took twice the time of the server itself.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import brotli

AT_ONCE = 6
"""Connections of one browser to one server."""
LIMIT = 64 * 2**20


class BrokenError(OSError):
    """The server has ended a connection, or speaks otherwise than it should."""


@dataclass(frozen=True)
class Answer:
    """What came back, packed as it came."""

    status_code: int
    headers: dict[str, str]
    packed: bytes

    @property
    def content(self) -> bytes:
        """The body, unpacked."""
        encoding = self.headers.get("content-encoding", "")
        if encoding == "br":
            return bytes(brotli.decompress(self.packed))
        return gzip.decompress(self.packed) if encoding == "gzip" else self.packed

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, head: bytes, body: bytes) -> tuple[int, dict[str, str]]:
        self.writer.write(head + body)
        block = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = block.decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(first.split(" ", 2)[1]), headers

    async def chunks(self, headers: dict[str, str]) -> AsyncIterator[bytes]:
        """The body as it comes."""
        if headers.get("transfer-encoding") != "chunked":
            yield await self.reader.readexactly(int(headers.get("content-length", "0")))
            return
        while size := int(await self.reader.readline(), 16):
            chunk = await self.reader.readexactly(size + 2)
            yield chunk[:-2]
        await self.reader.readline()


class Client:
    """One browser's connections to one server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.free: list[_Connection] = []

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self.free:
            connection.writer.close()

    async def get(self, path: str) -> Answer:
        """Fetches a path."""
        return await self._whole("GET", path, b"")

    async def post(self, path: str, json: Any) -> Answer:
        """Sends JSON."""
        return await self._whole("POST", path, _dumped(json))

    async def lines(self, path: str, params: dict[str, str]) -> AsyncIterator[str]:
        """The lines of a stream of events, on a connection of its own, until the caller has enough."""
        connection = await self._new()
        try:
            _, headers = await connection.ask(self._head("GET", f"{path}?{urlencode(params)}", 0, packed=False), b"")
            rest = b""
            async for chunk in connection.chunks(headers):
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line.decode()
        except asyncio.IncompleteReadError as error:
            raise BrokenError("the stream broke off") from error
        finally:
            connection.writer.close()

    async def _whole(self, method: str, path: str, body: bytes) -> Answer:
        async with self.slots:
            kept = self.free.pop() if self.free else None
            connection = kept or await self._new()
            try:
                try:
                    status, headers = await connection.ask(self._head(method, path, len(body)), body)
                except (asyncio.IncompleteReadError, ConnectionError):
                    # A server ends connections that rest; a browser that meets one takes a new one, as here.
                    connection.writer.close()
                    if kept is None:
                        raise
                    connection = await self._new()
                    status, headers = await connection.ask(self._head(method, path, len(body)), body)
                packed = b"".join([chunk async for chunk in connection.chunks(headers)])
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                connection.writer.close()
                raise BrokenError(f"{method} {path}: {error}") from error
            if headers.get("connection") == "close":
                connection.writer.close()
            else:
                self.free.append(connection)
            return Answer(status, headers, packed)

    async def _new(self) -> _Connection:
        return _Connection(*await asyncio.open_connection(self.host, self.port, limit=LIMIT))

    def _head(self, method: str, path: str, length: int, *, packed: bool = True) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"host: {self.host}:{self.port}"]
        lines += ["accept-encoding: gzip, br"] if packed else []
        lines += ["content-type: application/json", f"content-length: {length}"] if method == "POST" else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()

"""Scripts and styles: addressed by their content, compressed once, and kept by browsers for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import brotli

from ..cache import Memory
from .frontend import changed

PREFIX = "/gradio_api/playground/"
"""Behind Gradio's own prefix, which a server that renders pages in front of us hands through as it is."""
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""A browser keeps the file, and asks each time whether it is still the same."""
QUALITY = 6
"""Of brotli: 0.5 s for plotly.js once, and within 5 % of the size that ten times the work would give."""
COMPRESSED_BYTES = 100_000_000
"""All files that a page can ask for, compressed, are about 10 MB."""
TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")
_NAMED_BY_CONTENT = re.compile(r"-[A-Za-z0-9_-]{8}\.\w+$")


@dataclass(frozen=True)
class StaticFile:
    """A file that is the same for everybody."""

    path: Path
    address: str
    """Its path on this server."""
    kept: str
    """How long a browser may keep it: a ``Cache-Control`` header."""
    made: bytes | None = None
    """Its content where it was made of others; None for a file of the disk."""

    @property
    def content(self) -> bytes:
        """What it holds."""
        return self.path.read_bytes() if self.made is None else self.made

    @property
    def media_type(self) -> str:
        """As the browser is told; a wrong guess of the system's tables would keep scripts from running."""
        if self.path.suffix in {".js", ".mjs"}:
            return "text/javascript"
        return mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"

    def encodings(self, accepted: str) -> str:
        """The best compression among those that a browser accepts; empty for none."""
        return best(accepted) if self.media_type.startswith(TEXT) else ""  # pictures and fonts are compressed already


def best(accepted: str) -> str:
    """The best compression among those that a browser accepts; empty for none."""
    offered = {part.split(";")[0].strip() for part in accepted.split(",")}
    return next((name for name in ("br", "gzip") if name in offered), "")


_own: dict[str, StaticFile] = {}
_digests: dict[str, str] = {}
_bodies: Memory[bytes] = Memory(lambda: COMPRESSED_BYTES, len)


def address(path: Path) -> str:
    """Where the page finds a file of ours, relative to the page so that it works behind a path prefix.

    The address holds a part of the file's SHA-256, so another content has another address, and no folder of this
    machine.
    """
    return _kept(path, path.read_bytes(), None)


def joined(name: str, parts: Iterable[bytes]) -> str:
    """Where the page finds several files of ours as one: a browser that asks once waits once."""
    content = b"\n".join(parts)
    return _kept(Path(name), content, content)


def _kept(path: Path, content: bytes, made: bytes | None) -> str:
    full = f"{PREFIX}{hashlib.sha256(content).hexdigest()[:16]}/{path.name}"
    _own[full] = StaticFile(path, full, FOREVER, made)
    return quote(full[1:])


def find(path: str) -> StaticFile | None:
    """The file at a path on this server: ours, or one of Gradio's own page; None where there is none."""
    return _own.get(path) or _gradios().get(path)


@cache
def _gradios() -> dict[str, StaticFile]:
    """Path on the server → file of Gradio's page. A list of what is there: no path can lead out of it."""
    import gradio

    home = Path(gradio.__file__).parent / "templates" / "frontend"
    found = {}
    for folder in ("assets", "static"):
        for path in (home / folder).rglob("*"):
            if path.is_file():
                full = "/" + path.relative_to(home).as_posix()
                named = folder == "assets" and _NAMED_BY_CONTENT.search(path.name)
                found[full] = StaticFile(path, full, FOREVER if named else ASK_AGAIN, changed(path))
    return found


def body(file: StaticFile, encoding: str) -> bytes:
    """A file's content in an encoding: compressed on the first call, remembered afterwards."""
    return _bodies.get((file.address, encoding), lambda: compressed(file.content, encoding))


def ready(file: StaticFile, encoding: str) -> bool:
    """Whether ``body`` and ``etag`` give back what they remember."""
    return (file.address, encoding) in _bodies and file.address in _digests


def etag(file: StaticFile, encoding: str) -> str:
    """Changes with the content; quoted, as the header wants it."""
    digest = _digests.get(file.address)
    if digest is None:
        digest = _digests[file.address] = hashlib.sha256(file.content).hexdigest()[:16]
    return f'"{digest}{encoding}"'


def compressed(content: bytes, encoding: str) -> bytes:
    """Content in an encoding; as it is for none."""
    if encoding == "br":
        return brotli.compress(content, quality=QUALITY)
    return gzip.compress(content, 6, mtime=0) if encoding == "gzip" else content

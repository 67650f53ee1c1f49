"""A small hub on loopback: enough of the Hugging Face API for huggingface_hub and transformers to download a model.

    with HubServer() as hub:
        hub.add("someone/tiny", folder)
        ... HF_ENDPOINT=hub.endpoint ...
        hub.requests            # ["GET /api/models/someone/tiny", …], in order

It can also be a bad hub: `hub.gate(id)`, `hub.slow_s = 5`, `hub.fail_with = 503`, or closed.
"""

from __future__ import annotations

import hashlib
import json
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PULL = "refs/pr/3"


class HubServer:
    """The server, on a thread of its own, and what it was asked for."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.gated: set[str] = set()
        self.converted: dict[str, dict[str, bytes]] = {}
        """Files that wait in a pull request by the hub's converter."""
        self.parameters: dict[str, int | None] = {}
        """What the summary says about the size; None: the summary leaves it out, as it does for some repositories."""
        self.requests: list[str] = []
        self.slow_s = 0.0
        self.slow_files: dict[str, float] = {}
        """End of a path → seconds before a file of that name comes."""
        self.fail_with: int | None = None
        server = self

        class Handler(_Handler):
            hub = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def add(self, id: str, folder: Path, parameters: int | None = None) -> None:
        """Serve the files of `folder` as the repository `id`."""
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.repositories[id] = files
        self.parameters[id] = parameters

    def gate(self, id: str) -> None:
        self.gated.add(id)

    def asked_for(self, part: str) -> list[str]:
        return [request for request in self.requests if part in request]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> HubServer:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Quiet: the list of requests is the log."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        ranged = f" {self.headers['Range']}" if self.headers["Range"] else ""
        self.hub.requests.append(f"{self.command} {path}{ranged}")
        own = (seconds for end, seconds in self.hub.slow_files.items() if path.endswith(end) and self.command == "GET")
        time.sleep(next(own, self.hub.slow_s))
        if self.hub.fail_with:
            return self._refuse(self.hub.fail_with, "Broken")
        if path == "/":
            return self._send(b"a hub")
        if path.startswith("/api/models/"):
            repository, _, revision = path.removeprefix("/api/models/").partition("/revision/")
            if repository.endswith("/discussions"):
                return self._discuss(repository.removesuffix("/discussions"))
            return self._describe(repository, revision)
        if "/resolve/" in path:
            repository, _, rest = path[1:].partition("/resolve/")
            if rest.startswith("refs/pr/"):
                return self._file(repository, rest.split("/", 3)[3], PULL)
            return self._file(repository, rest.partition("/")[2], "main")
        return self._refuse(404, "EntryNotFound")

    def _files(self, repository: str, revision: str) -> dict[str, bytes] | None:
        return (self.hub.converted if revision == PULL else self.hub.repositories).get(repository)

    def _discuss(self, repository: str) -> None:
        pull = {
            "num": 3,
            "title": "Adding `safetensors` variant of this model",
            "author": {"name": "SFconvertbot"},
            "status": "open",
            "isPullRequest": True,
            "createdAt": "2024-01-01T00:00:00.000Z",
            "repo": {"name": repository, "type": "model"},
        }
        # a stranger's pull request of the same title comes first: whoever takes it loads a stranger's weights
        pulls = [{**pull, "num": 2, "author": {"name": "mallory"}}, pull] if repository in self.hub.converted else []
        answer = {"discussions": pulls, "count": len(pulls), "start": 0}
        self._send(json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _describe(self, repository: str, revision: str) -> None:
        files = self._files(repository, revision)
        if files is None:
            return self._refuse(401, None)  # the hub's way to say unknown or private to a stranger
        count = self.hub.parameters[repository]
        answer = {
            "id": repository,
            "modelId": repository,
            "sha": COMMIT,
            "private": False,
            "gated": "manual" if repository in self.hub.gated else False,
            "tags": [],
            "downloads": 0,
            "siblings": [{"rfilename": name, "size": len(data), "blobId": _etag(data)} for name, data in files.items()],
            **({"safetensors": {"parameters": {"F32": count}, "total": count}} if count is not None else {}),
        }
        return self._send(json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _file(self, repository: str, name: str, revision: str) -> None:
        files = self._files(repository, revision) or {}
        if repository not in self.hub.repositories:
            return self._refuse(404, "RepoNotFound")
        if repository in self.hub.gated:
            return self._refuse(401, "GatedRepo")
        data = files.get(name)
        if data is None:
            return self._refuse(404, "EntryNotFound")
        headers = {
            "ETag": f'"{_etag(data)}"',
            "X-Repo-Commit": COMMIT[::-1] if revision == PULL else COMMIT,
            "Accept-Ranges": "bytes",
        }
        wanted = self.headers["Range"]
        if not wanted:
            return self._send(data, headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        part = data[int(first) : int(last) + 1 if last else None]
        headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
        return self._send(part, headers, status=206)

    def _refuse(self, status: int, code: str | None) -> None:
        self._send(b"", {"X-Error-Code": code, "X-Error-Message": "No."} if code else {}, status=status)

    def _send(self, data: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def huge_safetensors(n_parameters: int) -> bytes:
    """The start of a safetensors file that claims `n_parameters` parameters and brings none."""
    header = json.dumps(
        {"w": {"dtype": "F32", "shape": [n_parameters], "data_offsets": [0, 4 * n_parameters]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header

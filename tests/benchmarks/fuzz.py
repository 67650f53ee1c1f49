"""What hostile requests meet: ``python -m tests.benchmarks.fuzz [--requests 5000]``.

Every endpoint and every event of the page gets values that no page would send; every path that a server might have is
tried. Each answer must be a picture or a sentence, the log must hold no traceback, and the server must answer an honest
visitor afterwards. Bounded, offline, on loopback, the same requests for the same seed.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx

from playground.environment import ROOT

from .connections import Client
from .load import client_of
from .server import Server, server
from .visitors import Layout, Visitor

AT_ONCE = 8
PATIENCE_S = 60.0
"""After which a request counts as hung."""
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**9, 10**400, 1.5, float("nan"), float("inf"), "", " ", "a cat", "x" * 30_000, "\ud800",
    "\0", "<script>alert(1)</script>", "${1+1}{{x}}", "../../etc/passwd", "/etc", "~root", "storyteller", "cloze",
    "no-such-model", "a/b", "https://example.org", [], [[]], [1, "a"], {}, {"a": 1}, {"__type__": "update"},
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, {"value": {"value": {}}}, "9" * 400, "🔬" * 50,
    "模型", "translator",
)  # fmt: skip
PATHS = (
    "/", "/config", "/assets/", "/assets/../app.py", "/static/%2e%2e/%2e%2e/x", "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=http://127.0.0.1:1/", "/gradio_api/upload", "/gradio_api/playground/", "/gradio_api/queue/data",
    "/gradio_api/heartbeat/x", "/gradio_api/heartbeat/" + "x" * 5000, "/monitoring", "/gradio_api/proxy=x", "/x" * 1000,
    "/gradio_api/call/no_such/0", "/gradio_api/call/tokens_tokens/no-such-event", "/%00", "/gradio_api/info", "/login",
)  # fmt: skip
BODIES = (
    b"", b"{", b"[" * 100_000, b"null", b'{"data": 1e999}', b"\xff\xfe", b'"', bytes(3_000_000), b'{"data": null}',
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH")


class Fuzz:
    """One run: what was sent, and what came back by kind."""

    def __init__(self, running: Server, layout: Layout, endpoints: dict[str, Any], seed: int) -> None:
        self.running, self.layout, self.endpoints = running, layout, endpoints
        self.random = random.Random(seed)
        self.kinds: collections.Counter[str] = collections.Counter()
        self.bad: list[str] = []
        self.slowest_s = 0.0

    def values(self, n: int) -> list[Any]:
        """Some values, mostly as many as are wanted."""
        return [self.random.choice(VALUES) for _ in range(max(0, n + self.random.choice((0, 0, 0, 0, -1, 1, 40))))]

    async def one(self, client: httpx.AsyncClient) -> None:
        """A request of a random kind, and a look at its answer."""
        kind = self.random.choice(("endpoint", "endpoint", "event", "event", "path", "body"))
        began = time.monotonic()
        try:
            status, said = await asyncio.wait_for(getattr(self, f"_{kind}")(client), PATIENCE_S)
        except (asyncio.TimeoutError, httpx.HTTPError) as error:
            self.bad.append(f"{kind}: {type(error).__name__} after {time.monotonic() - began:.0f} s")
            return
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.kinds[f"{kind} {status}"] += 1
        if (status >= 500 and '"error"' not in said) or '"error": null' in said or '"error":null' in said:
            self.bad.append(f"{kind} {status}: {said[:200]}")
        if any(word in said for word in ("Traceback", "root:x:", "site-packages", str(ROOT))):
            self.bad.append(f"{kind} {status} leaks: {said[:200]}")

    async def _endpoint(self, client: httpx.AsyncClient) -> tuple[int, str]:
        name, about = self.random.choice(sorted(self.endpoints.items()))
        data = self.values(len(about["parameters"]))
        if data and self.random.random() < 0.5:
            data[0] = self.random.choice(("storyteller", "cloze", "translator"))
        body = _json({"data": data})
        if self.random.random() < 0.3:
            return _said(await client.post(f"/gradio_api/run{name}", content=body, headers=JSON))
        asked = await client.post(f"/gradio_api/call{name}", content=body, headers=JSON)
        if asked.status_code != 200:
            return _said(asked)
        return _said(await client.get(f"/gradio_api/call{name}/{asked.json()['event_id']}"))

    async def _event(self, client: httpx.AsyncClient) -> tuple[int, str]:
        one = self.random.choice([d for d in self.layout.config["dependencies"] if d["backend_fn"]])
        data = self.values(len(one["inputs"]))
        for i, n in enumerate(one["inputs"][: len(data)]):
            if self.random.random() < 0.7:  # one wrong value among honest ones goes deeper than all wrong
                data[i] = self.layout.by_id[n]["props"].get("value")
        session = f"fuzz{self.random.randrange(50)}"
        body = {
            "fn_index": self.random.choice((one["id"], one["id"], one["id"], -1, 10**6, "0", None)), "data": data,
            "session_hash": session, "event_data": self.random.choice(VALUES),
            "trigger_id": self.random.choice((None, 0, 5)),
        }  # fmt: skip
        if not one["queue"] or self.random.random() < 0.3:
            return _said(await client.post("/gradio_api/run/predict", content=_json(body), headers=JSON))
        visitor = Visitor(Client(self.running.url), self.layout)
        visitor.session = f"{session}-{self.random.randrange(10**9)}"
        joined = await client.post(
            "/gradio_api/queue/join", content=_json({**body, "session_hash": visitor.session}), headers=JSON
        )
        if joined.status_code != 200:
            return _said(joined)
        said = ""
        async for message, _ in visitor._told(joined.json()["event_id"]):
            said = json.dumps(message)
        return 200, said

    async def _path(self, client: httpx.AsyncClient) -> tuple[int, str]:
        path = self.random.choice(PATHS)
        method = "HEAD" if path.endswith("heartbeat/x") else self.random.choice(METHODS)  # a heartbeat never ends
        if path.endswith("queue/data"):
            path += f"?session_hash=nobody{self.random.randrange(10)}"
            method = "POST"
        return _said(await client.request(method, path))

    async def _body(self, client: httpx.AsyncClient) -> tuple[int, str]:
        path = self.random.choice(("queue/join", "run/predict", "call/tokens_tokens"))
        content = self.random.choice(BODIES)
        return _said(await client.post(f"/gradio_api/{path}", content=content, headers=JSON))


JSON = {"content-type": "application/json"}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()  # NaN and Infinity as they stand: a server may get them


def _said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


async def hostile(running: Server, requests: int, seed: int) -> Fuzz:
    """Sends all requests, some at a time, then an honest one."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client_of(running)) for _ in range(AT_ONCE)]
        layout = Layout((await clients[0].get("/config")).json())
        endpoints = (await clients[0].get("/gradio_api/info")).json()["named_endpoints"]
        fuzz = Fuzz(running, layout, endpoints, seed)
        done = 0

        async def send(client: httpx.AsyncClient) -> None:
            nonlocal done
            while done < requests:
                done += 1
                await fuzz.one(client)
                if done % 500 == 0:
                    memory = f"{running.resident_mb():8.0f} MB"
                    print(f"{done:6d} requests {memory}, {len(fuzz.bad)} bad answers", flush=True)

        await asyncio.gather(*(send(client) for client in clients))
        honest = Visitor(await stack.enter_async_context(Client(running.url)), layout)
        await honest.do(None, "load")
        if honest.refusals or "picture" not in str(honest.value("tokens-view")):
            fuzz.bad.append(f"an honest visitor afterwards: {honest.refusals}")
        return fuzz


def main() -> None:
    """Runs it and prints the table; ends with status 1 where something is bad."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with server() as running:
        before = running.resident_mb()
        fuzz = asyncio.run(hostile(running, min(options.requests, 100_000), options.seed))
        log = running.log.read_text()
        print("\n".join(f"  {kind:<16} {count:6d}" for kind, count in sorted(fuzz.kinds.items())))
        print("\n".join(f"  BAD {line}" for line in fuzz.bad[:20]))
        print(
            f"{sum(fuzz.kinds.values())} answers, {len(fuzz.bad)} bad; {log.count('Traceback')} tracebacks and"
            f" {len(log.splitlines())} lines in the log; slowest {fuzz.slowest_s:.1f} s; memory {before:.0f} →"
            f" {running.resident_mb():.0f} MB"
        )
        print(log[-1500:] if "Traceback" in log or "failed" in log else "")
    raise SystemExit(1 if fuzz.bad or "Traceback" in log else 0)


if __name__ == "__main__":
    main()

"""A playground that is told to stop while people write: everyone hears of it, and the process is gone in seconds."""

from __future__ import annotations

import signal
import threading
from typing import Any

import httpx

from tests.benchmarks.server import Server, server

WRITERS = 8
LIMIT_S = 30
"""Generous: it takes 3 s, on a busy machine some more; a forward pass that is not told would hold it for minutes."""
LONG = {"model": "storyteller", "text": "Once upon a time", "max_new_tokens": 256, "do_sample": True}


def write(running: Server, begun: threading.Barrier, heard: list[str]) -> None:
    """One visitor who writes; what the last answer says goes to ``heard``."""
    with httpx.Client(base_url=running.url, trust_env=False, timeout=120) as client:
        event = client.post("/gradio_api/call/v2/sampling_write", json=LONG).json()["event_id"]
        with client.stream("GET", f"/gradio_api/call/sampling_write/{event}") as stream:
            lines = stream.iter_lines()
            last = next(line for line in lines if line.startswith("data:"))
            begun.wait(60)
            try:
                for line in lines:
                    last = line if line.startswith("data:") else last
            except httpx.HTTPError:
                last += " cut off"
    heard.append(last)


def test_eight_who_write_are_told_and_the_process_ends() -> None:
    heard: list[str] = []
    begun = threading.Barrier(WRITERS + 1)
    # one turn at a time: nobody has finished when the signal comes
    with server(PLAYGROUND_WORKERS="1") as running:
        arguments: Any = (running, begun, heard)
        writers = [threading.Thread(target=write, args=arguments) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        begun.wait(120)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(LIMIT_S) == 0
        for writer in writers:
            writer.join(LIMIT_S)
        log = running.log.read_text()
    told = [last for last in heard if "The playground is being stopped" in last]
    assert len(heard) == WRITERS and len(told) >= WRITERS - 2, heard  # one or two may have come to their end
    assert "Traceback" not in log

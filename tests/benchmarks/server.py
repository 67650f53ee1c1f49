"""A playground of its own on loopback, as a class would start it, and what can be seen of it from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from playground.environment import ROOT

START_S = 120


@dataclass(frozen=True)
class Server:
    """A running playground."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    """Everything it has printed."""

    def resident_mb(self) -> float:
        """Memory that it occupies, by the system's books (Linux)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1000

    def cpu_s(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(module: str = "app", *, offline: bool = True, **environment: str) -> Iterator[Server]:
    """Starts app.py, or a module in its place, on a free port of 127.0.0.1, waits until it answers, and stops it in
    the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PLAYGROUND_", "GRADIO_"))}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", module, "--host", "127.0.0.1", "--port", str(port), *["--offline"] * offline],
                env={**outside, **environment}, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT,
            )  # fmt: skip
            running = Server(f"http://127.0.0.1:{port}", process, log)
            try:
                _wait(running)
                yield running
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def _wait(running: Server) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if running.process.poll() is not None:
            raise RuntimeError(running.log.read_text())
        try:
            if httpx.get(f"{running.url}/config", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer within {START_S} s\n{running.log.read_text()}")

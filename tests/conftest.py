"""What every test stands on: no network, no telemetry, a hub cache of its own, settings as they are by default."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

# Before anything imports transformers, huggingface_hub or gradio: they read the environment once, at import.
for _name in [name for name in os.environ if name.startswith("PLAYGROUND_") and name != "PLAYGROUND_CHROMIUM"]:
    del os.environ[_name]
_HF_HOME = tempfile.TemporaryDirectory(prefix="playground-tests-")
os.environ.update(HF_HOME=_HF_HOME.name, HF_HUB_OFFLINE="1", HF_HUB_DISABLE_XET="1", NO_PROXY="*")
os.environ["PLAYGROUND_DEVICE"] = "cpu"  # the same numbers on every machine; tests of an accelerator say so
for _name in ("HF_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "SPACE_ID"):
    os.environ.pop(_name, None)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # on tiny models threads only get in each other's way

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from playground.settings import quiet_environment, use_settings  # noqa: E402

quiet_environment()
hypothesis.settings.register_profile("playground", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("playground")

_foreign: list[str] = []
"""Hosts off this machine that someone tried to reach since the current test began."""


def _check(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else None  # a path: a socket of this machine
    if host is None or host in {"", "localhost", "::1", "0.0.0.0", "::"} or str(host).startswith("127."):
        return
    _foreign.append(str(host))
    raise OSError(f"tests may not reach {host}")


class _GuardedSocket(socket.socket):
    def connect(self, address: Any) -> None:
        _check(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        _check(address)
        return super().connect_ex(address)


_getaddrinfo = socket.getaddrinfo


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    _check((host.decode() if isinstance(host, bytes) else host or "",))
    return _getaddrinfo(host, *args, **kwargs)


socket.socket = _GuardedSocket  # type: ignore[misc]
socket.getaddrinfo = _guarded_getaddrinfo


@pytest.fixture(autouse=True)
def no_foreign_hosts() -> Iterator[None]:
    """Fails a test that tried to leave the machine, also when the code under test swallowed the error."""
    _foreign.clear()
    yield
    assert not _foreign, f"tried to reach {sorted(set(_foreign))}"


@pytest.fixture(autouse=True)
def settings_of_their_own() -> Iterator[None]:
    """Settings that a test puts in place end with it."""
    old = use_settings(None)
    yield
    use_settings(old)

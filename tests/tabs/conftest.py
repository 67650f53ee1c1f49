"""What all tests of tabs stand on."""

from __future__ import annotations

import pytest

from playground.tabs.base import Built
from tests.tabs.rooms import built_tabs, put_tiny_models


@pytest.fixture(autouse=True)
def tiny_models(monkeypatch: pytest.MonkeyPatch) -> None:
    put_tiny_models(monkeypatch)


@pytest.fixture(scope="session")
def tabs() -> dict[str, Built]:
    return built_tabs()

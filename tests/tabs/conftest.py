"""What all tests of tabs stand on."""

from __future__ import annotations

import pytest

from tests.tabs.tiny_pages import put_tiny_models


@pytest.fixture(autouse=True)
def tiny_models(monkeypatch: pytest.MonkeyPatch) -> None:
    put_tiny_models(monkeypatch)

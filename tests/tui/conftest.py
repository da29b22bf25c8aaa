"""Tests of screens run many apps in one process; none of them gets to freeze the collector for all."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the garbage collector alone."""
    monkeypatch.setattr("tui.frames.settle", lambda: None)

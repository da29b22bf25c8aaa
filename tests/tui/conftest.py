"""Tests of screens run many apps in one process; none of them gets to freeze the collector for all.

Their sessions stand still while a slow computer draws them, and are not old for that.
"""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the garbage collector alone."""
    monkeypatch.setattr("tui.frames.settle", lambda: None)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a session stand still for as long as a test takes."""
    monkeypatch.setattr("tui.screens.live.STANDS_STILL_S", float("inf"))

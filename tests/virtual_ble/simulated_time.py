"""Simulated time on an event loop: it passes only while nothing is left to do, and then at once to the next timer.

What is emulated then needs no waiting for, and no busy machine makes it late. Threads and other programs know nothing
of it: a test that has any keeps the real clock.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ROOMS = ("sensors", "analysis", "tests")
SHORTEST_S = 1e-6
"""So that rounding never leaves a timer that is due behind."""


class _Selector:
    """A loop's selector that never waits for a timer: it moves the clock to it. All else the real one does."""

    def __init__(self, real: selectors.BaseSelector, now_s: float) -> None:
        self._real = real
        self.now_s = now_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; where nothing is, so much time has passed."""
        if timeout is None:
            return self._real.select(None)
        ready = self._real.select(0)
        if not ready and timeout > 0:
            self.now_s += max(timeout, SHORTEST_S)
        return ready


@contextmanager
def simulated_time(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let the loop, and every module of the program that asks for the time of arrival, go by simulated time."""
    real = loop._selector  # type: ignore[attr-defined]
    clock = _Selector(real, loop.time())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_selector", clock)
        patch.setattr(loop, "time", lambda: clock.now_s)
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] in ROOMS and getattr(module, "monotonic_ns", None) is time.monotonic_ns:
                patch.setattr(module, "monotonic_ns", lambda: round(clock.now_s * 1e9))
        yield

"""The sampling clock of an emulated sensor: a call per sample on an even grid, none left out when the loop is late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Metronome:
    """Calls `beat` with 0, 1, 2, … at `rate_hz` from now on, until it is stopped; `due_s` is when the last was due.

    Overdue beats come one per turn of the loop, so that a pause of the test machine does not overflow a sensor's queue.
    """

    def __init__(self, rate_hz: float, beat: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._rate_hz = rate_hz
        self._beat = beat
        self._start = self._loop.time()
        self._next = 0
        self.due_s = self._start
        self._timer = self._loop.call_at(self._start, self._strike)

    def stop(self) -> None:
        """Beat no more, not even for what is overdue."""
        self._timer.cancel()

    def _strike(self) -> None:
        number, self._next = self._next, self._next + 1
        self.due_s = self._start + number / self._rate_hz
        self._timer = self._loop.call_at(self._start + self._next / self._rate_hz, self._strike)
        self._beat(number)

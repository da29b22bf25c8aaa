"""Frames: when the screen is painted. A terminal that does not keep up costs frames, never the event loop."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer

FRAMES_A_SECOND = 20.0
"""A trace of 100 Hz gets at most 50 new pixel columns a second; more frames would show nothing new."""
MOST_WAITING = 1
"""Writes waiting for the terminal from which a frame is left out. At 30 Textual's `write` blocks the event loop."""


class FrameClock:
    """Calls `paint` for each frame of `screen`, and right away on `now`, unless the terminal is behind."""

    def __init__(self, screen: Screen[Any], paint: Callable[[], None], rate: float = FRAMES_A_SECOND) -> None:
        self.skipped = 0
        self._screen = screen
        self._paint = paint
        self._settled = False
        self._timer: Timer = screen.set_interval(1.0 / rate, self.now)

    def now(self) -> None:
        """Paint a frame."""
        if waiting_writes(self._screen.app) > MOST_WAITING:
            self.skipped += 1
            return
        self._paint()
        if not self._settled:
            self._settled = True
            self._screen.call_after_refresh(settle)

    def stop(self) -> None:
        """Paint no more."""
        self._timer.stop()


def waiting_writes(app: App[object]) -> int:
    """Return how many writes wait for the terminal; 0 where that cannot be known.

    Reads a private queue of Textual; `tests/tui/test_frames.py` notices when it moves.
    """
    writer = getattr(app._driver, "_writer_thread", None)  # noqa: SLF001
    queue = getattr(writer, "_queue", None)
    return queue.qsize() if queue is not None else 0


def settle() -> None:
    """Spare the collector the widgets that are there to stay: walking them takes 30 ms, a frame and a half."""
    gc.collect()
    gc.freeze()

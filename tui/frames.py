"""Frames: when the screen is painted. A terminal that does not keep up costs frames, never the event loop."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer

from tui import terminal
from tui.collector import settle, sweep

FRAMES_A_SECOND = 20.0
"""A trace of 100 Hz gets at most 50 new pixel columns a second; more frames would show nothing new."""
MOST_WAITING = 1
"""Writes waiting for the terminal above which a frame is left out. At 30 Textual's `write` blocks the event loop."""
BREATHING_SPACE = 1.5
"""A frame that a terminal needs 100 ms to take in is not followed by another one before 150 ms.

A slow line is then free for the answer to a key a third of the time.
"""
OLDER_EVERY_FRAMES = (50, 600)
"""After how many frames the garbage is collected that has survived one, and that which has survived many."""


class FrameClock:
    """Calls `paint` for each frame of `screen`, and right away on `now`, unless the terminal is behind.

    Garbage is collected when a frame is on its way to the terminal, and the next one is not due.
    """

    def __init__(self, screen: Screen[Any], paint: Callable[[], None], rate: float = FRAMES_A_SECOND) -> None:
        self.skipped = 0
        self._screen = screen
        self._paint = paint
        self._painted_s = self._waited_s = 0.0
        self._sweeps = 0
        self._timer: Timer = screen.set_interval(1.0 / rate, self.now)

    def now(self) -> None:
        """Paint a frame."""
        now_s = monotonic()
        waited_s = terminal.waited_s(self._screen.app._driver)  # noqa: SLF001 - no other way to it
        taken_s = waited_s - self._waited_s
        if now_s - self._painted_s < BREATHING_SPACE * taken_s or waiting_writes(self._screen.app) > MOST_WAITING:
            self.skipped += 1
            return
        self._painted_s, self._waited_s = now_s, waited_s
        self._paint()
        self._screen.call_after_refresh(self._sweep)

    def _sweep(self) -> None:
        """Collect the garbage of the frame, and now and then that of earlier ones."""
        if not self._sweeps:
            settle()
        else:
            sweep(sum(self._sweeps % frames == 0 for frames in OLDER_EVERY_FRAMES))
        self._sweeps += 1

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

"""Replay line: what is played, how fast, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.alerts import Fault
from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import fault_count
from tui.wordings import clock

_LEAST_NOTICE_CELLS = 16
"""In fewer cells nothing of a notice can be understood."""


class ReplayLine(Painted):
    """One line at the top of a recorded session."""

    DEFAULT_CSS = """
    ReplayLine { height: 1; }
    """

    def __init__(self, view: View, name: str, duration_s: float) -> None:
        super().__init__(view)
        self.session_name = clean(name, 80)
        self.duration_s = duration_s
        self._position_s = 0.0
        self._speed: float | None = 1.0
        self._faults: Sequence[Fault] = ()
        self._notice = ""

    def show(self, position_s: float, speed: float | None, faults: Sequence[Fault], notice: str = "") -> None:
        """Draw the position; `speed` is None while it stands. `notice` is what is to be known of the recording."""
        self._position_s, self._speed, self._faults = position_s, speed, faults
        self._notice = clean(notice, 120)
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw name, speed and position, each in its place."""
        right = canvas.write_right(canvas.width - 1, 0, *fault_count(self._faults))
        middle = canvas.width * 3 // 8
        canvas.write(1, 0, self.session_name, Role.STRONG, middle - 1)
        moves = "paused  " if self._speed is None else f"▶ {self._speed:g}x"
        x = canvas.write(middle, 0, f"{moves:<8}", Role.STRONG)
        x = canvas.write(x, 0, f" {clock(self._position_s, 1):>7}", Role.STRONG, right - 1)
        x = canvas.write(x, 0, f" / {clock(self.duration_s, 1)}", Role.DIM, right - 1)
        if right - x > _LEAST_NOTICE_CELLS:
            canvas.write(x + 2, 0, self._notice, Role.DIM, right - 1)

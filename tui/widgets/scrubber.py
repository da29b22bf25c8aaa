"""Scrubber: the whole session in a few rows - envelope, episodes, faults, marks - and where the playhead stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from textual.events import Click
from textual.message import Message

from tui.canvas import Canvas, Role
from tui.engine import Envelope, Review
from tui.glyphs import raster
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.traces import amplitudes

_LEAST_ROWS = 2


class Scrubber(Painted):
    """The last row is a rail with the events on it; what is above shows the envelope of all sensors, or the chosen.

    `labels` are seconds and what stands at them below the rail, where there is room; a click names its second.
    """

    DEFAULT_CSS = """
    Scrubber { height: 4; }
    """

    class Pointed(Message):
        """A second of the session was pointed at."""

        def __init__(self, at_s: float) -> None:
            super().__init__()
            self.at_s = at_s

    def __init__(self, view: View, review: Review) -> None:
        super().__init__(view)
        self.review = review
        self.position_s = review.begins_s
        self.labels: Sequence[tuple[float, str]] = ()
        self._keys = [v.sensor.key for v in review.snapshot_at(review.begins_s).sensors]

    def show(self, position_s: float) -> None:
        """Draw the playhead at `position_s`."""
        self.position_s = position_s
        self.paint()

    def on_click(self, event: Click) -> None:
        """Point at a second of the session."""
        part = (event.x - 1) / max(1, self.size.width - 2)
        self.post_message(self.Pointed(self.review.begins_s + part * (self.review.duration_s - self.review.begins_s)))

    def draw(self, canvas: Canvas) -> None:
        """Draw the envelope, what happened, and the playhead over both."""
        width = canvas.width - 2
        if width < 1 or canvas.height < _LEAST_ROWS:
            return
        rail = canvas.height - 1 if canvas.height < 4 else canvas.height - 2
        self._draw_envelope(canvas, width, rail)
        canvas.write(1, rail, "─" * width, Role.AXIS)
        for fault in self.review.faults:
            begin = self._cell(fault.since_s, width)
            end = max(begin, self._cell(fault.until_s if fault.until_s is not None else self.review.duration_s, width))
            canvas.write(begin, rail, "▲" + "╱" * (end - begin), Role.FAULT)
        for mark in self.review.marks:
            canvas.write(self._cell(mark.at_s, width), rail, "┊", Role.MARK)
        for episode in self.review.episodes:
            begin, end = (self._cell(t_s, width) for t_s in (episode.onset_s, episode.offset_s))
            canvas.write(begin, rail, "◆" * (end - begin + 1), Role.EPISODE)
        here = self._cell(self.position_s, width)
        canvas.roles[: rail + 1, here] = Role.CURSOR
        if canvas.height >= 4:
            canvas.rule(canvas.height - 1)
            for at_s, text in self.labels:
                canvas.write(self._cell(at_s, width), canvas.height - 1, text, Role.PLAIN)

    def _draw_envelope(self, canvas: Canvas, width: int, rows: int) -> None:
        low, high = self._envelope(width * self.view.glyphs.columns)
        usual, _ = amplitudes((low, high))
        if not np.isfinite(usual):
            return
        limit = max(usual, 1e-6)
        canvas.codes[:rows, 1 : 1 + width] = raster(self.view.glyphs, low, high, limit, rows)
        canvas.roles[:rows, 1 : 1 + width] = Role.DIM
        canvas.roles[:rows, 1 : self._cell(self.position_s, width)] = Role.TRACE

    def _envelope(self, columns: int) -> Envelope:
        every = list(self.review.overview(columns))
        if self.view.sensor in self._keys:
            return every[self._keys.index(self.view.sensor)]
        if not every:
            nothing = np.full(columns, np.nan, dtype=np.float32)
            return nothing, nothing
        return np.fmin.reduce([low for low, _ in every]), np.fmax.reduce([high for _, high in every])

    def _cell(self, t_s: float, width: int) -> int:
        length_s = max(self.review.duration_s - self.review.begins_s, 1e-9)
        place = (t_s - self.review.begins_s) / length_s
        return 1 + min(max(int(place * width), 0), width - 1)

"""Board: every sensor of a session in one widget - head line, trace, large digits - painted in one go."""

from __future__ import annotations

from typing import NamedTuple

from analysis.response import Response
from analysis.snapshot import SensorView, Snapshot
from tui import digits
from tui.canvas import Canvas, Role
from tui.glyphs import GlyphSet
from tui.plan import NARROWEST_COLUMN, Plan, Slot, plan
from tui.trial_wording import shown, standing
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import (
    Phrase,
    at_least,
    honesty,
    is_counting,
    is_quieted,
    is_result_of,
    limb,
    result,
    state,
    worst,
)
from tui.widgets.traces import Window, amplitudes, draw_amplitude_axis, draw_time_axis, draw_trace

_LEAST_ROWS = 4
"""A board this low is about to be hidden: the window is too small."""
_CUT = (Role.FAULT, Role.FAULT_LABEL, Role.FAULT_HIGH, Role.FAULT_LOW)
_BETWEEN_CELLS = 4
"""Between the count of beats and the frequency: 7 and 5.6 must not read as 75.6."""


class _Figures(NamedTuple):
    """What is written in large digits: the beats, the frequency ("" where there is none), and a word below."""

    beats: str
    hertz: str
    label: str
    at_least: bool


class Board(Painted):
    """Shows a snapshot. `first` is the first sensor on the page where not all find room.

    `nothing` is said where there are no sensors.
    """

    DEFAULT_CSS = """
    Board { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.snapshot: Snapshot | None = None
        self.edge = "now"
        self.nothing = "waiting for the first sensor"
        self.first = 0

    def show(self, snapshot: Snapshot) -> bool:
        """Draw `snapshot`; return whether anything looks different now."""
        self.snapshot = snapshot
        return self.paint()

    @property
    def plan(self) -> Plan:
        """Where everything goes at the present size."""
        return plan(*self.size, len(self.snapshot.sensors) if self.snapshot is not None else 0, self.first)

    @property
    def trace_cells(self) -> int:
        """The width of a trace, on which the seconds shown depend."""
        return self.plan.trace_width

    def turn_page(self, step: int) -> None:
        """Show the next (+1) or previous (-1) sensors where not all find room."""
        shown = len(self.plan.slots)
        count = len(self.snapshot.sensors) if self.snapshot is not None else 0
        self.first = min(max(0, self.first + step * shown), max(0, count - shown))
        self.paint()

    def reveal(self, sensor: str) -> None:
        """Turn to the page of the sensor with this key."""
        keys = [v.sensor.key for v in self.snapshot.sensors] if self.snapshot is not None else []
        if sensor in keys and all(slot.sensor != keys.index(sensor) for slot in self.plan.slots):
            self.first = keys.index(sensor)

    def draw(self, canvas: Canvas) -> None:
        """Draw every sensor that has a place, and the time axis under each column."""
        snapshot = self.snapshot
        if canvas.width < NARROWEST_COLUMN or canvas.height < _LEAST_ROWS:
            return
        if snapshot is None or not snapshot.sensors:
            canvas.write(2, 0, self.nothing, Role.DIM)
            return
        places = plan(canvas.width, canvas.height, len(snapshot.sensors), self.first)
        cells = places.trace_width
        window = Window.until(snapshot.now_s, self.view.span_for(cells), cells)
        for slot in places.slots:
            self._draw_sensor(canvas, places, slot, snapshot.sensors[slot.sensor], snapshot, window)
        for x in places.columns:
            draw_time_axis(canvas, x + places.trace_at, places.axis_y, snapshot, window, self.edge)
        if places.hidden:
            below = len(snapshot.sensors) - places.slots[-1].sensor - 1
            keys = "PgDn" if below else "PgUp"
            text = f"{places.hidden} sensors not shown: {keys}, or a taller window"
            canvas.write(2, places.axis_y - 1, text, Role.STRONG)

    def _draw_sensor(
        self, canvas: Canvas, places: Plan, slot: Slot, view: SensorView, snapshot: Snapshot, window: Window
    ) -> None:
        self._draw_head(canvas, places, slot, view, snapshot)
        glyphs = self.view.glyphs
        bins = window.bins(view, glyphs)
        limit = self.view.scales.follow(view.sensor.key, view.unit, *amplitudes(bins), snapshot.now_s)
        x = slot.x + places.trace_at
        if places.single:
            draw_trace(canvas, (x, slot.y, 1), view, snapshot, window, bins, limit, glyphs)
            return
        y, rows = slot.y + 1, slot.height - 1
        draw_amplitude_axis(canvas, slot.x, y, rows, limit, view.unit)
        draw_trace(canvas, (x, y, rows), view, snapshot, window, bins, limit, glyphs)
        if places.digit_rows:
            self._draw_digits(canvas, places, slot, view, snapshot)

    def _draw_head(self, canvas: Canvas, places: Plan, slot: Slot, view: SensorView, snapshot: Snapshot) -> None:
        x, y = slot.x, slot.y
        if view.sensor.key == self.view.sensor:
            canvas.write(x, y, "▸", Role.STRONG)
        end = x + places.column_width
        canvas.write(x + 2, y, limb(view), Role.STRONG, x + 2 + places.name_width)
        bar = honesty(view) if places.full_honesty else [worst(view)]
        bar_at = end - sum(len(text) for text, _ in bar)
        _write_phrases(canvas, bar_at, y, bar, end)
        limit = x + places.trace_at if places.single else bar_at
        state_at = x + places.state_at - (not places.single)
        phrases = state(view, snapshot, brief=places.single, trial=shown(snapshot, self.view))
        _write_phrases(canvas, state_at, y, phrases, limit - 2 + places.single)

    def _draw_digits(self, canvas: Canvas, places: Plan, slot: Slot, view: SensorView, snapshot: Snapshot) -> None:
        """Draw beats and frequency of the running episode, or the result that stands, in large digits."""
        x, y = slot.x + places.digits_at + 1, slot.y + 1
        end = slot.x + places.column_width
        trial = standing(snapshot, self.view)
        settled = view.running is None or is_result_of(trial, view.running)
        if trial is not None and settled and trial.sensor == view.sensor.key:
            self._draw_result(canvas, x, y, end, places.digit_rows, slot.height, trial.response)
            return
        episode = view.running or result(view, snapshot)
        if episode is None or is_quieted(view, snapshot, episode):
            return
        role, beside = (Role.EPISODE, Role.PLAIN) if episode.running else (Role.STRONG, Role.DIM)
        if episode.running and not is_counting(episode, snapshot):
            role = beside = Role.STALE
        label = "beats" if episode.running else f"beats in {episode.duration_s:.1f} s"
        figures = _Figures(str(episode.beats), f"{episode.frequency_hz:.1f}", label, at_least(episode, snapshot))
        self._write_digits(canvas, (x, y, end), places.digit_rows, slot.height, figures, (role, beside))

    def _draw_result(
        self, canvas: Canvas, x: int, y: int, end: int, rows: int, height: int, response: Response | None
    ) -> None:
        """Draw the result of a trial where the running count stood; nothing where there is none."""
        if response is None:
            return
        hertz = "" if response.frequency_hz is None else f"{response.frequency_hz:.1f}"
        lasted = f"{'≥ ' * response.duration_at_least}{response.duration_s:.1f} s"
        label = f"beats in {lasted}" if response.beats else "no clonus"
        figures = _Figures(str(response.beats), hertz, label, response.beats_at_least)
        self._write_digits(canvas, (x, y, end), rows, height, figures, (Role.STRONG, Role.DIM))

    def _write_digits(
        self,
        canvas: Canvas,
        area: tuple[int, int, int],
        rows: int,
        height: int,
        figures: _Figures,
        roles: tuple[Role, Role],
    ) -> None:
        """Write beats and frequency into `area` (left cell, top row, right end), and below them what they are."""
        x, y, end = area
        hertz_at = end - (len(self._rows_of(figures.hertz, rows)[0]) if figures.hertz else 0)
        if figures.at_least:
            canvas.write(x, y + rows // 2, "≥", roles[0])
        beats = self._rows_of(figures.beats, rows)
        beats_end = hertz_at - _BETWEEN_CELLS * bool(figures.hertz)
        for row, text in enumerate(beats):
            canvas.write(beats_end - len(beats[0]), y + row, text, roles[0], end)
        for row, text in enumerate(self._rows_of(figures.hertz, rows) if figures.hertz else ()):
            canvas.write(hertz_at, y + row, text, roles[1], end)
        if height - 1 > rows:
            canvas.write_right(beats_end, y + rows, figures.label, Role.PLAIN)
            canvas.write_right(end, y + rows, "Hz" * bool(figures.hertz), Role.PLAIN)

    def _rows_of(self, number: str, rows: int) -> list[str]:
        if self.view.glyphs is GlyphSet.ASCII:
            return digits.strokes(number)
        return digits.large(number) if rows == digits.LARGE_ROWS else digits.small(number)


def _write_phrases(canvas: Canvas, x: int, y: int, phrases: list[Phrase], limit: int) -> None:
    """Write as many phrases as find room; only what a fault says is cut short."""
    for text, role in phrases:
        if x + len(text) > limit and role not in _CUT:
            return
        x = canvas.write(x, y, text, role, limit)

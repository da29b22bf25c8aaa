"""Traces: one sensor's signal over time, with what was found in it and what is missing from it, on a canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.episode import Episode
from analysis.snapshot import SensorView, Snapshot, Verdict
from sensors.wording import clean
from tui.binning import Bins, extremes
from tui.canvas import SHADE, Canvas, Role
from tui.glyphs import SPACE, GlyphSet, gaps, raster, zero_level
from tui.plan import AXIS_CELLS
from tui.widgets.readout import is_silent, newest_s

PENDING_S = 0.5
"""Samples younger than this may still be on their way; what is missing longer is hatched."""
TALL = 3
"""Rows from which a trace has room for beat ticks and the stretch above the signal."""
UNITS = {"deg/s": "°/s"}
STRETCH_SHARE = 0.05
"""A scale follows all but this share of the window: a brief stretch may reach its edge, the beats after it not."""
_TICKS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_TICK_CELLS = 12
_ZERO_DOTS = "⠉⠒⠤⣀"
_BEAT = {GlyphSet.BRAILLE: ord("▏"), GlyphSet.BLOCK: ord("│"), GlyphSet.ASCII: ord("│")}


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of session time on the screen, in whole cells counted from second 0."""

    first: int
    cells: int
    cell_s: float

    @classmethod
    def until(cls, now_s: float, span_s: float, cells: int) -> Window:
        """Return the window whose last cell is the last complete one before `now_s`."""
        cell_s = span_s / cells
        return cls(math.floor(now_s / cell_s + 1e-6) - cells, cells, cell_s)

    def cell(self, t_s: float) -> int:
        """Return the cell of second `t_s`, counted from the window's left edge."""
        return math.floor(t_s / self.cell_s + 1e-6) - self.first

    def bins(self, view: SensorView, glyphs: GlyphSet) -> Bins:
        """Return the least and greatest value of each pixel column."""
        pixels = glyphs.columns
        return extremes(view.trace, self.first * pixels, self.cells * pixels, self.cell_s / pixels)


def amplitudes(bins: Bins) -> tuple[float, float]:
    """Return the amplitude that all but the briefest excursions stay below, and the greatest; NaN without data."""
    reach = np.fmax(bins[1], -bins[0])
    reach = reach[~np.isnan(reach)]
    if not len(reach):
        return math.nan, math.nan
    place = int((1.0 - STRETCH_SHARE) * (len(reach) - 1))
    return float(np.partition(reach, place)[place]), float(reach.max())


def draw_trace(
    canvas: Canvas,
    area: tuple[int, int, int],
    view: SensorView,
    snapshot: Snapshot,
    window: Window,
    bins: Bins,
    limit: float,
    glyphs: GlyphSet,
) -> None:
    """Draw one sensor's window at `area` (x, y, rows) on a scale of ±`limit`."""
    x, y, rows = area
    codes = canvas.codes[y : y + rows, x : x + window.cells]
    roles = canvas.roles[y : y + rows, x : x + window.cells]
    codes[:] = raster(glyphs, *bins, limit, rows)
    roles[:] = Role.STALE if is_silent(view, snapshot.now_s) else Role.TRACE
    _hatch(codes, roles, view, snapshot.now_s, window, gaps(glyphs, bins[0]))
    _zero_line(codes, roles, glyphs)
    for mark in snapshot.marks:
        if 0 <= (c := window.cell(mark.at_s)) < window.cells:
            free = codes[:, c] == SPACE
            codes[free, c] = ord("┊")
            roles[free, c] = Role.MARK
    for episode in view.episodes:
        seen_until_s = newest_s(view, snapshot.now_s) if episode.running else episode.offset_s
        _episode(canvas, area, episode, max(seen_until_s, episode.offset_s), snapshot, window, glyphs)


def _hatch(
    codes: NDArray[np.uint32],
    roles: NDArray[np.uint8],
    view: SensorView,
    now_s: float,
    window: Window,
    missing: NDArray[np.bool_],
) -> None:
    """Hatch what was lost: inside the trace, and after its end once nothing is on its way any more."""
    trace = view.trace
    if trace.newest < 0 or not missing.any():
        return
    begin = max(0, window.cell(trace.oldest / trace.rate))
    newest = newest_s(view, now_s)
    end = window.cells if now_s - newest > PENDING_S else window.cell(newest)
    lost = np.flatnonzero(missing[begin : max(begin, end)]) + begin
    for row in range(len(codes)):
        stripes = lost[(lost + window.first + row) % 2 == 0]
        codes[row, stripes] = ord("╱")
        roles[row, stripes] = Role.GAP


def _zero_line(codes: NDArray[np.uint32], roles: NDArray[np.uint8], glyphs: GlyphSet) -> None:
    rows = len(codes)
    if rows < TALL:
        return
    row, level = divmod(zero_level(rows * glyphs.rows), glyphs.rows)
    free = codes[row] == SPACE
    codes[row, free] = ord(_ZERO_DOTS[level]) if glyphs is GlyphSet.BRAILLE else ord("┄")
    roles[row, free] = Role.AXIS


def _episode(
    canvas: Canvas,
    area: tuple[int, int, int],
    episode: Episode,
    until_s: float,
    snapshot: Snapshot,
    window: Window,
    glyphs: GlyphSet,
) -> None:
    """Shade an episode up to second `until_s`, tick its beats, and point at the stretch before it."""
    x, y, rows = area
    begin, end = window.cell(episode.onset_s), window.cell(until_s) + 1
    stretch = episode.stretch
    if stretch is not None and 0 <= (c := window.cell(stretch.time_s)) < window.cells:
        canvas.write(x + c, y, "▼", Role.STRONG)
        label = f"{stretch.peak_dps:.0f} °/s "
        if rows >= TALL and c >= len(label):
            canvas.write(x + c - len(label), y, label, Role.PLAIN)
    if end <= 0 or begin >= window.cells:
        return
    rejected = snapshot.verdicts.get(episode.id) is Verdict.REJECTED
    if not rejected:
        canvas.roles[y : y + rows, x + max(0, begin) : x + min(end, window.cells)] |= SHADE
    role = Role.DIM if rejected else Role.BEAT | SHADE
    for beat_s in episode.beat_times_s:
        c = window.cell(beat_s)
        if not 0 <= c < window.cells:
            continue
        if rows >= TALL:
            canvas.codes[y, x + c] = _BEAT[glyphs]
            canvas.roles[y, x + c] = role
        else:
            canvas.roles[y : y + rows, x + c] = role


def draw_amplitude_axis(canvas: Canvas, x: int, y: int, rows: int, limit: float, unit: str) -> None:
    """Draw the scale left of a trace: its ends, and its unit."""
    axis = _amplitude_axis(rows, limit, unit)
    fits = min(rows, canvas.height - y)
    canvas.codes[y : y + rows, x : x + AXIS_CELLS] = axis.codes[:fits]
    canvas.roles[y : y + rows, x : x + AXIS_CELLS] = axis.roles[:fits]


@lru_cache(maxsize=64)
def _amplitude_axis(rows: int, limit: float, unit: str) -> Canvas:
    """A scale seldom changes."""
    axis = Canvas(AXIS_CELLS, rows)
    unit = clean(UNITS.get(unit, unit), 5)
    line = AXIS_CELLS - 1
    for row in range(rows):
        axis.write(line, row, "┤" if row in (0, (rows - 1) // 2, rows - 1) else "│", Role.AXIS)
    if rows == 1:
        axis.write_right(line, 0, f"±{limit:g} {unit}"[: AXIS_CELLS - 1], Role.DIM)
        return axis
    if rows >= TALL:
        axis.write_right(line - 1, 0, f"+{limit:g}", Role.DIM)
        axis.write_right(line - 1, (rows - 1) // 2, unit, Role.DIM)
    else:
        axis.write_right(line - 1, 0, f"+{limit:g}{unit}"[: AXIS_CELLS - 2], Role.DIM)
    axis.write_right(line - 1, rows - 1, f"-{limit:g}", Role.DIM)
    return axis


def draw_time_axis(canvas: Canvas, x: int, y: int, snapshot: Snapshot, window: Window, edge: str) -> None:
    """Draw seconds before the right edge, which is called `edge`, and the marks with their words."""
    stop = canvas.write_right(x + window.cells, y, edge, Role.DIM) - 1
    step = next((s for s in _TICKS_S if s / window.cell_s >= _TICK_CELLS), _TICKS_S[-1])
    for k in range(1, int(window.cells * window.cell_s / step + 1e-6) + 1):
        c = window.cells - round(k * step / window.cell_s)
        text = f"-{k * step:g} s"
        if x + c + len(text) < stop:
            canvas.write(x + c, y, text, Role.DIM)
    for mark in snapshot.marks:
        if 0 <= (c := window.cell(mark.at_s)) < window.cells:
            text = clean(mark.text, 16)
            if c + len(text) < window.cells:
                canvas.write(x + c, y, f"┊{text} ", Role.MARK, x + window.cells)
            else:
                canvas.write_right(x + c + 1, y, f" {text}┊", Role.MARK)

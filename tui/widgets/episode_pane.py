"""Episode pane: one episode large - its trace with beats and stretch, its intervals, its spectrum, its figures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from textual.events import Click
from textual.message import Message

from analysis.episode import Episode
from analysis.snapshot import SensorView, Snapshot
from analysis.spectrum import spectrum
from sensors.wording import clean
from tui import scales
from tui.canvas import Canvas, Role
from tui.glyphs import SPACE
from tui.plan import AXIS_CELLS
from tui.view import View
from tui.widgets import overlay
from tui.widgets.overlay import Overlaid, lay_over
from tui.widgets.painted import Painted
from tui.widgets.plots import HIGHEST_HZ, draw_intervals, draw_spectrum
from tui.widgets.traces import UNITS, Window, amplitudes, draw_amplitude_axis, draw_trace
from tui.wordings import clock

BESIDE_CELLS = 100
"""From this width on the plots stand beside the trace, below it where there is less."""
PLOT_PART, MOST_PLOT_CELLS = 0.22, 44
PLOT_ROWS = 5
"""The plots' rows where they stand below the trace."""
HEAD_ROWS = 2
BEFORE_S, AFTER_S = 0.6, 0.8
"""What is shown before the stretch and behind the last beat."""
LEAST_SPAN_S = 2.0
WIDEST_CELL_S = 0.09
"""A cell is no longer than half a beat at 5.5 Hz: in braille that is four pixel columns a beat."""
_SECOND_CELLS = 8
"""A time below the trace, and a blank."""
SPECTRUM_EDGE_S = 0.1
"""The spectrum is that from so long before the first beat to so long behind the last."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the pane shows: a sensor of the whole session, and of it an episode, or a time without one.

    `view` has the sensor's episodes as they stand, `episode` the one that plots and figures are of - in its preview
    while its edges move. `from_s` to `to_s` is what has to be seen of it.
    """

    whole: Snapshot
    view: SensorView
    from_s: float
    to_s: float
    cursor_s: float
    episode: Episode | None = None
    heading: str = ""
    below: str = ""
    busy: bool = False
    other: Overlaid | None = None
    zoom: int = 0


class EpisodePane(Painted):
    """Draws what it was told to look at; a click on the trace names its second."""

    DEFAULT_CSS = """
    EpisodePane { width: 1fr; height: 14; }
    """

    class Pointed(Message):
        """A second of the session was pointed at."""

        def __init__(self, at_s: float) -> None:
            super().__init__()
            self.at_s = at_s

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.looked: Looked | None = None
        self._window: Window | None = None
        self._limit: tuple[tuple[object, ...], float] = ((), 1.0)

    def show(self, looked: Looked | None) -> None:
        """Draw what is looked at."""
        self.looked = looked
        self.paint()

    def on_click(self, event: Click) -> None:
        """Point at a second of the trace."""
        window, cell = self._window, event.x - AXIS_CELLS
        if window is not None and 0 <= cell < window.cells:
            self.post_message(self.Pointed((window.first + cell + 0.5) * window.cell_s))

    def draw(self, canvas: Canvas) -> None:
        """Draw heading, trace and plots, each where there is room for it."""
        looked = self.looked
        if looked is None:
            canvas.write(2, 0, "no sensor in this recording", Role.DIM)
            return
        canvas.write(2, 0, looked.heading, Role.STRONG, canvas.width - 1)
        canvas.write(2, 1, looked.below, Role.NOTICE if looked.busy else Role.DIM, canvas.width - 1)
        rows = canvas.height - HEAD_ROWS
        plot = min(MOST_PLOT_CELLS, int(PLOT_PART * canvas.width))
        beside = canvas.width >= BESIDE_CELLS
        if beside:
            width = canvas.width - 2 * (plot + 2) - 1
            at = width + 2
            plots = ((at, HEAD_ROWS, plot, rows), (at + plot + 2, HEAD_ROWS, plot, rows))
        else:
            width, rows = canvas.width - 1, rows - PLOT_ROWS
            half, y = canvas.width // 2, HEAD_ROWS + rows
            plots = ((2, y, half - 4, PLOT_ROWS), (half, y, canvas.width - half - 1, PLOT_ROWS))
        if rows < 2:
            return
        self._draw_trace(canvas, HEAD_ROWS, width, rows, looked)
        episode = looked.episode
        if episode is not None:
            glyphs = self.view.glyphs
            draw_intervals(canvas, plots[0], episode.intervals_s, glyphs)
            edges = (episode.onset_s - SPECTRUM_EDGE_S, episode.offset_s + SPECTRUM_EDGE_S)
            unit = clean(UNITS.get(looked.view.unit, looked.view.unit), 5)
            draw_spectrum(canvas, plots[1], spectrum(looked.view.trace, *edges, HIGHEST_HZ), unit, glyphs)

    def _draw_trace(self, canvas: Canvas, y: int, width: int, rows: int, looked: Looked) -> None:
        cells = width - AXIS_CELLS
        window = self._window = window_of(looked, cells)
        glyphs, view, trace_rows = self.view.glyphs, looked.view, rows - 1
        limit = self._limit_of(looked, window)
        end_s = min((window.first + window.cells) * window.cell_s, looked.whole.now_s)
        other, together = looked.other, cells >= overlay.LEAST_CELLS
        mine = trace_rows if other is None or together else trace_rows - trace_rows // 2
        draw_amplitude_axis(canvas, 0, y, mine, limit, view.unit)
        bins = window.bins(view, glyphs)
        snapshot = replace(looked.whole, now_s=end_s)
        draw_trace(canvas, (AXIS_CELLS, y, mine), view, snapshot, window, bins, limit, glyphs)
        if other is not None and together:
            lay_over(canvas, (AXIS_CELLS, y, trace_rows), other, window, limit, glyphs)
            canvas.write_right(width, 1, f"  ·····  {other.label}, from its {other.aligned_at} on", Role.PLAIN)
        elif other is not None and mine < trace_rows:
            self._draw_other(canvas, (AXIS_CELLS, y + mine, trace_rows - mine), looked, other, window, limit)
        cursor = window.cell(looked.cursor_s)
        if 0 <= cursor < cells:
            canvas.roles[y : y + trace_rows, AXIS_CELLS + cursor] = Role.CURSOR
            free = canvas.codes[y : y + trace_rows, AXIS_CELLS + cursor] == SPACE
            canvas.codes[y : y + trace_rows, AXIS_CELLS + cursor][free] = ord("│")
        _draw_seconds(canvas, y + trace_rows, window, looked.cursor_s)

    def _limit_of(self, looked: Looked, window: Window) -> float:
        """Return the scale that holds the episode, and the other side beside it, however the cursor moves."""
        other, glyphs = looked.other, self.view.glyphs
        beside = None if other is None else other.label
        key = (looked.view.sensor.key, looked.from_s, looked.to_s, window.cells, window.cell_s, glyphs, beside)
        if self._limit[0] != key:
            whole = Window(
                window_of(replace(looked, cursor_s=looked.from_s), window.cells).first, window.cells, window.cell_s
            )
            usual, _ = amplitudes(whole.bins(looked.view, glyphs))
            if other is not None:
                usual = float(np.fmax(usual, amplitudes(other.window(whole).bins(other.view, glyphs))[0]))
            least = scales.LEAST.get(looked.view.unit, 1.0)
            self._limit = key, scales.at_least(max(usual, least)) if math.isfinite(usual) else least
        return self._limit[1]

    def _draw_other(
        self,
        canvas: Canvas,
        area: tuple[int, int, int],
        looked: Looked,
        other: Overlaid,
        window: Window,
        limit: float,
    ) -> None:
        """Draw the other side on the same scale below this one, where both in one place could not be told apart."""
        x, y, rows = area
        moved = other.window(window)
        end_s = min((moved.first + moved.cells) * moved.cell_s, looked.whole.now_s)
        bins = moved.bins(other.view, self.view.glyphs)
        snapshot = replace(looked.whole, now_s=end_s)
        draw_amplitude_axis(canvas, 0, y, rows, limit, other.view.unit)
        draw_trace(canvas, area, other.view, snapshot, moved, bins, limit, self.view.glyphs)
        canvas.write_right(x + window.cells, y + rows - 1, f" {other.label}", Role.STRONG)


def window_of(looked: Looked, cells: int) -> Window:
    """Return the seconds to show on so many cells: the episode, or the page of the recording that holds the cursor."""
    begin_s, end_s = looked.from_s - BEFORE_S, looked.to_s + AFTER_S
    span_s = max(end_s - begin_s, LEAST_SPAN_S)
    together = looked.other is not None and cells >= overlay.LEAST_CELLS
    widest_s = overlay.WIDEST_CELL_S if together else WIDEST_CELL_S
    span_s = min(span_s, cells * widest_s) * 1.5**looked.zoom
    cell_s = span_s / cells
    first = math.floor(begin_s / cell_s)
    here = math.floor(looked.cursor_s / cell_s)
    if not first <= here < first + cells:
        first += (here - first) // cells * cells
    elif looked.zoom < 0:
        first = max(first, here - cells // 2)
    return Window(first, cells, cell_s)


def _draw_seconds(canvas: Canvas, y: int, window: Window, cursor_s: float) -> None:
    """Draw the session's time below the trace; where the cursor is, its own."""
    taken: range = range(0)
    if 0 <= (cursor := window.cell(cursor_s)) < window.cells:
        text = f"▲{clock(cursor_s, 2)}"
        left = min(cursor, window.cells - len(text))
        canvas.write(AXIS_CELLS + left, y, text, Role.STRONG)
        taken = range(left - _SECOND_CELLS, left + len(text) + 1)
    step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if s / window.cell_s >= 12), 20.0)
    begin_s = window.first * window.cell_s
    for k in range(math.ceil(begin_s / step), int((begin_s + window.cells * window.cell_s) / step) + 1):
        cell = window.cell(k * step)
        if 0 <= cell < window.cells - _SECOND_CELLS and cell not in taken:
            canvas.write(AXIS_CELLS + cell, y, clock(k * step, 1), Role.DIM)

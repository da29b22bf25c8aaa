"""Overlay: the other side's trace, dotted over this one or below it, both from their stretch on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.snapshot import SensorView
from tui.canvas import SHADE, Canvas, Role
from tui.glyphs import SPACE, GlyphSet, gaps, raster
from tui.widgets.traces import Window

LEAST_CELLS = 90
"""A trace so wide holds both sides in one place: at 200 columns the plots leave 99 cells."""
WIDEST_CELL_S = 0.03
"""A cell is no longer than a sixth of a beat at 5.5 Hz: two lines that swing apart are told apart there."""
_EACH_SECOND_DOT = 0x95
"""The dots of a braille cell that have no neighbour among them: what is left of a line is dotted."""


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The other side: its view, and the seconds to add to its times so that both stand in one place.

    `label` names it, `aligned_at` says what of both stands there.
    """

    view: SensorView
    shift_s: float
    label: str
    aligned_at: str = "stretch"

    def window(self, window: Window) -> Window:
        """Return the seconds of it that stand where those of this side are."""
        return replace(window, first=window.first - round(self.shift_s / window.cell_s))


def lay_over(
    canvas: Canvas, area: tuple[int, int, int], other: Overlaid, window: Window, limit: float, glyphs: GlyphSet
) -> None:
    """Dot the other side over what is drawn at `area` (x, y, rows); this side's line stands before it.

    Its beats are ticked in the last row, and hatched there is what was lost of it.
    """
    x, y, rows = area
    moved, trace = other.window(window), other.view.trace
    bins = moved.bins(other.view, glyphs)
    drawn = _dotted(raster(glyphs, *bins, limit, rows), glyphs)
    codes = canvas.codes[y : y + rows, x : x + window.cells]
    roles = canvas.roles[y : y + rows, x : x + window.cells]
    free = (drawn != SPACE) & ((codes == SPACE) | (roles % SHADE == Role.AXIS))
    codes[free] = drawn[free]
    roles[free] = Role.PLAIN + roles[free] // SHADE * SHADE
    begin, end = (min(max(moved.cell(slot / trace.rate), 0), window.cells) for slot in (trace.oldest, trace.newest))
    for place in np.flatnonzero(gaps(glyphs, bins[0])[begin:end]).tolist():
        canvas.write(x + begin + place, y + rows - 1, "╱", Role.GAP)
    for beat_s in (t for episode in other.view.episodes for t in episode.beat_times_s):
        if 0 <= (cell := moved.cell(beat_s)) < window.cells:
            codes[-1, cell] = ord("╷")
            roles[-1, cell] = Role.PLAIN + roles[-1, cell] // SHADE * SHADE


def _dotted(codes: NDArray[np.uint32], glyphs: GlyphSet) -> NDArray[np.uint32]:
    """Return a drawn line with every second of its dots; every second of its cells where they hold no dots."""
    if glyphs is GlyphSet.BRAILLE:
        left = codes & np.uint32(0xFF00 | _EACH_SECOND_DOT)
        return np.where((codes == SPACE) | (left & 0xFF == 0), SPACE, left).astype(np.uint32)
    even = np.indices(codes.shape).sum(axis=0) % 2 == 0
    return np.where(even, codes, SPACE).astype(np.uint32)

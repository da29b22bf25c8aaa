"""Plots: the intervals between the beats of an episode, and the rates in its trace, each in a small frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.spectrum import Spectrum
from tui.canvas import Canvas, Role
from tui.glyphs import GlyphSet, dots, raster

AXIS_CELLS = 6
"""The scale left of a plot, with its line."""
HIGHEST_HZ = 15.0
"""Up to here rates are drawn: all clonus has its beats below 12 Hz (docs/definitions.md)."""
HIDING = 1.5
"""From so many usual intervals on there may have been a beat between (analysis/episode.py counts alike)."""
_HIGHEST = f"{HIGHEST_HZ:g} Hz"
_THICK_PIXELS = 1.0
"""A dot reaches so far up and down: two or three pixels can be seen where one is lost."""
_ROOM = 0.08
"""Part of the range that is left free above the longest and below the shortest interval."""


def draw_intervals(
    canvas: Canvas, area: tuple[int, int, int, int], intervals_s: tuple[float, ...], glyphs: GlyphSet
) -> None:
    """Draw a dot for each interval in `area` (x, y, width, rows), from the first on, in ms; the mean as a line.

    An interval in which beats may be hidden lies on the upper edge and does not count: data were lost in it, or it is a
    pause.
    """
    x, y, width, rows = area
    canvas.write(x, y, "INTERVALS", Role.STRONG, x + width)
    y, rows, x0, cells = y + 1, rows - 1, x + AXIS_CELLS, width - AXIS_CELLS
    if rows < 2 or cells < 4:
        return
    if not intervals_s:
        canvas.write(x, y, "fewer than two beats", Role.DIM, x + width)
        return
    values = 1000.0 * np.asarray(intervals_s)
    usual = values[values < HIDING * np.median(values)]
    middle, half = _range(usual)
    _axis(canvas, x, y, rows, (f"{middle + half:.0f}", f"{middle - half:.0f}"), "ms")
    low, high = _in_columns(values, cells, glyphs)
    thick = np.float32(_THICK_PIXELS * half / (rows * glyphs.rows))
    drawn = dots(glyphs, low - np.float32(middle) - thick, high - np.float32(middle) + thick, half, rows)
    mean = round((1.0 - (float(usual.mean()) - middle) / half) * 0.5 * (rows - 1))
    canvas.write(x0, y + mean, "┄" * cells, Role.AXIS, x + width)
    _lay(canvas, x0, y, drawn, Role.BEAT)


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return middle and half of a range that holds all values, and differs from a flat line."""
    low, high = float(values.min()), float(values.max())
    half = max(0.5 * (high - low) * (1.0 + 2.0 * _ROOM), 10.0)
    return 0.5 * (low + high), half


def _in_columns(values: NDArray[np.float64], cells: int, glyphs: GlyphSet) -> tuple[NDArray[np.float32], ...]:
    """Return the least and greatest value of each pixel column; where there is room, columns between stay free."""
    pixels = cells * glyphs.columns
    step = max(1, min(2 * glyphs.columns, (pixels - 1) // max(1, len(values))))
    low = np.full(pixels, np.nan, dtype=np.float32)
    high = low.copy()
    for k, value in enumerate(values):
        place = k * step if len(values) * step <= pixels else k * pixels // len(values)
        low[place], high[place] = np.fmin(low[place], value), np.fmax(high[place], value)
    return low, high


def draw_spectrum(
    canvas: Canvas, area: tuple[int, int, int, int], found: Spectrum | None, unit: str, glyphs: GlyphSet
) -> None:
    """Draw the rates up to 15 Hz in `area` (x, y, width, rows), and name the strongest."""
    x, y, width, rows = area
    canvas.write(x, y, "SPECTRUM", Role.STRONG, x + width)
    y, rows, x0, cells = y + 1, rows - 1, x + AXIS_CELLS, width - AXIS_CELLS
    if rows < 3 or cells < 8:
        return
    if found is None:
        canvas.write(x, y, "too short, or with a hole", Role.DIM, x + width)
        return
    canvas.write(x + 9, y - 1, f"peak {found.peak_hz:.1f} Hz", Role.PLAIN, x + width)
    height = float(found.amplitudes.max()) or 1.0
    rows -= 1
    pixels = cells * glyphs.columns
    places = np.minimum((found.hz / HIGHEST_HZ * pixels).astype(int), pixels - 1)
    tops = np.full(pixels, np.nan, dtype=np.float32)
    np.fmax.at(tops, places, found.amplitudes.astype(np.float32))
    known = np.flatnonzero(~np.isnan(tops))
    tops = np.interp(np.arange(pixels), known, tops[known]).astype(np.float32)
    bars = raster(glyphs, np.full(pixels, -1.0, dtype=np.float32), 2.0 * tops / height - 1.0, 1.0, rows)
    _axis(canvas, x, y, rows, (f"{height:.0f}", "0"), unit)
    _lay(canvas, x0, y, bars, Role.TRACE)
    for hz in (0, 5, 10):
        if (place := round(hz / HIGHEST_HZ * cells)) + len(_HIGHEST) + 2 < cells:
            canvas.write(x0 + place, y + rows, f"{hz}", Role.DIM, x + width)
    canvas.write_right(x + width, y + rows, _HIGHEST, Role.DIM)


def _lay(canvas: Canvas, x: int, y: int, codes: NDArray[np.uint32], role: Role) -> None:
    """Put drawn cells over what is there; empty ones leave it."""
    rows, cells = codes.shape
    lit = codes != ord(" ")
    canvas.codes[y : y + rows, x : x + cells][lit] = codes[lit]
    canvas.roles[y : y + rows, x : x + cells][lit] = role


def _axis(canvas: Canvas, x: int, y: int, rows: int, ends: tuple[str, str], unit: str) -> None:
    line = x + AXIS_CELLS - 1
    for row in range(rows):
        canvas.write(line, y + row, "┤" if row in (0, rows - 1) else "│", Role.AXIS)
    canvas.write_right(line, y, ends[0], Role.DIM)
    canvas.write_right(line, y + rows - 1, ends[1], Role.DIM)
    if rows > 2:
        canvas.write_right(line, y + rows // 2, unit, Role.DIM)

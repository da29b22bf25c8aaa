"""The small plots of the review: every interval is a dot, a hole flattens nothing, the strongest rate is named."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.spectrum import spectrum
from analysis.trace import Trace
from tui.canvas import Canvas, Role
from tui.glyphs import GlyphSet
from tui.widgets.plots import AXIS_CELLS, draw_intervals, draw_spectrum

AREA = (0, 0, 40, 10)


def lines(canvas: Canvas) -> list[str]:
    return ["".join(chr(code) for code in row).rstrip() for row in canvas.codes]


def beat_cells(canvas: Canvas) -> int:
    return int((canvas.roles[1:, AXIS_CELLS:] == Role.BEAT).any(axis=0).sum())


@pytest.mark.parametrize("glyphs", list(GlyphSet))
def test_each_interval_is_a_dot_on_a_scale_in_ms(glyphs: GlyphSet) -> None:
    canvas = Canvas(40, 10)
    draw_intervals(canvas, AREA, (0.2, 0.18, 0.19, 0.18, 0.2), glyphs)
    assert lines(canvas)[0] == "INTERVALS"
    assert (lines(canvas)[1][:6], lines(canvas)[9][:6]) == ("  202┤", "  178┤")
    assert beat_cells(canvas) == 5


def test_a_hole_in_the_data_flattens_no_interval() -> None:
    canvas = Canvas(40, 10)
    draw_intervals(canvas, AREA, (0.2, 0.18, 1.9, 0.18, 0.2), GlyphSet.BRAILLE)
    assert lines(canvas)[1][:6] == "  202┤"
    assert (canvas.roles[1, AXIS_CELLS:] == Role.BEAT).any()


def test_more_intervals_than_columns_still_find_room() -> None:
    canvas = Canvas(40, 10)
    draw_intervals(canvas, AREA, tuple(0.18 + 0.0001 * (k % 7) for k in range(500)), GlyphSet.BLOCK)
    assert beat_cells(canvas) == 40 - AXIS_CELLS


def test_a_single_beat_has_no_interval_and_a_moment_no_spectrum() -> None:
    canvas = Canvas(40, 10)
    draw_intervals(canvas, AREA, (), GlyphSet.BRAILLE)
    assert "fewer than two beats" in lines(canvas)[1]
    draw_spectrum(canvas, AREA, None, "°/s", GlyphSet.BRAILLE)
    assert "too short" in lines(canvas)[1]


@pytest.mark.parametrize("glyphs", list(GlyphSet))
def test_the_strongest_rate_is_named_and_stands_highest(glyphs: GlyphSet) -> None:
    trace = Trace(100.0, 4.0)
    trace.write(0.0, 100.0, (50.0 * np.sin(2 * math.pi * 5.0 * np.arange(400) / 100.0)).tolist())
    canvas = Canvas(40, 10)
    draw_spectrum(canvas, AREA, spectrum(trace, 0.0, 3.9, 15.0), "°/s", glyphs)
    assert "peak 5.0 Hz" in lines(canvas)[0]
    (highest,) = np.flatnonzero(canvas.roles[1, AXIS_CELLS:] == Role.TRACE)[:1]
    assert highest == pytest.approx((40 - AXIS_CELLS) / 3, abs=1.5)

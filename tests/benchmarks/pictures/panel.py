"""Panel: one trace over time, with the stretch, the beats, the alarm and the end that the detector told."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from analysis.drawing import BLUE, INK, SHADE, SOFT, Drawing, levels
from sensors.driver import Floats

LEFT, RIGHT = 66.0, 20.0
LABELS, TRACE, BEATS, AXIS = 24.0, 150.0, 40.0, 34.0
"""Heights of the row of labels, the trace, the row of beats, and the seconds under the last panel."""
MARGIN = 0.07
"""Part of the trace's height that is left above and below it."""
EDGE = 0.05
"""A stretch is shown from and to where its rate is this part of its peak."""
CROWDED = 22.0
"""Pixels between two beats under which only every other one gets its number."""

Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something at one second: its line is drawn in a colour, `firm` or dashed, and named to its right."""

    at_s: float
    name: str
    colour: str = SOFT
    firm: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """What is drawn: seconds and values of a trace within `first_s` and `last_s`, and what belongs to them."""

    first_s: float
    last_s: float
    times_s: Floats
    values: Floats
    unit: str = "deg/s"
    name: str = ""
    stretch: tuple[float, float] | None = None
    stretch_name: str = "stretch"
    beats_s: Sequence[float] = ()
    moments: Sequence[Moment] = ()

    @property
    def height(self) -> float:
        """Without the seconds under it."""
        return LABELS + TRACE + (BEATS if self.beats_s else 8.0)

    def shown(self) -> Panel:
        """Return the same with no more of the trace than is shown."""
        inside = (self.times_s >= self.first_s) & (self.times_s <= self.last_s)
        return replace(self, times_s=self.times_s[inside], values=self.values[inside])


def stretch_about(times_s: Floats, values: Floats, fastest_s: float) -> tuple[float, float]:
    """Return when the downward movement that is fastest about a second began and ended."""
    near = np.flatnonzero(np.abs(times_s - fastest_s) < 0.1)
    fastest = int(near[values[near].argmin()])
    slow = np.flatnonzero(values > EDGE * values[fastest])
    return float(times_s[slow[slow < fastest].max()]), float(times_s[slow[slow > fastest].min()])


def draw(onto: Drawing, panel: Panel, top: float, seconds: bool) -> None:
    """Draw a panel from `top` on, with the seconds under it where it is the last one."""
    panel = panel.shown()
    wide = onto.width - LEFT - RIGHT
    upper, lower = top + LABELS, top + LABELS + TRACE
    low, high = float(panel.values.min()), float(panel.values.max())

    def across(second: float) -> float:
        return LEFT + wide * (second - panel.first_s) / (panel.last_s - panel.first_s)

    def down(value: float) -> float:
        return lower - TRACE * (MARGIN + (1.0 - 2.0 * MARGIN) * (value - low) / (high - low))

    if panel.stretch:
        begin, end = (across(second) for second in panel.stretch)
        onto.area(begin, upper, end - begin, TRACE, SHADE)
        onto.text(begin, upper - 7, panel.stretch_name, colour=SOFT)
    for level in levels(low, high):
        onto.line(LEFT, down(level), onto.width - RIGHT, down(level))
        onto.text(LEFT - 8, down(level) + 5, f"{level:.0f}".replace("-", "−"), 13, SOFT, "end")
    onto.text(16, upper - 7, ", ".join(filter(None, (panel.unit, panel.name))), 13, SOFT)
    onto.curve([(across(t), down(v)) for t, v in zip(panel.times_s, panel.values, strict=True)], INK, 1.4)
    for moment in panel.moments:
        x = across(moment.at_s)
        onto.line(x, upper - 4, x, lower, moment.colour, 2.0 if moment.firm else 1.3, "" if moment.firm else "5 4")
        onto.text(x + 5, upper - 7, moment.name, 14, moment.colour, bold=moment.firm)
    _beats(onto, panel, lower, across, down)
    if seconds:
        _seconds(onto, panel, top + panel.height, across)


def _beats(onto: Drawing, panel: Panel, lower: float, across: Scale, down: Scale) -> None:
    shown = [(k, second) for k, second in enumerate(panel.beats_s, 1) if panel.first_s <= second <= panel.last_s]
    if not shown:
        return
    apart = min(b - a for (_, a), (_, b) in pairwise(shown))
    every = 1 if across(apart) - across(0.0) >= CROWDED else 2
    for number, second in shown:
        onto.line(across(second), lower + 3, across(second), lower + 13, BLUE, 2.0)
        if (number - 1) % every == 0:
            onto.text(across(second), lower + 28, str(number), 13, BLUE, "middle")
    heights = np.interp([second for _, second in shown], panel.times_s, panel.values)
    onto.dots([(across(second), down(float(y))) for (_, second), y in zip(shown, heights, strict=True)], BLUE)
    onto.text(LEFT - 8, lower + 28, "beats", 13, BLUE, "end")


def _seconds(onto: Drawing, panel: Panel, top: float, across: Scale) -> None:
    onto.line(LEFT, top, onto.width - RIGHT, top, SOFT)
    for half in range(math.floor(2.0 * (panel.last_s - panel.first_s)) + 1):
        x = across(panel.first_s + 0.5 * half)
        onto.line(x, top, x, top + (6 if half % 2 == 0 else 3), SOFT)
        if half % 2 == 0:
            onto.text(x, top + 21, str(half // 2) + (" s" if half == 0 else ""), 13, SOFT, "middle")

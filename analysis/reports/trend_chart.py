"""Trend chart: one figure of one limb over the calendar - the median of each session, its range, and what was done."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, time

from analysis.drawing import INK, PALE, SOFT, Drawing
from analysis.figures import Outcome
from analysis.trends import Series, Trend
from sensors.wording import clean

WIDTH, HEIGHT = 360.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 14.0, 26.0, 22.0
APART = 70.0
"""Units between two days that are written under a chart, at least."""
CAP = 3.5
BEFORE = 10.0
"""Units by which something of which only the session after it is known stands before that session."""
BEYOND = 0.03
"""Part of the width by which what lies before the first session, or after the last, stands beside it."""
Scale = Callable[[float], float]


def chart(trend: Trend, series: Series) -> str:
    """Return the chart of one series as SVG text."""
    onto = Drawing(WIDTH, HEIGHT, f"{clean(series.limb)}, {series.outcome.words}", framed=False)
    top = _top(series)
    times = [point.started_utc.timestamp() for point in series.points]
    events = [datetime.combine(event.day, time(), UTC).timestamp() for event in trend.events]
    first, last = min(times), max(times)

    def across(at: float) -> float:
        share = 0.5 if first == last else min(max((at - first) / (last - first), -BEYOND), 1.0 + BEYOND)
        return LEFT + 12.0 + (WIDTH - LEFT - RIGHT - 24.0) * share

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    onto.text(0.0, 11.0, series.outcome.heading, 10.5, INK, bold=True)
    for level in (0.0, top / 2.0, top):
        onto.line(LEFT, down(level), WIDTH - RIGHT, down(level), PALE, 1.0 if level else 1.5)
        onto.text(LEFT - 5.0, down(level) + 3.0, f"{level:g}", 8.5, SOFT, "end")
    signs: dict[float, list[str]] = {}
    for letter, event, at in zip(trend.letters, trend.events, events, strict=True):
        signs.setdefault(across(at) - BEFORE * event.told, []).append(letter)
    for x, letters in signs.items():
        onto.line(x, TOP - 2.0, x, HEIGHT - BOTTOM, SOFT, 0.9, "3 2")
        onto.text(x, TOP - 5.0, " ".join(letters), 9, INK, "middle", bold=True)
    _points(onto, series, times, across, down)
    written = -math.inf
    for point, at in zip(series.points, times, strict=True):
        if across(at) - written >= APART or written == -math.inf:
            written = across(at)
            onto.text(across(at), HEIGHT - 8.0, point.day, 8.5, SOFT, "middle")
    return onto.written()


def _top(series: Series) -> float:
    """Return the value at the top of the scale: the pain scale's own, else a round one above all others."""
    if series.outcome is Outcome.PAIN:
        return 10.0
    most = max((point.spread.high.number for point in series.points if point.spread), default=1.0)
    power = 10.0 ** math.floor(math.log10(max(most, 0.1)))
    return next(step * power for step in (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 20.0) if step * power >= most)


def _points(onto: Drawing, series: Series, times: list[float], across: Scale, down: Scale) -> None:
    """Draw each session: a line over its range, a stroke for each trial, a ring for the median, an arrow for "≥"."""
    path: list[tuple[float, float]] = []
    for point, at in zip(series.points, times, strict=True):
        x = across(at)
        if point.spread is None:
            if point.set_aside:
                onto.text(x, HEIGHT - BOTTOM - 4.0, "×", 13, INK, "middle")
            _median(onto, path)
            path = []
            continue
        low, high = down(point.spread.low.number), down(point.spread.high.number)
        onto.line(x, low, x, high, INK, 1.0)
        for value in point.spread.values:
            onto.line(x - CAP, down(value.number), x + CAP, down(value.number), INK, 1.0)
        if point.spread.is_open:
            onto.text(x, high - 2.0, "↑", 9, INK, "middle")
        path.append((x, down(point.spread.middle.number)))
    _median(onto, path)


def _median(onto: Drawing, path: list[tuple[float, float]]) -> None:
    """Join the medians of sessions that follow each other."""
    if path:
        onto.curve(path, SOFT, 0.7)
        onto.dots(path, INK)

"""Trend lines: a trend as lines of text with a small plot in each - the same for the command and the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from textwrap import wrap

from analysis.figures import Outcome
from analysis.spread import Spread
from analysis.trends import Point, Series, Trend
from analysis.wordings import counted
from sensors.wording import clean

LEAST_PLOT, MOST_PLOT = 16, 72
"""Cells of a plot; where there is less room even beside shortened words, none is drawn."""
INDENT = 2
_WITHIN_FIGURES = re.compile(r"(?<=[≥\d]) (?=[\d(])")


class Kind(Enum):
    """What a line is."""

    LIMB = "limb"
    FIGURE = "figure"
    SESSION = "session"
    EVENT = "event"
    SAID = "said"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its text, and for a session the plot that stands `at` a cell."""

    kind: Kind
    text: str = ""
    plot: str = ""
    at: int = 0

    @property
    def whole(self) -> str:
        """Text and plot as one string."""
        return f"{self.text:<{self.at}}{self.plot}".rstrip()


def lines(trend: Trend, width: int) -> Iterator[Line]:
    """Yield the trend in lines of at most `width` cells, as far as figures allow."""
    if not trend.series:
        yield from _said("no trial was made in these sessions, so there is nothing to compare", width)
    for letter, event in zip(trend.letters, trend.events, strict=True):
        yield Line(Kind.EVENT, f"{letter:>2}  {event.when}: {clean(event.text, 120)}")
    brief = width - _plots_at(trend, brief=False) <= LEAST_PLOT + 1
    at = _plots_at(trend, brief)
    for limb in trend.limbs:
        yield Line(Kind.BLANK)
        yield Line(Kind.LIMB, clean(limb).upper())
        for series in trend.of_limb(limb):
            yield from _series(trend, series, width, at, brief)
            yield Line(Kind.BLANK)
    for notice in trend.notices:
        yield from _said(notice, width)


def _plots_at(trend: Trend, brief: bool) -> int:
    """Return the cell from which every plot has room."""
    said = [len(_session(point, series.outcome, trend, brief)) for series in trend.series for point in series.points]
    return max(said, default=0) + 3


def _session(point: Point, outcome: Outcome, trend: Trend, brief: bool) -> str:
    days = max(len(day) for day in trend.days)
    trials = max(len(_trials(p, brief)) for series in trend.series for p in series.points)
    return f"{'':<{INDENT}}{point.day:<{days}}  {_trials(point, brief):<{trials}}  {_figures(point, outcome)}"


def _series(trend: Trend, series: Series, width: int, at: int, brief: bool) -> Iterator[Line]:
    room = min(width - at - 1, MOST_PLOT)
    top, drawn = _top(series), room >= LEAST_PLOT
    yield Line(Kind.FIGURE, series.outcome.heading, f"0{f'{top:g}':>{room - 1}}" if drawn else "", at)
    for point, signs in zip(series.points, trend.before, strict=False):
        yield from _events(signs)
        plot = bar(point.spread, top, room) if drawn and point.spread is not None else ""
        yield Line(Kind.SESSION, _session(point, series.outcome, trend, brief), plot, at)
    yield from _events(trend.before[-1])
    for sentence in series.sentences:
        yield from _said(sentence, width)


def _events(signs: tuple[str, ...]) -> Iterator[Line]:
    if signs:
        yield Line(Kind.EVENT, f"{'':<{INDENT}}·· {' '.join(signs)}")


def _said(sentence: str, width: int) -> Iterator[Line]:
    kept_together = _WITHIN_FIGURES.sub("\u00a0", clean(sentence, 400))
    for part in wrap(kept_together, max(width - INDENT - 1, 20), subsequent_indent="  "):
        yield Line(Kind.SAID, f"{'':<{INDENT}}{part}".replace("\u00a0", " "))


def _figures(point: Point, outcome: Outcome) -> str:
    return point.remark if point.spread is None else point.spread.text(outcome.decimals)


def _trials(point: Point, brief: bool) -> str:
    if not point.counted:
        return "-"
    if brief and point.set_aside:
        return f"{point.counted} of {counted(point.counted + point.set_aside, 'trial')}"
    aside = f", {point.set_aside} set aside" if point.set_aside else ""
    return f"{counted(point.counted, 'trial')}{aside}"


def _top(series: Series) -> float:
    """Return the value at the right end of a plot."""
    if series.outcome is Outcome.PAIN:
        return 10.0
    most = max((point.spread.high.number for point in series.points if point.spread), default=0.0)
    return max(1.0, -(-most // 1.0))


def bar(spread: Spread, top: float, cells: int) -> str:
    """Return a plot of so many cells from 0 to `top`: ● the median between the ends, ▸ where the end is open."""

    def cell(number: float) -> int:
        return round(min(max(number / top, 0.0), 1.0) * (cells - 1))

    low, middle, high = cell(spread.low.number), cell(spread.middle.number), cell(spread.high.number)
    drawn = [" "] * cells
    drawn[low : high + 1] = "─" * (high - low + 1)
    drawn[low], drawn[high] = "├", "┤"
    drawn[middle] = "●"
    if spread.is_open:
        drawn[high if high > middle else min(high + 1, cells - 1)] = "▸"
    return "".join(drawn).rstrip()

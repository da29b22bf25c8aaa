"""Trend page: the sessions of a code beside each other, as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.detector import BeatDetector
from analysis.figures import Outcome
from analysis.reports.content import CLAIM, Group, Table
from analysis.reports.page import bullets, heading, note, page, table, told
from analysis.reports.trend_chart import chart
from analysis.trends import BEYOND, FEWEST, Point, Series, Trend
from analysis.wordings import counted
from sensors.version import VERSION

RULE = (
    f"A change is said where at least {FEWEST} trials count in both sessions, their ranges do not overlap, and the "
    f"medians are further apart than the wider range; else there is none {BEYOND}. What varies from day to day is not "
    "in that spread."
)
SIGNS = (
    "Ring: median. Line: from the least trial to the greatest; ↑ where it is a lower bound. ×: all trials set aside."
)


def written(trend: Trend) -> str:
    """Return the page of a trend."""
    closing = (
        CLAIM,
        f"Every session was analysed by detector {BeatDetector.name}, version {BeatDetector.version}.",
        f"Clonoscope {VERSION}.",
    )
    return page(trend.code, subtitle(trend), _body(trend), closing)


def subtitle(trend: Trend) -> str:
    """Return in a few words how many sessions there are, and from when to when."""
    count = counted(len(trend.sessions), "session")
    if not trend.sessions:
        return f"Trend · {count}"
    first, last = trend.days[0], trend.days[-1]
    return f"Trend · {count} · {first if first == last else f'{first} to {last}'}"


def _body(trend: Trend) -> Iterator[str]:
    if not trend.series:
        yield '<p class="kindly">No trial was made in these sessions, so there is nothing to compare.</p>'
    if trend.events:
        yield heading("Treatment")
        signed = zip(trend.letters, trend.events, strict=True)
        yield bullets([f"{letter}  {event.when}: {event.text}" for letter, event in signed])
    for limb in trend.limbs:
        yield heading(limb.capitalize())
        yield '<div class="pictures">'
        for series in trend.of_limb(limb):
            said = "".join(f'<p class="note">{told(_sentence(text))}</p>' for text in series.sentences)
            yield f"<div>{chart(trend, series)}{said}</div>"
        yield "</div>"
        yield table(_figures(trend, limb))
    if trend.series:
        yield note(SIGNS)
        yield note(RULE)
    if trend.notices:
        yield heading("Notices")
        yield bullets(trend.notices)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _figures(trend: Trend, limb: str) -> Table:
    every = trend.of_limb(limb)
    columns = ("Session", "Trials", *(outcome.heading for outcome in Outcome), "Stretch, °/s")
    rows = tuple(_row(every, place) for place in range(len(trend.days)))
    return Table(f"{limb.capitalize()}: figures", columns, (Group("", rows),))


def _row(every: tuple[Series, ...], place: int) -> tuple[str, ...]:
    by_outcome = {series.outcome: series.points[place] for series in every}
    point = next(iter(by_outcome.values()))
    speed = point.stretch_dps.text() if point.stretch_dps else "–"
    cells = (_cell(by_outcome.get(outcome), outcome) for outcome in Outcome)
    return (point.day, trials_of(point), *cells, speed)


def trials_of(point: Point) -> str:
    """Return how many trials count, and what is to be known besides: "3", "2, 1 set aside"."""
    if not point.counted:
        return point.remark
    return f"{point.counted}{f', {point.set_aside} set aside' if point.set_aside else ''}"


def _cell(point: Point | None, outcome: Outcome) -> str:
    return "–" if point is None or point.spread is None else point.spread.text(outcome.decimals)

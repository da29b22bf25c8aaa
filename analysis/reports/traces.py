"""Traces: a small picture of each trial - the movement, the stretch, a tick for each beat - all on the same scales.

Seconds are the same in every picture of a report, and deg/s in all of one site, so that left and right can be compared
by eye. Second 0 is where the stretch was fastest. A channel's sign depends on how its sensor was strapped on, so
each picture is turned such that the stretch goes down and the beats go up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.drawing import BLUE, INK, PALE, SOFT, Drawing, levels
from analysis.figures import limb_of
from analysis.record import GradedTrial, Record
from analysis.reports.cells import hertz, lower_bound, seconds
from analysis.snapshot import SensorView
from analysis.trial import Ruling, Trial
from analysis.wordings import clock, counted, word
from sensors.wording import clean

WIDTH, LEFT, RIGHT = 360.0, 34.0, 6.0
HEAD, TRACE, TICKS, FOOT = 18.0, 66.0, 16.0, 14.0
BEFORE_S = 0.5
AFTER_S = 0.7
"""What is shown before the stretch, and after the last beat."""
LEAST_S, MOST_S = 2.5, 10.7
"""Seconds after the stretch that a picture spans: enough for the absence of clonus, and for the beats in 10 s."""
MOST_EPISODES = 6
"""How many episodes get a picture where there is no trial."""
NEAR_S = 0.1
LOST_S = 0.04
"""A hole of more than this is hatched: shorter ones were bridged."""
MOST_POINTS = 1200
STRETCH_X, LETTER = 46.0, 6.4
"""Where the stretch is written: behind the heading, however long that is."""
NAMED = 40.0
"""Units from which a hole is wide enough for its name."""
CROWDED = 12.0
"""Units between two numbers under the beats, at least."""
Values = NDArray[np.float64]
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one picture shows: a sensor's movement about second `zero_s` of the session, and what is known of it.

    Pictures of one `site` share their scale. `quiet` is drawn fainter: it does not count. `outcome` stands in words at
    the right of the heading.
    """

    view: SensorView
    site: str
    column: str
    heading: str
    outcome: str
    zero_s: float
    beats_s: tuple[float, ...] = ()
    stretch: str = ""
    released_s: float | None = None
    quiet: bool = False

    @property
    def reaches_s(self) -> float:
        """Seconds from `zero_s` on in which there is something to see."""
        return self.beats_s[-1] - self.zero_s + AFTER_S if self.beats_s else LEAST_S


@dataclass(frozen=True, slots=True)
class Column:
    """The pictures of one limb, as SVG texts, top down; those of one `site` belong side by side."""

    site: str
    heading: str
    pictures: tuple[str, ...]


def columns_of(record: Record) -> tuple[Column, ...]:
    """Return the pictures of the trials, limb by limb, left before right; of a few episodes where there is no trial."""
    shown = list(_trials(record)) if record.trials else list(_episodes(record))
    if not shown:
        return ()
    span_s = min(max(LEAST_S, *(one.reaches_s for one in shown)), MOST_S)
    scales = {}
    for key in {(one.site, one.view.unit) for one in shown}:
        traces = [_trace(one, span_s)[1] for one in shown if (one.site, one.view.unit) == key]
        scales[key] = _scale(traces)
    limbs = sorted({(one.site, one.column) for one in shown})
    return tuple(
        Column(
            site,
            name,
            tuple(_drawn(o, span_s, *scales[o.site, o.view.unit]) for o in shown if (o.site, o.column) == (site, name)),
        )
        for site, name in limbs
    )


def _trials(record: Record) -> Iterator[Shown]:
    for graded in record.trials:
        trial = graded.trial
        if trial.sensor is None:
            continue
        zero_s = trial.stretch.time_s if trial.stretch else trial.onset_s
        if zero_s is None:
            continue
        beats = next((e.beat_times_s for e in record.episodes if e.id == trial.episode), ())
        yield Shown(
            record.view(trial.sensor),
            trial.setup.site or trial.sensor,
            clean(limb_of(trial)),
            f"Trial {trial.number}",
            _outcome(graded),
            zero_s,
            beats,
            _stretched(trial),
            trial.released_s,
            not graded.counts,
        )


def _outcome(graded: GradedTrial) -> str:
    trial, response = graded.trial, graded.trial.response
    if response is None:
        said = "not measured to the end"
    elif response.frequency_hz is None:
        said = "no clonus"
    else:
        beats = lower_bound(counted(response.beats, "beat"), response.beats_at_least)
        lasted = lower_bound(f"{seconds(response.duration_s)} s", response.duration_at_least)
        said = f"{beats} · {hertz(response.frequency_hz)} Hz · {lasted}"
    return f"{trial.verdict.value}: {said}" if trial.verdict in (Ruling.REPEATED, Ruling.REJECTED) else said


def _stretched(trial: Trial) -> str:
    stretch = trial.stretch
    return "" if stretch is None else f"{stretch.peak_dps:.0f} °/s, {stretch.excursion_deg:.0f}°"


def _episodes(record: Record) -> Iterator[Shown]:
    for episode in record.standing[:MOST_EPISODES]:
        beats = lower_bound(counted(episode.beats, "beat"), episode.beats_at_least)
        lasted = lower_bound(f"{seconds(episode.duration_s)} s", episode.beats_at_least)
        yield Shown(
            record.view(episode.sensor),
            "",
            clean(episode.sensor.replace("_", " ")),
            clock(episode.onset_s, 1),
            f"{word(episode)}: {beats} · {hertz(episode.frequency_hz)} Hz · {lasted}",
            episode.stretch.time_s if episode.stretch else episode.onset_s,
            episode.beat_times_s,
            "" if episode.stretch is None else f"{episode.stretch.peak_dps:.0f} °/s",
        )


def _trace(shown: Shown, span_s: float) -> tuple[Values, Values]:
    """Return seconds from `zero_s` (n,) and the values there (n,), turned; NaN where nothing was received."""
    trace = shown.view.trace
    first = math.ceil((shown.zero_s - BEFORE_S) * trace.rate)
    stop = math.floor((shown.zero_s + span_s) * trace.rate) + 1
    values = trace.between(first, stop).astype(np.float64)
    times = np.arange(first, stop) / trace.rate - shown.zero_s
    return times, values * _turn(shown, times, values)


def _turn(shown: Shown, times: Values, values: Values) -> float:
    """Return -1 where the trace must be turned over for its stretch to go down, or else its beats up."""
    if shown.stretch:
        near = values[np.abs(times) < NEAR_S]
        return -1.0 if len(near) and np.nansum(near) > 0 else 1.0
    places = np.searchsorted(times, [beat_s - shown.zero_s for beat_s in shown.beats_s])
    return -1.0 if np.nansum(values[places[places < len(values)]]) < 0 else 1.0


def _scale(traces: Sequence[Values]) -> tuple[float, float]:
    """Return the least and greatest value that all of the traces stay within; some room where they are flat."""
    known = np.concatenate([values[np.isfinite(values)] for values in traces])
    if not len(known):
        return -1.0, 1.0
    low, high = min(float(known.min()), 0.0), max(float(known.max()), 0.0)
    return (low, high) if high - low > 1.0 else (low - 0.5, high + 0.5)


def _drawn(shown: Shown, span_s: float, low: float, high: float) -> str:
    """Return one picture as SVG text."""
    onto = Drawing(WIDTH, HEAD + TRACE + TICKS + FOOT, f"{shown.column}, {shown.heading}", framed=False)
    ink = SOFT if shown.quiet else INK

    def across(second: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (second + BEFORE_S) / (span_s + BEFORE_S)

    def down(value: float) -> float:
        return HEAD + TRACE * (high - value) / (high - low)

    onto.text(0.0, 11.0, shown.heading, 10.5, ink, bold=not shown.quiet)
    if shown.stretch:
        onto.text(max(STRETCH_X, LETTER * len(shown.heading)), 11.0, f"▼ {shown.stretch}", 10.5, ink)
    onto.text(WIDTH - RIGHT, 11.0, shown.outcome, 10.5, ink, "end")
    for level in levels(low, high):
        onto.line(LEFT, down(level), WIDTH - RIGHT, down(level), PALE, 1.0 if level else 1.5)
        onto.text(LEFT - 4, down(level) + 3, f"{level:.0f}".replace("-", "−"), 8.5, SOFT, "end")
    times, values = _trace(shown, span_s)
    _lost(onto, times[np.isnan(values)], 1.0 / shown.view.trace.rate, across)
    for a, b in _pieces(values):
        onto.curve(((across(t), down(v)) for t, v in _thinned(times[a:b], values[a:b])), ink, 0.9)
    if shown.stretch:
        onto.line(across(0.0), HEAD, across(0.0), HEAD + TRACE, SOFT, 0.8, "3 2")
        onto.text(across(0.0), HEAD + 2.0, "▼", 8, INK, "middle")
    if shown.released_s is not None and -BEFORE_S < shown.released_s - shown.zero_s < span_s:
        x = across(shown.released_s - shown.zero_s)
        onto.line(x, HEAD, x, HEAD + TRACE, SOFT, 0.8, "1 2")
        onto.text(x - 3, HEAD + 8, "let go", 9, SOFT, "end")
    _beats(onto, [beat_s - shown.zero_s for beat_s in shown.beats_s], span_s, across)
    _seconds(onto, span_s, across)
    return onto.written()


def _pieces(values: Values) -> list[tuple[int, int]]:
    """Return where values are (first, one after the last), piece by piece."""
    known = np.concatenate(([False], np.isfinite(values), [False]))
    edges = np.flatnonzero(np.diff(known.astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _thinned(times: Values, values: Values) -> Iterator[tuple[float, float]]:
    """Yield the points of a piece; of very many only the least and greatest of each few, in their order."""
    few = max(1, math.ceil(2 * len(values) / MOST_POINTS))
    for begin in range(0, len(values), few):
        part = values[begin : begin + few]
        for place in sorted({int(part.argmin()), int(part.argmax())}):
            yield float(times[begin + place]), float(part[place])


def _lost(onto: Drawing, empty_s: Values, step_s: float, across: Scale) -> None:
    """Hatch what was lost, and say so; a picture that reaches beyond the recording has nothing there either."""
    if not len(empty_s):
        return
    for run in np.split(empty_s, np.flatnonzero(np.diff(empty_s) > 1.5 * step_s) + 1):
        begin, end = across(float(run[0])), across(float(run[-1]) + step_s)
        if run[-1] - run[0] + step_s <= LOST_S:
            continue
        for x in np.arange(begin, end, 5.0):
            onto.line(float(x), HEAD + TRACE, min(float(x) + 10.0, end), HEAD, PALE, 0.8)
        if end - begin >= NAMED:
            onto.text(0.5 * (begin + end), HEAD + TRACE - 3, "no data", 9, INK, "middle")


def _beats(onto: Drawing, beats_s: Sequence[float], span_s: float, across: Scale) -> None:
    """Tick every beat below the trace, and number as many as find room."""
    top = HEAD + TRACE + 2.0
    inside = [beat_s for beat_s in beats_s if beat_s <= span_s]
    numbered = -math.inf
    for number, beat_s in enumerate(inside, start=1):
        x = across(beat_s)
        onto.line(x, top, x, top + 5.0, BLUE, 1.2)
        if x - numbered >= CROWDED:
            onto.text(x, top + 13.0, str(number), 8.5, BLUE, "middle")
            numbered = x
    if len(inside) < len(beats_s):
        more = counted(len(beats_s) - len(inside), "more beat")
        onto.text(WIDTH - RIGHT, HEAD + 8, f"goes on: {more} →", 9, INK, "end")


def _seconds(onto: Drawing, span_s: float, across: Scale) -> None:
    base = HEAD + TRACE + TICKS
    every = 1 if span_s <= 6.0 else 2
    for second in range(0, math.floor(span_s) + 1, every):
        onto.line(across(second), base, across(second), base + 3.0, SOFT, 0.8)
        onto.text(across(second), base + 12.0, f"{second} s" if second == 0 else str(second), 8.5, SOFT, "middle")

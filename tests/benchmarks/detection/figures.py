"""The figures that the detector must reach, and how each is read from the scores (docs/definitions.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.detection.case import Group
from tests.benchmarks.detection.kinds import FEW_BEATS, KINDS, LOSSY, NEVER
from tests.benchmarks.detection.scoring import Score, spread, total

Scores = Mapping[str, Score]
"""By name of the kind."""
Values = tuple[float, ...]

POSITIVE = (Group.CLEAR, Group.NOISY, Group.BURIED)
EVERYTHING = (*POSITIVE, Group.REST, Group.DISTURBANCE, Group.STRETCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row: what it is, its value(s), what they must be and what is aimed at; `digits` of each value."""

    what: str
    read: Callable[[Scores], Values]
    must: Values = ()
    aim: Values = ()
    digits: int = 3
    lower_is_better: bool = False
    unit: str = ""

    def is_missed(self, values: Values) -> bool:
        """Whether a value is worse than it must be; one that nobody could measure is not."""
        return any(self._is_worse(value, must) for value, must in zip(values, self.must, strict=False))

    def _is_worse(self, value: float, must: float) -> bool:
        if math.isnan(value):
            return False
        value = round(value, self.digits)
        return value > must if self.lower_is_better else value < must

    def text(self, values: Values) -> str:
        """Return the value(s) as a table shows them."""
        if not values:
            return ""
        if all(map(math.isnan, values)):
            return "-"
        shown = " / ".join("-" if math.isnan(value) else f"{value:.{self.digits}f}" for value in values)
        return f"{shown} {self.unit}".strip()


def of_groups(scores: Scores, *groups: Group) -> Score:
    """Return the sum over the kinds of some groups."""
    return total(scores[kind.name] for kind in KINDS if kind.group in groups and kind.name in scores)


def of_kinds(scores: Scores, *names: str) -> Score:
    """Return the sum over some kinds."""
    return total(score for name, score in scores.items() if name in names)


def _clear(scores: Scores) -> Score:
    return of_groups(scores, Group.CLEAR)


def _positive(scores: Scores) -> Score:
    return of_groups(scores, *POSITIVE)


def _milliseconds(errors_s: Sequence[float]) -> Values:
    return spread(errors_s, 1e3)


FIGURES: tuple[Figure, ...] = (
    Figure(
        what="episode F1 over everything",
        read=lambda s: (of_groups(s, *EVERYTHING).f1,),
        must=(0.97,),
        aim=(0.99,),
    ),
    Figure(
        what="sensitivity, signal clearly above noise",
        read=lambda s: (_clear(s).sensitivity,),
        must=(0.985,),
        aim=(0.995,),
    ),
    Figure(
        what="sensitivity, 3-5 beats",
        read=lambda s: (of_kinds(s, FEW_BEATS).sensitivity,),
        must=(0.95,),
        aim=(0.985,),
    ),
    Figure(
        what="sensitivity at 6 dB / 0 dB",
        read=lambda s: (of_groups(s, Group.NOISY).sensitivity, of_groups(s, Group.BURIED).sensitivity),
        must=(0.95, 0.85),
        aim=(0.98, 0.92),
    ),
    Figure(
        what="alarms per hour of dense disturbance",
        read=lambda s: (of_groups(s, Group.DISTURBANCE).alarms_per_hour,),
        must=(3.0,),
        aim=(1.0,),
        digits=2,
        lower_is_better=True,
    ),
    Figure(
        what="alarms at rest, walking, knocks, cable bumps, hum, physiological tremor",
        read=lambda s: (float(of_kinds(s, *NEVER).alarms),),
        must=(0.0,),
        aim=(0.0,),
        digits=0,
        lower_is_better=True,
    ),
    Figure(
        what="alarms per 100 stretches without clonus",
        read=lambda s: (of_groups(s, Group.STRETCH).alarms_per_100_stretches,),
        must=(0.5,),
        aim=(0.2,),
        digits=2,
        lower_is_better=True,
    ),
    Figure(
        what="onset error, median / 95 %",
        read=lambda s: _milliseconds(_positive(s).onset_s),
        must=(15.0, 150.0),
        aim=(8.0, 60.0),
        digits=0,
        lower_is_better=True,
        unit="ms",
    ),
    Figure(
        what="offset error, median / 95 %",
        read=lambda s: _milliseconds(_positive(s).offset_s),
        must=(15.0, 150.0),
        aim=(8.0, 60.0),
        digits=0,
        lower_is_better=True,
        unit="ms",
    ),
    Figure(
        what="frequency error, median / 95 %",
        read=lambda s: spread(_positive(s).frequency_hz),
        must=(0.03, 0.25),
        aim=(0.02, 0.1),
        lower_is_better=True,
        unit="Hz",
    ),
    Figure(
        what="beats exact / within one (above noise)",
        read=lambda s: (_clear(s).exact, _clear(s).within_one),
        must=(0.88, 0.98),
        aim=(0.95, 0.995),
    ),
    Figure(
        what="alert after the first beat, median / 95 % (above noise)",
        read=lambda s: spread(_clear(s).alert_beats),
        must=(3.0, 4.0),
        aim=(3.0, 3.0),
        digits=0,
        lower_is_better=True,
        unit="beats",
    ),
    Figure(
        what="the same in time",
        read=lambda s: _milliseconds(_clear(s).alert_s),
        must=(370.0, 600.0),
        aim=(330.0, 450.0),
        digits=0,
        lower_is_better=True,
        unit="ms",
    ),
    Figure(
        what="alarms on the wrong sensor",
        read=lambda s: (float(_positive(s).wrong_sensor),),
        must=(0.0,),
        aim=(0.0,),
        digits=0,
        lower_is_better=True,
    ),
    Figure(
        what="sensitivity with 5 % lost in bursts",
        read=lambda s: (of_kinds(s, LOSSY).sensitivity,),
    ),
    Figure(
        what="for comparison: the third beat after the first, median / 95 % (above noise)",
        read=lambda s: _milliseconds(_clear(s).third_s),
        digits=0,
        unit="ms",
    ),
    Figure(
        what="alert after the third beat, median / 95 % (above noise)",
        read=lambda s: _milliseconds(_clear(s).after_third_s),
        digits=0,
        lower_is_better=True,
        unit="ms",
    ),
    Figure(
        what="live frequency within 0.3 Hz at the fourth beat (above noise)",
        read=lambda s: (_clear(s).settled,),
    ),
    Figure(
        what="end declared after the last beat, median / 95 % (above noise)",
        read=lambda s: spread(_clear(s).declared_periods),
        must=(2.5,),
        digits=2,
        lower_is_better=True,
        unit="periods",
    ),
    Figure(
        what="no peak borderline: offset error, median / 95 %",
        read=lambda s: _milliseconds(_positive(s).strict_offset_s),
        digits=0,
        lower_is_better=True,
        unit="ms",
    ),
    Figure(
        what="no peak borderline: beats exact / within one (above noise)",
        read=lambda s: (_clear(s).strictly_exact, _clear(s).strictly_within_one),
    ),
    Figure(
        what='episodes said to be "at least" so many beats',
        read=lambda s: (_positive(s).bounded_share,),
    ),
)

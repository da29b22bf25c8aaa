"""Scoring: found episodes against true ones, summed over cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from analysis.episode import Context
from tests.benchmarks.detection.case import Case
from tests.benchmarks.detection.heard import READOUT_AT_BEAT, Found, Heard, readout_hz
from tests.benchmarks.detection.truth import Run

LEAST_OVERLAP = 0.5
"""Overlap over union from which a found episode is a true one."""
THIRD = 2


@dataclass(slots=True)
class Score:
    """Sums over cases. Errors are those of matched episodes; alert delays count from the first true beat.

    Errors of onset, offset, frequency and count are against the truth with its borderline peaks as the detector has
    them; `strict` ones are against the truth as it stands.

    `alarms` are those that no true episode explains, those taken back too; `wrong_sensor` the ones among them that
    sounded on a sensor without any while another had one.
    """

    cases: int = 0
    seconds: float = 0.0
    stretches: int = 0
    true: int = 0
    hits: int = 0
    false: int = 0
    alarms: int = 0
    wrong_sensor: int = 0
    claimed: int = 0
    onset_s: list[float] = field(default_factory=list)
    offset_s: list[float] = field(default_factory=list)
    frequency_hz: list[float] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    strict_offset_s: list[float] = field(default_factory=list)
    strict_count: list[int] = field(default_factory=list)
    bounded: int = 0
    alert_s: list[float] = field(default_factory=list)
    alert_beats: list[int] = field(default_factory=list)
    third_s: list[float] = field(default_factory=list)
    after_third_s: list[float] = field(default_factory=list)
    readout_hz: list[float] = field(default_factory=list)
    declared_periods: list[float] = field(default_factory=list)

    def add(self, case: Case, heard: Heard) -> None:
        """Count one case."""
        self.cases += 1
        self.seconds += case.sensor_seconds
        self.stretches += case.stretches
        elsewhere = any(case.truth.values())
        for sensor, truth in case.truth.items():
            found, alarms_s = heard.episodes[sensor], heard.alarms_s[sensor]
            pairs = matched(truth, found)
            self.true += len(truth)
            self.hits += len(pairs)
            self.false += len(found) - len(pairs)
            self.claimed += sum(f.context is Context.PROVOKED for f in found)
            unexplained = len(alarms_s) - len(pairs)
            self.alarms += unexplained
            self.wrong_sensor += unexplained if elsewhere and not truth else 0
            for run, episode in pairs:
                self._compare(run, episode)

    def _compare(self, run: Run, found: Found) -> None:
        fair = run.as_found(found.onset_s, found.offset_s)
        self.onset_s.append(abs(found.onset_s - fair.onset_s))
        self.offset_s.append(abs(found.offset_s - fair.offset_s))
        self.strict_offset_s.append(abs(found.offset_s - run.offset_s))
        self.frequency_hz.append(abs(found.frequency_hz - fair.frequency_hz))
        self.alert_s.append(found.alert_s - run.onset_s)
        self.alert_beats.append(int(np.count_nonzero(np.array(run.beat_times_s) <= found.alert_s)))
        self.third_s.append(run.beat_times_s[THIRD] - run.onset_s)
        self.after_third_s.append(found.alert_s - run.beat_times_s[THIRD])
        self.bounded += found.beats_at_least
        if found.beats is not None and not found.beats_at_least:
            self.count.append(found.beats - fair.beats)
            self.strict_count.append(found.beats - run.beats)
        if found.readout_hz is not None and run.beats >= READOUT_AT_BEAT:
            self.readout_hz.append(abs(found.readout_hz - readout_hz(run.beat_times_s[:READOUT_AT_BEAT])))
        if found.declared_s is not None:
            self.declared_periods.append((found.declared_s - fair.offset_s) / run.period_s)

    @property
    def sensitivity(self) -> float:
        return _part(self.hits, self.true)

    @property
    def f1(self) -> float:
        return _part(2.0 * self.hits, self.true + self.hits + self.false)

    @property
    def alarms_per_hour(self) -> float:
        return _part(3600.0 * self.alarms, self.seconds)

    @property
    def alarms_per_100_stretches(self) -> float:
        return _part(100.0 * self.alarms, self.stretches)

    @property
    def exact(self) -> float:
        return _share([error == 0 for error in self.count])

    @property
    def strictly_exact(self) -> float:
        return _share([error == 0 for error in self.strict_count])

    @property
    def strictly_within_one(self) -> float:
        return _share([abs(error) <= 1 for error in self.strict_count])

    @property
    def within_one(self) -> float:
        return _share([abs(error) <= 1 for error in self.count])

    @property
    def bounded_share(self) -> float:
        """Share of the episodes found whose count is a lower bound."""
        return _part(self.bounded, self.hits)

    @property
    def settled(self) -> float:
        """Share of live readouts within 0.3 Hz at the fourth beat."""
        return _share([error <= 0.3 for error in self.readout_hz])


def total(scores: Iterable[Score]) -> Score:
    """Return the sum."""
    whole = Score()
    for score in scores:
        for each in fields(Score):
            setattr(whole, each.name, getattr(whole, each.name) + getattr(score, each.name))
    return whole


def spread(values: Sequence[float], scale: float = 1.0) -> tuple[float, float]:
    """Return median and 95th percentile, NaN where there is nothing."""
    if not len(values):
        return float("nan"), float("nan")
    return scale * float(np.median(values)), scale * float(np.percentile(values, 95))


def matched(truth: Sequence[Run], found: Sequence[Found]) -> list[tuple[Run, Found]]:
    """Pair each true episode with at most one found, the best overlap first."""
    offers = sorted(
        ((overlap(run, f), i, j) for i, run in enumerate(truth) for j, f in enumerate(found)), key=lambda o: -o[0]
    )
    taken: dict[int, int] = {}
    for value, i, j in offers:
        if value >= LEAST_OVERLAP and i not in taken and j not in taken.values():
            taken[i] = j
    return [(truth[i], found[j]) for i, j in sorted(taken.items())]


def overlap(run: Run, found: Found) -> float:
    """Return the overlap over the union of two spans."""
    union = max(run.offset_s, found.offset_s) - min(run.onset_s, found.onset_s)
    return max(0.0, min(run.offset_s, found.offset_s) - max(run.onset_s, found.onset_s)) / union


def _part(some: float, whole: float) -> float:
    return some / whole if whole else float("nan")


def _share(yes: Sequence[bool]) -> float:
    return _part(sum(yes), len(yes))

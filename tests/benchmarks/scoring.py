"""Scoring: found episodes against true ones, and what a detector is worth in the figures of the docs/definitions.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

LEAST_OVERLAP = 0.5
"""Overlap over union from which a found episode is a true one (docs/definitions.md)."""


class TrueRun(Protocol):
    """What really happened."""

    @property
    def beat_times_s(self) -> tuple[float, ...]: ...
    @property
    def onset_s(self) -> float: ...
    @property
    def offset_s(self) -> float: ...
    @property
    def frequency_hz(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Found:
    """An episode as a detector reports it; `beats` is None where it does not count them."""

    onset_s: float
    offset_s: float
    alert_s: float
    frequency_hz: float
    beats: int | None = None
    beats_at_least: bool = False


@dataclass(slots=True)
class Score:
    """Sums over recordings. Errors are of matched episodes only; alert delays count from the first true beat."""

    true: int = 0
    hits: int = 0
    false: int = 0
    alarms: int = 0
    seconds: float = 0.0
    onset_errors_s: list[float] = field(default_factory=list)
    offset_errors_s: list[float] = field(default_factory=list)
    frequency_errors_hz: list[float] = field(default_factory=list)
    count_errors: list[int] = field(default_factory=list)
    alert_delays_s: list[float] = field(default_factory=list)
    alert_beats: list[float] = field(default_factory=list)

    def add(self, truth: Sequence[TrueRun], found: Sequence[Found], alarms: int, seconds: float) -> None:
        """Count one recording; `alarms` are all that were raised, the withdrawn ones too."""
        pairs = matched(truth, found)
        self.true += len(truth)
        self.hits += len(pairs)
        self.false += len(found) - len(pairs)
        self.alarms += alarms
        self.seconds += seconds
        for t, f in pairs:
            self.onset_errors_s.append(abs(f.onset_s - t.onset_s))
            self.offset_errors_s.append(abs(f.offset_s - t.offset_s))
            self.frequency_errors_hz.append(abs(f.frequency_hz - t.frequency_hz))
            self.alert_delays_s.append(f.alert_s - t.onset_s)
            self.alert_beats.append(float(np.count_nonzero(np.array(t.beat_times_s) <= f.alert_s)))
            if f.beats is not None and not f.beats_at_least:
                self.count_errors.append(f.beats - len(t.beat_times_s))

    def join(self, other: Score) -> None:
        """Add another score to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def sensitivity(self) -> float:
        return self.hits / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        return 2.0 * self.hits / (self.true + self.hits + self.false) if self.true + self.false else float("nan")

    @property
    def alarms_per_hour(self) -> float:
        return 3600.0 * self.alarms / self.seconds

    @property
    def exact(self) -> float:
        return float(np.mean(np.array(self.count_errors) == 0))

    @property
    def within_one(self) -> float:
        return float(np.mean(np.abs(np.array(self.count_errors)) <= 1))


def overlap(a: TrueRun, b: Found) -> float:
    """Return the overlap over the union of two spans."""
    union = max(a.offset_s, b.offset_s) - min(a.onset_s, b.onset_s)
    return max(0.0, min(a.offset_s, b.offset_s) - max(a.onset_s, b.onset_s)) / union


def matched(truth: Sequence[TrueRun], found: Sequence[Found]) -> list[tuple[TrueRun, Found]]:
    """Pair each true episode with at most one found, the best overlap first."""
    offers = sorted(
        ((overlap(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)), key=lambda o: -o[0]
    )
    taken: dict[int, int] = {}
    for value, i, j in offers:
        if value >= LEAST_OVERLAP and i not in taken and j not in taken.values():
            taken[i] = j
    return [(truth[i], found[j]) for i, j in sorted(taken.items())]


def spread(values: Sequence[float]) -> str:
    """Say median and 95th percentile, or that there is nothing to say."""
    return f"{np.median(values):.3f} / {np.percentile(values, 95):.3f}" if len(values) else "-"

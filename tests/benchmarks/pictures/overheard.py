"""What the detector did with one sensor: what it told, what it weighed without telling, and its view of the noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any
from unittest import mock

import numpy as np

from analysis.beats import Pivot
from analysis.channel import Channel
from analysis.detector import BeatDetector
from analysis.episode import Change, Episode, EpisodeChange
from analysis.evidence import CLEAR, Belief, Evidence, Weights
from analysis.faint import FaintEar, Line
from analysis.parameters import LIMBS
from sensors.driver import Floats
from tests.benchmarks.detection.one_channel import Worn

Band = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A run of beats that the detector judged at one moment; the confidence is an upper bound where it was too low."""

    at_s: float
    evidence: Evidence
    confidence: float

    @property
    def odds(self) -> dict[str, float]:
        """What each feature adds to the log-odds of clonus."""
        part = min(5, self.evidence.beats - 3) / 5.0
        return {
            f.name: float(
                getattr(self.evidence, f.name)
                * ((1.0 - part) * getattr(CLEAR.three, f.name) + part * getattr(CLEAR.eight, f.name))
            )
            for f in fields(Weights)
        }


@dataclass(frozen=True)
class NotedBelief(Belief):
    """A belief that keeps what it was asked."""

    noted: list[tuple[Evidence, float]] = field(default_factory=list)

    def confidence(self, evidence: Evidence) -> float:
        sure = super().confidence(evidence)
        self.noted.append((evidence, sure))
        return sure


@dataclass(frozen=True, slots=True)
class Overheard:
    """`times_s` and `trace` (n,) are the channel; `narrow` holds seconds and values of the band that an episode was
    counted in, by its number, for those that ended in noise: beats are up in it.
    """

    unit: str
    times_s: Floats
    trace: Floats
    changes: tuple[EpisodeChange, ...]
    weighed: tuple[Weighed, ...]
    narrow: Mapping[int, Band]

    def ended(self, first_s: float, last_s: float) -> list[EpisodeChange]:
        """Return how the episodes ended that were raised between two moments."""
        return [c for c in self.changes if c.change is Change.ENDED and first_s <= c.episode.alert_s < last_s]

    def turned(self, times_s: Floats, rotation: Floats) -> Overheard:
        """Return the same with plantarflexion up: the channel's own sign is that of nothing in particular."""
        if float(np.dot(self.trace, np.interp(self.times_s, times_s, rotation))) >= 0.0:
            return self
        return replace(self, trace=-self.trace)

    def most_believed(self, first_s: float, last_s: float) -> Weighed | None:
        """Return the most convincing run between two moments that was not enough for an alarm."""
        failed = [w for w in self.weighed if first_s <= w.at_s < last_s and w.confidence < LIMBS.surety]
        return max(failed, key=lambda w: w.confidence, default=None)

    def raised_by(self, episode: Episode) -> Weighed | None:
        """Return the run that an episode was raised for; None where it was heard as a tone."""
        found = (w for w in self.weighed if w.at_s == episode.alert_s and w.confidence == episode.confidence)
        return next(found, None)


def overhear(worn: Worn) -> Overheard:
    """Feed one sensor's samples one by one, so that it is known when something was weighed."""
    channel = Channel(worn.recorded.sensor)
    belief = NotedBelief(CLEAR.by_beats, CLEAR.three, CLEAR.eight)
    detector = BeatDetector(worn.recorded.sensor.key, channel.unit, replace(LIMBS, clear=belief))
    times_s: list[float] = []
    trace: list[float] = []
    changes: list[EpisodeChange] = []
    weighed: list[Weighed] = []
    narrow: dict[int, Band] = {}
    with noted_bands(detector) as bands:
        for block in worn.blocks(1):
            signal = channel.feed(block)
            known = len(belief.noted)
            told = detector.feed(signal)
            changes += told
            narrow |= {c.episode.number: bands[-1] for c in told if c.change is Change.ENDED and bands}
            bands.clear()
            times_s += [signal.time(k) for k in range(len(signal))]
            trace += signal.raw
            weighed += [Weighed(times_s[-1], evidence, sure) for evidence, sure in belief.noted[known:]]
        changes += detector.finish()
    return Overheard(
        channel.unit,
        np.array(times_s),
        np.array(trace),
        tuple(changes),
        tuple(weighed),
        narrow,
    )


@contextmanager
def noted_bands(detector: BeatDetector) -> Iterator[list[Band]]:
    """Keep every narrow band that the faint ear counts in, as session seconds and values, upright as the channel is."""
    kept: list[Band] = []
    looked = FaintEar._narrow

    def noted(ear: FaintEar, line: Line, first: float, now: int) -> tuple[float, Floats]:
        begun, narrow = looked(ear, line, first, now)
        every = ear._motion.every
        delay_s = ear.delay_s(ear._rate / line.period)
        times_s = np.array([detector._history.time(begun + k * every) - delay_s for k in range(len(narrow))])
        kept.append((times_s, narrow))
        return begun, narrow

    counts = FaintEar.recount

    def counted(ear: FaintEar, line: Line, told: Sequence[float], *rest: Any) -> list[Pivot]:
        noted(ear, line, told[0] - 4.0 * line.period, detector._history.now)
        return counts(ear, line, told, *rest)

    with mock.patch.object(FaintEar, "_narrow", noted), mock.patch.object(FaintEar, "recount", counted):
        yield kept

"""Trials of the reflex loop, made in batches and kept by how many beats they gave."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats
from tests.benchmarks.detection.movement import FINE_HZ
from tests.benchmarks.detection.reflex import RELEASE_S, STEP_S, Joint, Trials, respond
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.detection.truth import FEWEST_BEATS, SLOWEST_BEAT_DPS, Beat, Run, runs_of

BATCH = 128
MOST_BATCHES = 20
"""A series that has not given what was asked for by then does not give it."""
BURST = 0.03
"""A peak was caused by the reflex where the muscle reached this share of its strength shortly before it."""
BORDERLINE_DPS = (17.0, 33.0)
"""A candidate within this range may be counted or not, and with it an episode of three beats."""
DAMPED = 0.5
"""Few beats, each usually less than this share of the one before, look like a passive rebound, reflex or not."""
FEW = 5

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """A protocol: one joint, how long, and the ranges that its trials are drawn from."""

    name: str
    joint: Joint
    duration_s: float
    severity: Range
    fatigue: Range = (0.0, 0.3)
    hold_s: Range = (1.0, 12.0)
    clamped: float = 0.35
    unsteadiness: Range = (0.003, 0.02)

    def drawn(self, rng: np.random.Generator) -> Trials:
        """Return one batch of trials."""
        stretch_s = rng.uniform(2.0, 3.5, BATCH)
        ends_s = self.duration_s - 2.0
        release_s = np.minimum(stretch_s + rng.uniform(*self.hold_s, BATCH), ends_s)
        clamp_s = stretch_s + rng.uniform(0.4, 4.0, BATCH)
        return Trials(
            severity=rng.uniform(*self.severity, BATCH),
            fatigue=rng.uniform(*self.fatigue, BATCH),
            build=rng.uniform(0.6, 2.0, BATCH),
            stiff=rng.uniform(0.7, 2.0, BATCH),
            firmness=rng.uniform(0.6, 1.5, BATCH),
            unsteadiness=rng.uniform(*self.unsteadiness, BATCH),
            stretch_s=stretch_s,
            angle_deg=rng.uniform(12.0, 22.0, BATCH),
            speed_dps=rng.uniform(150.0, 500.0, BATCH),
            clamp_s=np.where(rng.random(BATCH) < self.clamped, clamp_s, math.inf),
            release_s=release_s,
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """One provocation: rotation (n,) in deg/s at FINE_HZ, and what is true of it."""

    rotation: Floats
    beats: tuple[Beat, ...]
    stretch_s: float
    release_s: float

    @property
    def runs(self) -> tuple[Run, ...]:
        return runs_of(self.beats)

    @property
    def is_borderline(self) -> bool:
        """Whether one may differ about an episode: its third peak is about at the floor, or it is damped."""
        low, high = BORDERLINE_DPS
        sure = [beat for beat in self.beats if beat.peak_dps > high]
        if len(sure) < FEWEST_BEATS <= len([beat for beat in self.beats if beat.peak_dps >= low]):
            return True
        shares = [after.peak_dps / before.peak_dps for before, after in pairwise(sure)]
        return FEWEST_BEATS <= len(sure) <= FEW and median(shares) < DAMPED


class Reflexes:
    """All trials of one set of seeds; batches are made when they are asked for."""

    def __init__(self, seeds: Seeds) -> None:
        self.seeds = seeds
        self._made: dict[str, list[Trial]] = {}

    def trial(self, series: Series, number: int, beats: Range = (3, math.inf), runs: int = 1) -> Trial:
        """Return the `number`-th trial of a series with so many beats in each of so many runs (or in none)."""

        def fits(trial: Trial) -> bool:
            counts = [run.beats for run in trial.runs]
            answers = counts or [len([beat for beat in trial.beats if beat.peak_dps >= SLOWEST_BEAT_DPS])]
            within = all(beats[0] <= count <= beats[1] for count in answers)
            return within and len(counts) == runs and not trial.is_borderline

        return next(islice(filter(fits, self._all(series)), number, None))

    def borderline(self, series: Series, number: int) -> Trial:
        """Return the `number`-th trial of a series of which one may say either."""
        return next(islice((trial for trial in self._all(series) if trial.is_borderline), number, None))

    def _all(self, series: Series) -> Iterator[Trial]:
        """Yield the trials of a series, batch after batch."""
        made = self._made.setdefault(series.name, [])
        for k in range(BATCH * MOST_BATCHES):
            while k >= len(made):
                made += self._batch(series, len(made) // BATCH)
            yield made[k]

    def _batch(self, series: Series, batch: int) -> list[Trial]:
        rng = self.seeds.generator(f"reflex {series.name}", batch)
        trials = series.drawn(rng)
        response = respond(series.joint, trials, series.duration_s, rng)
        every = round(1.0 / (FINE_HZ * STEP_S))
        return [
            Trial(
                response.rate_dps[::every, k].astype(np.float64),
                _beats(response.rate_dps[:, k], response.torque[:, k], trials.stretch_s[k], trials.release_s[k]),
                float(trials.stretch_s[k]),
                float(trials.release_s[k]),
            )
            for k in range(len(trials))
        ]


def _beats(
    rate: NDArray[np.float32], torque: NDArray[np.float32], stretch_s: float, release_s: float
) -> tuple[Beat, ...]:
    """Return one candidate per swing into plantarflexion that a burst has caused, from the stretch to the release."""
    upward = np.flatnonzero((rate[:-1] <= 0.0) & (rate[1:] > 0.0)) + 1
    downward = np.flatnonzero((rate[:-1] > 0.0) & (rate[1:] <= 0.0)) + 1
    found = []
    for first in upward:
        stop = next((int(k) for k in downward[np.searchsorted(downward, first) :]), len(rate))
        peak = int(first) + int(rate[first:stop].argmax())
        before = torque[max(0, int(first) - 60) : peak + 1]
        if stretch_s < peak * STEP_S < release_s + 0.5 * RELEASE_S and before.max() >= BURST:
            found.append(Beat(peak * STEP_S, float(rate[peak])))
    return tuple(found)

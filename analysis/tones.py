"""Tones: whether the motion of the last periods is one tone - one frequency, about one axis - however noisy it is.

Where noise is as strong as the clonus, turning points come early, late or not at all, and what is left is that so much
of the energy of three axes lies in one straight oscillation. That share is measured over four periods and over seven,
for each frequency of a bank; what else speaks for clonus is measured at the frequency where it is greatest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analysis.evidence import FASTEST_LIMB_HZ, SLOWEST_LIMB_HZ, logistic
from sensors.driver import Floats

SLOWEST_HZ, FASTEST_HZ, TONES = 2.9, 8.4, 22
"""The limbs' band with its edges, in steps of 5 %: a tone between two loses nothing over four periods."""
SHORT, LONG = 4.0, 7.0
"""Periods looked at: four hold three beats and their surroundings; over seven, noise has little left to imitate."""
TAPER = 0.15
"""Part of either end of a tone that fades in and out."""
LEAST_STRENGTH = 0.42
"""Noise alone often reaches this; of what would be believed, a hundredth is weaker."""
LEAST_PEAK = 0.4
"""Of the peak of the weakest clonus; less is not looked at."""
BEFORE_S = (0.9, 0.1)
"""What was before a tone, in seconds before its first period."""


@dataclass(frozen=True, slots=True)
class Tone:
    """What the motion up to one sample looks like, taken as a tone of `hz` about `axis` with peaks of `peak`.

    - `strength`, `lasting`: its share of the energy of all axes, over four periods and over seven, 0 to 1.
    - `alone`: logarithm of its strength over that of the best tone of another frequency.
    - `periodic`, `half`, `double`: autocorrelation of the motion at one period, half a one, and two; at half a period
      a tone is its own opposite, a movement with harmonics is not.
    - `share`: part of the motion's energy on its dominant axis, 1/3 to 1.
    - `quiet`: logarithm of the motion before over that within it.
    - `growth`: logarithm of the second half's size over the first's.
    - `size`, `small`: logarithm of the peak over the least one, within ±1.5, and what of it is negative.
    - `fast`, `slow`: logarithm of the frequency against the fastest and the slowest limb's, at least 0.
    """

    hz: float
    axis: Floats
    peak: float
    strength: float
    lasting: float
    alone: float
    periodic: float
    half: float
    double: float
    share: float
    quiet: float
    growth: float
    size: float
    small: float
    fast: float
    slow: float


@dataclass(frozen=True, slots=True)
class ToneBelief:
    """How a tone is weighed: log-odds per unit of a feature, or of the product of two; `bias` is added.

    Fitted by logistic regression on the tuning seeds of tests/benchmarks/detection.
    """

    bias: float
    weights: Mapping[str, float]

    def confidence(self, tone: Tone) -> float:
        """Return from 0 to 1 how sure a tone is clonus."""
        return logistic(self.bias + sum(weight * _term(tone, term) for term, weight in self.weights.items()))


def _term(tone: Tone, term: str) -> float:
    return math.prod(float(getattr(tone, name)) for name in _factors(term))


@cache
def _factors(term: str) -> tuple[str, ...]:
    return tuple(term.split("*"))


FAINT = ToneBelief(
    bias=-11.13,
    weights={
        "strength": 26.95,
        "lasting": 17.14,
        "alone": -0.62,
        "periodic": 2.28,
        "half": 3.56,
        "double": -0.57,
        "share": 5.50,
        "quiet": 0.99,
        "growth": -0.60,
        "size": -6.64,
        "small": 29.16,
        "fast": -12.70,
        "slow": -42.17,
        "strength*strength": 18.54,
        "lasting*lasting": -4.04,
        "strength*lasting": -41.61,
        "lasting*quiet": 1.91,
        "strength*quiet": 1.47,
        "quiet*quiet": 1.13,
        "strength*size": 17.43,
        "share*strength": -40.32,
        "half*half": 0.92,
        "periodic*lasting": 18.70,
        "double*lasting": 2.94,
        "growth*growth": -0.72,
    },
)
"""For angular velocity."""


FAINT_ACC = ToneBelief(
    bias=-45.91,
    weights={
        "strength": 0.31,
        "lasting": 5.92,
        "alone": 0.11,
        "periodic": 4.49,
        "half": 5.82,
        "double": 1.91,
        "share": 36.92,
        "quiet": -0.73,
        "growth": -0.50,
        "size": -5.17,
        "small": 2.63,
        "fast": -10.20,
        "slow": -20.86,
        "strength*strength": -2.56,
        "lasting*lasting": 1.47,
        "strength*lasting": -12.68,
        "lasting*quiet": 1.27,
        "strength*quiet": 2.30,
        "quiet*quiet": 0.63,
        "strength*size": 12.11,
        "share*strength": 8.19,
        "half*half": 0.63,
        "periodic*lasting": 0.60,
        "double*lasting": 0.58,
        "growth*growth": -0.57,
    },
)
"""For acceleration, integrated."""


class Tones:
    """Cosine and sine of some frequencies over so many periods each, of energy 1 and ending together."""

    def __init__(self, periods: float, frequencies_hz: Floats, rate: float) -> None:
        self.counts: NDArray[np.int64] = np.rint(periods / frequencies_hz * rate).astype(np.int64)
        self.tones = np.zeros((int(self.counts.max()), 2, len(frequencies_hz)))
        for place, (hz, count) in enumerate(zip(frequencies_hz, self.counts, strict=True)):
            k = np.arange(count)
            taper = np.minimum(1.0, np.minimum(k + 1, count - k) / (TAPER * count))
            for quadrature, wave in enumerate((np.cos, np.sin)):
                tone = taper * wave(2.0 * math.pi * hz / rate * k)
                tone -= taper * tone.sum() / taper.sum()
                self.tones[-count:, quadrature, place] = tone / math.sqrt(float(np.dot(tone, tone)))
        self._rows = self.tones.reshape(len(self.tones), -1).T.copy()

    def straight(self, motion: Floats) -> Floats:
        """Return the energy of the motion (n, 3) that lies in each tone along one straight line.

        With a and b the cosine's and the sine's part about three axes, that is the larger eigenvalue of aaᵀ + bbᵀ.
        """
        a, b = (self._rows @ motion[-len(self.tones) :]).reshape(2, -1, 3)
        aa, bb, ab = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b), np.einsum("ij,ij->i", a, b)
        return np.asarray(0.5 * (aa + bb + np.sqrt((aa - bb) ** 2 + 4.0 * ab * ab)))

    def share(self, motion: Floats) -> float:
        """Return what part of the motion's energy lies in the first tone."""
        recent = motion[-int(self.counts[0]) :]
        return float(self.straight(motion)[0] / (np.vdot(recent, recent) + 1e-9))


class Bank:
    """Tones of all frequencies at one sample rate."""

    HZ: ClassVar[Floats] = np.geomspace(SLOWEST_HZ, FASTEST_HZ, TONES)

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.span = math.ceil(LONG / SLOWEST_HZ * rate)
        self._short = Tones(SHORT, self.HZ, rate)
        self._long = [Tones(LONG, self.HZ[place : place + 1], rate) for place in range(TONES)]

    def hear(self, motion: Floats, least_peak: float, stir: float) -> Tone | None:
        """Return the strongest tone that ends with the motion (n, 3), None where there is none.

        `least_peak` is the peak of the weakest clonus, `stir` what a sensor at rest may tremble.
        """
        if len(motion) < self.span:
            return None
        recent = motion[-len(self._short.tones) :]
        energy = np.cumsum(np.einsum("ij,ij->i", recent, recent)[::-1])
        if energy[-1] < 0.5 * (LEAST_PEAK * least_peak) ** 2 * self._short.counts[-1]:
            return None
        strength = self._short.straight(recent) / (energy[self._short.counts - 1] + 1e-9)
        best = int(np.argmax(strength))
        hz = float(self.HZ[best])
        count = int(self._short.counts[best])
        during = motion[-count:]
        power = during.T @ during
        peak = math.sqrt(2.0 * float(strength[best] * power.trace()) / count)
        if strength[best] < LEAST_STRENGTH or peak < LEAST_PEAK * least_peak:
            return None
        energies, axes = np.linalg.eigh(power)
        axis = axes[:, -1]
        line = during @ axis
        period = round(self.rate / hz)
        size = max(-1.5, min(1.5, math.log(peak / least_peak)))
        apart = strength[np.abs(np.log(self.HZ / hz)) > 0.35]
        before = motion[: -count - round(BEFORE_S[1] * self.rate)][-round((BEFORE_S[0] - BEFORE_S[1]) * self.rate) :]
        longer = motion[-count - period :]
        return Tone(
            hz=hz,
            axis=axis,
            peak=peak,
            strength=float(strength[best]),
            lasting=self._long[best].share(motion),
            alone=math.log(float(strength[best] / (apart.max() + 0.02))),
            periodic=max(likeness(longer, lag) for lag in (period - 1, period, period + 1)),
            half=likeness(longer, max(1, period // 2)),
            double=likeness(motion[-count - 2 * period :], 2 * period),
            share=float(energies[-1] / energies.sum()),
            quiet=max(-3.0, min(1.0, math.log((_rms(before @ axis) + stir) / (_rms(line) + 0.2 * stir)))),
            growth=math.log((_rms(line[count // 2 :]) + 1e-3) / (_rms(line[: count // 2]) + 1e-3)),
            size=size,
            small=min(0.0, size),
            fast=max(0.0, math.log(hz / FASTEST_LIMB_HZ)),
            slow=max(0.0, math.log(SLOWEST_LIMB_HZ / hz)),
        )


def likeness(motion: Floats, lag: int) -> float:
    """Return the autocorrelation of a motion (n, 3) at one lag, -1 to 1; 0 where it is too short."""
    if len(motion) < lag + 3:
        return 0.0
    a, b = motion[lag:], motion[:-lag]
    return float(2.0 * np.vdot(a, b) / (np.vdot(a, a) + np.vdot(b, b) + 1e-9))


def _rms(values: Floats) -> float:
    return math.sqrt(float(np.dot(values, values)) / len(values)) if len(values) else 0.0

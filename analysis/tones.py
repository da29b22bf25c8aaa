"""Tones: whether the motion of the last periods is one tone - one frequency, about one axis - however noisy it is.

Where noise is as strong as the clonus, turning points come early, late or not at all, and what is left is that so much
of the energy of three axes lies in one straight oscillation. That share is measured over four periods and over seven,
for each frequency of a bank; what else speaks for clonus is measured at the frequency where it is greatest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from analysis.evidence import FASTEST_LIMB_HZ, SLOWEST_LIMB_HZ
from sensors.driver import Floats

SLOWEST_HZ, FASTEST_HZ, TONES = 2.9, 8.4, 22
"""The limbs' band with its edges, in steps of 5 %: a tone between two loses nothing over four periods."""
SHORT, LONG = 4.0, 7.0
"""Periods looked at: four hold three beats and their surroundings; over seven, noise has little left to imitate."""
TAPER = 0.15
"""Part of either end of a tone that fades in and out."""
LEAST_STRENGTH = 0.3
"""Noise alone reaches this; less is no tone."""
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

    def odds(self, tone: Tone) -> float:
        """Return the log-odds of a tone being clonus."""
        return self.bias + sum(weight * _term(tone, term) for term, weight in self.weights.items())


def _term(tone: Tone, term: str) -> float:
    return math.prod(float(getattr(tone, name)) for name in term.split("*"))


FAINT = ToneBelief(
    bias=-11.17,
    weights={
        "strength": 24.02,
        "lasting": 14.00,
        "alone": -0.49,
        "periodic": 3.70,
        "half": 3.69,
        "double": -1.27,
        "share": 7.91,
        "quiet": 0.61,
        "growth": -0.77,
        "size": -5.71,
        "small": 22.75,
        "fast": -17.76,
        "slow": -40.67,
        "strength*strength": 28.33,
        "lasting*lasting": -3.74,
        "strength*lasting": -33.05,
        "lasting*quiet": 1.61,
        "strength*quiet": 2.33,
        "quiet*quiet": 1.10,
        "strength*size": 16.54,
        "share*strength": -51.20,
        "half*half": 2.16,
        "periodic*lasting": 10.99,
        "double*lasting": 6.58,
        "growth*growth": -0.63,
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


class Bank:
    """Tones of all frequencies at one sample rate."""

    HZ: ClassVar[Floats] = np.geomspace(SLOWEST_HZ, FASTEST_HZ, TONES)

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.span = math.ceil(LONG / SLOWEST_HZ * rate)
        self._short, self._long = _tones(SHORT, rate), _tones(LONG, rate)

    def hear(self, motion: Floats, least_peak: float, stir: float) -> Tone | None:
        """Return the strongest tone that ends with the motion (n, 3), None where there is none.

        `least_peak` is the peak of the weakest clonus, `stir` what a sensor at rest may tremble.
        """
        if len(motion) < self.span:
            return None
        strength = self._strengths(motion, *self._short)
        best = int(np.argmax(strength))
        hz = float(self.HZ[best])
        count = int(self._short[1][best])
        during = motion[-count:]
        power = during.T @ during
        peak = math.sqrt(2.0 * float(strength[best] * power.trace()) / count)
        if strength[best] < LEAST_STRENGTH or peak < 0.4 * least_peak:
            return None
        energies, axes = np.linalg.eigh(power)
        axis = axes[:, -1]
        line = during @ axis
        period = round(self.rate / hz)
        size = max(-1.5, min(1.5, math.log(peak / least_peak)))
        apart = strength[np.abs(np.log(self.HZ / hz)) > 0.35]
        before = motion[: -count - round(BEFORE_S[1] * self.rate)][-round((BEFORE_S[0] - BEFORE_S[1]) * self.rate) :]
        recent = motion[-count - period :]
        return Tone(
            hz=hz,
            axis=axis,
            peak=peak,
            strength=float(strength[best]),
            lasting=float(self._strengths(motion, self._long[0], self._long[1], best)[0]),
            alone=math.log(float(strength[best] / (apart.max() + 0.02))),
            periodic=max(likeness(recent, lag) for lag in (period - 1, period, period + 1)),
            half=likeness(recent, max(1, period // 2)),
            double=likeness(motion[-count - 2 * period :], 2 * period),
            share=float(energies[-1] / energies.sum()),
            quiet=max(-3.0, min(1.0, math.log((_rms(before @ axis) + stir) / (_rms(line) + 0.2 * stir)))),
            growth=math.log((_rms(line[count // 2 :]) + 1e-3) / (_rms(line[: count // 2]) + 1e-3)),
            size=size,
            small=min(0.0, size),
            fast=max(0.0, math.log(hz / FASTEST_LIMB_HZ)),
            slow=max(0.0, math.log(SLOWEST_LIMB_HZ / hz)),
        )

    def _strengths(self, motion: Floats, tones: Floats, counts: NDArray[np.int64], only: int | None = None) -> Floats:
        """Return, for each tone or only one, the share of the energy that lies in it along one straight line.

        With a and b the cosine's and the sine's part about three axes, that is the larger eigenvalue of aaᵀ + bbᵀ.
        """
        chosen = slice(None) if only is None else slice(only, only + 1)
        part = np.tensordot(tones[:, chosen], motion[-len(tones) :], axes=(0, 0))
        a, b = part[:, 0], part[:, 1]
        aa, bb, ab = (a * a).sum(1), (b * b).sum(1), (a * b).sum(1)
        straight = 0.5 * (aa + bb + np.sqrt((aa - bb) ** 2 + 4.0 * ab * ab))
        energy = np.cumsum((motion[: -len(motion) - 1 : -1] ** 2).sum(1))
        return np.asarray(straight / (energy[counts[chosen] - 1] + 1e-9))


def likeness(motion: Floats, lag: int) -> float:
    """Return the autocorrelation of a motion (n, 3) at one lag, -1 to 1; 0 where it is too short."""
    if len(motion) < lag + 3:
        return 0.0
    a, b = motion[lag:], motion[:-lag]
    return float(2.0 * np.vdot(a, b) / (np.vdot(a, a) + np.vdot(b, b) + 1e-9))


def _rms(values: Floats) -> float:
    return math.sqrt(float(np.dot(values, values)) / len(values)) if len(values) else 0.0


def _tones(periods: float, rate: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return cosine and sine of each frequency (n, TONES, 2), of energy 1 and ending together, and their lengths."""
    counts = np.rint(periods / Bank.HZ * rate).astype(np.int64)
    tones = np.zeros((int(counts.max()), TONES, 2))
    for place, (hz, count) in enumerate(zip(Bank.HZ, counts, strict=True)):
        k = np.arange(count)
        taper = np.minimum(1.0, np.minimum(k + 1, count - k) / (TAPER * count))
        for quadrature, wave in enumerate((np.cos, np.sin)):
            tone = taper * wave(2.0 * math.pi * hz / rate * k)
            tone -= taper * tone.sum() / taper.sum()
            tones[-count:, place, quadrature] = tone / math.sqrt(float(np.dot(tone, tone)))
    return tones, counts

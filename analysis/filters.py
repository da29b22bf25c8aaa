"""Filters: Butterworth low-pass and band-pass as biquads, for any sample rate, run one sample at a time.

Coefficients come from the bilinear transform with pre-warped corners (Oppenheim & Schafer, Discrete-Time Signal
Processing, ch. 7): the -3 dB points lie exactly on the corners that are asked for.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Biquad:
    """One second-order section, (b0 + b1 z⁻¹ + b2 z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²)."""

    b0: float
    b1: float
    b2: float
    a1: float
    a2: float

    def response(self, frequency_hz: float, rate_hz: float) -> complex:
        """Return the complex gain at a frequency."""
        z = cmath.exp(-2j * math.pi * frequency_hz / rate_hz)
        return (self.b0 + z * (self.b1 + z * self.b2)) / (1.0 + z * (self.a1 + z * self.a2))


class Cascade:
    """Biquads in series with their state, in direct form II transposed."""

    __slots__ = ("_first", "_second", "sections")

    def __init__(self, sections: Sequence[Biquad]) -> None:
        self.sections = tuple(sections)
        self._first = [0.0] * len(self.sections)
        self._second = [0.0] * len(self.sections)

    def step(self, x: float) -> float:
        """Filter one sample."""
        for k, section in enumerate(self.sections):
            y = section.b0 * x + self._first[k]
            self._first[k] = section.b1 * x - section.a1 * y + self._second[k]
            self._second[k] = section.b2 * x - section.a2 * y
            x = y
        return x

    def run(self, samples: list[float]) -> list[float]:
        """Filter samples, with everything that the loop needs in local names."""
        for k, section in enumerate(self.sections):
            b0, b1, b2, a1, a2 = section.b0, section.b1, section.b2, section.a1, section.a2
            s1, s2 = self._first[k], self._second[k]
            filtered: list[float] = []
            add = filtered.append
            for x in samples:
                y = b0 * x + s1
                s1 = b1 * x - a1 * y + s2
                s2 = b2 * x - a2 * y
                add(y)
            self._first[k], self._second[k] = s1, s2
            samples = filtered
        return samples

    def settle(self, level: float = 0.0) -> None:
        """Set the state as if the input had been `level` for ever, so that the next sample does not ring."""
        for k, section in enumerate(self.sections):
            gain = (section.b0 + section.b1 + section.b2) / (1.0 + section.a1 + section.a2)
            self._second[k] = (section.b2 - section.a2 * gain) * level
            self._first[k] = (section.b1 - section.a1 * gain) * level + self._second[k]
            level *= gain


def low_pass(corner_hz: float, rate_hz: float) -> Biquad:
    """Return a second-order Butterworth low-pass; raise ValueError unless 0 < corner < rate / 2."""
    corner = _warped(corner_hz, rate_hz)
    square = corner * corner
    scale = 1.0 / (1.0 + math.sqrt(2.0) * corner + square)
    b0 = square * scale
    return Biquad(b0, 2.0 * b0, b0, 2.0 * (square - 1.0) * scale, (1.0 - math.sqrt(2.0) * corner + square) * scale)


def band_pass(low_hz: float, high_hz: float, rate_hz: float) -> tuple[Biquad, Biquad]:
    """Return a fourth-order Butterworth band-pass; raise ValueError unless 0 < low < high < rate / 2.

    Both sections have their zeros at 0 Hz and at half the rate, so b1 = 0 and b2 = -b0.
    """
    low, high = _warped(low_hz, rate_hz), _warped(high_hz, rate_hz)
    if low >= high:
        raise ValueError(f"band-pass from {low_hz:g} to {high_hz:g} Hz: the lower corner must come first")
    centre_hz = math.atan(math.sqrt(low * high)) * rate_hz / math.pi
    half = cmath.rect(0.5 * (high - low), 0.75 * math.pi)
    root = cmath.sqrt(half * half - low * high)
    return _resonator(half + root, centre_hz, rate_hz), _resonator(half - root, centre_hz, rate_hz)


def phase_delay_s(sections: Sequence[Biquad], frequency_hz: float, rate_hz: float) -> float:
    """Return how much later a steady oscillation leaves the filter (seconds; negative where it leaves earlier)."""
    phase = sum(cmath.phase(section.response(frequency_hz, rate_hz)) for section in sections)
    return -phase / (2.0 * math.pi * frequency_hz)


def _resonator(pole: complex, centre_hz: float, rate_hz: float) -> Biquad:
    """Map an analogue pole and its conjugate to a section of gain 1 at the centre of the band."""
    z = (1.0 + pole) / (1.0 - pole)
    section = Biquad(1.0, 0.0, -1.0, -2.0 * z.real, abs(z) ** 2)
    gain = 1.0 / abs(section.response(centre_hz, rate_hz))
    return Biquad(gain, 0.0, -gain, section.a1, section.a2)


def _warped(frequency_hz: float, rate_hz: float) -> float:
    if not 0.0 < frequency_hz < 0.5 * rate_hz:
        raise ValueError(f"corner {frequency_hz:g} Hz: must lie between 0 and half of {rate_hz:g} Hz")
    return math.tan(math.pi * frequency_hz / rate_hz)

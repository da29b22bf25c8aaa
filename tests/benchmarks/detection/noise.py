"""Random movement: noise of a frequency band, slow wandering, and jitter from one beat to the next."""

from __future__ import annotations

import math

import numpy as np

from sensors.driver import Floats


def band_noise(
    rng: np.random.Generator, count: int, rate_hz: float, low_hz: float, high_hz: float, fall: float = 0.0
) -> Floats:
    """Return noise (n,) of unit variance between two frequencies, its amplitude falling as frequency to the `-fall`."""
    frequency = np.fft.rfftfreq(count, 1.0 / rate_hz)
    inside = (frequency >= low_hz) & (frequency <= high_hz)
    spectrum = np.zeros(len(frequency), dtype=np.complex128)
    within = int(inside.sum())
    spectrum[inside] = (rng.normal(size=within) + 1j * rng.normal(size=within)) * frequency[inside] ** -fall
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / noise.std())


def narrow_noise(rng: np.random.Generator, times_s: Floats, centre_hz: float, width_hz: float) -> Floats:
    """Return noise (n,) of unit variance around one frequency: a rhythm that waxes, wanes and loses its phase."""
    rate_hz = 1.0 / (times_s[1] - times_s[0])
    inphase, across = (band_noise(rng, len(times_s), rate_hz, 0.02, width_hz) for _ in range(2))
    turning = 2.0 * math.pi * centre_hz * times_s
    return np.asarray(inphase * np.cos(turning) + across * np.sin(turning))


def jitter(rng: np.random.Generator, count: int, spread: float, memory: float = 0.3) -> Floats:
    """Return first-order autoregressive deviations (n,) with standard deviation `spread`."""
    steps = spread * math.sqrt(1.0 - memory**2) * rng.normal(size=count)
    deviations = np.empty(count)
    last = spread * rng.normal()
    for k in range(count):
        last = memory * last + steps[k]
        deviations[k] = last
    return deviations

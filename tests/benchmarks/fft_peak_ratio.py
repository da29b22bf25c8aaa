"""The baseline: the usual tremor detector, a two-second spectrum whose largest peak must stand out.

A window slides by a quarter of a second. Where the peak between 3 and 8 Hz holds more than a share of all power between
0.5 and 20 Hz, the window is rhythmic; rhythmic windows that follow each other are one episode. It counts no beats. Its
thresholds were chosen for the best F1 on the tuning seeds of kinematic.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensors.driver import Floats
from tests.benchmarks.scoring import Found


@dataclass(frozen=True, slots=True)
class Parameters:
    """`share` of the power within `halfwidth_hz` of the peak; `floor_dps` rms of that part; `trim_s` off each end."""

    window_s: float = 2.0
    hop_s: float = 0.25
    low_hz: float = 3.0
    high_hz: float = 8.0
    halfwidth_hz: float = 0.75
    share: float = 0.7
    floor_dps: float = 20.0
    trim_s: float = 0.7


def episodes(gyro: Floats, rate: float, parameters: Parameters | None = None) -> list[Found]:
    """Return the rhythmic stretches of an angular velocity (n, 3) in deg/s."""
    chosen = parameters or Parameters()
    size, hop = round(chosen.window_s * rate), round(chosen.hop_s * rate)
    if len(gyro) < size:
        return []
    starts = np.arange(0, len(gyro) - size + 1, hop)
    windows = gyro[starts[:, None] + np.arange(size)]
    windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(size)[None, :, None]
    power = (np.abs(np.fft.rfft(windows, axis=1)) ** 2).sum(axis=2)
    power *= 2.0 / (size * np.sum(np.hanning(size) ** 2))
    frequency = np.fft.rfftfreq(size, 1.0 / rate)
    within = (frequency >= chosen.low_hz) & (frequency <= chosen.high_hz)
    peak_hz = frequency[within][power[:, within].argmax(axis=1)]
    at_peak = np.abs(frequency[None, :] - peak_hz[:, None]) <= chosen.halfwidth_hz
    peak = (power * at_peak).sum(axis=1)
    total = power[:, (frequency >= 0.5) & (frequency <= 20.0)].sum(axis=1)
    rhythmic = (peak > chosen.share * total) & (peak > chosen.floor_dps**2)
    found: list[Found] = []
    first = None
    for k, yes in enumerate([*rhythmic.tolist(), False]):
        if yes and first is None:
            first = k
        elif not yes and first is not None:
            onset, offset = starts[first] / rate + chosen.trim_s, (starts[k - 1] + size) / rate - chosen.trim_s
            alert = (starts[first] + size) / rate
            found.append(Found(onset, max(offset, onset + 0.1), alert, float(np.median(peak_hz[first:k]))))
            first = None
    return found

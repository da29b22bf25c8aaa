"""The usual detectors, to compare with: two seconds' spectrum, judged by its peak's share or by the freeze index.

Both slide a window by a quarter of a second; windows that follow each other are one episode, trimmed at both ends by
what is best for its onset and offset. They count no beats. Their thresholds were chosen for the best F1 on the tuning
seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats
from sensors.streams.recorded import RecordedSensor
from tests.benchmarks.detection.case import Case
from tests.benchmarks.detection.heard import Found, Heard

WINDOW_S = 2.0
HOP_S = 0.25
LIMB_HZ = (3.0, 8.0)
WHOLE_HZ = (0.5, 20.0)
WALKING_HZ = (0.5, 3.0)
HALFWIDTH_HZ = 0.75
ACC_FLOOR = 0.05
"""m/s² that stand for one deg/s where there is no gyroscope: a swing at 5.5 Hz, 10 cm from the joint."""


@dataclass(frozen=True, slots=True)
class PeakRatio:
    """Rhythmic where the peak between 3 and 8 Hz holds `share` of the power, and has `floor_dps` rms."""

    share: float = 0.7
    floor_dps: float = 20.0
    trim_s: float = 0.7

    def __call__(self, power: Floats, frequency: Floats, floor: float) -> NDArray[np.bool_]:
        peak = _peak(power, frequency)
        return np.asarray(
            (peak > self.share * _within(power, frequency, WHOLE_HZ)) & (peak > (floor * self.floor_dps) ** 2)
        )


@dataclass(frozen=True, slots=True)
class FreezeIndex:
    """Rhythmic where 3 to 8 Hz have `ratio` times the power of 0.5 to 3 Hz, and `floor_dps` rms (Moore et al.)."""

    ratio: float = 12.0
    floor_dps: float = 30.0
    trim_s: float = 0.8

    def __call__(self, power: Floats, frequency: Floats, floor: float) -> NDArray[np.bool_]:
        freezing, walking = _within(power, frequency, LIMB_HZ), _within(power, frequency, WALKING_HZ)
        return np.asarray((freezing > self.ratio * walking) & (freezing > (floor * self.floor_dps) ** 2))


Rule = PeakRatio | FreezeIndex


def fft_peak_ratio(case: Case) -> Heard:
    """Return what a two-second peak ratio makes of a case."""
    return _heard(case, PeakRatio())


def freeze_index(case: Case) -> Heard:
    """Return what a two-second freeze index makes of a case."""
    return _heard(case, FreezeIndex())


def _heard(case: Case, rule: Rule) -> Heard:
    found = {recorded.sensor.key: rhythmic(recorded, rule) for recorded in case.recording.recorded}
    return Heard({key: tuple(f.alert_s for f in episodes) for key, episodes in found.items()}, found)


def rhythmic(recorded: RecordedSensor, rule: Rule) -> tuple[Found, ...]:
    """Return the rhythmic parts of one sensor's stream; holes are bridged by straight lines."""
    measured = recorded.gyro if recorded.gyro is not None else recorded.acc
    assert measured is not None
    floor = 1.0 if recorded.gyro is not None else ACC_FLOOR
    rate = recorded.sensor.rate_hz
    times = recorded.ticks / 1e9
    even = np.arange(times[0], times[-1], 1.0 / rate)
    values = np.column_stack([np.interp(even, times, measured[:, axis]) for axis in range(3)])
    size, hop = round(WINDOW_S * rate), round(HOP_S * rate)
    if len(values) < size:
        return ()
    starts = np.arange(0, len(values) - size + 1, hop)
    power, frequency = _spectra(values, starts, size, rate)
    yes = rule(power, frequency, floor)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], yes.astype(np.int8), [0]))))
    inside = (frequency >= LIMB_HZ[0]) & (frequency <= LIMB_HZ[1])
    peak_hz = frequency[inside][power[:, inside].argmax(axis=1)]
    found = []
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        begin_s, alert_s = even[starts[first]], even[starts[first]] + WINDOW_S
        end_s = even[starts[stop - 1]] + WINDOW_S
        onset_s = begin_s + rule.trim_s
        hz = float(np.median(peak_hz[first:stop]))
        found.append(Found(onset_s, max(end_s - rule.trim_s, onset_s + 0.1), alert_s, hz, declared_s=end_s + HOP_S))
    return tuple(found)


def _spectra(values: Floats, starts: NDArray[np.int64], size: int, rate: float) -> tuple[Floats, Floats]:
    """Return the power of each window (k, f) in squared units rms, all axes together, and the frequencies (f,)."""
    taper = np.hanning(size)
    windows = values[starts[:, None] + np.arange(size)]
    windows = (windows - windows.mean(axis=1, keepdims=True)) * taper[None, :, None]
    power = (np.abs(np.fft.rfft(windows, axis=1)) ** 2).sum(axis=2)
    return np.asarray(power * 2.0 / (size * np.sum(taper**2))), np.asarray(
        np.fft.rfftfreq(size, 1.0 / rate), dtype=np.float64
    )


def _within(power: Floats, frequency: Floats, band_hz: tuple[float, float]) -> Floats:
    return np.asarray(power[:, (frequency >= band_hz[0]) & (frequency <= band_hz[1])].sum(axis=1))


def _peak(power: Floats, frequency: Floats) -> Floats:
    """Return the power around the largest peak in the band of limbs."""
    inside = (frequency >= LIMB_HZ[0]) & (frequency <= LIMB_HZ[1])
    peak_hz = frequency[inside][power[:, inside].argmax(axis=1)]
    near = np.abs(frequency[None, :] - peak_hz[:, None]) <= HALFWIDTH_HZ
    return np.asarray((power * near).sum(axis=1))

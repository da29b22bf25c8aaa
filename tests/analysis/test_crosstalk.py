"""Echoes told from origins: by size and likeness, never by size alone."""

from __future__ import annotations

import math

from analysis.crosstalk import Crosstalk
from analysis.episode import Context, Episode
from analysis.signal import Signal

RATE_HZ = 100.0
BEATS = tuple(1.0 + k / 5.5 for k in range(3))
EPISODE = Episode("shank", 1, "gyro", BEATS, 1.4, 10.0, "deg/s", 0.9, Context.PROVOKED)


def channel(
    sensor: str, size: float, hz: float = 5.5, lag_s: float = 0.0, unit: str = "deg/s", lost: int = 0
) -> Signal:
    band = [size * math.sin(2 * math.pi * hz * (k / RATE_HZ - lag_s)) for k in range(200)]
    return Signal(sensor, unit, 0.0, 0, RATE_HZ, band, band, [1.0] * 200, lost)


def origin(*others: Signal) -> str | None:
    crosstalk = Crosstalk()
    for signal in (channel("shank", 10.0), *others):
        crosstalk.hear(signal)
    return crosstalk.origin(EPISODE)


def test_a_weak_copy_of_a_stronger_sensor_is_an_echo_also_when_late_or_upside_down() -> None:
    assert origin(channel("foot", 100.0)) == "foot"
    assert origin(channel("foot", 100.0, lag_s=0.03)) == "foot"
    assert origin(channel("foot", -100.0)) == "foot"


def test_a_rhythm_of_like_size_is_its_own() -> None:
    assert origin(channel("foot", 25.0)) is None


def test_a_stronger_movement_of_another_kind_is_no_origin() -> None:
    assert origin(channel("foot", 100.0, hz=1.2)) is None


def test_degrees_and_metres_are_not_compared() -> None:
    assert origin(channel("foot", 100.0, unit="m/s²")) is None


def test_what_was_not_measured_is_unknown() -> None:
    crosstalk = Crosstalk()
    crosstalk.hear(channel("shank", 10.0))
    assert not crosstalk.is_echo(EPISODE, "foot")
    assert crosstalk.is_echo(EPISODE, "foot", unknown=True)

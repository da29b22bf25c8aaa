"""Samples are what was measured: nothing bridged, nothing filled, every loss a hole with its size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Floats, Sensor
from sensors.drivers.capture2go import MODE, MODE_LAYOUT, NOTIFY, STATUS, SYNC_SENDER, package
from sensors.drivers.stream import CHARACTERISTIC, encode
from sensors.packet import Arrival, LinkChange, LinkState, OperatorEntry, Packet
from sensors.samples import LEAST_STEP_S, _rising, samples_of

RATE_HZ = 100.0


class Recorded:
    """Arrivals in memory: a Recording of one sensor."""

    def __init__(self, *arrivals: Arrival, start_ns: int = 0) -> None:
        self._arrivals = arrivals
        self.name, self.start_ns, self.begins_s, self.duration_s, self.started_utc = "a test", start_ns, 0.0, 9.0, None
        self.sensors = (Sensor("left_foot", "stream", RATE_HZ), Sensor("silent", "stream", RATE_HZ))

    def arrivals(self) -> Iterator[Arrival]:
        yield from self._arrivals

    def close(self) -> None:
        """Nothing is held."""


def packet(numbers: list[int] | range, *, acc: bool = True, gyro: bool = True, later_s: float = 0.0) -> Packet:
    """A packet whose values are the sample numbers."""
    of = np.asarray(numbers, dtype=np.float64)
    ticks = np.rint((of / RATE_HZ + later_s) * 1e9).astype(np.int64)
    values: Floats = np.repeat(of[:, None], 3, axis=1)
    data = encode(ticks, values if acc else None, values if gyro else None)
    return Packet("left_foot", CHARACTERISTIC, data, int(ticks[-1]))


@given(st.sets(st.integers(1, 148), max_size=60))
def test_what_is_held_is_what_came_and_every_loss_is_counted(lost: set[int]) -> None:
    came = [k for k in range(150) if k not in lost]
    packets = [packet(came[a : a + 8]) for a in range(0, len(came), 8)]
    (samples,) = samples_of(Recorded(*packets))
    assert samples.gyro is not None
    assert samples.gyro[:, 0].tolist() == came
    assert np.abs(samples.times - np.array(came) / RATE_HZ).max() < 1e-9
    assert sum(hole.lost for hole in samples.holes) == len(lost)
    for hole in samples.holes:
        assert came[hole.before] - came[hole.before - 1] - 1 == hole.lost


def test_a_sensor_that_sent_nothing_has_no_samples_and_other_arrivals_do_no_harm() -> None:
    others: list[Arrival] = [
        LinkChange("left_foot", LinkState.STREAMING, "", 0),
        LinkChange("stranger", LinkState.LOST, "", 0),
        OperatorEntry("mark", 0),
        Packet("stranger", "x", b"", 0),
    ]
    (samples,) = samples_of(Recorded(*others, packet(range(100))))
    assert (samples.name, len(samples), samples.holes) == ("left_foot", 100, ())
    assert abs(samples.rate_hz - RATE_HZ) < 1e-6


def test_acceleration_that_comes_apart_is_held_apart() -> None:
    apart = [
        packet(range(a, a + 10), acc=kind == "acc", gyro=kind == "gyro", later_s=0.003 if kind == "acc" else 0.0)
        for a in range(0, 100, 10)
        for kind in ("gyro", "acc")
    ]
    rotation, acceleration = samples_of(Recorded(*apart))
    assert (rotation.name, rotation.acc, rotation.sensor.has_acc) == ("left_foot", None, False)
    assert (acceleration.name, acceleration.gyro) == ("left_foot_acc", None)
    assert np.abs(acceleration.times - rotation.times - 0.003).max() < 1e-9


class Together:
    """Two Capture2Go that go by one clock, over radios of different delay."""

    def __init__(self, delays_s: tuple[float, float]) -> None:
        self.name, self.start_ns, self.begins_s, self.duration_s, self.started_utc = "a test", 0, 0.0, 4.0, None
        self.sensors = tuple(Sensor(key, "capture2go", RATE_HZ) for key in ("left_foot", "right_foot"))
        self._delays_s = delays_s

    def arrivals(self) -> Iterator[Arrival]:
        mode = MODE_LAYOUT.pack(0, 0, 0, 0, 2, 0, 0, 0, 1, 0, SYNC_SENDER, 7, False, False, True)
        for sensor in self.sensors:
            yield self._packet(sensor, MODE, mode, 0.0)
            yield self._packet(sensor, STATUS, bytes(16) + b"\x01\x50\x00", 0.0)
        for k in range(0, 400, 8):
            for sensor, delay_s in zip(self.sensors, self._delays_s, strict=True):
                time_ns = 10**18 + round((k + 1) / RATE_HZ * 1e9)
                payload = time_ns.to_bytes(8, "little") + bytes(8 * 12 + 11)
                yield self._packet(sensor, 0x0232, payload, (k + 8) / RATE_HZ + delay_s)

    def _packet(self, sensor: Sensor, header: int, payload: bytes, at_s: float) -> Packet:
        return Packet(sensor.key, NOTIFY, b"\xff" + package(header, payload), round(at_s * 1e9))

    def close(self) -> None:
        """Nothing is held."""


def test_sensors_that_agreed_on_a_clock_have_the_same_times_as_in_their_session() -> None:
    left, right = samples_of(Together((0.004, 0.024)))
    assert len(left) == len(right) == 400
    assert np.abs(left.times[200:] - right.times[200:]).max() < 0.002


@given(st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=80))
def test_times_rise_where_a_clock_is_fitted_anew_and_stay_where_it_is_not(shifts: list[float]) -> None:
    times = np.arange(len(shifts)) / RATE_HZ + np.array(shifts)
    risen = _rising(times)
    assert (np.diff(risen) > 0.9 * LEAST_STEP_S).all()
    assert (risen >= times - 1e-9).all()
    even = np.arange(50) / RATE_HZ
    assert np.array_equal(_rising(even), even)

"""Myo: published packets, what is said to it, and the clock that is only counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sensors.driver import Readings
from sensors.drivers.myo import ACC_END, ACC_MPS2, BATTERY, COMMAND, GYRO_END, MOTION, SERVICE, MyoDriver
from sensors.failure import BadPacketError
from sensors.identity import Identity
from sensors.packet import Packet
from sensors.wireless import Advertisement, Read, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors
from tests.virtual_ble.peripherals.myo import Myo

*SAMPLES, ADVERTISED, AWAKE, SEND, SILENT, DROWSY, VIBRATE, LEVEL = vectors("myo")
STANDARD_GRAVITY = 9.80665


def decoded(characteristic: str, data: bytes, driver: MyoDriver | None = None, arrival_ns: int = 0) -> Readings:
    return (driver or MyoDriver()).decode(Packet("left_shank", characteristic, data, arrival_ns))


def motion(*values: int) -> bytes:
    return np.array([16384, 0, 0, 0, *values, *[0] * (6 - len(values))], dtype="<i2").tobytes()


def told(vector: dict[str, Any]) -> Write:
    return Write(COMMAND, bytes.fromhex(vector["hex"]))


def silence(_: Step) -> bytes:
    return b""


# --- the vectors


@pytest.mark.parametrize("vector", SAMPLES, ids=["at rest", "at rest later", "moved", "constructed"])
def test_a_sample_is_these_values(vector: dict[str, Any]) -> None:
    readings = decoded(MOTION, bytes.fromhex(vector["hex"]))
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc[0] / STANDARD_GRAVITY == pytest.approx(vector["expected"]["acc_g"])
    assert readings.gyro[0] == pytest.approx(vector["expected"]["gyr_dps"])
    assert readings.saturated == 0


@pytest.mark.parametrize("vector", SAMPLES[:3])
def test_an_orientation_has_length_1_only_when_bytes_are_read_as_little_endian(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    little, big = (float(np.linalg.norm(np.frombuffer(data, f"{order}i2", 4) / 16384)) for order in "<>")
    assert little == pytest.approx(1.0, abs=1e-3)
    assert big != pytest.approx(1.0, abs=0.1)


def test_the_captured_advertisement_is_recognised_and_its_name_is_fit_to_be_shown() -> None:
    data = bytes.fromhex(ADVERTISED["hex"])
    assert Myo("FA:3A:9A:16:C4:12").advertisement() == data
    assert data[2:10] == ADVERTISED["expected"]["name"].encode()
    assert data[:-17:-1].hex() == ADVERTISED["expected"]["service"].replace("-", "")
    heard = Advertisement("FA:3A:9A:16:C4:12", ADVERTISED["expected"]["name"], frozenset({SERVICE}))
    assert ADVERTISED["expected"]["service"] == SERVICE
    assert MyoDriver.recognises(heard)
    assert Identity.of(heard, "myo") == Identity("myo", "FA:3A:9A:16:C4:12", name="Myo")


def test_the_battery_service_tells_percent() -> None:
    assert decoded(BATTERY, bytes.fromhex(LEVEL["hex"])).battery_percent == LEVEL["expected"]["battery_pct"]


# --- what is said to it


def test_it_is_known_by_its_service_whatever_its_name() -> None:
    assert MyoDriver.recognises(MyoDriver.example_advertisement())
    assert MyoDriver.recognises(Advertisement("1", "Ana's left leg", frozenset({SERVICE})))
    assert not MyoDriver.recognises(Advertisement("1", "Myo"))


def test_it_is_kept_awake_before_it_streams_and_may_sleep_again_after() -> None:
    assert converse(MyoDriver().start(50.0), silence) == [told(AWAKE), told(SEND)]
    assert converse(MyoDriver().stop(), silence) == [told(SILENT), told(DROWSY)]


def test_it_vibrates_where_others_blink_and_its_battery_is_read() -> None:
    assert converse(MyoDriver().identify(), silence) == [told(VIBRATE)]
    assert converse(MyoDriver().battery(), silence) == [Read(BATTERY)]


# --- the counted clock


def test_a_sample_is_20_ms_after_the_last_however_it_arrives() -> None:
    driver = MyoDriver()
    ticks = [int(decoded(MOTION, motion(k), driver, at).ticks[0]) for k, at in enumerate((0, 400_000_000, 400_000_001))]
    assert np.diff(ticks).tolist() == [20_000, 20_000]


def test_a_silence_is_put_into_the_count() -> None:
    driver = MyoDriver()
    before = decoded(MOTION, motion(), driver, 1_000_000_000).ticks[0]
    assert decoded(MOTION, motion(), driver, 21_004_000_000).ticks[0] - before == 20_004_000


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ((0, 0, 0, GYRO_END), 1),
        ((0, 0, 0, 0, -32768), 1),
        ((0, 0, 0, GYRO_END - 1), 0),
        ((0, 0, ACC_END), 1),
        ((0, 0, -ACC_END, GYRO_END), 1),
        ((0, 0, ACC_END - 1), 0),
    ],
)
def test_values_at_the_end_of_their_range_count_as_saturated(values: tuple[int, ...], count: int) -> None:
    assert decoded(MOTION, motion(*values)).saturated == count


@pytest.mark.parametrize(
    ("characteristic", "data"),
    [(MOTION, bytes(19)), (MOTION, bytes(21)), (COMMAND, bytes(20)), (BATTERY, b"\x65"), (BATTERY, b"")],
    ids=["a byte short", "a byte long", "another characteristic", "more than full", "empty"],
)
def test_what_a_myo_does_not_send_is_refused(characteristic: str, data: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(characteristic, data)


def test_a_stream_lies_evenly_on_the_time_line() -> None:
    packets = [Packet("left_foot", MOTION, motion(k), (k + 1) * 20_000_000 + k % 4 * 12_000_000) for k in range(1500)]
    line, found = blocks(MyoDriver(), packets, 50.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    numbers = np.concatenate([block.acc[:, 0] for block in found if block.acc is not None]) / ACC_MPS2
    assert numbers == pytest.approx(np.arange(1500))
    assert np.diff(times) == pytest.approx(0.02, abs=1e-3)
    assert line.honesty.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert (line.honesty.lost, line.honesty.unreadable) == (0, 0)

"""Movesense: captured packets, what is said to the sensor, and its samples on the time line."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from sensors.driver import Readings
from sensors.drivers.movesense import (
    ACC_END_MPS2,
    BATTERY_LEVEL,
    COMPANY,
    FINER_BITS,
    GYRO_END_DPS,
    NOTIFY,
    WRITE,
    MovesenseDriver,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, LinkRefusedError, Read, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

IMU6, IMU9, ACC, GYRO, MAGN, WHOLE, SUBSCRIBE, UNSUBSCRIBE, STATUS = vectors("movesense")
ANOTHER_REFERENCE = 99
STAMP = slice(0, 4)


def decoded(data: bytes, driver: MovesenseDriver | None = None) -> Readings:
    return (driver or MovesenseDriver()).decode(Packet("left_foot", NOTIFY, data, 0))


def payload(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["hex"])


def inertial(stamp_ms: int, samples: int, value: float = 0.0) -> bytes:
    rows = np.full((2, samples, 3), value, dtype="<f4")
    return struct.pack("<I", stamp_ms % 2**32) + rows.tobytes()


def assert_reads(readings: Readings, expected: dict[str, Any]) -> None:
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc == pytest.approx(np.array(expected["acc_mps2"]), abs=1e-5)
    assert readings.gyro == pytest.approx(np.array(expected["gyr_dps"]), abs=1e-5)
    assert len(readings.ticks) == expected["samples_per_notification"]
    assert readings.ticks[-1] >> FINER_BITS == expected["timestamp_ms"]


class Sensor:
    """A sensor with an answer for each command code; None where it stays silent."""

    def __init__(self, hello: str = "0101013231303333", subscribed: str | None = "c800", ended: str | None = "c800"):
        self.hello, self.subscribed, self.ended = hello, subscribed, ended
        self.last = b""

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            assert step.characteristic == WRITE
            self.last = step.data
            return b""
        assert isinstance(step, Await)
        if self.last[0] == 0:
            return bytes.fromhex(self.hello)
        status = self.subscribed if self.last[0] == 1 else self.ended
        answer = b"" if status is None else bytes((1, self.last[1])) + bytes.fromhex(status)
        assert answer.startswith(step.prefix) or not answer
        return answer


def test_the_captured_packet() -> None:
    assert_reads(decoded(bytes((2, 52)) + payload(IMU6)), IMU6["expected"])


def test_the_captured_packet_with_magnetometer_begins_with_the_same() -> None:
    assert_reads(decoded(bytes((2, 52)) + payload(IMU9)[: len(payload(IMU6))]), IMU9["expected"])


def test_captured_blocks_of_acceleration_and_rotation_make_one_packet() -> None:
    assert payload(ACC)[STAMP] == payload(GYRO)[STAMP]
    both = payload(ACC) + payload(GYRO)[STAMP.stop :]
    assert_reads(decoded(bytes((2, 52)) + both), {**GYRO["expected"], **ACC["expected"]})


@pytest.mark.parametrize("vector", [IMU9, ACC, GYRO, MAGN], ids=["IMU9", "Acc", "Gyro", "Magn"])
def test_other_streams_are_not_taken_for_this_one(vector: dict[str, Any]) -> None:
    assert not len(decoded(bytes((2, ANOTHER_REFERENCE)) + payload(vector)).ticks)
    with pytest.raises(BadPacketError):
        decoded(bytes((2, 52)) + payload(vector))


def test_a_whole_notification_under_a_reference_of_ours() -> None:
    data, expected = payload(WHOLE), WHOLE["expected"]
    assert (data[0], data[1], len(data)) == (expected["response"], expected["ref"], expected["length"])
    assert not len(decoded(data).ticks)
    readings = decoded(data[:1] + bytes((52,)) + data[2:])
    assert len(readings.ticks) == expected["samples"]
    assert readings.ticks[-1] >> FINER_BITS == expected["timestamp_ms"]


def test_a_start_greets_ends_what_may_be_left_and_subscribes() -> None:
    steps = converse(MovesenseDriver().start(104.0), Sensor())
    assert [step.data.hex() for step in steps if isinstance(step, Write)] == [
        "0001",
        *("0234", "0268", "02d0"),
        "0168" + b"/Meas/IMU6/104".hex(),
    ]
    documented = payload(SUBSCRIBE)
    (subscribe,) = (step.data for step in steps if isinstance(step, Write) and step.data[0] == 1)
    assert (subscribe[:1], subscribe[2:]) == (documented[:1], documented[2:])


def test_a_stop_ends_the_subscription_of_every_rate() -> None:
    steps = converse(MovesenseDriver().stop(), Sensor())
    assert steps == [Write(WRITE, payload(UNSUBSCRIBE)[:1] + bytes((reference,))) for reference in (52, 104, 208)]


def test_answers_that_are_lost_do_not_refuse_a_start() -> None:
    converse(MovesenseDriver().start(52.0), Sensor(subscribed=None, ended=None))


@pytest.mark.parametrize(("status", "code"), [("f701", 503), ("01f7", 503), ("9401", 404)])
def test_a_status_that_refuses_is_named_either_way_round_with_what_to_do(status: str, code: int) -> None:
    with pytest.raises(LinkRefusedError, match=rf"\(status {code}\): update its firmware"):
        converse(MovesenseDriver().start(104.0), Sensor(subscribed=status))


def test_older_firmware_says_yes_the_other_way_round() -> None:
    converse(MovesenseDriver().start(104.0), Sensor(subscribed="00c8"))


def test_a_sensor_without_the_service_says_what_to_do() -> None:
    with pytest.raises(LinkRefusedError, match="firmware"):
        converse(MovesenseDriver().start(104.0), Sensor(hello=""))


def test_an_answer_has_no_samples() -> None:
    expected = STATUS["expected"]
    kind, reference, status = struct.unpack("<BBH", payload(STATUS))
    assert (kind, reference, status) == (expected["response"], expected["ref"], expected["status"])
    assert not len(decoded(payload(STATUS)).ticks)


def test_the_battery_level() -> None:
    assert converse(MovesenseDriver().battery(), lambda _: b"\x57") == [Read(BATTERY_LEVEL)]
    assert MovesenseDriver().decode(Packet("left_foot", BATTERY_LEVEL, b"\x57", 0)).battery_percent == 87
    assert MovesenseDriver().identify() is None


@pytest.mark.parametrize("cut", [20, 150, 155, 180])
def test_two_pieces_make_one_packet_wherever_it_is_cut(cut: int) -> None:
    driver, whole = MovesenseDriver(), bytes((2, 104)) + inertial(1000, 8, 1.5)
    assert not len(decoded(whole[:cut], driver).ticks)
    readings = decoded(bytes((3, 104)) + whole[cut:], driver)
    assert readings.gyro is not None
    assert readings.gyro.tolist() == [[1.5] * 3] * 8
    assert len(readings.ticks) == 8


def test_a_piece_without_its_other_is_refused_and_the_next_packet_is_read() -> None:
    driver, whole = MovesenseDriver(), bytes((2, 104)) + inertial(1000, 8)
    rest = bytes((3, 104)) + whole[150:]
    with pytest.raises(BadPacketError):
        decoded(rest, driver)
    decoded(whole[:150], driver)
    with pytest.raises(BadPacketError):
        decoded(bytes((3, 208)) + rest[2:], driver)
    decoded(whole[:150], driver)
    assert len(decoded(whole, driver).ticks) == 8
    with pytest.raises(BadPacketError):
        decoded(rest, driver)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x02\x34", b"\x04\x34\x00", bytes((2, 52)) + inertial(0, 8), bytes((2, 52)) + inertial(0, 4, np.nan)],
    ids=["empty", "no stamp", "no such type", "eight samples at 52 Hz", "not a number"],
)
def test_what_no_sensor_sends_is_refused(data: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(data)


def test_samples_at_the_end_of_a_range_are_counted() -> None:
    assert decoded(bytes((2, 52)) + inertial(0, 4, ACC_END_MPS2 + 0.1)).saturated == 4
    rows = np.zeros((2, 4, 3), dtype="<f4")
    rows[1, 2, 0] = -GYRO_END_DPS - 0.1
    assert decoded(bytes((2, 52)) + bytes(4) + rows.tobytes()).saturated == 1


def test_only_a_movesense_is_recognised() -> None:
    assert MovesenseDriver.recognises(MovesenseDriver.example_advertisement())
    assert MovesenseDriver.recognises(Advertisement("a", "Movesense 1234", manufacturer={COMPANY: b""}))
    assert not MovesenseDriver.recognises(Advertisement("a", "Movesense 1234"))
    assert not MovesenseDriver.recognises(Advertisement("a", "Suunto 9", manufacturer={COMPANY: b""}))


@pytest.mark.parametrize(("rate", "samples"), [(52, 4), (104, 8), (208, 8)])
@pytest.mark.parametrize("slower", [1.0, 1.03], ids=["as nominal", "3 % slower"])
def test_a_minute_over_the_wrap_is_evenly_spaced_and_a_repeat_is_dropped(
    rate: int, samples: int, slower: float
) -> None:
    first_ms, period_s = 2**32 - 20_000, slower / rate
    packets = []
    for number in range(60 * rate // samples):
        last_s = (number * samples + samples - 1) * period_s
        data = bytes((2, rate)) + inertial(first_ms + int(last_s * 1000), samples)
        packets.append(Packet("left_foot", NOTIFY, data, round(last_s * 1e9) + (number % 3) * 4_000_000))
    packets.insert(20, packets[19])
    line, found = blocks(MovesenseDriver(), packets, float(rate))
    assert line.honesty.lost == 0
    assert line.honesty.repeats == 1
    assert line.honesty.rate_hz == pytest.approx(1 / period_s, rel=1e-3)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert len(times) == (len(packets) - 1) * samples
    assert np.diff(times) == pytest.approx(period_s, abs=2e-3)


def test_a_lost_packet_is_counted_as_its_samples() -> None:
    packets = [
        Packet("left_foot", NOTIFY, bytes((2, 52)) + inertial(round(k * 4000 / 52), 4), round(k * 4e9 / 52))
        for k in range(1, 50)
    ]
    del packets[30]
    line, _ = blocks(MovesenseDriver(), packets, 52.0)
    assert line.honesty.lost == 4

"""Polar: captured and documented bytes, frames packed bit by bit, what is said to the sensor, and the time line."""

from __future__ import annotations

import struct
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Readings
from sensors.drivers.polar import (
    ADVERTISED,
    BATTERY_LEVEL,
    COMPANY,
    CONTROL,
    DATA,
    GRAVITY_MPS2,
    NANOSECONDS,
    PolarH10Driver,
    PolarOH1Driver,
    PolarSenseDriver,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, LinkRefusedError, Read, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

FACTOR, START_ACC, STARTED, START_GYRO, START_H10, CAPTURED = vectors("polar")
ACC, GYRO = 2, 5
EVERY = (PolarSenseDriver, PolarH10Driver, PolarOH1Driver)
OFFERED: dict[type[PolarSenseDriver], dict[int, str]] = {
    PolarSenseDriver: {
        GYRO: "00013400" + "01011000" + "0201d007" + "040103",
        ACC: "00013400" + "01011000" + "02010800" + "040103",
    },
    PolarH10Driver: {ACC: "0004190032006400c800" + "01011000" + "0203020004000800"},
    PolarOH1Driver: {ACC: "00013200" + "01011000" + "02010800", GYRO: "00013200"},
}


def decoded(data: bytes, driver: PolarSenseDriver | None = None) -> Readings:
    return (driver or PolarSenseDriver()).decode(Packet("left_foot", DATA, data, 0))


def header(kind: int, frame: int, time_ns: int = NANOSECONDS) -> bytes:
    return struct.pack("<BQB", kind, time_ns, frame)


def block(width: int, rows: list[list[int]]) -> bytes:
    """Pack differences from the lowest bit on, with nothing but whole numbers."""
    packed = 0
    for place, value in enumerate(value for row in rows for value in row):
        packed |= (value % (1 << width)) << (place * width)
    return bytes((width, len(rows))) + packed.to_bytes((len(rows) * 3 * width + 7) // 8, "little")


class Sensor:
    """A sensor that offers what its model offers; `status` answers some requests otherwise than with success."""

    def __init__(self, model: type[PolarSenseDriver], features: int = 0x2E, status: dict[str, int] | None = None):
        self.offered, self.features, self.status = OFFERED[model], features, status or {}
        self.written: list[str] = []

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Read):
            return bytes((0x0F, self.features)) + bytes(15)
        assert isinstance(step, Write | Await)
        assert step.characteristic == CONTROL
        if isinstance(step, Write):
            assert step.with_response
            self.written.append(step.data.hex())
            return b""
        request = bytes.fromhex(self.written[-1])[:2]
        status = self.status.get(request.hex(), 0)
        if status < 0:
            return b""
        answer = b"\xf0" + request + bytes((status, 0))
        return answer + (bytes.fromhex(self.offered[request[1]]) if request[0] == 1 and not status else b"")


def test_a_captured_frame() -> None:
    expected = CAPTURED["expected"]
    readings = decoded(bytes.fromhex(CAPTURED["hex"]))
    assert readings.acc is not None
    assert readings.gyro is None
    assert readings.acc == pytest.approx(np.array(expected["acc_mg"]) * GRAVITY_MPS2 / 1000)
    assert readings.ticks[-1] == expected["time_ns"]


def test_the_captured_answer_tells_no_factor_and_the_frame_needs_none() -> None:
    driver = PolarSenseDriver()
    assert not len(driver.decode(Packet("left_foot", CONTROL, bytes.fromhex(STARTED["hex"]), 0)).ticks)
    after, alone = (decoded(bytes.fromhex(CAPTURED["hex"]), d) for d in (driver, PolarSenseDriver()))
    assert np.array_equal(after.acc, alone.acc)  # type: ignore[arg-type]


def test_the_factor_of_a_start_answer_is_used() -> None:
    driver = PolarSenseDriver()
    data = header(ACC, 0x80) + struct.pack("<3h", 4096, 0, -8192) + block(3, [[-1, 3, 3]])
    driver.decode(Packet("left_foot", CONTROL, bytes.fromhex(FACTOR["hex"]), 0))
    steps = np.array([[4096, 0, -8192], [4095, 3, -8189]])
    readings = decoded(data, driver)
    assert readings.acc == pytest.approx(steps * FACTOR["expected"]["factor"] * GRAVITY_MPS2)
    half = FACTOR["hex"][:-8] + struct.pack("<f", 0.5).hex()
    driver.decode(Packet("left_foot", CONTROL, bytes.fromhex(half), 0))
    assert decoded(data, driver).acc == pytest.approx(steps * 0.5 * GRAVITY_MPS2)


@pytest.mark.parametrize("factor", [float("nan"), 0.0, -0.25, 1.5, float("inf")])
def test_a_factor_that_no_step_can_have_is_refused_and_the_one_before_holds(factor: float) -> None:
    driver = PolarSenseDriver()
    for told in (0.5, factor):
        answer = bytes.fromhex(FACTOR["hex"][:-8]) + struct.pack("<f", told)
        with nullcontext() if told == 0.5 else pytest.raises(BadPacketError):
            driver.decode(Packet("left_foot", CONTROL, answer, 0))
    data = header(ACC, 0x80) + struct.pack("<3h", 100, 0, 0) + block(1, [[0, 0, 0]])
    assert decoded(data, driver).acc == pytest.approx(np.array([[50 * GRAVITY_MPS2, 0, 0]] * 2))


def test_an_answer_that_refuses_tells_no_factor_and_without_one_acceleration_is_at_8_g() -> None:
    driver = PolarSenseDriver()
    answer = bytearray.fromhex(FACTOR["hex"])
    answer[3] = 12
    driver.decode(Packet("left_foot", CONTROL, bytes(answer[:-4]) + struct.pack("<f", 0.5), 0))
    readings = decoded(header(ACC, 0x80) + struct.pack("<3h", 16384, 0, -4096) + block(1, [[0, -1, 0]]), driver)
    assert readings.acc is not None
    assert readings.acc[0] == pytest.approx([4 * GRAVITY_MPS2, 0.0, -GRAVITY_MPS2])


def test_a_gyroscope_frame_without_a_factor_is_at_2000_degrees_a_second() -> None:
    readings = decoded(header(GYRO, 0x80) + struct.pack("<3h", 16384, 0, -16384) + block(1, [[0, -1, 0]]))
    assert readings.acc is None
    assert readings.gyro is not None
    assert readings.gyro[0].tolist() == [1000.0, 0.0, -1000.0]
    assert readings.gyro[1, 1] == -2000 / 32768


@given(
    first=st.lists(st.integers(-1000, 1000), min_size=3, max_size=3),
    runs=st.lists(
        st.integers(1, 17).flatmap(
            lambda width: st.tuples(
                st.just(width),
                st.lists(
                    st.lists(
                        st.integers(max(-900, -(1 << width - 1)), min(900, (1 << width - 1) - 1)),
                        min_size=3,
                        max_size=3,
                    ),
                    min_size=1,
                    max_size=8,
                ),
            )
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_what_is_packed_bit_by_bit_is_unpacked(first: list[int], runs: list[tuple[int, list[list[int]]]]) -> None:
    content = struct.pack("<3h", *first) + b"".join(block(width, rows) for width, rows in runs)
    rows = np.cumsum([first, *(row for _, rows in runs for row in rows)], axis=0)
    readings = decoded(header(ACC, 0x81) + content)
    assert readings.acc is not None
    assert np.array_equal(np.rint(readings.acc * 1000 / GRAVITY_MPS2), rows)


def test_differences_of_floating_point_values_are_those_of_their_patterns() -> None:
    patterns = np.array([[1.0, 10.0, 20.0], [1.25, 20.0, -2.6]], "<f4").view("<u4").astype(np.int64)
    deltas = (patterns[1] - patterns[0] + 2**31) % 2**32 - 2**31
    content = patterns[0].astype("<u4").tobytes() + block(32, [deltas.tolist()])
    readings = decoded(header(GYRO, 0x81) + content)
    assert readings.gyro == pytest.approx(np.array([[1.0, 10.0, 20.0], [1.25, 20.0, -2.6]]))


def test_a_block_without_any_change_has_no_bits() -> None:
    readings = decoded(header(ACC, 0x81) + struct.pack("<3h", 1, 2, 3) + bytes((0, 5)))
    assert readings.acc is not None
    assert np.ptp(readings.acc, axis=0).tolist() == [0, 0, 0]
    assert len(readings.acc) == 6


def test_an_uncompressed_frame_is_in_thousandths_of_gravity() -> None:
    readings = decoded(header(ACC, 0x01) + struct.pack("<6h", -9, -1, 1000, 0, 0, -1000), PolarH10Driver())
    assert readings.acc is not None
    assert readings.acc[:, 2] == pytest.approx([GRAVITY_MPS2, -GRAVITY_MPS2])
    assert np.diff(readings.ticks).tolist() == [NANOSECONDS // 200]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        header(ACC, 0x81),
        header(ACC, 0x81) + bytes(6),
        header(ACC, 0x81) + bytes(6) + block(8, [[1, 2, 3]])[:-1],
        header(ACC, 0x81) + bytes(6) + block(8, [[1, 2, 3]]) + b"\x08",
        header(ACC, 0x81) + bytes(6) + bytes((8, 0)),
        header(ACC, 0x81) + bytes(6) + bytes((33, 1)) + bytes(13),
        header(ACC, 0x81) + struct.pack("<3h", 32767, 0, 0) + block(2, [[1, 0, 0]]),
        header(ACC, 0x01) + bytes(7),
        header(ACC, 0x01),
        header(ACC, 0x83) + bytes(12),
        header(ACC, 0x01, 2**63) + bytes(6),
        header(GYRO, 0x81) + struct.pack("<3f", float("nan"), 0, 0) + block(1, [[0, 0, 0]]),
    ],
)
def test_what_no_sensor_sends_is_refused(data: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(data)


def test_other_measurements_have_no_samples_here() -> None:
    assert not len(decoded(header(1, 0x80) + bytes(40)).ticks)


def test_samples_at_the_end_of_the_range_are_counted() -> None:
    assert decoded(header(ACC, 0x01) + struct.pack("<6h", 7997, 0, 0, -7999, 0, 0)).saturated == 1
    assert decoded(header(GYRO, 0x80) + struct.pack("<3h", -32768, 0, 0) + block(1, [[0, 0, 0]])).saturated == 2


@pytest.mark.parametrize(
    ("model", "starts"),
    [
        (PolarSenseDriver, ["0105", START_GYRO["hex"], "0102", START_ACC["hex"]]),
        (PolarH10Driver, ["0102", START_H10["hex"]]),
    ],
    ids=["Sense", "H10"],
)
def test_a_start_stops_what_may_be_left_and_starts_as_documented(
    model: type[PolarSenseDriver], starts: list[str]
) -> None:
    sensor = Sensor(model, status={"0302": 6, "0309": 3})
    steps = converse(model().start(model.default_rate_hz), sensor)
    assert steps[0] == Read(CONTROL)
    assert sensor.written == ["0302", "0305", "0309", *starts]


def test_already_started_counts_as_started() -> None:
    converse(PolarSenseDriver().start(52.0), Sensor(PolarSenseDriver, status={"0205": 6}))


@pytest.mark.parametrize(
    ("sensor", "says"),
    [
        (Sensor(PolarSenseDriver, features=0x0E), "update its firmware"),
        (Sensor(PolarSenseDriver, status={"0205": 13}), "in the charger"),
        (Sensor(PolarSenseDriver, status={"0205": 10}), "adapter"),
        (Sensor(PolarSenseDriver, status={"0205": 12}), "another recording"),
        (Sensor(PolarSenseDriver, status={"0105": 3}), "status 3"),
        (Sensor(PolarSenseDriver, status={"0105": -1}), "does not answer"),
        (Sensor(PolarOH1Driver), "52 Hz"),
    ],
    ids=["no gyroscope", "charging", "narrow link", "busy", "unknown status", "silent", "another rate"],
)
def test_what_refuses_says_what_to_do(sensor: Sensor, says: str) -> None:
    with pytest.raises(LinkRefusedError, match=says):
        converse(PolarSenseDriver().start(52.0), sensor)


def test_an_answer_that_a_link_cuts_is_told_from_what_the_sensor_does_not_offer() -> None:
    whole = Sensor(PolarSenseDriver)
    with pytest.raises(LinkRefusedError, match="carries too little at once: use a newer adapter"):
        converse(PolarSenseDriver().start(52.0), lambda step: whole(step)[:16])
    with pytest.raises(BadPacketError):
        PolarSenseDriver().decode(Packet("left_foot", CONTROL, bytes.fromhex(FACTOR["hex"])[:-1], 0))


def test_something_else_at_the_control_point_is_refused() -> None:
    with pytest.raises(LinkRefusedError):
        converse(PolarSenseDriver().start(52.0), lambda _: b"")
    with pytest.raises(BadPacketError):
        PolarSenseDriver().decode(Packet("left_foot", CONTROL, b"\x01\x02", 0))


def test_a_read_control_point_that_is_notified_as_well_has_no_samples() -> None:
    assert not len(PolarSenseDriver().decode(Packet("left_foot", CONTROL, b"\x0f\x2e" + bytes(15), 0)).ticks)


def test_a_stop_ends_every_measurement() -> None:
    sensor = Sensor(PolarSenseDriver)
    converse(PolarSenseDriver().stop(), sensor)
    assert sensor.written == ["0302", "0305", "0309"]


def test_the_battery_level() -> None:
    assert converse(PolarSenseDriver().battery(), lambda _: b"\x57") == [Read(BATTERY_LEVEL)]
    assert PolarSenseDriver().decode(Packet("left_foot", BATTERY_LEVEL, b"\x57", 0)).battery_percent == 87
    assert PolarSenseDriver().identify() is None


@pytest.mark.parametrize("model", EVERY)
def test_each_model_knows_its_own(model: type[PolarSenseDriver]) -> None:
    advertisement = model.example_advertisement()
    assert [other for other in EVERY if other.recognises(advertisement)] == [model]
    assert model.recognises(Advertisement("a", advertisement.name, manufacturer={COMPANY: b""}))
    assert not model.recognises(Advertisement("a", advertisement.name))
    assert not model.recognises(Advertisement("a", "Polar Vantage", frozenset({ADVERTISED})))
    assert model.delayed
    assert model.has_gyro == (model is PolarSenseDriver)


@pytest.mark.parametrize("model", EVERY)
def test_a_minute_in_bursts_is_evenly_spaced_and_a_repeat_is_dropped(model: type[PolarSenseDriver]) -> None:
    rate_hz = model.default_rate_hz
    period_ns = 1.01 * NANOSECONDS / rate_hz
    kind = model.measured[0]
    frame = 0x80 if kind == GYRO else 0x81
    packets: list[Packet] = []
    taken = 0
    while taken < 60 * rate_hz:
        samples = (55, 130, 71)[len(packets) % 3]
        taken += samples
        time_ns = 800_000_000 * NANOSECONDS + round((taken - 1) * period_ns)
        data = header(kind, frame, time_ns) + bytes(6) + block(2, [[0, 0, 0]] * (samples - 1))
        packets.append(Packet("left_foot", DATA, data, round(taken * period_ns) + (len(packets) % 4) * 30_000_000))
    packets.insert(4, packets[3])
    line, found = blocks(model(), packets, rate_hz)
    assert line.honesty.lost == 0
    assert line.honesty.repeats == 1
    assert line.honesty.rate_hz == pytest.approx(1e9 / period_ns, rel=1e-3)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert len(times) == taken
    assert np.diff(times) == pytest.approx(period_ns / 1e9, abs=35e-3)


def test_a_lost_packet_is_counted_as_its_samples() -> None:
    packets = []
    for number in range(1, 20):
        time_ns = round(number * 60 * NANOSECONDS / 52)
        data = header(GYRO, 0x80, time_ns) + bytes(6) + block(2, [[0, 0, 0]] * 59)
        packets.append(Packet("left_foot", DATA, data, time_ns))
    del packets[10]
    line, _ = blocks(PolarSenseDriver(), packets, 52.0)
    assert line.honesty.lost == 60


def test_both_quantities_lie_on_one_time_line() -> None:
    packets = []
    for number in range(1, 40):
        for kind, behind_ns in ((GYRO, 0), (ACC, 7_000_000)):
            time_ns = round(number * 60 * NANOSECONDS / 52) + behind_ns
            data = header(kind, 0x80, time_ns) + bytes(6) + block(2, [[0, 0, 0]] * 59)
            packets.append(Packet("left_foot", DATA, data, time_ns))
    line, found = blocks(PolarSenseDriver(), packets, 52.0)
    assert (line.honesty.lost, line.honesty.late, line.honesty.repeats) == (0, 0, 0)
    assert sum(len(block) for block in found if block.gyro is not None) == 39 * 60
    assert sum(len(block) for block in found if block.acc is not None) == 39 * 60

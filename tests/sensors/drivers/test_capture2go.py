"""Capture2Go: the constructed bytes of its protocol, what is said to it, and its samples on the time line."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Readings
from sensors.drivers.capture2go import (
    GET_STATUS,
    LED_LAYOUT,
    MODE,
    MODE_LAYOUT,
    NOTIFY,
    SERVICE,
    SET_LED,
    SET_MODE,
    START_STREAMING,
    STATUS,
    STOP_REAL_TIME,
    STOP_STREAMING,
    STOP_STREAMING_AND_CLEAR,
    STREAMING_STARTED,
    WRITE,
    Capture2GoDriver,
    package,
    samples,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, CommonClock, LinkRefusedError, Pause, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

VECTORS = vectors("capture2go")
WRITTEN = {vector["expected"]["header"]: bytes.fromhex(vector["hex"]) for vector in VECTORS if vector["hex"][0] == "0"}
NOTIFIED = [vector for vector in VECTORS if vector["hex"][0] == "f"]
WHOLE, FIRST_HALF, SECOND_HALF, STATUS_VECTOR = NOTIFIED
MODE_AT_100_HZ = MODE_LAYOUT.pack(0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, False, False, True)
IDLE, RECORDING = 1, 3
PERIOD_NS = 10_000_000


def decoded(data: bytes, driver: Capture2GoDriver | None = None) -> Readings:
    return (driver or Capture2GoDriver()).decode(Packet("left_foot", NOTIFY, data, 0))


def status(state: int, battery: int = 80) -> bytes:
    return package(STATUS, struct.pack("<qBB3hBBB", 0, state, 2, 0, 0, 0, 0, battery, 95))


def stream(packages: int, first: int = 0, flags: int = 0, raw: int = 0) -> bytes:
    """Packages at 100 Hz whose gyroscope holds the sample numbers on x."""
    data = b""
    for number in range(first, first + packages):
        values = np.zeros((2, 8, 3), dtype="<i2")
        values[0, :, 0] = np.arange(8 * number, 8 * number + 8)
        values[1, 3, 1] = raw
        payload = struct.pack("<q", 8 * number * PERIOD_NS) + values.tobytes() + bytes(10) + bytes((flags,))
        data += package(0x0232, payload)
    return data


class Imu:
    """A sensor that answers as the protocol says; `between` comes before each answer."""

    def __init__(self, state: int = IDLE, between: bytes = b"", takes: bool = True, refuses: int | None = None) -> None:
        self.state, self.between, self.takes, self.refuses = state, between, takes, refuses
        self.said: list[bytes] = []

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            (header,) = struct.unpack_from("<H", step.data, 6)
            mode = step.data[8:] if self.takes else bytes(30)
            answers = {
                GET_STATUS: status(self.state),
                SET_MODE: package(MODE, mode),
                START_STREAMING: package(STREAMING_STARTED),
            }
            if header == self.refuses:
                answers[header] = package(0xFFFF, struct.pack("<BH", 0xFB, header))
            if header in answers:
                answer = self.between + answers[header]
                self.said += [b"\xff" + answer[:30], b"\xff" + answer[30:]] if len(answer) > 30 else [b"\xff" + answer]
        if isinstance(step, Await):
            return self.said.pop(0) if self.said else b""
        return b""


# --- the vectors


@pytest.mark.parametrize("header", sorted(WRITTEN), ids=hex)
def test_a_command_is_these_bytes(header: int) -> None:
    synchronised = MODE_LAYOUT.pack(0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 0x1122334455667788, False, False, True)
    payload = {SET_MODE: synchronised, SET_LED: LED_LAYOUT.pack(0, 2_000_000_000, True), 0x0160: bytes((2, 100))}
    assert package(header, payload.get(header, b"")) == WRITTEN[header]


def test_a_packed_package_is_eight_samples_from_the_time_of_the_first() -> None:
    readings, expected = decoded(bytes.fromhex(WHOLE["hex"])), WHOLE["expected"]
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.ticks[0] == expected["timestamp_ns_first_sample"]
    assert set(np.diff(readings.ticks)) == {expected["sample_period_ns"]}
    assert len(readings.ticks) == expected["samples"]
    assert readings.gyro[[0, -1]] == pytest.approx(
        np.array([expected["gyr_dps_first"], expected["gyr_dps_last"]]), abs=1e-5
    )
    assert readings.acc[[0, -1]] == pytest.approx(
        np.array([expected["acc_mps2_first"], expected["acc_mps2_last"]]), abs=1e-6
    )
    assert readings.saturated == 0


def test_a_package_cut_in_two_comes_with_its_second_half_and_the_real_time_channel_is_passed_over() -> None:
    driver = Capture2GoDriver()
    decoded(b"\xff" + status(IDLE), driver)
    assert len(decoded(bytes.fromhex(FIRST_HALF["hex"]), driver).ticks) == FIRST_HALF["expected"]["complete_packages"]
    readings = decoded(bytes.fromhex(SECOND_HALF["hex"]), driver)
    assert readings.ticks.tolist() == decoded(bytes.fromhex(WHOLE["hex"])).ticks.tolist()


def test_a_real_time_package_is_one_sample() -> None:
    data, expected = bytes.fromhex(SECOND_HALF["hex"]), SECOND_HALF["expected"]["rt"]
    readings = samples(expected["header"], data[9 : 9 + 37])
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.ticks.tolist() == [expected["timestamp_ns"]]
    assert readings.gyro[0] == pytest.approx(expected["gyr_dps"], abs=1e-5)
    assert readings.acc[0] == pytest.approx(expected["acc_mps2"], abs=1e-6)
    assert readings.saturated == expected["gyr_clipping"]


def test_a_status_tells_the_battery_with_and_without_the_charger() -> None:
    readings = decoded(bytes.fromhex(STATUS_VECTOR["hex"]))
    assert readings.battery_percent == STATUS_VECTOR["expected"]["battery_pct"]
    assert len(readings.ticks) == 0
    assert decoded(b"\xff" + status(IDLE, battery=87)).battery_percent == 87


# --- what is said to it


def test_it_is_known_by_name_and_service() -> None:
    assert Capture2GoDriver.recognises(Capture2GoDriver.example_advertisement())
    assert not Capture2GoDriver.recognises(Advertisement("1", "IMU_ab1234"))
    assert not Capture2GoDriver.recognises(Advertisement("1", "Belt", frozenset({SERVICE})))


def test_start_stops_what_runs_then_sets_the_mode_then_streams() -> None:
    steps = converse(Capture2GoDriver().start(100.0), Imu())
    assert [step for step in steps if not isinstance(step, Await)] == [
        Write(WRITE, package(STOP_STREAMING_AND_CLEAR)),
        Write(WRITE, package(STOP_REAL_TIME)),
        Pause(0.5),
        Write(WRITE, package(GET_STATUS)),
        Write(WRITE, package(SET_MODE, MODE_AT_100_HZ)),
        Write(WRITE, WRITTEN[START_STREAMING]),
    ]


def test_a_start_with_others_is_the_documented_mode_of_the_one_that_sends_its_clock_or_of_one_that_receives_it() -> (
    None
):
    number = 0x1122334455667788
    for leads, mode in ((True, 1), (False, 2)):
        steps = converse(Capture2GoDriver().start_together(100.0, CommonClock(b"", number, leads)), Imu())
        (said,) = (step.data for step in steps if isinstance(step, Write) and step.data[6:8] == b"\x20\x01")
        assert said[8 + 18] == mode
        assert (said == WRITTEN[SET_MODE]) == leads


def test_the_clock_is_common_once_the_status_says_so_and_the_senders_always_is() -> None:
    for role, synchronised, clock in ((0, 1, ""), (1, 0, "capture2go 0000000000000007"), (2, 0, "")):
        driver = Capture2GoDriver()
        mode = MODE_LAYOUT.pack(0, 0, 0, 2, 0, 0, 0, 1, 0, 0, role, 7, False, False, True)
        assert decoded(b"\xff" + package(MODE, mode), driver).common_clock is None
        told = package(STATUS, struct.pack("<qBB3hBBB", 0, 2, 2, 0, 0, 0, synchronised, 80, 95))
        assert decoded(b"\xff" + told, driver).common_clock == clock
    told = package(STATUS, struct.pack("<qBB3hBBB", 0, 2, 2, 0, 0, 0, 1, 80, 95))
    assert decoded(b"\xff" + told, driver).common_clock == "capture2go 0000000000000007"


@pytest.mark.parametrize(("rate_hz", "code"), [(200.0, 1), (100.0, 2), (50.0, 3)])
def test_each_rate_has_its_code(rate_hz: float, code: int) -> None:
    steps = converse(Capture2GoDriver().start(rate_hz), Imu())
    (mode,) = (step.data for step in steps if isinstance(step, Write) and step.data[6:8] == b"\x20\x01")
    assert mode[8 + 10] == code


def test_answers_are_found_among_samples_and_behind_the_rest_of_a_package() -> None:
    converse(Capture2GoDriver().start(100.0), Imu(between=stream(1)[60:] + stream(1)))


@pytest.mark.parametrize(
    ("sensor", "reason"),
    [
        (Imu(state=RECORDING), "records to its own memory"),
        (Imu(takes=False), "sampling rate"),
        (Imu(refuses=SET_MODE), "refuses"),
        (lambda _: b"", "does not answer"),
    ],
    ids=["recording", "another mode", "an error", "silence"],
)
def test_a_sensor_that_will_not_is_refused_with_what_to_do(sensor: Callable[[Step], bytes], reason: str) -> None:
    with pytest.raises(LinkRefusedError, match=reason):
        converse(Capture2GoDriver().start(100.0), sensor)


def test_stop_and_identify_are_the_documented_commands() -> None:
    assert converse(Capture2GoDriver().stop(), Imu())[0] == Write(WRITE, WRITTEN[STOP_STREAMING])
    assert converse(Capture2GoDriver().identify(), Imu()) == [Write(WRITE, WRITTEN[SET_LED])]
    assert Capture2GoDriver().battery() is None


# --- the stream


@given(st.lists(st.integers(1, 243), min_size=1, max_size=20))
def test_any_cut_into_notifications_gives_the_same_samples(cuts: list[int]) -> None:
    driver, data, ticks = Capture2GoDriver(), stream(6), list[int]()
    decoded(b"\xff" + status(IDLE), driver)
    for cut in [*cuts, len(data)]:
        if piece := data[:cut]:
            ticks += decoded(b"\xff" + piece, driver).ticks.tolist()
        data = data[cut:]
    assert ticks == [k * PERIOD_NS for k in range(48)]


def test_bytes_that_are_lost_cost_their_package_and_no_other() -> None:
    driver, data = Capture2GoDriver(), stream(5)
    spoilt = data[:170] + data[180:]
    ticks = decoded(b"\xff" + spoilt, driver).ticks.tolist()
    assert ticks == [k * PERIOD_NS for k in range(40) if not 8 <= k < 16]


@pytest.mark.parametrize(
    ("flags", "raw", "count"), [(0, 32767, 1), (0, -32760, 1), (0, 32759, 0), (2, 0, 8), (4, 0, 8), (1, 0, 0)]
)
def test_raw_values_at_the_end_and_the_clipping_flags_count_as_saturated(flags: int, raw: int, count: int) -> None:
    assert decoded(b"\xff" + stream(1, flags=flags, raw=raw)).saturated == count


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"\xff", b"\xfb" + stream(1), b"\xfe" + stream(1)[:-1], b"\xfe", b"\xff" + stream(1)[:-1]],
    ids=["empty", "nothing in it", "four real-time packages", "a cut one", "none of one", "a first piece"],
)
def test_what_a_capture2go_does_not_send_is_refused(spoilt: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(spoilt)


@pytest.mark.parametrize(("header", "length"), [(0x0232, 114), (0x0222, 115), (0x0239, 115)])
def test_a_package_of_another_length_or_rate_is_refused(header: int, length: int) -> None:
    with pytest.raises(BadPacketError):
        decoded(b"\xff" + package(header, bytes(length)))


def test_a_stream_lies_evenly_on_the_time_line_and_a_repeat_is_counted() -> None:
    packets = [
        Packet("left_foot", NOTIFY, b"\xff" + stream(1, first=n), (8 * n + 8) * PERIOD_NS + n % 3 * 4_000_000)
        for n in range(150)
    ]
    line, found = blocks(Capture2GoDriver(), [*packets[:70], packets[69], *packets[70:]], 100.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert np.diff(times) == pytest.approx(0.01, abs=1e-3)
    assert line.honesty.rate_hz == pytest.approx(100.0, rel=1e-3)
    assert (line.honesty.repeats, line.honesty.lost, line.honesty.unreadable) == (1, 0, 0)


@pytest.mark.parametrize("carried_bytes", range(20, 245, 4))
def test_a_state_is_told_from_samples_at_a_glance_however_the_link_cuts_it(carried_bytes: int) -> None:
    def glances(package: bytes) -> list[bool]:
        room = carried_bytes - 1
        pieces = (b"\xff" + package[begin : begin + room] for begin in range(0, len(package), room))
        return [Capture2GoDriver.may_hold_samples(NOTIFY, piece) for piece in pieces]

    assert not any(glances(status(RECORDING)))
    assert any(glances(stream(1)))

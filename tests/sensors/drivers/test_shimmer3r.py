"""Shimmer3R: the vendor's bytes, what is said to it, and a stream that its answers and lost bytes interrupt."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Readings
from sensors.drivers.shimmer3r import NOTIFY, SERVICE, WRITE, Shimmer3RDriver
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, LinkRefusedError, Pause, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

INQUIRED, GYRO_STREAM, *COMMANDS, ACROSS_THE_WRAP = vectors("shimmer3r")
ACC, GYRO = (0, 1, 2), (10, 11, 12)
DIVISOR = 320
GYRO_2000_DPS = 1 << 34
NEVER_WRITTEN = b"\xff" * 21
ACK, NACK = b"\xff", b"\xfe"
FIRMWARE_1_0_22, FIRMWARE_1_0_21 = bytes.fromhex("2f 0300 0100 00 16"), bytes.fromhex("2f 0300 0100 00 15")
DOCKED, BATTERY_AT_3_73_V = bytes.fromhex("8a 71 31 00"), bytes.fromhex("8a 94 000a 40")
STANDARD_GRAVITY = 9.80665


def inquiry(divisor: int = DIVISOR, configuration: int = GYRO_2000_DPS, channels: Sequence[int] = ACC + GYRO) -> bytes:
    head = struct.pack("<BH7sBB", 2, divisor, configuration.to_bytes(7, "little"), len(channels), 1)
    return head + bytes(channels)


def frame(number: int, *, first_tick: int = 5000, raw: Sequence[int] | None = None) -> bytes:
    """A frame at 102.4 Hz whose low-noise acceleration holds its number on x and gravity on z."""
    tick = (first_tick + DIVISOR * number) % 2**24
    values = (number, 0, 16396, 0, 0, 0) if raw is None else raw
    return b"\0" + tick.to_bytes(3, "little") + struct.pack("<6h", *values)


def block(offset: Sequence[int], sensitivity: Sequence[int], alignment: Sequence[int]) -> bytes:
    return struct.pack(">3h3h9b", *offset, *sensitivity, *alignment)


def decoded(driver: Shimmer3RDriver, data: bytes, arrival_ns: int = 0) -> Readings:
    return driver.decode(Packet("left_foot", NOTIFY, data, arrival_ns))


def described(answer: bytes | None = None) -> Shimmer3RDriver:
    """A driver that has seen the answer to an inquiry."""
    driver = Shimmer3RDriver()
    decoded(driver, ACK + (inquiry() if answer is None else answer))
    return driver


def numbers(readings: Readings) -> list[int]:
    """The numbers of the frames, by their time: the first is at tick 5000."""
    return [(int(tick) - 5000) // DIVISOR for tick in readings.ticks]


class Sensor:
    """A Shimmer3R: its answer to each command by the command's first byte, cut into notifications by `cut`."""

    def __init__(self, left: Sequence[bytes] = (), cut: Sequence[int] = (), **answers: bytes) -> None:
        self.queue: list[bytes] = []
        self.left, self.cut = list(left), list(cut)
        self.answers = {
            0x20: ACK,
            0x2E: ACK + FIRMWARE_1_0_22,
            0x13: ACK + b"\x12" + NEVER_WRITTEN,
            0x16: ACK + b"\x15" + NEVER_WRITTEN,
            0x01: ACK + inquiry(),
        } | {int(opcode[1:], 16): answer for opcode, answer in answers.items()}

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            assert step.characteristic == WRITE
            assert not step.with_response
            answer = self.answers.get(step.data[0], ACK)
            for place in self.cut:
                self.queue.append(answer[:place])
                answer = answer[place:]
            self.queue += [*self.left, answer] if step.data == b"\x20" else [answer]
            self.queue = [notification for notification in self.queue if notification]
        if isinstance(step, Await):
            while self.queue:
                if (notification := self.queue.pop(0)).startswith(step.prefix):
                    return notification
        return b""


# --- the vectors


def test_the_answer_to_an_inquiry_lays_out_the_frame() -> None:
    expected = INQUIRED["expected"]
    driver = described(bytes.fromhex(INQUIRED["hex"])[1:])
    frames = b"".join(
        b"\0" + (expected["divisor"] * k).to_bytes(3, "little") + struct.pack("<3h", 229, 458, 687) for k in range(3)
    )
    readings = decoded(driver, frames)
    assert np.diff(readings.ticks).tolist() == [expected["divisor"]] * 2
    assert expected["rate_hz"] == pytest.approx(1 / driver.tick.seconds / expected["divisor"])
    assert readings.acc is None
    assert readings.gyro is not None
    assert readings.gyro[0] == pytest.approx([-1.0, 2.0, -3.0])


def test_a_stream_of_the_gyroscope_alone() -> None:
    expected = GYRO_STREAM["expected"]
    readings = decoded(
        described(inquiry(divisor=100, configuration=0, channels=GYRO)), bytes.fromhex(GYRO_STREAM["hex"])
    )
    assert readings.gyro is not None
    assert readings.ticks.tolist() == expected["ticks_32768hz"]
    assert readings.gyro == pytest.approx(np.array([expected["gyr_dps_default_calibration_range0"]] * 3))


def test_the_time_wraps_after_512_seconds() -> None:
    expected = ACROSS_THE_WRAP["expected"]
    driver = described(inquiry(divisor=expected["delta_ticks"], channels=expected["channel_ids"]))
    readings = decoded(driver, bytes.fromhex(ACROSS_THE_WRAP["hex"]))
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.ticks.tolist() == expected["ticks"]
    mirrored = np.array([-1, 1, -1])
    assert readings.acc == pytest.approx(np.array(expected["acc_raw"]) * mirrored / 1672)
    assert readings.gyro == pytest.approx(np.array(expected["gyr_raw"]) * mirrored / 14)


def test_the_documented_commands_are_the_ones_it_says() -> None:
    said: set[bytes] = set()
    at_100_hz = inquiry(divisor=327)
    conversations = [
        (Shimmer3RDriver().start(51.2), Sensor(x01=ACK + inquiry(divisor=640))),
        (Shimmer3RDriver().start(32768 / 327), Sensor(x01=ACK + at_100_hz)),
        (Shimmer3RDriver().stop(), Sensor()),
        (Shimmer3RDriver().battery(), Sensor()),
    ]
    for conversation, sensor in conversations:
        said |= {step.data for step in converse(conversation, sensor) if isinstance(step, Write)}
    assert {bytes.fromhex(vector["hex"]) for vector in COMMANDS} <= said


# --- what is said to it


def test_it_is_known_by_its_name_and_not_by_the_service_of_the_belt() -> None:
    assert Shimmer3RDriver.recognises(Shimmer3RDriver.example_advertisement())
    assert Shimmer3RDriver.recognises(Advertisement("1", "Shimmer3R-01A2-BLE"))
    assert not Shimmer3RDriver.recognises(Advertisement("1", "NaviGuertel", frozenset({SERVICE})))
    assert not Shimmer3RDriver.recognises(Advertisement("1", "Shimmer3R-01A2-BT"))
    assert not Shimmer3RDriver.recognises(Advertisement("1", "Shimmer3R-01A2-BLE", frozenset({"another"})))


def test_start_stops_configures_asks_and_streams() -> None:
    steps = converse(Shimmer3RDriver().start(102.4), Sensor())
    said = [step.data.hex() for step in steps if isinstance(step, Write)]
    assert said == ["20", "2e", "054001", "4904", "08c00000", "13", "16", "01", "07"]


@pytest.mark.parametrize("cut", [(), (1,), (1, 10), (5, 5)], ids=str)
def test_an_answer_may_come_with_its_acknowledgement_after_it_or_in_parts(cut: tuple[int, ...]) -> None:
    converse(Shimmer3RDriver().start(102.4), Sensor(cut=cut))


def test_frames_that_an_earlier_session_left_are_passed_over() -> None:
    converse(Shimmer3RDriver().start(102.4), Sensor(left=[frame(0), frame(1) + ACK, frame(2)]))


def test_a_frame_may_overtake_the_acknowledgement_of_the_start() -> None:
    converse(Shimmer3RDriver().start(102.4), Sensor(x07=frame(0)))


@pytest.mark.parametrize(
    ("sensor", "reason"),
    [
        (Sensor(x2e=ACK + FIRMWARE_1_0_21), "update it"),
        (Sensor(x05=NACK), "recording on its card"),
        (Sensor(x01=ACK + inquiry(divisor=640)), "rate and sensors"),
        (Sensor(x01=ACK + inquiry(channels=ACC)), "rate and sensors"),
        (Sensor(x01=ACK + inquiry(channels=(0, 1, 0xEE))), "refuses"),
        (Sensor(x07=NACK), "dock"),
        (lambda _: b"", "off and on"),
    ],
    ids=["old firmware", "records", "another rate", "no gyroscope", "unknown channel", "will not start", "silence"],
)
def test_a_sensor_that_will_not_is_refused_with_what_to_do(sensor: Callable[[Step], bytes], reason: str) -> None:
    with pytest.raises(LinkRefusedError, match=reason):
        converse(Shimmer3RDriver().start(102.4), sensor)


def test_identify_turns_the_light_over_an_even_number_of_times() -> None:
    steps = converse(Shimmer3RDriver().identify(), Sensor())
    assert steps[:2] == [Write(WRITE, b"\x06", with_response=False), Pause(0.3)]
    assert sum(isinstance(step, Write) for step in steps) % 2 == 0


def test_whoever_held_the_conversation_can_read_the_frames() -> None:
    driver = Shimmer3RDriver()
    converse(driver.start(102.4), Sensor())
    assert numbers(decoded(driver, frame(0))) == [0]


# --- calibration and battery


def test_its_own_calibration_takes_the_place_of_the_default() -> None:
    driver = Shimmer3RDriver()
    turned = (0, 100, 0, -100, 0, 0, 0, 0, 100)
    decoded(driver, ACK + b"\x12" + block((10, 20, 30), (1600, 1700, 1750), turned))
    decoded(driver, ACK + b"\x15" + block((0, 0, 0), (1429, 1429, 1429), (-100, 0, 0, 0, 100, 0, 0, 0, -100)))
    decoded(driver, inquiry())
    readings = decoded(driver, frame(0, raw=(1610, 20, 1780, 1429, 0, 0)))
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc[0] == pytest.approx([0.0, 1.0, 1.0])
    assert readings.gyro[0] == pytest.approx([-100.0, 0.0, 0.0])


@pytest.mark.parametrize(
    "useless",
    [
        NEVER_WRITTEN,
        bytes(21),
        block((1, 2, 3), (1672, 1672, 9), (100, 0, 0, 0, 100, 0, 0, 0, 100)),
        block((1, 2, 3), (1672, 1672, 1672), (50,) * 9),
    ],
    ids=["never written", "empty", "a sensitivity of another sensor", "no direction"],
)
def test_a_useless_calibration_leaves_the_default(useless: bytes) -> None:
    driver = Shimmer3RDriver()
    decoded(driver, ACK + b"\x12" + useless)
    decoded(driver, inquiry())
    readings = decoded(driver, frame(0))
    assert readings.acc is not None
    assert readings.acc[0, 2] == pytest.approx(-STANDARD_GRAVITY, rel=1e-3)


@pytest.mark.parametrize(("code", "lsb"), [(0, 1672), (1, 836), (2, 418), (3, 209)])
def test_the_inquiry_tells_the_range_of_the_accelerometer(code: int, lsb: int) -> None:
    readings = decoded(described(inquiry(configuration=code << 30)), frame(0, raw=(0, lsb, 0, 0, 0, 0)))
    assert readings.acc is not None
    assert readings.acc[0] == pytest.approx([0.0, 1.0, 0.0])


@pytest.mark.parametrize(("code", "lsb"), [(0, 229), (1, 114), (2, 57), (3, 29), (4, 14), (5, 7)])
def test_the_inquiry_tells_the_range_of_the_gyroscope(code: int, lsb: int) -> None:
    configuration = (code & 3) << 16 | (code >> 2) << 34
    readings = decoded(described(inquiry(configuration=configuration)), frame(0, raw=(0, 0, 0, 0, lsb, 0)))
    assert readings.gyro is not None
    assert readings.gyro[0] == pytest.approx([0.0, 1.0, 0.0])


def test_other_channels_are_stepped_over_by_their_width() -> None:
    driver = described(inquiry(channels=(0x1A, *GYRO, 0x1D, *ACC)))
    data = b"\0" + bytes(3) + b"abc" + struct.pack("<3h", 14, 28, 42) + b"d" + struct.pack("<3h", 0, 1672, 0)
    readings = decoded(driver, data)
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.gyro[0] == pytest.approx([-1.0, 2.0, -3.0])
    assert readings.acc[0] == pytest.approx([0.0, 1.0, 0.0])


def test_the_battery_comes_between_frames() -> None:
    readings = decoded(described(), frame(0) + ACK + BATTERY_AT_3_73_V + frame(1))
    assert numbers(readings) == [0, 1]
    assert readings.battery_percent == pytest.approx(32.7, abs=0.1)


def test_the_voltage_of_the_charger_is_no_battery_level() -> None:
    assert decoded(described(), ACK + bytes.fromhex("8a 94 ff0f 40")).battery_percent is None


# --- the stream


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_any_cut_into_notifications_gives_the_same_samples(cuts: list[int]) -> None:
    driver, data, found = described(), b"".join(frame(k) for k in range(20)), list[int]()
    for cut in [*cuts, len(data)]:
        if piece := data[:cut]:
            found += numbers(decoded(driver, piece))
        data = data[cut:]
    assert found == list(range(20))


@pytest.mark.parametrize("between", [ACK, ACK + BATTERY_AT_3_73_V, DOCKED, DOCKED[:-1], DOCKED[:-1] + b"\x01"], ids=str)
def test_an_answer_between_frames_costs_no_sample(between: bytes) -> None:
    data = b"".join(frame(k) for k in range(5)) + between + b"".join(frame(k) for k in range(5, 10))
    driver = described()
    assert numbers(decoded(driver, data)) == list(range(10))


@given(st.integers(0, 15), st.integers(1, 15), st.binary(max_size=20))
def test_after_lost_and_strange_bytes_it_finds_the_frames_again(place: int, lost: int, strange: bytes) -> None:
    driver, found = described(), list[int]()
    spoilt = bytearray(frame(4) + frame(5))
    spoilt[place : place + lost] = strange
    for piece in [*(frame(k) for k in range(4)), bytes(spoilt), *(frame(k) for k in range(6, 16))]:
        try:
            found += numbers(decoded(driver, piece))
        except BadPacketError:
            continue
    assert found[:4] == [0, 1, 2, 3]
    assert found[-8:] == list(range(8, 16))


def test_nothing_is_learnt_from_data_that_looks_like_a_calibration() -> None:
    driver = described()
    lost_step = frame(1)[:9] + frame(2)[:7] + ACK + b"\x15" + bytes(range(21))
    decoded(driver, frame(0) + lost_step)
    with suppress(BadPacketError):
        decoded(driver, frame(3))
    after, expected = decoded(driver, frame(4) + frame(5)), decoded(described(), frame(4) + frame(5))
    assert numbers(after)[-2:] == [4, 5]
    assert after.gyro is not None
    assert expected.gyro is not None
    assert np.array_equal(after.gyro[-2:], expected.gyro)


def test_data_that_looks_like_frames_is_not_taken_for_them() -> None:
    """At rest a channel may be zero in every frame: a view shifted to it has a start byte at every frame, too."""
    driver = described()
    data = b"".join(frame(k, raw=(100, -50, 16000 + k, 1, -2, 0)) for k in range(12))
    assert numbers(decoded(driver, frame(0) + data[5:]))[1:] == list(range(1, 12))


def test_samples_that_the_sensor_dropped_are_a_step_in_time() -> None:
    assert numbers(decoded(described(), frame(0) + frame(3) + frame(4))) == [0, 3, 4]


def test_after_a_long_silence_two_frames_prove_each_other() -> None:
    driver = described()
    decoded(driver, frame(0))
    assert numbers(decoded(driver, frame(1000) + frame(1001))) == [1000, 1001]


def test_frames_before_any_inquiry_are_passed_over() -> None:
    assert len(decoded(Shimmer3RDriver(), frame(0)).ticks) == 0


def test_a_new_connection_is_read_by_its_own_inquiry() -> None:
    driver = described()
    decoded(driver, frame(0) + frame(1)[:9])
    second_ns = 3_000_000_000
    for answer in (ACK, ACK + FIRMWARE_1_0_22, ACK + inquiry(divisor=640, channels=GYRO), ACK):
        decoded(driver, answer, second_ns)
    readings = decoded(driver, b"\0" + bytes(3) + struct.pack("<3h", 14, 0, 0), second_ns)
    assert readings.acc is None
    assert len(readings.ticks) == 1


@pytest.mark.parametrize(("raw", "count"), [(32760, 1), (-32768, 1), (32759, 0)])
@pytest.mark.parametrize("axis", [0, 5])
def test_a_raw_value_at_the_end_counts_as_saturated(raw: int, count: int, axis: int) -> None:
    values = [raw if k == axis else 0 for k in range(6)]
    assert decoded(described(), frame(0, raw=values) + frame(1)).saturated == count


@pytest.mark.parametrize("data", [b"", b"\x77\x66", b"\x02\x40"], ids=["empty", "no message", "a first piece"])
def test_what_a_shimmer_does_not_send_is_refused(data: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(Shimmer3RDriver(), data)


def test_a_stream_across_the_wrap_lies_evenly_on_the_time_line_and_a_repeat_is_counted() -> None:
    period_s = DIVISOR / 32768
    packets = [Packet("left_foot", NOTIFY, inquiry(), 0)]
    packets += [
        Packet("left_foot", NOTIFY, frame(k, first_tick=2**24 - 200_000), round(k * period_s * 1e9) + k % 4 * 5_000_000)
        for k in range(1500)
    ]
    line, found = blocks(Shimmer3RDriver(), [*packets[:900], packets[899], *packets[900:]], 102.4)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert len(times) == 1500
    assert np.diff(times) == pytest.approx(period_s, abs=1e-3)
    assert line.honesty.rate_hz == pytest.approx(102.4, rel=1e-3)
    assert (line.honesty.repeats, line.honesty.lost, line.honesty.unreadable) == (1, 0, 0)

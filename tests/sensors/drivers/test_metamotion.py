"""MetaMotion: what is said to the board byte by byte, and its stamped samples on the time line."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from sensors.driver import Readings
from sensors.drivers.metamotion import ACC_MPS2, COMMAND, GYRO_DPS, NOTIFY, SERVICE, TICK_S, MetaMotionDriver
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, LinkRefusedError, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

G_MPS2 = 9.80665
PACKED_ACC, PACKED_GYRO, STAMPED = vectors("metamotion")
BMI160 = {"0380": "03800101", "1380": "13800001"}
BMI270 = {"0380": "03800400", "1380": "13800100"}
STILL = ("030100", "130100", "03020001", "13020001", "0908", "020201")


def decoded(data: bytes) -> Readings:
    return MetaMotionDriver().decode(Packet("left_foot", NOTIFY, data, 0))


def stamped(tick: int, raw: tuple[int, ...] = (0, 0, 4096, 0, 0, 0)) -> bytes:
    return struct.pack("<3BI6h", 9, 3, 2, tick % 2**32, *raw)


class Board:
    """A board with the answers it gives to questions, and the numbers of the processors it creates."""

    def __init__(self, answers: dict[str, str], room: int = 3) -> None:
        self.answers = answers
        self.room = room
        self.processors = 0
        self.written: list[str] = []

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            assert step.characteristic == COMMAND
            self.written.append(step.data.hex())
            return b""
        assert isinstance(step, Await)
        assert step.characteristic == NOTIFY
        answer = bytes.fromhex(self.answers.get(self.written[-1], ""))
        if self.written[-1].startswith("0902") and self.processors < self.room:
            answer = bytes((9, 2, self.processors))
            self.processors += 1
        assert answer.startswith(step.prefix) or not answer
        return answer


def test_a_start_clears_the_board_and_builds_the_chain_of_its_chip() -> None:
    board = Board(BMI160)
    converse(MetaMotionDriver().start(100.0), board)
    assert board.written == [
        *STILL,
        *("0380", "1380"),
        *("030400", "031c00", "130500", "130700"),
        "1109" + "0600" + "0600" + "0000" + "5802",
        *("03032808", "13032800"),
        "09021305ffa00f05",
        "09020304ffa01b01" + "00" * 12,
        "0902090301601131" + "03",
        *("09070201", "090301"),
        *("03020100", "13020100", "030101", "130101"),
    ]


def test_the_other_chip_has_other_codes_and_registers() -> None:
    board = Board(BMI270)
    converse(MetaMotionDriver().start(50.0), board)
    assert {"0303a702", "13032700", "09021304ffa00f05", "030500"} <= set(board.written)
    assert not {"031c00", "130700"} & set(board.written)


def test_the_numbers_that_the_board_gives_its_processors_are_used() -> None:
    board = Board(BMI160, room=8)
    board.processors = 5
    converse(MetaMotionDriver().start(100.0), board)
    assert "09020304ffa01b0105" + "00" * 11 in board.written
    assert "090209030660113103" in board.written
    assert "09070701" in board.written


@pytest.mark.parametrize("rate_hz", MetaMotionDriver.rates_hz)
def test_every_rate_can_be_started(rate_hz: float) -> None:
    board = Board(BMI160)
    converse(MetaMotionDriver().start(rate_hz), board)
    assert board.written[-1] == "130101"


@pytest.mark.parametrize(
    ("board", "says"),
    [
        (Board({}), "switch it off"),
        (Board({"0380": "03800101", "1380": "1380"}), "gyroscope"),
        (Board({"0380": "03800000", "1380": "13800001"}), "not a MetaMotion"),
        (Board(BMI160, room=2), "reset it"),
    ],
    ids=["silent", "no gyroscope", "an older board", "no room for a processor"],
)
def test_what_cannot_be_started_says_what_to_do(board: Board, says: str) -> None:
    with pytest.raises(LinkRefusedError, match=says):
        converse(MetaMotionDriver().start(100.0), board)


def test_a_stop_leaves_the_board_as_new() -> None:
    board = Board(BMI160)
    converse(MetaMotionDriver().stop(), board)
    assert tuple(board.written) == STILL


def test_identify_blinks_green_ten_times() -> None:
    board = Board({})
    converse(MetaMotionDriver().identify(), board)
    assert board.written == ["020201", "020300021f00" + "0000" + "3200" + "0000" + "f401" + "0000" + "0a", "020101"]


def test_the_battery_level_is_in_the_answer() -> None:
    board = Board({"118c": "118c570010"})
    assert converse(MetaMotionDriver().battery(), board)[-1] == Await(NOTIFY, b"\x11\x8c")
    readings = decoded(bytes.fromhex("118c57e40f"))
    assert readings.battery_percent == 87
    assert not len(readings.ticks)


def test_the_constructed_stamped_sample() -> None:
    expected: dict[str, Any] = STAMPED["expected"]
    readings = decoded(bytes.fromhex(STAMPED["hex"]))
    assert readings.ticks.tolist() == [expected["tick"]]
    assert readings.ticks[0] * MetaMotionDriver.tick.seconds == pytest.approx(expected["time_ms_if_prescale_3"] / 1e3)
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc[0] / G_MPS2 == pytest.approx(expected["acc_g_at_8g"])
    assert readings.gyro[0] == pytest.approx(expected["gyr_dps_at_2000"])


def test_raw_streams_without_a_time_are_scaled_alike_and_give_no_samples() -> None:
    for vector, unit, expected in (
        (PACKED_ACC, ACC_MPS2 / G_MPS2, PACKED_ACC["expected"]["samples_g"]),
        (PACKED_GYRO, GYRO_DPS, PACKED_GYRO["expected"]["samples_dps"]),
    ):
        data = bytes.fromhex(vector["hex"])
        values = np.frombuffer(data, "<i2", offset=2).reshape(3, 3) * unit
        assert values == pytest.approx(np.array(expected), abs=1e-4)
        assert not len(decoded(data).ticks)


@pytest.mark.parametrize("raw", [(32767, 0, 0, 0, 0, 0), (0, 0, 0, 0, -32760, 0)])
def test_a_sample_at_the_end_of_the_range_is_counted(raw: tuple[int, ...]) -> None:
    assert decoded(stamped(0, raw)).saturated == 1
    assert decoded(stamped(0, (32759, 0, 0, 0, 0, 0))).saturated == 0


@pytest.mark.parametrize("data", ["", "09", "0903", "7700", "118c65e40f", "118c57", STAMPED["hex"] + "00"])
def test_what_no_board_sends_is_refused(data: str) -> None:
    with pytest.raises(BadPacketError):
        decoded(bytes.fromhex(data))


def test_a_board_is_known_by_its_service_whatever_its_name() -> None:
    assert MetaMotionDriver.recognises(MetaMotionDriver.example_advertisement())
    assert MetaMotionDriver.recognises(Advertisement("a", "left foot", frozenset({SERVICE})))
    assert not MetaMotionDriver.recognises(Advertisement("a", "MetaWear"))


@pytest.mark.parametrize("rate_hz", MetaMotionDriver.rates_hz)
def test_a_minute_over_the_wrap_is_evenly_spaced_and_a_repeat_is_dropped(rate_hz: float) -> None:
    first_s = (2**32 - 10_000) * TICK_S
    count = round(60 * rate_hz)
    packets = [
        Packet(
            "left_foot",
            NOTIFY,
            stamped(int((first_s + k / rate_hz) / TICK_S)),
            round(k * 1e9 / rate_hz) + (k % 3) * 4_000_000,
        )
        for k in range(count)
    ]
    packets.insert(100, packets[99])
    line, found = blocks(MetaMotionDriver(), packets, rate_hz)
    assert line.honesty.lost == 0
    assert line.honesty.repeats == 1
    assert line.honesty.rate_hz == pytest.approx(rate_hz, rel=2e-3)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert len(times) == count
    assert np.diff(times) == pytest.approx(1 / rate_hz, abs=3e-3)

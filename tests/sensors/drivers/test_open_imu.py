"""Open IMU: the profile as `docs/open-imu.md` has it, what is said to a board, and its samples on the time line."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Readings
from sensors.drivers.open_imu import (
    ACC,
    BATTERY_LEVEL,
    CONTROL,
    GYRO,
    SAMPLES,
    SATURATED,
    SERVICE,
    STATE,
    OpenImuDriver,
    Raw,
    encode,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, LinkRefusedError, Read, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

PAGE = (Path(__file__).parents[3] / "docs" / "open-imu.md").read_text(encoding="utf-8")
PERIOD_US = 9_615


def decoded(data: bytes, characteristic: str = SAMPLES) -> Readings:
    return OpenImuDriver().decode(Packet("left_foot", characteristic, data, 0))


def rows(numbers: np.ndarray) -> Raw:
    """Samples whose every value is their number."""
    return np.repeat(numbers[:, None], 6, axis=1).astype(np.int16)


class Board:
    """A board as the page describes it, with one rate."""

    def __init__(self, rate_dhz: int = 1040, trouble: int = 0, version: int = 1) -> None:
        self.rate_dhz, self.trouble, self.version = rate_dhz, trouble, version
        self.streaming = False
        self.blinks_s = 0

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            assert step.with_response
            command, argument = step.data[0], step.data[1:]
            self.streaming = command == 1 and not self.trouble
            if command == 2:
                self.blinks_s = argument[0]
        if isinstance(step, Read):
            return struct.pack("<BBBxH", self.version, self.streaming, self.trouble, self.rate_dhz)
        return b""


@pytest.mark.parametrize("vector", vectors("open_imu"), ids=lambda vector: str(vector["meaning"]))
def test_a_frame_of_the_page_is_read(vector: dict[str, object]) -> None:
    readings = decoded(bytes.fromhex(str(vector["hex"])))
    expected = vector["expected"]
    assert isinstance(expected, dict)
    assert readings.ticks.tolist() == expected["ticks"]
    for values, name in ((readings.acc, "acc_mps2"), (readings.gyro, "gyro_dps")):
        assert (values is None) == (name not in expected)
        if values is not None:
            assert values == pytest.approx(np.array(expected[name]), abs=1e-3)


def test_the_page_shows_the_first_vector_and_names_every_characteristic() -> None:
    (shown,) = re.findall(r"```\n((?:[0-9a-f]{2} ?)+)\n```", PAGE)
    assert bytes.fromhex(shown).hex() == vectors("open_imu")[0]["hex"]
    for uuid in (SERVICE, SAMPLES, CONTROL, STATE):
        assert PAGE.count(uuid) >= 2, "once in the table and once in the sketch"


@given(
    counter=st.integers(0, 2**20),
    tick=st.integers(0, 2**34),
    period_us=st.integers(1, 65_535),
    quantities=st.sampled_from([ACC, GYRO, ACC | GYRO]),
    data=st.data(),
)
def test_what_is_packed_is_unpacked(
    counter: int, tick: int, period_us: int, quantities: int, data: st.DataObject
) -> None:
    width = 6 if quantities == ACC | GYRO else 3
    row = st.lists(st.integers(-32768, 32767), min_size=width, max_size=width)
    raw = np.array(data.draw(st.lists(row, min_size=1, max_size=18)), dtype=np.int16)
    readings = decoded(encode(counter, tick, period_us, raw, acc_step=0.5, gyro_step=0.25, flags=quantities))
    assert readings.ticks.tolist() == [(tick + k * period_us) % 2**32 for k in range(len(raw))]
    found = [v / s for v, s in ((readings.acc, 0.5), (readings.gyro, 0.25)) if v is not None]
    assert np.array_equal(np.hstack(found), raw)


@pytest.mark.parametrize("samples", [0, 19])
def test_a_frame_that_fits_no_notification_is_not_packed(samples: int) -> None:
    with pytest.raises(ValueError, match="notification"):
        encode(0, 0, PERIOD_US, rows(np.zeros(samples)))


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"\x02"),
        (1, b"\x00"),
        (1, b"\x0b"),
        (8, b"\x00\x00"),
        (10, b"\x00"),
        (12, b"\x00\x00\xc0\x7f"),
        (16, bytes(4)),
    ],
    ids=["version", "no quantity", "unknown flag", "no period", "no samples", "scale not a number", "scale of zero"],
)
def test_a_frame_that_cannot_be_is_refused(at: int, value: bytes) -> None:
    data = bytearray(encode(0, 0, PERIOD_US, rows(np.arange(4))))
    data[at : at + len(value)] = value
    with pytest.raises(BadPacketError):
        decoded(bytes(data))


def test_the_end_of_the_range_is_seen_in_the_values_and_believed_from_the_flag() -> None:
    raw = rows(np.array([0, 32767, -32768, 5]))
    assert decoded(encode(0, 0, PERIOD_US, raw)).saturated == 2
    assert decoded(encode(0, 0, PERIOD_US, raw[:1], flags=ACC | GYRO | SATURATED)).saturated == 1


def test_a_start_stops_first_and_asks_for_the_rate_in_tenths_of_a_hertz() -> None:
    board = Board()
    assert converse(OpenImuDriver().start(100.0), board) == [
        Write(CONTROL, b"\x00"),
        Write(CONTROL, b"\x01\xe8\x03"),
        Read(STATE),
    ]
    assert board.streaming


@pytest.mark.parametrize(("trouble", "says"), [(1, "rate"), (2, "wiring"), (3, "charge"), (9, "off and on")])
def test_a_board_in_trouble_says_what_to_do(trouble: int, says: str) -> None:
    with pytest.raises(LinkRefusedError, match=says):
        converse(OpenImuDriver().start(100.0), Board(trouble=trouble))


def test_a_board_of_another_version_is_refused() -> None:
    with pytest.raises(LinkRefusedError, match="firmware"):
        converse(OpenImuDriver().start(100.0), Board(version=2))


def test_a_board_stops_blinks_and_tells_its_battery() -> None:
    board = Board()
    assert converse(OpenImuDriver().stop(), board) == [Write(CONTROL, b"\x00")]
    converse(OpenImuDriver().identify(), board)
    assert board.blinks_s == 5
    assert converse(OpenImuDriver().battery(), board) == [Read(BATTERY_LEVEL)]
    assert decoded(b"\x4b", BATTERY_LEVEL).battery_percent == 75


def test_a_board_is_known_by_its_service_whatever_its_name() -> None:
    assert OpenImuDriver.recognises(Advertisement("a", "my board", frozenset({SERVICE})))
    assert not OpenImuDriver.recognises(Advertisement("a", "Open IMU"))


def stream(seconds: int, first_tick: int) -> list[Packet]:
    """Frames of five samples, up to 30 ms late."""
    late_ns = np.random.default_rng(1).integers(0, 30_000_000, seconds * 104 // 5)
    packets = []
    for k, late in enumerate(late_ns):
        tick = first_tick + 5 * k * PERIOD_US
        data = encode(k, tick, PERIOD_US, rows(np.arange(5 * k, 5 * k + 5) % 1000))
        packets.append(Packet("left_foot", SAMPLES, data, (5 * k + 5) * PERIOD_US * 1000 + int(late)))
    return packets


def test_a_minute_over_the_wrap_is_evenly_spaced_and_repeats_are_dropped() -> None:
    packets = stream(60, 2**32 - 30_000_000)
    packets.insert(200, packets[199])
    line, found = blocks(OpenImuDriver(), packets, 100.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert line.honesty.lost == 0
    assert line.honesty.repeats == 1
    assert line.honesty.rate_hz == pytest.approx(1e6 / PERIOD_US, rel=1e-3)
    assert np.median(np.diff(times)) == pytest.approx(PERIOD_US / 1e6, rel=1e-3)
    assert len(times) == 5 * (len(packets) - 1)


def test_a_lost_frame_is_a_hole_of_its_samples() -> None:
    packets = stream(20, 0)
    del packets[100:103]
    line, _ = blocks(OpenImuDriver(), packets, 104.0)
    assert line.honesty.lost == 15

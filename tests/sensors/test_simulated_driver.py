"""The simulated family's frame: these samples give these bytes, these bytes those samples, and others are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Readings
from sensors.drivers.simulated import ACC_MPS2, CHARACTERISTIC, GYRO_DPS, MOST_SAMPLES, Raw, SimulatedDriver, encode
from sensors.failure import BadPacketError
from sensors.packet import Packet

ROWS: Raw = np.array([[0, 0, 2048, 16384, 0, -16384], [1, -1, 2, -2, 3, -3]], dtype=np.int16)


def decoded(data: bytes) -> Readings:
    return SimulatedDriver().decode(Packet("left_foot", CHARACTERISTIC, data, 0))


def test_a_frame_is_these_bytes() -> None:
    data = encode(0x0102, 0x03040506, 10_000, 80, ROWS[1:])
    assert data.hex(" ") == "c7 02 01 06 05 04 03 01 10 27 50 01 00 ff ff 02 00 fe ff 03 00 fd ff"


def test_full_scale_is_16_g_and_2000_degrees_a_second() -> None:
    readings = decoded(encode(0, 0, 10_000, 80, ROWS))
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc[0] == pytest.approx([0.0, 0.0, 9.80665])
    assert readings.gyro[0] == pytest.approx([1000.0, 0.0, -1000.0])


@given(
    counter=st.integers(0, 2**20),
    tick=st.integers(0, 2**34),
    period_us=st.integers(1, 65_535),
    battery=st.none() | st.integers(0, 100),
    rows=st.lists(st.lists(st.integers(-32768, 32767), min_size=6, max_size=6), min_size=1, max_size=MOST_SAMPLES),
)
def test_what_is_packed_is_unpacked(
    counter: int, tick: int, period_us: int, battery: int | None, rows: list[list[int]]
) -> None:
    raw = np.array(rows, dtype=np.int16)
    readings = decoded(encode(counter, tick, period_us, battery, raw))
    assert readings.ticks.tolist() == [(tick + k * period_us) % 2**32 for k in range(len(rows))]
    assert readings.acc is not None
    assert readings.gyro is not None
    assert np.array_equal(np.rint(readings.acc / ACC_MPS2), raw[:, :3])
    assert np.array_equal(np.rint(readings.gyro / GYRO_DPS), raw[:, 3:])
    assert readings.battery_percent == battery


def test_the_tick_wraps_within_a_packet() -> None:
    readings = decoded(encode(0, 2**32 - 15_000, 10_000, 80, np.zeros((4, 6), dtype=np.int16)))
    assert readings.ticks.tolist() == [2**32 - 15_000, 2**32 - 5_000, 5_000, 15_000]


def test_a_sample_at_the_end_of_the_range_on_any_axis_counts_as_saturated_once() -> None:
    raw = np.zeros((5, 6), dtype=np.int16)
    raw[1, 4] = 32767
    raw[2, 0] = -32768
    raw[2, 5] = 32760
    raw[3, 3] = 32759
    assert decoded(encode(0, 0, 10_000, 80, raw)).saturated == 2


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        encode(0, 0, 10_000, 80, ROWS)[:-1],
        encode(0, 0, 10_000, 80, ROWS) + b"\0",
        b"\0" + encode(0, 0, 10_000, 80, ROWS)[1:],
        encode(0, 0, 0, 80, ROWS),
        encode(0, 0, 10_000, 101, ROWS),
    ],
    ids=["empty", "a byte short", "a byte long", "another magic", "no period", "more than full battery"],
)
def test_a_frame_that_does_not_fit_is_refused(spoilt: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(spoilt)


@pytest.mark.parametrize("count", [0, MOST_SAMPLES + 1])
def test_a_frame_never_holds_more_than_a_notification_carries(count: int) -> None:
    with pytest.raises(ValueError, match="samples"):
        encode(0, 0, 10_000, 80, np.zeros((count, 6), dtype=np.int16))

"""Thingy:52: its documented bytes, what is said to it, and the clock that is only counted."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.driver import Readings
from sensors.drivers.thingy52 import (
    ACC_END,
    ACC_MPS2,
    BATTERY,
    CONFIGURATION,
    CONNECTION,
    GYRO_END,
    LED,
    RAW,
    SERVICE,
    Thingy52Driver,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, LinkRefusedError, Pause, Read, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

CAPTURED, SAMPLE, SETTINGS, QUATERNION, LEVEL = vectors("thingy52")
AT_200_HZ = bytes.fromhex("6400f401f401c80001")
AT_100_HZ_KEPT_AWAKE = bytes.fromhex("6400f401f401640001")
CYAN_BREATHING = bytes.fromhex("020614ac0d")
STANDARD_GRAVITY = 9.80665


def decoded(characteristic: str, data: bytes, driver: Thingy52Driver | None = None, arrival_ns: int = 0) -> Readings:
    return (driver or Thingy52Driver()).decode(Packet("left_foot", characteristic, data, arrival_ns))


def raw(*values: int) -> bytes:
    return np.array([*values, *[0] * (9 - len(values))], dtype="<i2").tobytes()


class Thingy:
    """A Thingy that keeps what is written to it, unless it is stubborn."""

    def __init__(self, configuration: bytes = AT_200_HZ, stubborn: bool = False) -> None:
        self.kept = {CONFIGURATION: configuration, LED: CYAN_BREATHING, BATTERY: b"\x57", CONNECTION: bytes(8)}
        self.stubborn = stubborn

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            assert step.with_response
            if not self.stubborn:
                self.kept[step.characteristic] = step.data
        return self.kept[step.characteristic] if isinstance(step, Read) else b""


# --- the vectors


@pytest.mark.parametrize("vector", [CAPTURED, SAMPLE], ids=["captured at rest", "constructed"])
def test_a_sample_is_these_values(vector: dict[str, dict[str, list[float]]]) -> None:
    readings = decoded(RAW, bytes.fromhex(str(vector["hex"])).ljust(18, b"\0"))
    assert readings.acc is not None
    assert readings.gyro is not None
    assert readings.acc[0] / STANDARD_GRAVITY == pytest.approx(vector["expected"]["acc_g"], abs=5e-5)
    assert readings.gyro[0] == pytest.approx(vector["expected"].get("gyr_dps", [0.0, 0.0, 0.0]))
    assert readings.saturated == 0


def test_the_rate_is_set_with_these_bytes_and_learnt_from_them() -> None:
    thingy = Thingy(bytes.fromhex("6400f401f401c80000"))
    converse(Thingy52Driver().start(float(SETTINGS["expected"]["motion_freq_hz"])), thingy)
    assert thingy.kept[CONFIGURATION].hex() == SETTINGS["hex"]
    assert len(decoded(CONFIGURATION, thingy.kept[CONFIGURATION]).ticks) == 0


def test_a_quaternion_is_not_asked_for() -> None:
    with pytest.raises(BadPacketError):
        decoded(QUATERNION["characteristic"].split()[0], bytes.fromhex(QUATERNION["hex"]))


def test_the_battery_service_tells_percent() -> None:
    assert decoded(BATTERY, bytes.fromhex(LEVEL["hex"])).battery_percent == LEVEL["expected"]["battery_pct"]


# --- what is said to it


def test_it_is_known_by_its_service_whatever_its_name() -> None:
    assert Thingy52Driver.recognises(Thingy52Driver.example_advertisement())
    assert Thingy52Driver.recognises(Advertisement("1", "Left leg", frozenset({SERVICE})))
    assert not Thingy52Driver.recognises(Advertisement("1", "Thingy"))


def test_start_changes_the_rate_and_nothing_else() -> None:
    assert converse(Thingy52Driver().start(100.0), Thingy()) == [
        Write(CONNECTION, bytes.fromhex("06000c0000004001"), may_fail=True),
        Read(CONFIGURATION),
        Write(CONFIGURATION, AT_100_HZ_KEPT_AWAKE),
        Read(CONFIGURATION),
    ]


@pytest.mark.parametrize("thingy", [Thingy(stubborn=True), Thingy(b"")], ids=["keeps its rate", "tells nothing"])
def test_a_sensor_that_will_not_is_refused_with_what_to_do(thingy: Thingy) -> None:
    with pytest.raises(LinkRefusedError, match="off and on"):
        converse(Thingy52Driver().start(100.0), thingy)


def test_identify_blinks_and_leaves_the_light_as_it_was() -> None:
    thingy = Thingy()
    steps = converse(Thingy52Driver().identify(), thingy)
    assert steps == [Read(LED), Write(LED, bytes.fromhex("0207642c01")), Pause(3.0), Write(LED, CYAN_BREATHING)]


def test_stop_says_nothing_and_the_battery_is_read() -> None:
    assert converse(Thingy52Driver().stop(), Thingy()) == []
    assert converse(Thingy52Driver().battery(), Thingy()) == [Read(BATTERY)]


# --- the counted clock


@pytest.mark.parametrize(("frequency_hz", "period_us"), [(50, 20_000), (100, 10_000), (200, 5_000)])
def test_a_sample_is_a_period_after_the_last_however_it_arrives(frequency_hz: int, period_us: int) -> None:
    driver = Thingy52Driver()
    decoded(CONFIGURATION, AT_200_HZ[:6] + frequency_hz.to_bytes(2, "little") + b"\0", driver)
    ticks = [int(decoded(RAW, raw(k), driver, at).ticks[0]) for k, at in enumerate((0, 400_000_000, 400_000_001))]
    assert np.diff(ticks).tolist() == [period_us, period_us]


def test_without_a_configuration_the_default_rate_is_taken() -> None:
    driver = Thingy52Driver()
    ticks = [int(decoded(RAW, raw(), driver).ticks[0]) for _ in range(2)]
    assert ticks[1] - ticks[0] == 10_000


def test_a_silence_is_put_into_the_count() -> None:
    driver = Thingy52Driver()
    before = decoded(RAW, raw(), driver, 1_000_000_000).ticks[0]
    assert decoded(RAW, raw(), driver, 21_004_000_000).ticks[0] - before == 20_004_000


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ((0, 0, 0, GYRO_END), 1),
        ((0, 0, 0, 32 * 1023), 1),
        ((0, 0, 0, 0, -32768), 1),
        ((0, 0, 0, GYRO_END - 1), 0),
        ((0, 0, ACC_END), 1),
        ((0, 0, -ACC_END, GYRO_END), 1),
        ((0, 0, ACC_END - 1), 0),
    ],
)
def test_values_at_the_end_of_their_range_count_as_saturated(values: tuple[int, ...], count: int) -> None:
    assert decoded(RAW, raw(*values)).saturated == count


@pytest.mark.parametrize(
    ("characteristic", "data"),
    [(RAW, bytes(17)), (RAW, bytes(19)), (CONFIGURATION, bytes(8)), (CONFIGURATION, bytes(9)), (BATTERY, b"\x65")],
    ids=["a byte short", "a byte long", "a short configuration", "no rate", "more than full"],
)
def test_what_a_thingy_does_not_send_is_refused(characteristic: str, data: bytes) -> None:
    with pytest.raises(BadPacketError):
        decoded(characteristic, data)


def test_a_stream_lies_evenly_on_the_time_line() -> None:
    packets = [Packet("left_foot", CONFIGURATION, AT_100_HZ_KEPT_AWAKE, 0)]
    packets += [Packet("left_foot", RAW, raw(k), (k + 1) * 10_000_000 + k % 4 * 7_000_000) for k in range(1500)]
    line, found = blocks(Thingy52Driver(), packets, 100.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    numbers = np.concatenate([block.acc[:, 0] for block in found if block.acc is not None]) / ACC_MPS2
    assert numbers == pytest.approx(np.arange(1500))
    assert np.diff(times) == pytest.approx(0.01, abs=1e-3)
    assert line.honesty.rate_hz == pytest.approx(100.0, rel=1e-3)
    assert (line.honesty.lost, line.honesty.unreadable) == (0, 0)

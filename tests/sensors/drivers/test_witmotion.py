"""WitMotion: captured and documented bytes, frames out of a byte stream, and time for samples that carry none."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.driver import Readings
from sensors.drivers.witmotion import (
    ACC_MPS2,
    FRAME_BYTES,
    GYRO_DPS,
    NOTIFY,
    SERVICE,
    SLOW,
    WRITE,
    WitMotionDriver,
)
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, LinkRefusedError, Pause, Step, Write
from tests.sensors.drivers.conversation import blocks, converse, vectors

VECTORS = vectors("witmotion")
CAPTURED = [vector for vector in VECTORS if "samples" in vector["expected"]]
(RECHUNKED,) = (vector for vector in VECTORS if "chunk_lengths" in vector["expected"])
STREAM = bytes.fromhex(RECHUNKED["hex"])
COMMANDS = {v["expected"]["meaning"]: bytes.fromhex(v["hex"]) for v in VECTORS if "meaning" in v["expected"]}
UNLOCK = COMMANDS["unlock configuration"]
G_MPS2 = 9.80665
ROUNDED = 1e-5
"""The vectors are rounded to a millionth of g, deg/s and degree."""


def frame(number: int = 0, acc: int = 2048) -> bytes:
    """A frame without a time whose angular velocity is its number."""
    return struct.pack("<2s9h", b"\x55\x61", 0, 0, acc, number, 0, 0, 0, 0, 0)


def answer(register: int, value: int) -> bytes:
    return struct.pack("<2sHH14x", b"\x55\x71", register, value)


def decoded(data: bytes, driver: WitMotionDriver | None = None, arrival_ns: int = 0) -> Readings:
    return (driver or WitMotionDriver()).decode(Packet("left_foot", NOTIFY, data, arrival_ns))


def fields(readings: Readings) -> tuple[list[list[float]], list[list[float]]]:
    """Acceleration in g and angular velocity of every sample."""
    if readings.acc is None or readings.gyro is None:
        return [], []
    return (readings.acc / G_MPS2).tolist(), readings.gyro.tolist()


class Wit:
    """A sensor with registers, which packs its answers behind `packed` frames of data and loses every n-th command."""

    def __init__(self, packed: int = 0, deaf: bool = False) -> None:
        self.registers = {0x03: 0x06, 0x1F: 0x04, 0x64: 397, 0x96: 0}
        self.kept: set[int] = set()
        self.unlocked = False
        self.packed, self.deaf = packed, deaf
        self._answer = b""

    def __call__(self, step: Step) -> bytes:
        if isinstance(step, Write):
            _, register, value = struct.unpack("<2sBH", step.data)
            if register == 0x27:
                self._answer = b"" if self.deaf else answer(value, self.registers[value])
            elif register == 0x69:
                self.unlocked = value == 0xB588
            elif self.unlocked and register not in self.kept:
                self.registers[register] = value
        if isinstance(step, Await):
            sent, self._answer = self._answer, b""
            heard = frame() * self.packed + sent
            return heard if step.containing in heard and not self.deaf else b""
        return b""


@pytest.mark.parametrize("vector", CAPTURED, ids=lambda vector: str(vector["expected"]["host_t_s"]))
def test_a_captured_notification_holds_four_samples(vector: dict[str, Any]) -> None:
    acc, gyro = fields(decoded(bytes.fromhex(vector["hex"])))
    for k, sample in enumerate(vector["expected"]["samples"]):
        assert acc[k] == pytest.approx(sample["acc_g"], abs=ROUNDED)
        assert gyro[k] == pytest.approx(sample["gyr_dps"], abs=ROUNDED)
    assert len(acc) == vector["expected"]["frames"]


def test_frames_cut_by_notifications_are_put_together() -> None:
    driver, rest, samples = WitMotionDriver(), STREAM, []
    for length in RECHUNKED["expected"]["chunk_lengths"]:
        acc, gyro = fields(decoded(rest[:length], driver))
        samples += list(zip(acc, gyro, strict=True))
        rest = rest[length:]
    assert len(samples) == RECHUNKED["expected"]["frames"]
    for place, name in ((0, "first"), (-1, "last")):
        expected = RECHUNKED["expected"][name]
        assert samples[place][0] == pytest.approx(expected["acc_g"], abs=ROUNDED)
        assert samples[place][1] == pytest.approx(expected["gyr_dps"], abs=ROUNDED)


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_any_cut_gives_the_same_samples(cuts: list[int]) -> None:
    driver, samples = WitMotionDriver(), []
    edges = [0, *sorted(cuts), len(STREAM)]
    for a, b in pairwise(edges):
        try:
            samples += fields(decoded(STREAM[a:b], driver))[1]
        except BadPacketError:
            assert b == a or b < FRAME_BYTES
    assert samples == fields(decoded(STREAM))[1]


def test_output_mode_2_carries_the_sensors_own_time() -> None:
    (vector,) = (v for v in VECTORS if "chip_time_ms" in v["expected"])
    driver = WitMotionDriver()
    assert not len(decoded(answer(0x96, 2), driver).ticks)
    readings = decoded(bytes.fromhex(vector["hex"]), driver)
    acc, gyro = fields(readings)
    assert readings.ticks.tolist() == [vector["expected"]["chip_time_ms"] * 1000]
    assert acc[0] == pytest.approx(vector["expected"]["acc_g"], abs=ROUNDED)
    assert gyro[0] == pytest.approx(vector["expected"]["gyr_dps"], abs=ROUNDED)


def test_displacement_is_not_taken_for_acceleration() -> None:
    driver = WitMotionDriver()
    decoded(answer(0x96, 1), driver)
    assert not len(decoded(frame(), driver).ticks)


@pytest.mark.parametrize("vector", [v for v in VECTORS if "register" in v["expected"]], ids=lambda v: str(v["hex"])[:8])
def test_a_register_answer_gives_no_samples(vector: dict[str, Any]) -> None:
    readings = decoded(bytes.fromhex(vector["hex"]))
    assert not len(readings.ticks)
    assert readings.battery_percent == vector["expected"].get("battery_pct")


@pytest.mark.parametrize(("centivolts", "percent"), [(396, 100), (395, 90), (350, 10), (339, 0), (760, 50), (0, None)])
def test_the_battery_level_follows_the_vendors_steps(centivolts: int, percent: float | None) -> None:
    assert decoded(answer(0x64, centivolts)).battery_percent == percent


def test_a_start_says_the_documented_commands() -> None:
    assert converse(WitMotionDriver().start(100.0), Wit()) == [
        Write(WRITE, UNLOCK),
        Pause(0.1),
        Write(WRITE, COMMANDS["rate 100 Hz"]),
        Pause(0.1),
        Write(WRITE, bytes.fromhex("ffaa1f0300")),
        Pause(0.1),
        Write(WRITE, bytes.fromhex("ffaa270300")),
        Await(NOTIFY, containing=b"\x55\x71\x03\x00"),
        Write(WRITE, COMMANDS["read register 0x96 (output mode)"]),
        Await(NOTIFY, containing=b"\x55\x71\x96\x00"),
    ]


def test_nothing_is_saved_and_no_rate_is_offered_that_goes_unanswered() -> None:
    never = (COMMANDS["save"], COMMANDS["rate 200 Hz"], COMMANDS["output acc + gyro + timestamp"])
    for rate_hz in WitMotionDriver.rates_hz:
        sensor = Wit()
        said = [step.data for step in converse(WitMotionDriver().start(rate_hz), sensor) if isinstance(step, Write)]
        assert not set(never) & set(said)


def test_an_answer_packed_behind_data_is_found() -> None:
    sensor = Wit(packed=3)
    converse(WitMotionDriver().start(50.0), sensor)
    assert sensor.registers[0x03] == 0x08


def test_a_sensor_that_sends_displacement_is_set_to_acceleration() -> None:
    sensor = Wit()
    sensor.registers[0x96] = 1
    converse(WitMotionDriver().start(100.0), sensor)
    assert sensor.registers[0x96] == 0


@pytest.mark.parametrize(("register", "value", "says"), [(0x03, 0x06, "keeps another rate"), (0x96, 3, "displacement")])
def test_a_register_that_is_not_taken_says_what_to_do(register: int, value: int, says: str) -> None:
    sensor = Wit()
    sensor.registers[register], sensor.kept = value, {register}
    with pytest.raises(LinkRefusedError, match=says):
        converse(WitMotionDriver().start(100.0), sensor)


def test_a_sensor_that_does_not_answer_says_what_to_do() -> None:
    with pytest.raises(LinkRefusedError, match="off and on"):
        converse(WitMotionDriver().start(100.0), Wit(deaf=True))


def test_the_battery_is_asked_for_as_documented() -> None:
    asked = COMMANDS["read registers from 0x64 (battery)"]
    assert converse(WitMotionDriver().battery(), Wit()) == [Write(WRITE, asked)]


def test_a_stop_sets_the_factory_rate_back() -> None:
    sensor = Wit()
    converse(WitMotionDriver().start(100.0), sensor)
    converse(WitMotionDriver().stop(), sensor)
    assert sensor.registers[0x03] == 0x06


@pytest.mark.parametrize(
    ("name", "services", "recognised"),
    [
        ("WT901BLE68", frozenset({SERVICE}), True),
        ("BWT901BLE5.0", frozenset[str](), True),
        ("WT left foot", frozenset({SERVICE}), True),
        ("WTVB01-BT50", frozenset({SERVICE}), False),
        ("WT left foot", frozenset[str](), False),
        ("Shimmer3-1234", frozenset({"49535343-fe7d-4ae5-8fa9-9fafd205e455"}), False),
        ("", frozenset({SERVICE}), False),
    ],
)
def test_look_alikes_are_told_apart(name: str, services: frozenset[str], recognised: bool) -> None:
    assert WitMotionDriver.recognises(Advertisement("a", name, services)) == recognised


def test_a_longer_frame_of_the_vibration_sensor_is_refused() -> None:
    with pytest.raises(BadPacketError):
        decoded((b"\x55\x61" + bytes(range(30))) * 2)


@given(garbage=st.binary(min_size=1, max_size=60).filter(lambda data: b"\x55" not in data))
def test_garbage_between_frames_costs_no_more_than_the_frame_before_it(garbage: bytes) -> None:
    _, gyro = fields(decoded(frame(1) + frame(2) + garbage + frame(3) + frame(4)))
    numbers = [round(row[0] / GYRO_DPS) for row in gyro]
    assert numbers in ([1, 3, 4], [1, 2, 3, 4])


def test_a_frame_cut_short_is_left_out() -> None:
    _, gyro = fields(decoded(frame(1) + frame(2)[:11] + frame(3) + frame(4)))
    assert [round(row[0] / GYRO_DPS) for row in gyro][-2:] == [3, 4]
    assert 2 not in [round(row[0] / GYRO_DPS) for row in gyro]


def test_samples_at_the_end_of_the_range_are_counted() -> None:
    readings = decoded(frame(32767) + frame(-32768) + frame(32759) + frame(acc=32760))
    assert readings.saturated == 3
    assert readings.acc is not None
    assert readings.acc[-1, 2] == 32760 * ACC_MPS2


def stream(rate_hz: float, seconds: float, seed: int = 1) -> list[Packet]:
    """What a sensor at `rate_hz` sends after its answer: four frames a notification, up to 60 ms late."""
    late_ns = np.random.default_rng(seed).integers(0, 60_000_000, int(seconds * rate_hz / 4))
    packets = [Packet("left_foot", NOTIFY, answer(0x03, 0x09), 0)]
    for k, late in enumerate(late_ns):
        arrival_ns = max(round((4 * k + 4) / rate_hz * 1e9) + int(late), packets[-1].arrival_ns)
        packets.append(Packet("left_foot", NOTIFY, b"".join(frame(4 * k + j) for j in range(4)), arrival_ns))
    return packets


@pytest.mark.parametrize("rate_hz", [100 * SLOW, 99.26, 100.0])
def test_a_stream_without_a_time_is_spaced_by_its_count_not_by_its_arrivals(rate_hz: float) -> None:
    line, found = blocks(WitMotionDriver(), stream(rate_hz, 60), 100.0)
    times = np.array([block.time(k) for block in found for k in range(len(block))])
    assert line.honesty.lost == 0
    assert len(times) == 4 * int(60 * rate_hz / 4)
    assert np.median(np.diff(times)) == pytest.approx(1 / rate_hz, rel=1e-3)
    after_ten_s = np.diff(times[1000:])
    assert (after_ten_s > 0).all()
    assert len(times) / (times[-1] - times[0]) == pytest.approx(rate_hz, rel=2e-3)


@pytest.mark.parametrize(("code", "really_hz"), [(0x08, 49.675), (0x09, 99.35)])
def test_samples_are_counted_at_what_the_sensor_really_sends_of_the_rate_it_is_set_to(
    code: int, really_hz: float
) -> None:
    driver = WitMotionDriver()
    decoded(answer(0x03, code), driver)
    ticks = decoded(b"".join(frame(k) for k in range(4)), driver).ticks
    assert np.diff(ticks) == pytest.approx(1e6 / really_hz, abs=1.0)


def test_a_silence_is_lost_data_not_a_shift_in_time() -> None:
    whole = stream(100 * SLOW, 40)
    kept = [packet for packet in whole if not 20e9 < packet.arrival_ns < 23e9]
    line, found = blocks(WitMotionDriver(), kept, 100.0)
    assert line.honesty.longest_gap_s == pytest.approx(3.0, abs=0.12)
    end = found[-1].time(len(found[-1]) - 1)
    assert end == pytest.approx(whole[-1].arrival_ns / 1e9, abs=0.12)


def test_a_pause_of_the_radio_that_loses_nothing_makes_no_gap() -> None:
    packets = stream(100 * SLOW, 20)
    held = [
        Packet(p.sensor, p.characteristic, p.data, max(p.arrival_ns, 10_300_000_000))
        if 10e9 < p.arrival_ns < 10.3e9
        else p
        for p in packets
    ]
    line, _ = blocks(WitMotionDriver(), held, 100.0)
    assert line.honesty.lost == 0


def test_frames_at_the_rate_before_the_start_do_not_shift_the_time() -> None:
    before = [Packet("left_foot", NOTIFY, frame(), k * 100_000_000) for k in range(5)]
    after = [Packet(p.sensor, p.characteristic, p.data, p.arrival_ns + 500_000_000) for p in stream(100 * SLOW, 20)]
    line, found = blocks(WitMotionDriver(), before + after, 100.0)
    end = found[-1].time(len(found[-1]) - 1)
    assert end == pytest.approx(after[-1].arrival_ns / 1e9, abs=0.08)
    assert line.honesty.alignment_s is not None

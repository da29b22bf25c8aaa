"""From packets to blocks: no sample invented, none lost without a word, time a formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block
from sensors.driver import Readings, Sensor, Tick
from sensors.drivers.stream import CHARACTERISTIC, StreamDriver, encode
from sensors.drivers.witmotion import NOTIFY, WitMotionDriver
from sensors.packet import LinkState, Packet
from sensors.timeline import Timeline

RATE_HZ = 100.0


def packet(numbers: np.ndarray, *, rate_hz: float = RATE_HZ) -> Packet:
    """A packet whose gyroscope holds the sample numbers, so that any loss or reorder shows."""
    ticks = np.rint(numbers / rate_hz * 1e9).astype(np.int64)
    values = np.repeat(numbers.astype(float)[:, None], 3, axis=1)
    return Packet("left_foot", CHARACTERISTIC, encode(ticks, values, values), int(ticks[-1]))


def timeline(rate_hz: float = RATE_HZ) -> Timeline:
    return Timeline(Sensor("left_foot", "stream", rate_hz), StreamDriver())


def feed(line: Timeline, *packets: Packet) -> list[Block]:
    return [block for p in packets for block in line.feed(p, p.arrival_ns / 1e9)]


def samples(blocks: list[Block]) -> list[tuple[float, float]]:
    """Every sample's time and first gyroscope value."""
    return [(b.time(k), float(b.gyro[k, 0])) for b in blocks if b.gyro is not None for k in range(len(b))]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.sets(st.integers(1, 120), max_size=30))
def test_any_cut_into_packets_gives_the_same_samples_at_the_same_times(cuts: list[int], lost: set[int]) -> None:
    numbers = np.array([k for k in range(150) if k not in lost])
    whole = samples(feed(timeline(), packet(numbers)))
    edges = np.cumsum(cuts)
    pieces = [piece for piece in np.split(numbers, edges[edges < len(numbers)]) if len(piece)]
    assert samples(feed(timeline(), *(packet(piece) for piece in pieces))) == whole


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_packet_of_a_stream_with_a_value_that_is_none_is_counted_as_unreadable(value: float) -> None:
    line = timeline()
    values = np.full((10, 3), 1.0)
    values[4, 1] = value
    ticks = np.arange(10, dtype=np.int64) * 10_000_000
    for acc, gyro in ((values, None), (None, values)):
        assert feed(line, Packet("left_foot", CHARACTERISTIC, encode(ticks, acc, gyro), 0)) == []
    assert line.honesty.unreadable == 2


def test_a_sample_keeps_its_time() -> None:
    blocks = feed(timeline(), packet(np.arange(10)), packet(np.arange(10, 20)))
    assert samples(blocks) == [(k / RATE_HZ, float(k)) for k in range(20)]


def test_up_to_forty_milliseconds_are_bridged_and_counted() -> None:
    line = timeline()
    blocks = feed(line, packet(np.arange(10)), packet(np.arange(14, 20)))
    assert [b.lost_before for b in blocks] == [0, 0]
    assert sum(b.bridged for b in blocks) == 4
    assert [value for _, value in samples(blocks)] == pytest.approx(range(20))
    assert line.honesty.lost == 4
    assert line.honesty.received_percent == pytest.approx(80.0)


def test_a_longer_gap_splits_the_block_and_says_how_much_is_missing() -> None:
    line = timeline()
    blocks = feed(line, packet(np.arange(10)), packet(np.arange(15, 20)))
    assert [(b.lost_before, len(b)) for b in blocks] == [(0, 10), (5, 5)]
    assert blocks[1].time(0) == pytest.approx(0.15)
    assert line.honesty.longest_gap_s == pytest.approx(0.05)


@pytest.mark.parametrize(("periods", "lost"), [(1.4, 0), (1.6, 1), (2.4, 1), (2.6, 2)])
def test_a_step_of_more_than_one_and_a_half_periods_is_lost_data(periods: float, lost: int) -> None:
    line = timeline()
    feed(line, packet(np.arange(10)), packet(np.arange(10) + 9 + periods))
    assert line.honesty.lost == lost


def test_a_repeated_packet_changes_nothing_but_its_count() -> None:
    line = timeline()
    first = packet(np.arange(10))
    blocks = feed(line, first, first, packet(np.arange(10, 20)))
    assert [value for _, value in samples(blocks)] == list(range(20))
    assert line.honesty.repeats == 1


def test_bytes_of_another_kind_are_counted_and_nothing_else() -> None:
    line = timeline()
    blocks = feed(line, Packet("left_foot", CHARACTERISTIC, b"\x55\x61", 0), packet(np.arange(10)))
    assert len(blocks) == 1
    assert line.honesty.unreadable == 1


def test_a_rate_slightly_off_does_not_pile_up_an_error() -> None:
    numbers = np.arange(2000)
    line = timeline(rate_hz=100.0)
    blocks = feed(line, *(packet(part, rate_hz=99.3) for part in np.split(numbers, 100)))
    off = [abs(time_s - value / 99.3) for time_s, value in samples(blocks)]
    assert max(off) < 0.0011
    assert line.honesty.lost == 0


def test_a_silence_that_lasts_counts_as_lost_while_it_lasts() -> None:
    line = timeline()
    feed(line, packet(np.arange(100)))
    assert line.honesty_at(1.3) == line.honesty
    silent = line.honesty_at(1.99)
    assert silent.longest_gap_s == pytest.approx(1.0)
    assert silent.received_percent == pytest.approx(50.0)
    feed(line, packet(np.arange(199, 220)))
    assert line.honesty.longest_gap_s == pytest.approx(0.99)


class Restarting(StreamDriver):
    """A device whose counter is fitted, so that it can restart."""

    tick = Tick(1e-9, 62)


def test_a_restart_is_a_hole_as_long_as_the_silence_and_is_never_stitched() -> None:
    line = Timeline(Sensor("left_foot", "stream", RATE_HZ), Restarting())
    before = [line.feed(packet(np.arange(k, k + 10)), k / RATE_HZ + 0.1) for k in range(0, 1000, 10)]
    after = [line.feed(packet(np.arange(k, k + 10)), 12.0 + k / RATE_HZ + 0.1) for k in range(10, 200, 10)]
    assert sum(len(b) for blocks in before for b in blocks) == 1000
    first = next(block for blocks in after for block in blocks)
    assert first.lost_before == pytest.approx(200 + 20, abs=2)
    assert line.honesty.resets == 1
    assert line.honesty.longest_gap_s == pytest.approx(2.2, abs=0.02)


def test_a_packet_with_a_wild_tick_is_unreadable_and_its_samples_are_lost_once() -> None:
    line = Timeline(Sensor("left_foot", "stream", RATE_HZ), Restarting())
    for k in range(0, 100, 10):
        first = k + 50_000 if k == 50 else k
        line.feed(packet(np.arange(first, first + 10)), k / RATE_HZ + 0.1)
    assert (line.honesty.unreadable, line.honesty.lost, line.honesty.resets) == (1, 10, 0)
    assert line.honesty.received_percent == pytest.approx(90.0)


def test_what_is_recent_is_the_last_ten_seconds_after_a_restart_too() -> None:
    line = Timeline(Sensor("left_foot", "stream", RATE_HZ), Restarting())
    for k in range(100_000, 101_000, 20):
        line.feed(packet(np.arange(k, k + 10)), (k - 100_000) / RATE_HZ + 0.1)
    assert line.honesty.recent_percent == pytest.approx(50.0, abs=1.0)
    for k in range(0, 1200, 10):
        line.feed(packet(np.arange(k, k + 10)), 10.0 + k / RATE_HZ + 0.1)
    assert line.honesty.resets == 1
    assert line.honesty.recent_percent == 100.0


class Saturating(StreamDriver):
    """A device of which every sample stands at the end of its range."""

    def decode(self, packet: Packet) -> Readings:
        readings = super().decode(packet)
        return replace(readings, saturated=len(readings.ticks))


def test_a_sample_at_the_end_of_the_range_is_counted_once_however_often_it_comes() -> None:
    line = Timeline(Sensor("left_foot", "stream", RATE_HZ), Saturating())
    early, missed, late = (packet(np.arange(k, k + 10)) for k in (0, 10, 20))
    feed(line, early, early, late, missed)
    assert (line.honesty.repeats, line.honesty.late) == (1, 1)
    assert line.honesty.saturated == 20


class Talking(StreamDriver):
    """A device that tells its battery level in packets of their own."""

    def decode(self, packet: Packet) -> Readings:
        return super().decode(packet) if packet.characteristic == CHARACTERISTIC else Readings.none(50.0)


def test_a_sensor_that_tells_its_battery_and_no_sample_any_more_is_silent() -> None:
    line = Timeline(Sensor("left_foot", "stream", RATE_HZ), Talking())
    feed(line, packet(np.arange(100)), Packet("left_foot", "battery", b"", 2_900_000_000))
    honesty = line.honesty_at(2.99)
    assert (honesty.battery_percent, honesty.heard_s) == (50.0, 0.99)
    assert honesty.longest_gap_s == pytest.approx(2.0)
    assert honesty.received_percent == pytest.approx(100 / 3)


def test_what_a_sensor_sends_while_it_is_set_up_does_not_end_its_silence() -> None:
    line = timeline()
    feed(line, packet(np.arange(100)))
    line.hear(LinkState.CONNECTING)
    feed(line, packet(np.arange(250, 260)), Packet("left_foot", CHARACTERISTIC, b"?", 2_700_000_000))
    assert line.honesty_at(2.99).longest_gap_s == pytest.approx(2.0)


def test_quantities_that_come_apart_have_times_of_their_own() -> None:
    line = timeline()
    rows = np.zeros((10, 3))
    for k in range(0, 1000, 10):
        ticks = np.rint(np.arange(k, k + 10) / RATE_HZ * 1e9).astype(np.int64)
        for acc, gyro in ((rows, None), (None, rows)):
            late = ticks + (2_000_000 if gyro is None else 0)
            line.feed(Packet("left_foot", CHARACTERISTIC, encode(late, acc, gyro), int(late[-1])), k / RATE_HZ)
    assert line.honesty.lost == line.honesty.late == line.honesty.repeats == 0
    assert line.honesty.received_percent == 100.0


class Seldom(StreamDriver):
    """A family that sends every other second."""

    silence_s = 2.5
    delayed = True


def test_a_family_that_sends_seldom_is_not_silent_between_its_packets() -> None:
    line = Timeline(Sensor("left_foot", "stream", RATE_HZ), Seldom())
    feed(line, packet(np.arange(200)))
    assert line.honesty_at(1.99 + 2.4) == line.honesty
    assert line.honesty.silence_s == 2.5
    assert line.honesty_at(1.99 + 2.6).longest_gap_s == pytest.approx(2.6)


def test_what_comes_before_a_sensor_was_told_its_rate_is_no_part_of_the_session() -> None:
    line = timeline()
    line.hear(LinkState.CONNECTING)
    line.hear(LinkState.CONFIGURING)
    assert feed(line, packet(np.arange(5), rate_hz=10.0), Packet("left_foot", CHARACTERISTIC, b"?", 0)) == []
    line.hear(LinkState.STARTED)
    blocks = feed(line, packet(np.arange(100, 120)), packet(np.arange(120, 140)))
    assert [value for _, value in samples(blocks)] == list(range(100, 140))
    assert line.honesty.lost == line.honesty.unreadable == 0
    assert line.honesty.received_percent == 100.0


def test_a_count_begins_anew_with_each_connection_and_its_hole_is_as_long_as_the_absence() -> None:
    sensor = Sensor("left_foot", "witmotion", 100.0)
    line = Timeline(sensor, WitMotionDriver())
    frame = bytes.fromhex("5561") + bytes(18)
    told = Packet("left_foot", NOTIFY, bytes.fromhex("557103000900") + bytes(14), 0)

    def connect(at_s: float, lasting_s: float) -> list[Block]:
        blocks: list[Block] = []
        line.hear(LinkState.CONNECTING)
        line.feed(Packet("left_foot", NOTIFY, frame, round(at_s * 1e9)), at_s)
        line.feed(told, at_s)
        line.hear(LinkState.STARTED)
        for k in range(round(lasting_s * 100 / 4)):
            now_s = at_s + 0.1 + 0.04 * k / 0.97
            blocks += line.feed(Packet("left_foot", NOTIFY, 4 * frame, round(now_s * 1e9)), now_s)
        return blocks

    connect(0.0, 60.0)
    assert line.honesty.rate_hz == pytest.approx(97.0, rel=0.003)
    blocks = connect(70.0, 60.0)
    assert blocks[0].time(3) == pytest.approx(70.1, abs=0.03)
    assert line.honesty.resets == line.honesty.late == 0
    assert line.honesty.longest_gap_s == pytest.approx(70.1 - 0.03 - 60.0 / 0.97 - 0.1, abs=0.1)


def test_a_sensor_says_whether_its_family_is_delayed() -> None:
    assert Sensor("left_foot", "polar_sense", 52.0).delayed
    assert not Sensor("left_foot", "movella_dot", 60.0).delayed
    assert not Sensor("left_foot", "unheard_of", 60.0).delayed

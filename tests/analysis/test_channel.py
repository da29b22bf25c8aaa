"""What a channel shows of a movement does not depend on how the sensor is mounted or how its samples arrive."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.channel import Channel
from analysis.signal import Signal
from sensors.block import Block
from sensors.driver import Floats, Sensor
from tests.benchmarks.detection.one_channel import provoked
from tests.benchmarks.detection.strap import any_rotation

RATE = 100.0
RECORDING = provoked(7, 6)


def feed(channel: Channel, values: Floats, cuts: list[int] | None = None) -> Signal:
    """Feed samples in pieces and return everything that came out as one signal."""
    raw, band, share = [], [], []
    edges = [0, *sorted(cuts or []), len(values)]
    for start, stop in itertools.pairwise(edges):
        gyro, acc = (values[start:stop], None) if channel.sensor.has_gyro else (None, values[start:stop])
        signal = channel.feed(Block("limb", 0.0, start, RATE, acc, gyro))
        assert len(signal) == stop - start
        assert signal.start == start
        raw += signal.raw
        band += signal.band
        share += signal.share
    return Signal("limb", channel.unit, 0.0, 0, RATE, raw, band, share)


def gyro_channel() -> Channel:
    return Channel(Sensor("limb", "any", RATE))


def oscillation(axis: tuple[float, float, float], seconds: float = 3.0, frequency: float = 5.0) -> Floats:
    times = np.arange(round(seconds * RATE)) / RATE
    return np.outer(100.0 * np.sin(2 * math.pi * frequency * times), axis)


@given(cuts=st.lists(st.integers(0, len(RECORDING.gyro)), max_size=30))
@settings(max_examples=30, deadline=None)
def test_cutting_the_stream_changes_no_bit(cuts: list[int]) -> None:
    assert feed(gyro_channel(), RECORDING.gyro, cuts) == feed(gyro_channel(), RECORDING.gyro)


def test_one_sample_at_a_time_changes_no_bit() -> None:
    cuts = list(range(1, len(RECORDING.gyro)))
    assert feed(gyro_channel(), RECORDING.gyro, cuts) == feed(gyro_channel(), RECORDING.gyro)


@given(seed=st.integers(0, 2**32 - 1), mirrored=st.booleans())
@settings(max_examples=20, deadline=None)
def test_turning_the_sensor_leaves_the_signal_as_it_was(seed: int, mirrored: bool) -> None:
    turned = RECORDING.gyro @ any_rotation(np.random.default_rng(seed)).T * (-1.0 if mirrored else 1.0)
    as_it_was, now = feed(gyro_channel(), RECORDING.gyro), feed(gyro_channel(), turned)
    assert now.band == pytest.approx(as_it_was.band, abs=1e-6)
    assert now.raw == pytest.approx(as_it_was.raw, abs=1e-6)
    assert now.share == pytest.approx(as_it_was.share, abs=1e-6)


def test_the_axis_is_that_of_the_movement() -> None:
    axis = (0.6, 0.0, 0.8)
    channel = gyro_channel()
    signal = feed(channel, oscillation(axis))
    assert abs(np.dot(channel.axis, axis)) == pytest.approx(1.0, abs=1e-9)
    assert max(signal.raw) == pytest.approx(100.0, abs=1.0)
    assert signal.share[-1] == pytest.approx(1.0, abs=1e-9)


def test_a_movement_across_the_old_axis_is_found() -> None:
    channel = gyro_channel()
    feed(channel, np.concatenate([oscillation((1.0, 0.0, 0.0)), oscillation((0.0, 1.0, 0.0))]))
    assert abs(channel.axis[1]) == pytest.approx(1.0, abs=1e-3)


def test_the_axis_keeps_its_sign() -> None:
    slow_turn = [(math.cos(a), math.sin(a), 0.0) for a in np.linspace(0.0, math.pi, 2000)]
    swing = 100.0 * np.sin(2 * math.pi * 5.0 * np.arange(2000) / RATE)
    channel = gyro_channel()
    axes = []
    for k, axis in enumerate(slow_turn):
        channel.feed(Block("limb", 0.0, k, RATE, None, swing[k] * np.array([axis])))
        axes.append(channel.axis)
    assert all(np.dot(a, b) > 0.9 for a, b in itertools.pairwise(axes[10:]))


def test_a_constant_bias_is_no_movement() -> None:
    signal = feed(gyro_channel(), np.tile([3.0, -2.0, 1.0], (200, 1)))
    assert max(map(abs, signal.band)) < 1e-9


@pytest.mark.parametrize("lost", [5, 30, 500])
def test_a_hole_makes_no_movement_of_its_own(lost: int) -> None:
    resting = np.tile([3.0, -2.0, 1.0], (300, 1))
    moved = resting + 40.0
    channel = gyro_channel()
    channel.feed(Block("limb", 0.0, 0, RATE, None, resting))
    after = channel.feed(Block("limb", 0.0, 300 + lost, RATE, None, moved, lost_before=lost))
    assert after.lost_before == lost
    assert max(map(abs, after.band)) < (1e-9 if lost > 10 else 50.0)


def test_a_block_without_the_measured_quantity_is_lost_data() -> None:
    channel = gyro_channel()
    channel.feed(Block("limb", 0.0, 0, RATE, None, RECORDING.gyro[:100]))
    assert len(channel.feed(Block("limb", 0.0, 100, RATE, RECORDING.acc[100:120], None))) == 0
    assert channel.feed(Block("limb", 0.0, 120, RATE, None, RECORDING.gyro[120:])).lost_before == 20


def test_without_a_gyroscope_gravity_is_left_out() -> None:
    channel = Channel(Sensor("limb", "any", RATE, has_gyro=False))
    signal = feed(channel, RECORDING.acc)
    assert channel.unit == "m/s²"
    assert max(map(abs, signal.raw[:200])) < 2.0
    assert max(map(abs, signal.raw)) < 60.0

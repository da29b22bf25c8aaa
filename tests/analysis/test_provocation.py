"""Quick movements of a joint are found and measured, however the sensor is strapped on and the stream is cut."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.channel import Channel
from analysis.provocation import Joint, QuickMovement
from sensors.block import Block
from sensors.driver import Floats, Sensor
from sensors.scenarios import SCENARIOS
from sensors.simulation import Simulation

RATE = 100.0
FOOT = Sensor("left_foot", "simulated", RATE)


@cache
def rotation(name: str, limb: str = "left_ankle", until_s: float = 19.0) -> Floats:
    """The rotation (n, 3) that a sensor askew on the limb measures, with an offset of its own."""
    motion = Simulation(SCENARIOS[name]).limbs()[limb].advance(round(1000 * until_s))
    axis = np.array([0.48, -0.6, 0.64])
    noise = np.random.default_rng(5).normal(0.0, 0.1, (len(motion) // 10, 3))
    return np.asarray(motion.rate_dps[::10, None] * axis + np.array([1.5, -2.0, 0.7]) + noise)


def seen(gyro: Floats, cuts: Sequence[int] = (), hole: tuple[int, int] | None = None) -> Joint:
    joint, channel = Joint(), Channel(FOOT)
    edges = sorted({0, len(gyro), *(min(cut, len(gyro)) for cut in cuts), *(hole or ())})
    for a, b in pairwise(edges):
        if hole is not None and a >= hole[0] and b <= hole[1]:
            continue
        lost = hole[1] - hole[0] if hole is not None and a == hole[1] else 0
        block = Block(FOOT.key, 0.0, a, RATE, None, gyro[a:b], lost_before=lost)
        joint.hear(block, channel.feed(block))
    return joint


def only(joint: Joint) -> QuickMovement:
    (movement,) = joint.movements
    return movement


def test_a_stretch_without_clonus_is_measured_and_its_release_known() -> None:
    first, second = seen(rotation("stretch-only")).movements
    true = Simulation(SCENARIOS["stretch-only"]).limbs()["left_ankle"].advance(17_000)
    assert first.begin_s == pytest.approx(3.02, abs=0.04)
    assert first.peak_dps == pytest.approx(float(true.rate_dps[3000:3200].max()), rel=0.03)
    turned = float(true.angle_deg[3000:3200].max() - true.angle_deg[2990])
    assert first.excursion_deg == pytest.approx(turned, abs=0.6)
    assert first.released_s == pytest.approx(5.09, abs=0.08)
    assert second.begin_s == pytest.approx(10.02, abs=0.04)


@pytest.mark.parametrize(
    ("name", "released_s"), [("clonus-12", 9.09), ("sustained", 16.1), ("fatiguing", 12.1), ("two-beats", 7.1)]
)
def test_the_beats_are_no_stretches_and_the_joint_is_let_go_when_the_hand_does_so(name: str, released_s: float) -> None:
    assert only(seen(rotation(name))).released_s == pytest.approx(released_s, abs=0.1)


def test_slow_movement_and_a_tap_on_the_sensor_are_no_stretches() -> None:
    slow = rotation("provocation", until_s=21.0)[1400:]
    assert seen(slow).movements == []
    tap = np.zeros((300, 3))
    tap[150:154, 0] = 300.0, 150.0, -300.0, -150.0
    assert seen(tap).movements == []


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 1900), max_size=60))
def test_no_cut_of_the_stream_changes_a_bit(cuts: list[int]) -> None:
    gyro = rotation("sustained")
    whole, cut = seen(gyro), seen(gyro, cuts)
    assert cut.movements == whole.movements
    beats = tuple(4.17 + 0.18 * k for k in range(60))
    for joint in (whole, cut):
        joint.note(beats)
    assert cut.peaks(beats) == whole.peaks(beats)
    assert None not in whole.peaks(beats)


@given(seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_any_mounting_gives_the_same_movement(seed: int) -> None:
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    gyro = rotation("clonus-12")
    as_it_was, as_turned = only(seen(gyro)), only(seen(gyro @ matrix.T))
    assert as_turned.begin_s == as_it_was.begin_s
    assert as_turned.released_s == as_it_was.released_s
    assert as_turned.peak_dps == pytest.approx(as_it_was.peak_dps)
    assert as_turned.excursion_deg == pytest.approx(as_it_was.excursion_deg)


def test_after_a_hole_a_beat_is_not_taken_for_a_stretch_out_of_rest() -> None:
    joint = seen(rotation("sustained"), hole=(700, 850))
    assert only(joint).begin_s < 5.0
    assert joint.lost_between(0.0, 19.0) == pytest.approx(1.5, abs=0.02)
    assert joint.lost_between(9.0, 19.0) == 0.0


def test_over_a_short_hole_the_hold_goes_on() -> None:
    assert only(seen(rotation("sustained"), hole=(700, 710))).released_s == pytest.approx(16.1, abs=0.1)


def test_the_peak_of_a_beat_is_the_size_of_the_signal_there() -> None:
    t = np.arange(1000) / RATE
    gyro = np.stack([100.0 * np.sin(2 * np.pi * 5.0 * t), 0.0 * t, 0.0 * t], axis=1)
    joint = seen(gyro)
    joint.note((5.05, 5.25, 11.0))
    first, second, never = joint.peaks((5.05, 5.25, 11.0))
    assert first == pytest.approx(100.0, rel=0.01)
    assert second == pytest.approx(100.0, rel=0.01)
    assert never is None

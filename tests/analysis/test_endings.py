"""Claims about which beat is the last, and about the side that the beats are on, once an episode is over."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.episode import Change, Episode
from sensors.driver import Floats
from tests.benchmarks.detection.heard import listened
from tests.benchmarks.detection.kinds import KINDS
from tests.benchmarks.detection.kinematic import Pattern, add_pattern
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.one_channel import Worn, changes, worn
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.seeds import Seeds

PERIOD_S, FIRST_S, PEAK_DPS = 0.18, 3.0, 110.0


def clonus(peaks: Floats) -> Movement:
    """A stretch, and beats of such peaks."""
    moving = Movement(np.random.default_rng(5), 9.0)
    moving.stretch(FIRST_S - 0.04, 300.0, 16.0)
    add_pattern(moving, FIRST_S, Pattern(np.full(len(peaks) - 1, PERIOD_S), peaks, 0.0))
    return moving


def found(moving: Movement) -> Episode:
    moving.wander(1.0, 0.3, 15.0)
    (episode,) = told(worn(moving))
    return episode


def told(of: Worn) -> list[Episode]:
    return [c.episode for c in changes(of) if c.change is Change.ENDED]


@pytest.mark.parametrize("height", [0.9, 1.2, 1.6])
def test_the_swing_that_a_joint_makes_when_it_is_let_go_is_no_beat(height: float) -> None:
    moving = clonus(np.full(9, PEAK_DPS))
    moving.pulse(FIRST_S + 9 * PERIOD_S, 0.2, height * PEAK_DPS)
    assert found(moving).beats == 9


@pytest.mark.parametrize("growth", [1.1, 1.3, 1.45])
def test_clonus_whose_last_beats_grow_keeps_them_all(growth: float) -> None:
    peaks = np.array([*np.full(7, 0.7 * PEAK_DPS), *(0.7 * PEAK_DPS * growth ** np.arange(1.0, 4.0))])
    assert found(clonus(peaks)).beats == 10


def test_a_small_peak_after_a_large_first_beat_is_measured_by_the_usual_ones() -> None:
    assert found(clonus(np.array([264.0, 110.0, 100.0, 63.0, 22.0]))).beats == 4


def test_where_no_stretch_told_the_side_the_whole_episode_does() -> None:
    (kind,) = (kind for kind in KINDS if kind.name == "on a slow movement")
    case = kind.case(22, Reflexes(Seeds.TUNING))
    ((key, (run,)),) = case.truth.items()
    session, _ = listened(case.recording)
    (view,) = (view for view in session.snapshot().sensors if view.sensor.key == key)
    (episode,) = view.episodes
    assert episode.beat_times_s == pytest.approx(run.beat_times_s, abs=0.03)


@pytest.mark.parametrize("way", [1.0, -1.0])
@pytest.mark.parametrize("phase", [0.0, 2.0, 4.0])
def test_beats_are_counted_to_the_last_on_a_slow_movement_that_goes_either_way(way: float, phase: float) -> None:
    moving = clonus(np.full(14, 0.5 * PEAK_DPS))
    moving.rotation += way * 45.0 * np.sin(2.0 * np.pi * 0.5 * moving.times_s + phase)
    assert found(moving).beats == 14


def test_a_slow_movement_that_goes_on_after_the_beats_is_no_hand_that_lets_go() -> None:
    moving = clonus(np.full(12, 0.7 * PEAK_DPS))
    last_s = FIRST_S + 11 * PERIOD_S
    moving.pulse(last_s + 0.5, 2.0, 50.0)
    assert found(moving).beats == 12


def test_what_the_joint_gives_back_after_the_last_beat_is_not_told_for_a_moment_either() -> None:
    moving = clonus(np.full(8, PEAK_DPS))
    moving.wander(1.0, 0.3, 15.0)
    heard = [c.episode.beats for c in changes(worn(moving)) if c.change is Change.BEAT]
    assert max(heard) == 8


def test_a_beat_that_comes_just_after_a_hole_is_counted() -> None:
    moving = clonus(np.full(9, PEAK_DPS))
    moving.wander(1.0, 0.3, 15.0)
    last_s = FIRST_S + 8 * PERIOD_S
    (episode,) = told(worn(moving).without(last_s - PERIOD_S - 0.03, last_s - 0.04))
    assert episode.offset_s == pytest.approx(last_s, abs=0.02)
    assert episode.beats_at_least


def test_clonus_that_starts_again_in_the_same_hold_has_its_beats_on_the_same_side() -> None:
    """Its beats are shallower than the swings between them, as if it were the other way about."""
    moving = clonus(np.full(9, PEAK_DPS))
    again_s = FIRST_S + 8 * PERIOD_S + 2.0
    add_pattern(moving, again_s, Pattern(np.full(7, PERIOD_S), np.full(8, 0.8 * PEAK_DPS), 0.0))
    swinging = moving.span(again_s - 0.09, again_s + 7 * PERIOD_S + 0.09)
    moving.rotation[swinging] = np.minimum(moving.rotation[swinging], 0.5 * PEAK_DPS)
    moving.wander(1.0, 0.3, 15.0)
    first, second = told(worn(moving))
    assert first.beats == 9
    assert second.onset_s == pytest.approx(again_s, abs=0.03)
    assert second.beats == 8


def test_an_episode_that_only_noise_keeps_going_ends_where_its_beats_did() -> None:
    moving = clonus(np.full(10, PEAK_DPS))
    moving.wander(0.3 * PEAK_DPS, 1.0, 20.0)
    (episode,) = told(worn(moving))
    assert episode.offset_s == pytest.approx(FIRST_S + 9 * PERIOD_S, abs=0.03)

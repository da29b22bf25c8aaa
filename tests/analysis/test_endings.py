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
from tests.benchmarks.detection.one_channel import changes, worn
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
    (episode,) = (c.episode for c in changes(worn(moving)) if c.change is Change.ENDED)
    return episode


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

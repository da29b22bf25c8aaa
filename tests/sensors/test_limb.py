"""What the simulated limb owes to published clonus: its frequency, its swing, when it dies and when it does not."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, median, stdev

import numpy as np
import pytest

from sensors.examiner import Examiner, Manoeuvre, slow_movement, stretch, tapping, walking
from sensors.limb import ANKLE, ELBOW, FINGER, JAW, KNEE, WRIST, Beat, Limb, Site, Unsteadiness
from sensors.truth import episodes

STRETCH_S = 2.0
HOLD_S = 6.0


def moved(
    *manoeuvres: Manoeuvre, site: Site = ANKLE, seed: int = 1, fatigue: float = 0.0, seconds: float = 9.0
) -> Limb:
    limb = Limb(site, Examiner(manoeuvres), (seed,), fatigue)
    limb.advance(round(1000 * seconds))
    return limb


def beats_after_a_stretch(severity: float, site: Site = ANKLE, seed: int = 1, fatigue: float = 0.0) -> tuple[Beat, ...]:
    return moved(stretch(STRETCH_S, HOLD_S, severity), site=site, seed=seed, fatigue=fatigue).beats


def intervals(beats: tuple[Beat, ...]) -> list[float]:
    return [later.time_s - earlier.time_s for earlier, later in pairwise(beats)]


def test_a_stronger_reflex_gives_more_beats() -> None:
    usual = [
        median(len(beats_after_a_stretch(severity, seed=seed)) for seed in range(5)) for severity in (1, 3, 5, 7, 9)
    ]
    assert usual == sorted(usual)
    assert usual[0] <= 2
    assert 5 <= usual[2] <= 8
    assert usual[-1] > 30


@pytest.mark.parametrize(
    ("site", "slowest_hz", "fastest_hz"),
    [(ANKLE, 4.5, 6.6), (WRIST, 5.5, 7.0), (KNEE, 6.0, 7.5), (FINGER, 6.0, 7.0), (ELBOW, 4.0, 5.2), (JAW, 8.5, 12.0)],
    ids=lambda value: value.name if isinstance(value, Site) else "",
)
def test_each_site_beats_in_its_own_range(site: Site, slowest_hz: float, fastest_hz: float) -> None:
    steps = intervals(beats_after_a_stretch(9.0, site=site))
    assert len(steps) > 20
    assert slowest_hz <= 1 / fmean(steps) <= fastest_hz


def test_a_lighter_foot_beats_faster() -> None:
    light, heavy = (
        fmean(intervals(beats_after_a_stretch(12.0, site=replace(ANKLE, inertia_kg_m2=inertia))))
        for inertia in (0.012, 0.045)
    )
    assert light < 0.8 * heavy


def test_the_ankle_swings_as_far_and_as_fast_as_in_people() -> None:
    limb = Limb(ANKLE, Examiner((stretch(STRETCH_S, HOLD_S, 8.5),)), (1,))
    motion = limb.advance(8000)
    settled = motion.angle_deg[4000:7000]
    assert 5.0 <= np.ptp(settled) <= 14.0
    assert 80.0 <= median(beat.rate_dps for beat in limb.beats) <= 180.0


def test_the_first_interval_is_the_longest_of_the_early_ones() -> None:
    first, settled = [], []
    for seed in range(6):
        steps = intervals(beats_after_a_stretch(9.0, seed=seed))
        first.append(steps[0])
        settled.append(fmean(steps[3:15]))
    assert fmean(first) >= fmean(settled)


def test_beats_vary_from_one_to_the_next_by_a_few_percent() -> None:
    steps = intervals(beats_after_a_stretch(9.0))[3:]
    assert 0.02 <= stdev(steps) / fmean(steps) <= 0.07


def test_the_stretch_itself_is_no_beat_and_the_first_beat_follows_it_by_a_reflex_delay() -> None:
    first = beats_after_a_stretch(8.0)[0]
    assert 0.10 <= first.time_s - STRETCH_S <= 0.22


def test_a_joint_without_a_reflex_gives_no_beat_however_it_is_stretched() -> None:
    assert not beats_after_a_stretch(0.0)


def test_letting_go_is_no_beat() -> None:
    beats = beats_after_a_stretch(10.0)
    assert beats[-1].time_s < STRETCH_S + 0.1 + HOLD_S


def test_slow_movement_excites_nothing() -> None:
    slow = replace(slow_movement(STRETCH_S), severity=4.0, provoking=True)
    assert not moved(slow).beats


def test_a_slower_stretch_of_the_same_reflex_gives_fewer_beats() -> None:
    slow, quick = (
        sum(len(moved(stretch(STRETCH_S, HOLD_S, 5.0, peak_dps=rate), seed=seed).beats) for seed in range(4))
        for rate in (60.0, 320.0)
    )
    assert slow < quick


def test_tapping_and_walking_are_no_clonus() -> None:
    assert not moved(tapping(1.0, 6.0)).beats
    assert not moved(walking(1.0, 6.0)).beats


def test_a_tired_reflex_stops_under_a_steady_hold() -> None:
    hold = stretch(STRETCH_S, 12.0, 10.0)
    rested = moved(hold, seconds=15.0)
    tired = moved(hold, fatigue=0.6, seconds=15.0)
    assert rested.beats[-1].time_s > 13.5
    assert 4.0 <= tired.beats[-1].time_s <= 11.0


def test_in_an_unsteady_hand_the_strongest_reflex_tires_recovers_and_starts_again() -> None:
    examiner = Examiner((stretch(STRETCH_S, 25.0, 16.0),))
    limb = Limb(ANKLE, examiner, (0,), fatigue=1.5, unsteadiness=Unsteadiness(torque=0.04))
    limb.advance(28_000)
    assert len(episodes("left_foot", limb.beats)) > 1


def test_a_firm_grip_stops_clonus() -> None:
    held = moved(stretch(STRETCH_S, HOLD_S, 10.0)).beats
    clamped = moved(stretch(STRETCH_S, HOLD_S, 10.0, clamp_s=1.0)).beats
    assert len(clamped) < len(held) / 2
    assert clamped[-1].time_s < STRETCH_S + 1.5


@pytest.mark.parametrize("slices", [(9000,), (1, 2999, 0, 6000), (250,) * 36])
def test_the_length_of_the_slices_changes_nothing(slices: tuple[int, ...]) -> None:
    limb = Limb(ANKLE, Examiner((stretch(STRETCH_S, 3.0, 8.0),)), (7,))
    rates = np.concatenate([limb.advance(count).rate_dps for count in slices])
    whole = Limb(ANKLE, Examiner((stretch(STRETCH_S, 3.0, 8.0),)), (7,))
    assert np.array_equal(rates, whole.advance(9000).rate_dps)
    assert limb.beats == whole.beats


def test_two_manoeuvres_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="begins before"):
        Examiner((stretch(1.0, 3.0, 5.0), stretch(3.0, 1.0, 5.0)))


def test_a_round_repeats_its_manoeuvres_for_ever() -> None:
    limb = Limb(ANKLE, Examiner((stretch(STRETCH_S, 2.0, 8.0),), round_s=6.0), (1,))
    limb.advance(20_000)
    assert len(episodes("left_foot", limb.beats)) == 3


def test_a_limb_runs_many_times_faster_than_real_time() -> None:
    limb = Limb(ANKLE, Examiner((stretch(STRETCH_S, HOLD_S, 8.0),)), (1,))
    began_s = time.process_time()
    limb.advance(10_000)
    assert time.process_time() - began_s < 10.0 / 25


def run(*times_s: float, rate_dps: float = 100.0) -> list[Beat]:
    return [Beat(time_s, rate_dps) for time_s in times_s]


def test_two_beats_are_no_episode_and_three_are() -> None:
    assert not episodes("left_foot", run(1.0, 1.18))
    (episode,) = episodes("left_foot", run(1.0, 1.2, 1.4))
    assert (episode.beats, episode.onset_s, episode.offset_s) == (3, 1.0, 1.4)
    assert episode.frequency_hz == pytest.approx(5.0)


def test_a_pause_of_more_than_three_periods_makes_two_episodes() -> None:
    before, after = (1.0, 1.2, 1.4, 1.6), (1.0, 1.2, 1.4)
    assert [e.beats for e in episodes("left_foot", run(*before, *(t + 1.15 for t in after)))] == [7]
    assert [e.beats for e in episodes("left_foot", run(*before, *(t + 1.25 for t in after)))] == [4, 3]


def test_a_peak_under_a_quarter_of_the_usual_swing_is_no_beat() -> None:
    (episode,) = episodes("left_foot", [*run(1.0, 1.2, 1.4, 1.6, rate_dps=160.0), *run(1.8, rate_dps=38.0)])
    assert episode.beats == 4


def test_no_beats_are_no_episode() -> None:
    assert episodes("left_foot", ()) == ()
    assert episodes("left_foot", run(1.0)) == ()

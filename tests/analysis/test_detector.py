"""Claims about what counts as clonus, and about what must not change the answer."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.channel import Channel
from analysis.detector import BeatDetector
from analysis.episode import Change, Context, Episode, EpisodeChange, Reason
from analysis.parameters import JAW
from sensors.block import Block
from sensors.driver import Floats, Sensor
from tests.benchmarks.detection.activities import physiological_tremor, tapping
from tests.benchmarks.detection.disturbances import rest
from tests.benchmarks.detection.kinematic import Pattern, add_pattern
from tests.benchmarks.detection.movement import Movement
from tests.benchmarks.detection.one_channel import Worn, changes, provoked, worn
from tests.benchmarks.detection.positives import in_noise
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.detection.strap import any_rotation
from tests.benchmarks.detection.stretches import rebounding

PERIOD_S = 0.18


def limb(seconds: float = 8.0) -> Movement:
    return Movement(np.random.default_rng(11), seconds)


def recorded(moving: Movement, rate_hz: float = 100.0) -> Worn:
    moving.wander(1.0, 0.3, 15.0)
    return worn(moving, rate_hz)


def beats(moving: Movement, first_s: float, peaks: Floats, harmonic: float = 0.0) -> None:
    add_pattern(moving, first_s, Pattern(np.full(len(peaks) - 1, PERIOD_S), peaks, harmonic))


def beating(count: int, moving: Movement | None = None, first_s: float = 3.0, peak: float = 110.0) -> Movement:
    """A stretch and `count` even beats."""
    chosen = moving or limb()
    chosen.stretch(first_s - 0.04, 300.0, 16.0)
    beats(chosen, first_s, np.full(count, peak))
    return chosen


def ended(reported: list[EpisodeChange]) -> list[Episode]:
    return [change.episode for change in reported if change.change is Change.ENDED]


def alarms(recording: Worn) -> int:
    return sum(change.change is Change.RAISED for change in changes(recording))


def test_three_beats_are_an_episode() -> None:
    (episode,) = ended(changes(recorded(beating(3))))
    assert episode.beats == 3
    assert episode.frequency_hz == pytest.approx(1.0 / PERIOD_S, abs=0.1)


def test_two_beats_are_none() -> None:
    moving = limb()
    moving.stretch(2.96, 300.0, 16.0)
    for k in range(2):
        moving.pulse(3.0 + k * PERIOD_S, 0.12, 110.0)
    moving.pulse(3.0 + 0.5 * PERIOD_S, 0.12, -110.0)
    assert alarms(recorded(moving)) == 0


@pytest.mark.parametrize("count", [4, 7, 12, 40])
def test_every_beat_is_counted(count: int) -> None:
    recording = recorded(beating(count, limb(5.0 + count * PERIOD_S)))
    (episode,) = ended(changes(recording))
    assert episode.beats == count
    assert episode.beat_times_s == pytest.approx(recording.runs[0].beat_times_s, abs=0.015)


def test_an_episode_is_raised_with_its_third_beat_and_dated_back_to_its_first() -> None:
    reported = changes(recorded(beating(8)))
    raised = reported[0]
    assert raised.change is Change.RAISED
    assert raised.at_s == raised.episode.alert_s
    assert raised.at_s == pytest.approx(3.0 + 2 * PERIOD_S, abs=0.1 * PERIOD_S)
    assert raised.episode.beat_times_s[-1] == pytest.approx(3.0 + 2 * PERIOD_S, abs=0.015)
    assert raised.episode.onset_s == pytest.approx(3.0, abs=0.015)


def test_the_third_beat_is_reported_again_when_it_has_come_and_each_further_one() -> None:
    reported = changes(recorded(beating(8)))
    assert [change.change for change in reported] == [Change.RAISED, *[Change.BEAT] * 6, Change.ENDED]
    assert [change.episode.beats for change in reported] == [3, 3, 4, 5, 6, 7, 8, 8]
    assert [change.episode.running for change in reported] == [True] * 7 + [False]


def test_a_stretch_with_damped_rebounds_is_no_clonus() -> None:
    for seed in range(300, 310):
        assert alarms(worn(rebounding(np.random.default_rng(seed)))) == 0


def test_tapping_twice_a_second_is_no_clonus() -> None:
    for seed in range(300, 305):
        assert alarms(worn(tapping(np.random.default_rng(seed)))) == 0


def test_small_fast_tremor_is_no_clonus() -> None:
    for seed in range(300, 305):
        assert alarms(worn(physiological_tremor(np.random.default_rng(seed)))) == 0


def test_a_quiet_limb_raises_nothing_for_minutes() -> None:
    for seed in range(300, 305):
        assert alarms(worn(rest(np.random.default_rng(seed)))) == 0


def test_two_runs_far_apart_are_two_episodes() -> None:
    moving = beating(5, limb(12.0))
    recording = recorded(beating(6, moving, first_s=3.0 + 9 * PERIOD_S))
    assert [episode.beats for episode in ended(changes(recording))] == [5, 6]
    assert [episode.number for episode in ended(changes(recording))] == [1, 2]


def test_a_long_episode_in_noise_keeps_its_beginning_when_its_end_is_counted_again() -> None:
    moving = beating(120, limb(30.0))
    moving.wander(50.0, 1.0, 20.0)
    (episode,) = ended(changes(recorded(moving)))
    assert episode.onset_s == pytest.approx(3.0, abs=0.4)
    assert episode.beats == pytest.approx(120, abs=6)


def test_one_weak_beat_does_not_part_an_episode() -> None:
    moving = limb()
    peaks = np.full(12, 110.0)
    peaks[6] = 15.0
    moving.stretch(2.96, 300.0, 16.0)
    beats(moving, 3.0, peaks)
    (episode,) = ended(changes(recorded(moving)))
    assert episode.offset_s == pytest.approx(3.0 + 11 * PERIOD_S, abs=0.02)


def test_a_gap_inside_an_episode_makes_the_count_a_lower_bound() -> None:
    whole = recorded(beating(20))
    (episode,) = ended(changes(whole.without(4.5, 4.8)))
    assert episode.beats_at_least
    assert 15 <= episode.beats < 20
    assert episode.frequency_hz == pytest.approx(1.0 / PERIOD_S, abs=0.1)


def test_a_short_hole_leaves_the_count_exact() -> None:
    (episode,) = ended(changes(recorded(beating(20)).without(4.5, 4.56)))
    assert episode.beats == 20
    assert not episode.beats_at_least


def test_an_episode_outlasts_a_dropout_that_its_rhythm_outlasts() -> None:
    (episode,) = ended(changes(recorded(beating(30, limb(12.0))).without(4.5, 6.0)))
    assert episode.beats_at_least
    assert episode.offset_s == pytest.approx(3.0 + 29 * PERIOD_S, abs=0.02)


def test_a_dropout_that_the_rhythm_does_not_outlast_ends_the_episode_before_it() -> None:
    (episode,) = ended(changes(recorded(beating(8)).without(4.3, 5.5)))
    assert episode.offset_s < 4.3


def test_a_dropout_of_many_seconds_parts_an_episode() -> None:
    first, second = ended(changes(recorded(beating(60, limb(20.0))).without(5.0, 10.0)))
    assert first.beats_at_least
    assert first.offset_s < 5.0
    assert second.onset_s > 10.0


def test_the_stretch_is_measured_and_makes_the_episode_provoked() -> None:
    recording = recorded(beating(8))
    (episode,) = ended(changes(recording))
    assert episode.context is Context.PROVOKED
    assert episode.stretch is not None
    assert episode.stretch.peak_dps == pytest.approx(300.0, rel=0.1)
    assert episode.stretch.time_s == pytest.approx(recording.stretches_s[0], abs=0.03)


def test_a_rhythm_that_starts_by_itself_is_unprovoked() -> None:
    moving = limb()
    peaks = np.concatenate([np.linspace(20.0, 100.0, 6), np.full(10, 100.0)])
    beats(moving, 3.0, peaks, 0.1)
    (episode,) = ended(changes(recorded(moving)))
    assert episode.context is Context.UNPROVOKED
    assert episode.stretch is None


def test_an_armed_trial_makes_any_episode_provoked() -> None:
    moving = limb()
    beats(moving, 3.0, np.full(10, 100.0), 0.1)
    recording = recorded(moving)
    channel, detector = Channel(Sensor("limb", "any", 100.0)), BeatDetector("limb", "deg/s")
    reported = [c for block in recording.blocks() for c in detector.feed(channel.feed(block), armed=True)]
    assert reported[0].episode.context is Context.PROVOKED


def buried(number: int) -> Worn:
    """Return drawn clonus in noise as strong as itself."""
    rng = np.random.default_rng(number)
    (movement,) = in_noise(0.0)(rng, 2 * number, Reflexes(Seeds.TUNING))
    return worn(movement)


def test_clonus_as_strong_as_its_noise_is_heard_as_a_tone() -> None:
    heard = 0
    for number in range(12):
        recording = buried(number)
        (true,) = recording.runs
        found = ended(changes(recording))
        heard += any(e.onset_s < true.offset_s and e.offset_s > true.onset_s for e in found)
        assert len(found) <= 2
    assert heard >= 10


def test_what_trembles_on_after_clonus_is_no_other_episode() -> None:
    moving = beating(10, limb(16.0))
    for first_s in (7.0, 9.0, 11.0):
        beats(moving, first_s, np.full(8, 14.0))
    assert len(ended(changes(recorded(moving)))) == 1


RECORDING = provoked(301, 9, lost=0.02)


@pytest.mark.parametrize("size", [1, 3, 7, 100_000])
@pytest.mark.parametrize("recording", [RECORDING, buried(1), buried(4)], ids=["clear", "buried", "buried too"])
def test_the_size_of_blocks_changes_no_bit(recording: Worn, size: int) -> None:
    assert changes(recording)
    assert changes(recording, samples=size) == changes(recording)


def test_the_size_of_blocks_changes_no_bit_after_a_long_quiet() -> None:
    moving = limb(80.0)
    moving.pulse(2.0, 1.5, 6.0)
    beating(6, moving, first_s=70.0)
    recording = worn(moving)
    assert len(ended(changes(recording))) == 1
    assert changes(recording, samples=1) == changes(recording, samples=100_000)


@given(st.lists(st.integers(0, 40), min_size=20, max_size=200))
@settings(max_examples=25, deadline=None)
def test_any_cut_of_the_stream_gives_the_same_changes(sizes: list[int]) -> None:
    assert len(changes(RECORDING)) > 5
    channel, detector = Channel(Sensor("limb", "any", 100.0)), BeatDetector("limb", "deg/s")
    sizes_for_ever = itertools.chain(sizes, itertools.repeat(50))
    reported = []
    for block in RECORDING.blocks():
        start = 0
        while start < len(block):
            stop = min(len(block), start + next(sizes_for_ever))
            lost = block.lost_before if start == 0 else 0
            piece = Block("limb", block.t0, block.start + start, block.rate, None, block.gyro[start:stop], lost)  # type: ignore[index]
            reported += detector.feed(channel.feed(piece))
            if stop == start:
                block = replace(block, lost_before=0) if start == 0 else block
            start = stop
    assert reported + detector.finish() == changes(RECORDING)


@given(seed=st.integers(0, 2**32 - 1), mirrored=st.booleans(), drawn=st.integers(400, 420))
@settings(max_examples=25, deadline=None)
def test_any_mounting_and_either_sign_give_the_same_episodes(seed: int, mirrored: bool, drawn: int) -> None:
    recording = provoked(drawn, 3 + drawn % 6)
    turn = any_rotation(np.random.default_rng(seed)).T * (-1.0 if mirrored else 1.0)
    as_it_was, now = ended(changes(recording)), ended(changes(recording.turned(turn)))
    assert [episode.beats for episode in now] == [episode.beats for episode in as_it_was]
    for a, b in zip(as_it_was, now, strict=True):
        assert b.beat_times_s == pytest.approx(a.beat_times_s, abs=0.5 / recording.recorded.sensor.rate_hz)
        assert b.context is a.context


@pytest.mark.parametrize("rate", [52.0, 100.0, 208.0])
def test_any_sampling_rate_gives_the_same_beats(rate: float) -> None:
    (episode,) = ended(changes(recorded(beating(8), rate)))
    assert episode.beats == 8
    assert episode.onset_s == pytest.approx(3.0, abs=0.015)


def test_without_a_gyroscope_the_rhythm_is_still_found() -> None:
    (episode,) = ended(changes(recorded(beating(12)), has_gyro=False))
    assert episode.channel == "acc"
    assert abs(episode.beats - 12) <= 1
    assert episode.frequency_hz == pytest.approx(1.0 / PERIOD_S, abs=0.2)


def test_the_rhythm_shows_a_run_before_it_is_an_episode() -> None:
    recording = recorded(beating(8))
    channel, detector = Channel(Sensor("limb", "any", 100.0)), BeatDetector("limb", "deg/s")
    seen = []
    for block in recording.blocks(5):
        detector.feed(channel.feed(block))
        seen.append(detector.rhythm)
    assert any(rhythm.beats == 2 and not rhythm.running for rhythm in seen)
    running = [rhythm.frequency_hz for rhythm in seen if rhythm.running]
    assert running[-1] == pytest.approx(1.0 / PERIOD_S, abs=0.2)
    assert seen[-1].frequency_hz is None


def test_a_reset_detector_has_forgotten_everything() -> None:
    channel, detector = Channel(Sensor("limb", "any", 100.0)), BeatDetector("limb", "deg/s")
    signals = [channel.feed(block) for block in RECORDING.blocks()]
    first = [change for signal in signals for change in detector.feed(signal)] + detector.finish()
    detector.reset()
    assert [change for signal in signals for change in detector.feed(signal)] + detector.finish() == first


def test_confidence_lies_between_the_least_that_raises_and_one() -> None:
    (episode,) = ended(changes(recorded(beating(8))))
    assert 0.5 <= episode.confidence <= 1.0
    assert math.isfinite(episode.amplitude)
    assert episode.amplitude == pytest.approx(110.0, rel=0.1)


def test_the_stretch_says_how_far_it_went_and_how_long_the_first_beat_took() -> None:
    (episode,) = ended(changes(recorded(beating(8))))
    assert episode.stretch is not None
    assert episode.stretch.excursion_deg == pytest.approx(16.0, abs=3.0)
    assert 0.05 < episode.stretch.latency_s < 0.25
    assert episode.stretch.held
    assert episode.reasons == (Reason.STRETCHED, Reason.HELD)


def test_a_stream_that_ends_within_an_episode_makes_the_count_a_lower_bound() -> None:
    moving = limb(3.0 + 6.6 * PERIOD_S)
    (episode,) = ended(changes(recorded(beating(20, moving))))
    assert episode.beats_at_least
    assert episode.beats == 7


def test_the_end_is_told_within_three_periods_of_the_last_beat() -> None:
    (*_, end) = changes(recorded(beating(8)))
    assert end.at_s - end.episode.offset_s < 3.0 * PERIOD_S


def test_a_clean_rhythm_is_clear_while_it_runs() -> None:
    channel, detector = Channel(Sensor("limb", "any", 100.0)), BeatDetector("limb", "deg/s")
    clarity = []
    for block in recorded(beating(10)).blocks(5):
        detector.feed(channel.feed(block))
        clarity.append(detector.rhythm.clarity)
    running = [figure for figure in clarity if figure is not None]
    assert min(running) > 0.7
    assert max(running) <= 1.0


def test_a_jaw_beats_faster_than_a_limb_can() -> None:
    moving = limb()
    moving.stretch(2.96, 300.0, 16.0)
    add_pattern(moving, 3.0, Pattern(np.full(11, 0.085), np.full(12, 90.0), 0.0))
    recording = recorded(moving, 208.0)
    channel, detector = Channel(Sensor("limb", "any", 208.0)), BeatDetector("limb", "deg/s", JAW)
    reported = [c for block in recording.blocks() for c in detector.feed(channel.feed(block))]
    (episode,) = ended(reported + detector.finish())
    assert episode.beats == 12
    assert episode.frequency_hz == pytest.approx(1.0 / 0.085, abs=0.3)
    assert all(found.frequency_hz < 10.6 for found in ended(changes(recording)))


def test_a_beat_is_where_the_rate_peaks_though_only_acceleration_is_measured() -> None:
    recording = recorded(beating(12))
    (episode,) = ended(changes(recording, has_gyro=False))
    found, true = np.array(episode.beat_times_s), np.array(recording.runs[0].beat_times_s)
    assert np.abs(found[:, None] - true).min(axis=0).max() < 0.015

"""The movements of the benchmark are what their names say: there is no clonus where none should be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from sensors.driver import Floats
from tests.benchmarks.detection import activities, disturbances, positives, stretches
from tests.benchmarks.detection.kinds import HUM_RATES_HZ, KINDS
from tests.benchmarks.detection.movement import FINE_HZ, Movement
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.seeds import Seeds
from tests.benchmarks.detection.truth import Beat, runs_of

UNEVEN = (
    disturbances.handling,
    disturbances.knocks,
    disturbances.cable_bump,
    disturbances.passive_motion,
    activities.fidgeting,
    activities.spasm,
)


@pytest.fixture(scope="module")
def reflexes() -> Reflexes:
    return Reflexes(Seeds.TUNING)


def longest_even_run(rate_dps: Floats) -> int:
    """Count the beats of the longest run at 4 to 8 Hz: 25 deg/s and more, intervals and peaks within a fifth."""
    spectrum, frequency = np.fft.rfft(rate_dps), np.fft.rfftfreq(len(rate_dps), 1.0 / FINE_HZ)
    spectrum[(frequency < 1.8) | (frequency > 14.0)] = 0.0
    band = np.fft.irfft(spectrum, len(rate_dps))
    inner = band[1:-1]
    peaks = np.flatnonzero((inner > band[:-2]) & (inner >= band[2:]) & (inner > 25.0)) + 1
    longest = run = 1
    last_s = 0.0
    for before, after in pairwise(peaks):
        interval_s = (after - before) / FINE_HZ
        even = 0.8 < band[after] / band[before] < 1.25 and (run == 1 or 0.83 < interval_s / last_s < 1.2)
        run = run + 1 if even and 0.125 < interval_s < 0.25 else 1
        last_s, longest = interval_s, max(longest, run)
    return longest


@pytest.mark.parametrize("draw", UNEVEN, ids=lambda draw: draw.__name__)
def test_a_disturbance_holds_no_even_beats_by_chance(draw: Callable[[np.random.Generator], Movement]) -> None:
    for number in range(5):
        movement = draw(Seeds.TUNING.generator("even beats", number))
        turning = movement.across + np.outer(movement.rotation, (1.0, 0.0, 0.0))
        assert max(longest_even_run(sign * turning[:, axis]) for axis in range(3) for sign in (-1, 1)) < 4


def test_the_same_eye_sees_the_beats_of_clonus(reflexes: Reflexes) -> None:
    (movement,) = positives.sustained(Seeds.TUNING.generator("eye", 1), 1, reflexes)
    assert longest_even_run(movement.rotation) > 15


def test_a_rebound_halves_from_swing_to_swing() -> None:
    movement = stretches.rebounding(Seeds.TUNING.generator("rebound", 0))
    assert 15 <= len(movement.stretches_s) <= 30
    assert longest_even_run(movement.rotation) < 3


def test_the_reflex_of_the_ankle_beats_as_published(reflexes: Reflexes) -> None:
    trials = [reflexes.trial(positives.ANKLE_TEST, number, (6, 80)) for number in range(40)]
    frequencies = [trial.runs[0].frequency_hz for trial in trials]
    assert 4.9 < float(np.mean(frequencies)) < 5.9
    assert 0.2 < float(np.std(frequencies)) < 0.9
    peaks = [beat.peak_dps for trial in trials for beat in trial.beats]
    assert 60.0 < float(np.median(peaks)) < 200.0


def test_mains_hum_folds_into_the_band() -> None:
    for rate_hz in HUM_RATES_HZ:
        for mains_hz in (50.0, 60.0):
            assert 2.0 <= abs(mains_hz - rate_hz) <= 10.0


def test_a_peak_under_a_quarter_of_the_usual_is_no_beat_and_a_long_pause_parts_two_runs() -> None:
    times = [*np.arange(5) * 0.2, *(3.0 + np.arange(4) * 0.2)]
    peaks = [100.0, 90.0, 95.0, 20.0, 90.0, 80.0, 80.0, 80.0, 24.0]
    first, second = runs_of([Beat(float(t), p) for t, p in zip(times, peaks, strict=True)])
    assert (first.beats, second.beats) == (4, 3)


def test_a_run_that_is_weak_throughout_has_beats() -> None:
    (run,) = runs_of([Beat(0.2 * k, 18.0) for k in range(6)])
    assert run.beats == 6
    assert run.frequency_hz == pytest.approx(5.0)


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)

"""A tone is one frequency about one axis, whatever else moves; the faint ear counts its beats looking both ways."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.faint import FaintEar
from analysis.filters import band_pass
from analysis.thinned import Thinned
from analysis.tones import Bank, Tone, likeness
from sensors.driver import Floats

RATE_HZ = 50.0
LEAST_DPS = 11.0
STIR_DPS = 0.5


def seconds(duration_s: float, rate_hz: float = RATE_HZ) -> Floats:
    return np.arange(round(duration_s * rate_hz)) / rate_hz


def swinging(hz: float, axis: Floats, peak: float = 60.0, duration_s: float = 4.0) -> Floats:
    return peak * np.sin(2.0 * math.pi * hz * seconds(duration_s))[:, None] * axis


def heard(motion: Floats) -> Tone | None:
    return Bank(RATE_HZ).hear(motion, LEAST_DPS, STIR_DPS)


directions = st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.1, 1)).map(
    lambda v: np.array(v) / np.linalg.norm(v)
)


@given(st.floats(3.0, 8.2), directions)
def test_a_swing_about_any_axis_is_one_tone_of_its_own_frequency(hz: float, axis: Floats) -> None:
    tone = heard(swinging(hz, axis))
    assert tone is not None
    assert tone.strength > 0.85
    assert tone.hz == pytest.approx(hz, rel=0.06)
    assert abs(float(tone.axis @ axis)) > 0.999
    assert tone.peak == pytest.approx(60.0, rel=0.12)
    assert tone.periodic > 0.85
    assert tone.half < -0.6


def test_what_goes_round_is_no_straight_tone() -> None:
    turning = swinging(5.5, np.array([1.0, 0.0, 0.0])) + np.roll(swinging(5.5, np.array([0.0, 1.0, 0.0])), 2, axis=0)
    straight = heard(swinging(5.5, np.array([1.0, 0.0, 0.0])))
    round_about = heard(turning)
    assert straight is not None
    assert round_about is not None
    assert round_about.strength < 0.65 * straight.strength


def test_noise_of_half_the_power_leaves_most_of_the_energy_in_the_tone_and_alone_it_has_little() -> None:
    both: list[float] = []
    alone: list[float] = []
    for seed in range(60):
        noise = 60.0 / math.sqrt(12.0) * np.random.default_rng(seed).normal(size=(200, 3))
        for strengths, motion in ((both, swinging(5.5, np.array([0.0, 0.0, 1.0])) + noise), (alone, noise)):
            tone = heard(motion)
            strengths.append(tone.strength if tone else 0.0)
    assert np.median(both) > 0.6
    assert np.percentile(alone, 90) < np.percentile(both, 10)


def test_a_weak_movement_and_a_short_one_are_no_tones() -> None:
    assert heard(swinging(5.5, np.array([1.0, 0.0, 0.0]), peak=2.0)) is None
    assert heard(swinging(5.5, np.array([1.0, 0.0, 0.0]), duration_s=1.0)) is None


def test_a_movement_with_harmonics_is_not_its_own_opposite_half_a_period_later() -> None:
    steps = swinging(3.0, np.array([1.0, 0.0, 0.0])) + swinging(6.0, np.array([1.0, 0.0, 0.0]))
    assert likeness(steps, round(RATE_HZ / 6.0)) > likeness(swinging(3.0, np.array([1.0, 0.0, 0.0])), 8) + 0.5


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.sampled_from([52.0, 100.0, 104.0, 208.0]))
def test_however_the_motion_is_cut_the_same_samples_are_kept(cuts: list[int], rate_hz: float) -> None:
    rows = np.arange(3 * sum(cuts), dtype=float).reshape(-1, 3)
    whole, cut = Thinned(rate_hz), Thinned(rate_hz)
    whole.restart(7)
    cut.restart(7)
    whole.take((rows[:, 0].tolist(), rows[:, 1].tolist(), rows[:, 2].tolist()))
    first = 0
    for count in cuts:
        part = rows[first : first + count]
        cut.take((part[:, 0].tolist(), part[:, 1].tolist(), part[:, 2].tolist()))
        first += count
    end = 7 + len(rows)
    np.testing.assert_array_equal(whole.rows(0, end), cut.rows(0, end))
    np.testing.assert_array_equal(whole.rows(0, end), rows[:: whole.every])


def test_the_motion_of_more_than_a_minute_is_forgotten_and_no_more_memory_taken() -> None:
    kept = Thinned(100.0)
    for number in range(300):
        kept.take(tuple([float(number)] * 100 for _ in range(3)))  # type: ignore[arg-type]
    assert kept.first > 100 * 100
    assert kept.rows(kept.first, 30_000)[-1].tolist() == [299.0] * 3
    assert 60.0 <= len(kept.rows(0, 30_000)) / kept.rate <= 120.0


def test_the_ear_listens_at_the_same_samples_however_they_come() -> None:
    ear = FaintEar(100.0, band_pass(2.2, 11.0, 100.0), LEAST_DPS, STIR_DPS, 0.1)
    cut = [due for first in range(0, 100, 7) for due in ear.due(first, min(first + 7, 100))]
    assert cut == list(ear.due(0, 100)) == list(range(0, 100, 10))

"""The figures of a response are those of its beats."""

from __future__ import annotations

import math

import pytest

from analysis.episode import Episode, Stretch
from analysis.response import Response, response_of

STRETCH = Stretch(2.9, 250.0, 15.0, 0.16, held=True)


def episode(*beats: float, at_least: bool = False) -> Episode:
    return Episode(
        "left_foot", 1, "gyro", beats, beats[2] + 0.05, 100.0, "deg/s", 0.9, beats_at_least=at_least, running=False
    )


def test_an_even_rhythm_has_no_spread_and_a_known_decay() -> None:
    beats = tuple(3.0 + 0.2 * k for k in range(60))
    response = response_of(episode(*beats), STRETCH, [100.0 * math.exp(-0.1 * k) for k in range(60)])
    assert (response.beats, response.beats_in_10_s) == (60, 51)
    assert response.frequency_hz == pytest.approx(5.0)
    assert response.spread_hz == pytest.approx(0.0, abs=1e-9)
    assert response.decay == pytest.approx(-0.1)
    assert (response.latency_s, response.stretch_dps, response.stretch_deg) == (0.16, 250.0, 15.0)
    bounds = (response.beats_at_least, response.beats_in_10_s_at_least, response.duration_at_least)
    assert bounds == (False, False, False)


def test_the_spread_is_that_of_the_rates_from_beat_to_beat() -> None:
    response = response_of(episode(3.0, 3.2, 3.45, 3.65, 3.9), None)
    assert response.spread_hz == pytest.approx(0.5)
    assert (response.latency_s, response.stretch_dps) == (None, None)


def test_an_interval_that_may_hide_beats_widens_no_spread() -> None:
    response = response_of(episode(3.0, 3.2, 3.4, 4.2, 4.4, 4.6, at_least=True), STRETCH)
    assert response.spread_hz == pytest.approx(0.0, abs=1e-9)
    assert (response.beats_at_least, response.beats_in_10_s_at_least, response.duration_at_least) == (True, True, True)


@pytest.mark.parametrize(("beats", "in_10_s_at_least"), [(3, True), (50, True), (51, False), (60, False)])
def test_a_stretch_that_was_let_go_leaves_lower_bounds_but_of_the_beats_in_10_s_that_were_over(
    beats: int, in_10_s_at_least: bool
) -> None:
    response = response_of(episode(*(3.0 + 0.2 * k for k in range(beats))), STRETCH, cut_short=True)
    assert (response.beats_at_least, response.duration_at_least) == (True, True)
    assert response.beats_in_10_s_at_least is in_10_s_at_least


def test_peaks_that_were_not_measured_are_left_out_of_the_decay() -> None:
    assert response_of(episode(3.0, 3.2, 3.4), STRETCH, [None, 100.0, 50.0]).decay is None
    halving = [100.0, None, 25.0, 12.5]
    assert response_of(episode(3.0, 3.2, 3.4, 3.6), STRETCH, halving).decay == pytest.approx(-math.log(2.0))


def test_a_limb_that_does_not_answer_still_had_its_stretch() -> None:
    assert response_of(None, STRETCH) == Response(stretch_dps=250.0, stretch_deg=15.0)

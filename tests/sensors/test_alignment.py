"""How near the time of a sample is to the truth, ten seconds after a sensor's first packet or its restart."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.alignment.case import Case, run
from tests.benchmarks.alignment.cases import COUNTING, HARD, WITH_TICKS


def named(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


@named(WITH_TICKS)
def test_a_sensor_that_sends_ticks_is_within_five_milliseconds_of_the_truth(case: Case) -> None:
    errors = run(case)
    assert errors.astray_s.max() < 0.005
    assert abs(errors.constant_s) < 0.005


@named(HARD)
def test_where_the_least_delay_hardly_shows_it_is_within_ten(case: Case) -> None:
    errors = run(case)
    assert errors.astray_s.max() < 0.010
    assert abs(errors.constant_s) < 0.010


@named(COUNTING)
def test_a_sensor_that_sends_none_says_thirty_and_is_within_them(case: Case) -> None:
    errors = run(case)
    assert errors.said_s.min() >= 0.030
    assert np.percentile(errors.astray_s, 95) + abs(errors.constant_s) < 0.030


@named(tuple(case for case in COUNTING if not case.events))
def test_a_rate_that_is_some_percent_off_is_followed_and_makes_no_jumps(case: Case) -> None:
    assert run(case).astray_s.max() < 0.015

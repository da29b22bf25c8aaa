"""The filters are the Butterworth filters of the textbook; scipy is the independent reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal as reference  # type: ignore[import-untyped]

from analysis.filters import Biquad, Cascade, band_pass, low_pass, phase_delay_s

RATES = st.floats(25.0, 1000.0)


def run(sections: tuple[Biquad, ...], samples: list[float]) -> list[float]:
    cascade = Cascade(sections)
    return [cascade.step(x) for x in samples]


@given(rate=RATES, low=st.floats(0.01, 0.2), high=st.floats(0.21, 0.45))
def test_band_pass_equals_scipy_at_any_rate(rate: float, low: float, high: float) -> None:
    samples = np.random.default_rng(1).normal(size=200)
    sos = reference.butter(2, [low * rate, high * rate], "bandpass", fs=rate, output="sos")
    assert run(band_pass(low * rate, high * rate, rate), samples.tolist()) == pytest.approx(
        reference.sosfilt(sos, samples), abs=1e-9
    )


@given(rate=RATES, corner=st.floats(0.01, 0.45))
def test_low_pass_equals_scipy_at_any_rate(rate: float, corner: float) -> None:
    samples = np.random.default_rng(2).normal(size=200)
    sos = reference.butter(2, corner * rate, fs=rate, output="sos")
    assert run((low_pass(corner * rate, rate),), samples.tolist()) == pytest.approx(
        reference.sosfilt(sos, samples), abs=1e-9
    )


def test_phase_delay_is_where_a_steady_oscillation_really_lies() -> None:
    rate, frequency = 200.0, 6.5
    for sections in (band_pass(2.0, 12.0, rate), (low_pass(15.0, rate),)):
        delay = phase_delay_s(sections, frequency, rate)
        times = np.arange(2000) / rate
        filtered = run(sections, np.cos(2 * math.pi * frequency * times).tolist())
        gain = math.prod(abs(section.response(frequency, rate)) for section in sections)
        expected = gain * np.cos(2 * math.pi * frequency * (times - delay))
        assert filtered[-200:] == pytest.approx(expected[-200:], abs=1e-6)


@given(level=st.floats(-1000.0, 1000.0))
def test_a_settled_filter_does_not_ring(level: float) -> None:
    steady, rest = Cascade((low_pass(15.0, 100.0),)), Cascade(band_pass(2.0, 12.0, 100.0))
    steady.settle(level)
    rest.settle(level)
    for _ in range(50):
        assert steady.step(level) == pytest.approx(level, abs=1e-9)
        assert rest.step(level) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("low", "high"), [(0.0, 10.0), (2.0, 50.0), (8.0, 3.0), (-1.0, 5.0)])
def test_impossible_corners_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="corner"):
        band_pass(low, high, 100.0)


def test_a_run_of_samples_gives_the_same_bits_as_one_step_after_another() -> None:
    samples = np.random.default_rng(5).normal(size=200).tolist()
    stepped, run = Cascade(band_pass(2.0, 12.0, 100.0)), Cascade(band_pass(2.0, 12.0, 100.0))
    assert run.run(samples[:70]) + run.run([]) + run.run(samples[70:]) == [stepped.step(x) for x in samples]

"""The spectrum of a stretch of a trace names the rate that is in it, and stitches nothing over a hole."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.spectrum import spectrum
from analysis.trace import Trace

RATE = 100.0


def swinging(*rates_hz: float, lost: tuple[float, float] = (0.0, 0.0)) -> Trace:
    """Seconds 0 to 5 at one rate, 5 to 10 at the next; without the lost ones."""
    t = np.arange(1000) / RATE
    values = 80.0 * np.sin(2 * math.pi * np.where(t < 5.0, rates_hz[0], rates_hz[-1]) * t)
    trace = Trace(RATE, 10.0)
    for piece in (t < lost[0], t >= lost[1]):
        if piece.any():
            trace.write(float(t[piece][0]), RATE, values[piece].tolist())
    return trace


@pytest.mark.parametrize("hz", [3.0, 5.5, 11.2])
@pytest.mark.parametrize("seconds", [0.9, 4.0])
def test_a_swing_has_its_peak_at_its_rate_and_its_size(hz: float, seconds: float) -> None:
    found = spectrum(swinging(hz), 0.5, 0.5 + seconds, 15.0)
    assert found is not None
    assert found.peak_hz == pytest.approx(hz, abs=0.15)
    assert found.amplitudes.max() == pytest.approx(80.0, rel=0.1)
    assert found.hz.max() <= 15.0


def test_of_a_trace_with_a_hole_only_the_longest_piece_counts() -> None:
    found = spectrum(swinging(4.0, 7.0, lost=(3.0, 5.0)), 0.0, 10.0, 15.0)
    assert found is not None
    assert found.peak_hz == pytest.approx(7.0, abs=0.1)
    strength = dict(zip(np.round(found.hz, 1), found.amplitudes, strict=True))
    assert strength[4.0] < 1.0


def test_a_moment_and_lost_data_have_no_spectrum() -> None:
    assert spectrum(swinging(5.0), 1.0, 1.2, 15.0) is None
    assert spectrum(swinging(5.0, lost=(2.0, 4.0)), 2.5, 3.5, 15.0) is None

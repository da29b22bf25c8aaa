"""Resampled: samples on another clock than the sensor's own, for formats that have one clock for all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats
from sensors.samples import Samples, Values

REACH = 3
"""Samples on either side of the times that are looked at."""
SAME_SAMPLE = 1e-3
"""Sample periods; a time this near to a sample's is the sample's."""


def at_times(samples: Samples, values: Values, times: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the values (m, 3) at `times` (m,) s rising, and whether each was measured there (m,).

    Between samples a cubic is laid through the two on either side (Lagrange's, which leaves a movement at 6 % of the
    rate within 0.1 % of its size, one at 20 % within 6 %); beside a hole a line. Nothing is made up for a hole: a time
    in it, further than half a period from a sample, was not measured.
    """
    begin = max(0, int(np.searchsorted(samples.times, times[0])) - REACH)
    stop = int(np.searchsorted(samples.times, times[-1])) + REACH
    own, values = samples.times[begin:stop], values[begin:stop]
    half_s = 0.5 / samples.rate_hz
    after = np.searchsorted(own, times, side="right")
    before = np.clip(after - 1, 0, len(own) - 1)
    after = np.clip(after, 0, len(own) - 1)
    apart = _piece_of(samples, begin, begin + len(own))
    between = (before < after) & (apart[before] == apart[after])
    near = np.where(np.abs(times - own[before]) <= np.abs(own[after] - times), before, after)
    measured = between | (np.abs(own[near] - times) <= half_s)
    step_s = np.where(between, own[after] - own[before], 1.0)
    share = np.where(between, (times - own[before]) / step_s, 0.0)
    first = np.where(between, before, near)
    exact = (share < SAME_SAMPLE) | (share > 1.0 - SAME_SAMPLE)
    share = np.where(exact, np.rint(share), share)
    return _cubic(values, apart, first, share), measured


def _piece_of(samples: Samples, begin: int, stop: int) -> NDArray[np.int64]:
    """Return for each sample from `begin` to `stop` the number of the piece between two holes that it lies in."""
    begins = np.zeros(stop - begin, dtype=np.int64)
    for hole in samples.holes:
        if begin <= hole.before < stop:
            begins[hole.before - begin] = 1
    return np.asarray(np.cumsum(begins), dtype=np.int64)


def _cubic(values: Values, apart: NDArray[np.int64], first: NDArray[np.int64], share: Floats) -> Floats:
    """Return the values at `share` of the way from sample `first` to the next one."""
    last = len(values) - 1
    places = [np.clip(first + k, 0, last) for k in (-1, 0, 1, 2)]
    whole = (first >= 1) & (first + 2 <= last) & (apart[places[0]] == apart[places[3]])
    f = share
    cubic = (-f * (f - 1) * (f - 2) / 6, (f + 1) * (f - 1) * (f - 2) / 2, -(f + 1) * f * (f - 2) / 2)
    weights = (*cubic, (f + 1) * f * (f - 1) / 6)
    line = (0.0 * f, 1.0 - f, f, 0.0 * f)
    found: Floats = np.zeros((len(first), values.shape[1]))
    for place, of_cubic, of_line in zip(places, weights, line, strict=True):
        found += values[place] * np.where(whole, of_cubic, of_line)[:, None]
    return found

"""Bins: the least and greatest value of each pixel column of a trace.

Bin `j` covers session seconds `j * bin_s` to `(j + 1) * bin_s`, whatever part of the trace is on the screen: a bin
never changes once it is complete, so that a scrolling trace does not shimmer.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.trace import Trace

Bins = tuple[NDArray[np.float32], NDArray[np.float32]]

_ROUNDING = 1e-6
"""Slots; keeps a bin's edge that falls on a slot from moving by one through rounding."""


def extremes(trace: Trace, first_bin: int, count: int, bin_s: float) -> Bins:
    """Return (least, greatest) of `count` bins from `first_bin` on; NaN where a bin holds no value.

    A bin shorter than a slot shows the value of the slot that comes next.
    """
    edges = _edges(first_bin, count, bin_s, trace.rate)
    start = int(edges[0])
    values = trace.between(start, int(edges[-1]) + 1)
    places = edges - start
    return np.fmin.reduceat(values, places)[:-1], np.fmax.reduceat(values, places)[:-1]


@lru_cache(maxsize=64)
def _edges(first_bin: int, count: int, bin_s: float, rate: float) -> NDArray[np.int64]:
    """Return the first slot of each bin, and of the one after the last: the same for all traces of one rate."""
    bins = np.arange(first_bin, first_bin + count + 1, dtype=np.float64)
    edges: NDArray[np.int64] = np.ceil(bins * (bin_s * rate) - _ROUNDING).astype(np.int64)
    return edges

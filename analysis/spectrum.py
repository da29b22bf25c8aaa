"""Spectrum: how strong each rate is in a stretch of a trace - for looking at an episode, never for finding one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.trace import Trace

LEAST_S = 0.3
"""In less there are not two beats at 7 Hz, and a spectrum says nothing."""
STEP_HZ = 0.1
"""Grid on which it is worked out, by zeros behind the samples; what can be told apart is 1 / duration."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """`amplitudes` (n,) at the rates `hz` (n,) in the trace's unit, without what stands still."""

    hz: NDArray[np.float64]
    amplitudes: NDArray[np.float64]

    @property
    def peak_hz(self) -> float:
        """The strongest rate."""
        return float(self.hz[int(np.argmax(self.amplitudes))])


def spectrum(trace: Trace, from_s: float, to_s: float, highest_hz: float) -> Spectrum | None:
    """Return the amplitude spectrum (Hann window) of the longest piece without a hole; None where that is too short."""
    first = max(math.floor(from_s * trace.rate), trace.oldest)
    stop = min(math.ceil(to_s * trace.rate), trace.newest) + 1
    values = trace.between(first, stop).astype(np.float64)
    piece = _longest(values)
    if len(piece) < LEAST_S * trace.rate:
        return None
    window = np.hanning(len(piece))
    length = max(len(piece), round(trace.rate / STEP_HZ))
    transformed = np.fft.rfft((piece - piece.mean()) * window, length)
    amplitudes = (2.0 * np.abs(transformed) / window.sum()).astype(np.float64)
    hz = np.fft.rfftfreq(length, 1.0 / trace.rate).astype(np.float64)
    kept = hz <= highest_hz
    return Spectrum(hz[kept], amplitudes[kept])


def _longest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the longest run of values: nothing is stitched over a hole."""
    known = np.concatenate(([False], ~np.isnan(values), [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(known))
    if not len(edges):
        return values[:0]
    begins, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - begins))
    return values[begins[longest] : ends[longest]]

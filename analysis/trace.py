"""Trace: the last minutes of one channel, for whoever draws them.

One thread writes; any number of threads read without a lock: a reader first takes the newest slot number, and the
slots behind it are overwritten only a whole capacity later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LOOK_BACK = 64
"""Slots in which a value is looked for first: the usual case is a sensor that is heard."""


class Trace:
    """Values at evenly spaced slots of session time; a slot without a value is NaN.

    Slot `k` stands for session second `k / rate`. The buffer is written twice, half its length apart, so that any
    stretch of it can be read in one piece.
    """

    __slots__ = ("_buffer", "_capacity", "newest", "oldest", "rate")

    def __init__(self, rate: float, seconds: float) -> None:
        self.rate = rate
        self._capacity = max(2, math.ceil(seconds * rate))
        self._buffer = np.full(2 * self._capacity, np.nan, dtype=np.float32)
        self.newest = -1
        self.oldest = 0

    def write(self, t0: float, rate: float, values: Sequence[float]) -> None:
        """Append `values`, the first at session second `t0` and spaced by `1 / rate`; what lies between is NaN."""
        if not values:
            return
        slots = np.rint((t0 + np.arange(len(values)) / rate) * self.rate).astype(np.int64)
        fresh = slots > self.newest
        if not fresh.any():
            return
        data = np.asarray(values, dtype=np.float32)[fresh]
        slots = slots[fresh]
        first = max(self.newest + 1, int(slots[-1]) - self._capacity + 1) if self.newest >= 0 else int(slots[0])
        if self.newest < 0:
            self.oldest = first
        if len(slots) and slots[-1] - first + 1 > len(slots):
            filled = np.full(int(slots[-1]) - first + 1, np.nan, dtype=np.float32)
            kept = slots >= first
            filled[slots[kept] - first] = data[kept]
            self._close_single_slips(filled, first)
        else:
            filled = data[-(int(slots[-1]) - first + 1) :]
        places = (first + np.arange(len(filled))) % self._capacity
        self._buffer[places] = filled
        self._buffer[places + self._capacity] = filled
        self.newest = int(slots[-1])
        self.oldest = max(self.oldest, self.newest - self._capacity + 1)

    def _close_single_slips(self, filled: NDArray[np.float32], first: int) -> None:
        """A lone empty slot is a slip of the sensor's clock against ours, not lost data: repeat its neighbour."""
        before = self._buffer[(first - 1) % self._capacity] if self.newest >= 0 else np.float32(np.nan)
        left = np.concatenate(([before], filled[:-1]))
        right = np.concatenate((filled[1:], [np.float32(np.nan)]))
        lone = np.isnan(filled) & ~np.isnan(left) & ~np.isnan(right)
        filled[lone] = left[lone]

    def newest_until(self, slot: int) -> int:
        """Return the last slot up to `slot` that holds a value; -1 where there is none (any more)."""
        newest = self.newest
        if newest <= slot:
            return newest
        stop, length = slot + 1, _LOOK_BACK
        while stop > self.oldest:
            first = max(self.oldest, stop - length)
            found = np.flatnonzero(~np.isnan(self.between(first, stop)))
            if len(found):
                return first + int(found[-1])
            stop, length = first, 2 * length
        return -1

    def since(self, t_s: float) -> Trace:
        """Return a copy of all from second `t_s` on; it stays as it is while this one goes on."""
        newest = self.newest
        kept = Trace(self.rate, 0.0)
        if newest < 0:
            return kept
        kept.oldest, kept.newest = max(self.oldest, min(newest, math.floor(t_s * self.rate))), newest
        kept._capacity = newest + 1 - kept.oldest
        places = np.arange(kept.oldest, newest + 1) % kept._capacity
        kept._buffer = np.empty(2 * kept._capacity, dtype=np.float32)
        kept._buffer[places] = kept._buffer[places + kept._capacity] = self.between(kept.oldest, newest + 1)
        return kept

    def between(self, first: int, stop: int) -> NDArray[np.float32]:
        """Return slots `first` up to `stop` (exclusive); NaN where nothing is (any more, or yet)."""
        newest, oldest = self.newest, self.oldest
        out = np.full(max(0, stop - first), np.nan, dtype=np.float32)
        a, b = max(first, oldest), min(stop, newest + 1)
        if b > a:
            place = a % self._capacity
            out[a - first : b - first] = self._buffer[place : place + (b - a)]
        return out

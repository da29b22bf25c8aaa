"""Thinned: the band-passed motion of a channel at about 50 Hz, kept for a minute, for questions that look far back."""

from __future__ import annotations

import numpy as np

from analysis.signal import Motion
from sensors.driver import Floats

LEAST_HZ = 50.0
"""The band ends at 11 Hz: what 50 Hz fold down was weakened tenfold before."""
KEPT_S = 60.0
"""Longer episodes are looked at again over so much of their end only."""


class Thinned:
    """Every `every`-th sample of the motion, by sample number; `rate` is samples a second after thinning."""

    def __init__(self, rate: float) -> None:
        self.every = max(1, int(rate / LEAST_HZ))
        self.rate = rate / self.every
        self._most = round(KEPT_S * self.rate)
        self._rows = np.empty((2 * self._most, 3))
        self.restart(0)

    def restart(self, at: int) -> None:
        """Forget everything; the next sample has the number `at`."""
        self.first = self._next = at
        self._count = 0

    def take(self, motion: Motion) -> None:
        """Append the next samples."""
        due = self.first + self._count * self.every
        rows = np.array([axis[due - self._next :: self.every] for axis in motion]).T
        self._next += len(motion[0])
        while len(rows):
            if self._count == len(self._rows):
                self._forget()
            fit = rows[: len(self._rows) - self._count]
            self._rows[self._count : self._count + len(fit)] = fit
            self._count += len(fit)
            rows = rows[len(fit) :]

    def _forget(self) -> None:
        spare = self._count - self._most
        self._rows[: self._most] = self._rows[spare : self._count].copy()
        self.first += spare * self.every
        self._count = self._most

    def place(self, at: float) -> int:
        """Return the row from which sample number `at` on is kept, at least 0."""
        return max(0, -int((self.first - at) // self.every))

    def rows(self, first: float, stop: float) -> Floats:
        """Return the motion (n, 3) from one sample number up to another, as far as it is kept."""
        return self._rows[self.place(first) : min(self.place(stop), self._count)]

    def at(self, row: float) -> float:
        """Return the sample number of a row (a fraction lies between two)."""
        return self.first + row * self.every

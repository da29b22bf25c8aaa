"""History: the last seconds of one channel by sample number, with what session second a sample belongs to.

Samples are numbered on through the whole stream, lost ones included, so that a distance in samples is a distance in
time. Times themselves come from the formula of the block that a sample belonged to, never from counting.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.signal import Motion, Signal

KEPT_S = 12.0
"""How much of the past is kept, at least; no question reaches further back."""
HOLES = 50
"""How many holes are remembered; a stretch of data with more than that is no measurement."""


@dataclass(frozen=True, slots=True)
class Formula:
    """Session second of sample number `at`: `t0 + (at + offset) / rate`."""

    t0: float
    offset: int
    rate: float

    def time(self, at: float) -> float:
        """Return the session second of a sample (a fraction lies between two)."""
        return self.t0 + (at + self.offset) / self.rate


class History:
    """`raw`, `smooth` (low-passed) and `motion` hold samples `base` to `end`; `holes` are (first, stop) of lost ones.

    `now` is the sample that is being judged: no question is answered with a later one, though it be there already.
    """

    __slots__ = ("_formulas", "base", "holes", "motion", "now", "rate", "raw", "smooth")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.base = 0
        self.now = 0
        self.raw: list[float] = []
        self.smooth: list[float] = []
        self.motion: Motion = ([], [], [])
        self.holes: list[tuple[int, int]] = []
        self._formulas: list[tuple[int, Formula]] = []

    @property
    def end(self) -> int:
        """The number of the next sample."""
        return self.base + len(self.raw)

    def place(self, signal: Signal) -> None:
        """Note that the next sample is the first of `signal`."""
        formula = Formula(signal.t0, signal.start - self.end, signal.rate)
        if not self._formulas or self._formulas[-1][1] != formula:
            self._formulas.append((self.end, formula))

    def time(self, at: float) -> float:
        """Return the session second of a sample."""
        for first, formula in reversed(self._formulas):
            if at >= first:
                return formula.time(at)
        return self._formulas[0][1].time(at)

    def take(self, raw: list[float], smooth: list[float], motion: Motion) -> None:
        """Append samples."""
        self.raw += raw
        self.smooth += smooth
        for kept, fresh in zip(self.motion, motion, strict=True):
            kept += fresh

    def lose(self, count: int) -> None:
        """Note that `count` samples will never come; what is kept ends before them."""
        self.holes = [*self.holes[1 - HOLES :], (self.end, self.end + count)]

    def bridged(self, count: int, signal: Signal) -> tuple[list[float], Motion]:
        """Return `count` samples on a straight line between the last kept and the first of `signal`."""
        parts = [(k + 1) / (count + 1) for k in range(count)]

        def line(a: float, b: float) -> list[float]:
            return [a + part * (b - a) for part in parts]

        (ax, ay, az), (bx, by, bz) = self.motion, signal.motion
        return line(self.raw[-1], signal.raw[0]), (line(ax[-1], bx[0]), line(ay[-1], by[0]), line(az[-1], bz[0]))

    def skip(self, count: int) -> None:
        """Go on after a hole that nothing bridges: what was before it is forgotten."""
        self.base = self.end + count
        self.raw, self.smooth, self.motion = [], [], ([], [], [])

    def lost(self, first: float, last: float) -> int:
        """Return the longest hole that touches the span from `first` to `last`, in samples."""
        return max((stop - start for start, stop in self.holes if first < stop and start < last), default=0)

    def smoothed(self, first: int, stop: int) -> list[float]:
        """Return the low-passed samples from `first` up to `stop`, as far as they are kept."""
        return self.smooth[self._first(first) - self.base : max(0, self._stop(stop) - self.base)]

    def extreme(self, first: int, stop: int, up: bool) -> tuple[float, float] | None:
        """Return where the low-passed signal is greatest, or least, between two samples, and how much that is."""
        values = self.smoothed(first, stop)
        if not values:
            return None
        place = (max if up else min)(range(len(values)), key=values.__getitem__)
        return float(self._stop(stop) - len(values) + place), values[place]

    def measured(self, first: int, stop: int) -> list[float]:
        """Return the unfiltered samples from `first` up to `stop`, as far as they are kept."""
        return self.raw[self._first(first) - self.base : max(0, self._stop(stop) - self.base)]

    def moved(self, first: int, stop: int) -> Motion:
        """Return the band-passed motion from `first` up to `stop`, as far as it is kept."""
        a, b = self._first(first) - self.base, max(0, self._stop(stop) - self.base)
        x, y, z = self.motion
        return x[a:b], y[a:b], z[a:b]

    def forget(self) -> None:
        """Drop what is older than `KEPT_S`, now and then."""
        spare = len(self.raw) - round(KEPT_S * self.rate)
        if spare <= KEPT_S * self.rate:
            return
        del self.raw[:spare], self.smooth[:spare]
        for kept in self.motion:
            del kept[:spare]
        self.base += spare
        self._formulas = self._formulas[-HOLES:]

    def _first(self, first: int) -> int:
        return max(self.base, first, self.now - round(KEPT_S * self.rate))

    def _stop(self, stop: int) -> int:
        return min(stop, self.now + 1)

"""Turning: where a filtered signal stops rising or falling, found while the samples come in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from analysis.beats import Pivot, middle
from analysis.filters import Biquad, Cascade, phase_delay_s

EXACT_S = 1.0
"""A turning point that was reached longer ago is none of a rhythm, and need not be known between samples."""
RECENT = 5
"""How many of the last turning points tell how far the signal must return before another counts."""
RECENT_S = 1.5
"""How long a turning point does so."""


class Turning:
    """A filter, and the turning points of what comes out of it.

    A turning point is confirmed by a return of `least`, or of the part `part` of the usual recent swing where that is
    more. One that is `ahead` is told once, as expected, on the way there: when the signal has come to that part of
    what the last one on the same side was. `fresh` holds what the last samples became. Nothing depends on what is made
    of the points later.
    """

    def __init__(self, sections: Sequence[Biquad], rate: float, least: float, part: float, ahead: float) -> None:
        self.fresh: list[float] = []
        self._least, self._part, self._ahead = least, part, ahead
        self._filter = Cascade(sections)
        self._rate = rate
        self.restart(0.0, 0)

    def restart(self, level: float, at: int) -> None:
        """Begin anew at sample number `at`, as if the signal had been `level` for ever."""
        self._filter.settle(level)
        self._base = at
        self._kept: list[float] = []
        self._way, self._top, self._where = 1.0, -math.inf, at
        self._recent: list[Pivot] = []
        self._need = self._least
        self._tells_at = math.inf

    def delay_s(self, frequency_hz: float) -> float:
        """Return how late an oscillation leaves the filter."""
        return phase_delay_s(self._filter.sections, frequency_hz, self._rate)

    def feed(self, samples: list[float]) -> list[Pivot]:
        """Take the next samples; return the turning points that they confirm."""
        fresh = self.fresh = self._filter.run(samples)
        k = self._base + len(self._kept)
        self._kept += fresh
        found: list[Pivot] = []
        way, top, where, need, tells_at = self._way, self._top, self._where, self._need, self._tells_at
        before = self._kept[-len(fresh) - 1] if len(self._kept) > len(fresh) else 0.0
        for y in fresh:
            z = way * y
            if z > top:
                top, where = z, k
                if z > tells_at:
                    tells_at = math.inf
                    found.append(self._expected(k, y, way * (y - before)))
            elif z < top - need:
                found.append(self._pivot(where, way * top, way > 0.0, k))
                need, tells_at = self._need, self._tells_at
                way, top, where = -way, -z, k
            before = y
            k += 1
        self._way, self._top, self._where, self._tells_at = way, top, where, tells_at
        self._forget()
        return found

    def _pivot(self, where: int, value: float, up: bool, known: int) -> Pivot:
        """Return a turning point, placed between samples, and see how large the usual swing has become."""
        at, place = float(where), where - self._base
        if place > 0 and known - where < EXACT_S * self._rate:
            offset, value = vertex(*self._kept[place - 1 : place + 2])
            at += offset
        pivot = Pivot(at, value, up, known)
        oldest = known - RECENT_S * self._rate
        self._recent = [*(p for p in self._recent[1 - RECENT :] if p.at > oldest), pivot]
        self._need = self._least
        self._tells_at = math.inf
        if len(self._recent) > 2:
            self._tells_at = self._ahead * abs(self._recent[-2].value)
        if len(self._recent) == RECENT:
            swings = sorted(abs(b.value - a.value) for a, b in pairwise(self._recent))
            self._need = max(self._least, self._part * middle(swings))
        return pivot

    def _expected(self, now: int, value: float, step: float) -> Pivot:
        """Return the turning point ahead, going on from here like a sine: `step` is what the last sample rose by."""
        last = self._recent[-1]
        rise = math.pi / (last.at - self._recent[-2].at)
        level = 0.5 * (last.value + self._recent[-2].value)
        up = not last.up
        height, speed = (value - level if up else level - value), step / rise
        size = math.hypot(height, speed)
        to_go = min(math.atan2(speed, height), 0.5 * math.pi) / rise
        return Pivot(now + to_go, level + size if up else level - size, up, now, expected=True)

    def _forget(self) -> None:
        """Drop what no turning point can be placed by any more, now and then."""
        spare = len(self._kept) - math.ceil(EXACT_S * self._rate) - 2
        if spare > 4 * self._rate:
            del self._kept[:spare]
            self._base += spare


def vertex(before: float, peak: float, after: float) -> tuple[float, float]:
    """Return offset (samples, -0.5 to 0.5) and value of the parabola's vertex through three samples around a peak."""
    curve = before - 2.0 * peak + after
    if curve == 0.0:
        return 0.0, peak
    offset = max(-0.5, min(0.5, 0.5 * (before - after) / curve))
    return offset, peak - 0.25 * (before - after) * offset

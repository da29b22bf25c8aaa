"""Faint ear: clonus in noise, heard as a tone and counted on a narrow band that looks both ways.

The clear ear asks of every turning point whether it is a beat; in noise as strong as the clonus that question has no
answer. This ear asks ten times a second whether the motion is one tone (`analysis/tones.py`), and finds the beats
afterwards as the peaks of the motion about one axis, weighed by a bell of about a period to either side.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.beats import Pivot, median
from analysis.ear import Ear
from analysis.filters import Biquad, phase_delay_s
from analysis.history import History
from analysis.recount import Passage, noise_of
from analysis.signal import Motion
from analysis.thinned import Thinned
from analysis.tones import Bank, Tone
from analysis.turning import vertex
from sensors.driver import Floats

WIDTH = 0.35
"""Standard deviation of the bell, in periods: half of the noise is gone, and the beat after the last is small."""
REACH = 2.5
"""Standard deviations after which the bell is nothing."""
LOOK_BACK = 9.0
"""Periods in which the beats of a new tone are looked for; seven made it a tone."""
HALF = (0.3, 0.8)
WHOLE = (0.65, 1.4)
"""From one peak to the next trough, and from peak to peak, in periods."""
LEAST = 0.42
"""Of the usual peak: what the bell leaves of the neighbours where a beat is missing is 0.15, of the last beat 0.6."""
NOISE = 0.05
"""Noise of one peak over the usual one, from which an episode is counted again; without noise it is a third of that."""
BEFORE_S, AFTER_S = 1.0, 0.5
"""How far around the beats the noise is looked at: among them, what a strap adds to each beat looks like noise."""
LEAST_ROWS = 8
SETTLED = 0.45
"""Periods after a peak until what follows has been weighed enough to know it."""
RECENT = 6
"""Peaks that make the usual one."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one rhythm is followed by: the axis, turned so that beats are positive, and the period in samples."""

    axis: Floats
    period: float

    @property
    def settles(self) -> float:
        """Samples after a beat until it is known, two looks included."""
        return (SETTLED + 0.5) * self.period

    def with_beats(self, up: bool) -> Line:
        """Return the line itself where beats are the maxima of the channel, or else the line turned over."""
        return self if up else Line(-self.axis, self.period)


class FaintEar:
    """Listens to the motion of one channel at `rate`; `band` are the filters that the motion has gone through."""

    def __init__(self, rate: float, band: tuple[Biquad, ...], least_peak: float, stir: float, hop_s: float) -> None:
        self._rate = rate
        self._band = band
        self._least_peak, self._stir = least_peak, stir
        self._hop = round(hop_s * rate)
        self._motion = Thinned(rate)
        self._bank = Bank(self._motion.rate)
        self._needs = (self._bank.span + self._motion.rate) * self._motion.every

    def restart(self, at: int) -> None:
        """Begin anew at a sample number."""
        self._motion.restart(at)

    def take(self, motion: Motion) -> None:
        """Append samples."""
        self._motion.take(motion)

    def due(self, first: int, stop: int) -> range:
        """Return the sample numbers from `first` up to `stop` at which to listen."""
        return range(first + -first % self._hop, stop, self._hop)

    def delay_s(self, hz: float) -> float:
        """Return how late an oscillation has left the channel's filters."""
        return phase_delay_s(self._band, hz, self._rate)

    def later(self, ear: Ear | FaintEar, period: float) -> float:
        """Return how much later than another ear this one has a rhythm, in samples; `period` in samples, too."""
        hz = self._rate / period
        return (self.delay_s(hz) - ear.delay_s(hz)) * self._rate

    def tone(self, now: int) -> Tone | None:
        """Return the tone that is heard at a sample number."""
        return self._bank.hear(self._motion.rows(now - self._needs, now + 1), self._least_peak, self._stir)

    def line(self, axis: Floats, period: float, history: History) -> Line:
        """Return what to follow a rhythm about an axis by, turned the way the channel is."""
        first = history.now - LOOK_BACK * period
        rows = self._motion.rows(first, history.now + 1) @ axis
        begin = round(self._motion.at(self._motion.place(first)))
        channel = np.array(history.smoothed(begin, history.now + 1)[:: self._motion.every])
        count = min(len(rows), len(channel))
        turned = float(np.dot(rows[-count:], channel[-count:] - channel[-count:].mean())) if count else 1.0
        return Line(axis if turned >= 0.0 else -axis, period)

    def axis(self, first: float, last: float) -> Floats:
        """Return the dominant axis of the motion between two sample numbers."""
        rows = self._motion.rows(first, last + 1)
        return np.asarray(np.linalg.eigh(rows.T @ rows)[1][:, -1])

    def turning(self, places: Iterable[float]) -> Floats:
        """Return the sum (3,) of the motion at some sample numbers, in the sensor's own axes."""
        every = self._motion.every
        return sum((row for at in places for row in self._motion.rows(at, at + every)[:1]), start=np.zeros(3))

    def usual(self, line: Line, first: float, last: float, now: int) -> float:
        """Return the usual peak of the beats between two sample numbers; 0 where there is none."""
        beats = _within(self._turning(line, first - REACH * line.period, now), line, first, last)
        return median(beat.value for beat in beats) if beats else 0.0

    def pivots(self, line: Line, now: int) -> list[Pivot]:
        """Return the turning points of a rhythm that goes on now, without what was before it."""
        found = self._turning(line, now - LOOK_BACK * line.period, now)
        if not found:
            return []
        usual = median(abs(p.value) for p in found[-2 * RECENT :])
        run = found[-1:]
        for pivot in reversed(found[:-1]):
            apart = (run[-1].at - pivot.at) / line.period
            if pivot.up == run[-1].up or not HALF[0] <= apart <= HALF[1] or abs(pivot.value) < LEAST * usual:
                break
            run.append(pivot)
        return run[::-1]

    def beats_after(self, line: Line, last: float, usual: float, now: int) -> Iterator[Pivot]:
        """Yield the beats after one at `last` that are settled now."""
        for beat in self._turning(line, last - REACH * line.period, now):
            if beat.at > now - SETTLED * line.period:
                return
            if beat.up and beat.at - last >= WHOLE[0] * line.period and beat.value >= LEAST * usual:
                last = beat.at
                yield beat

    @property
    def remembers(self) -> int:
        """The first sample number that is kept."""
        return self._motion.first

    def is_noisy(self, first: float, last: float, period: float) -> bool:
        """Tell whether the beats between two sample numbers lie in noise: it shows across their axis."""
        beats = self._motion.rows(first - 0.5 * period, last + 0.5 * period + 1)
        if len(beats) < LEAST_ROWS:
            return False
        axis = np.linalg.eigh(beats.T @ beats)[1][:, -1]
        along = beats @ axis
        peak = math.sqrt(2.0 * float(np.dot(along, along)) / len(along))
        around = self._motion.rows(first - BEFORE_S * self._rate, last + AFTER_S * self._rate + 1)
        return noise_of(around, axis, period / self._motion.every) > NOISE * peak

    def recount(
        self, line: Line, told: Sequence[float], floor: float, first: float, slow: Floats, slow_first: float
    ) -> list[Pivot]:
        """Return the likeliest beats about those that were `told`.

        `floor` and `first` are those of `Passage.likeliest`; `slow` is the channel's low-passed signal from sample
        number `slow_first` on, positive where beats are told to be, as late as the motion is.
        """
        motion, every = self._motion, self._motion.every
        begin = max(told[0] - 4.0 * line.period, slow_first)
        rows = motion.rows(begin, slow_first + len(slow))
        at = motion.at(motion.place(begin))
        thinned = slow[max(0, round(at - slow_first)) :: every]
        count = min(len(rows), len(thinned))
        passage = Passage(rows[:count], thinned[:count], line.axis, motion.rate, line.period / every)
        found = passage.likeliest([(beat - at) / every for beat in told], floor, first)
        return [replace(beat, at=at + beat.at * every) for beat in found]

    def _narrow(self, line: Line, first: float, now: int) -> tuple[float, Floats]:
        """Return the first sample number, and the rows from there on about the line's axis, under the bell."""
        about = self._motion.rows(first, now + 1) @ line.axis
        period = line.period / self._motion.every
        reach = math.ceil(REACH * WIDTH * period)
        k = np.arange(-reach, reach + 1)
        bell = np.exp(-0.5 * (k / (WIDTH * period)) ** 2)
        wave = np.cos(2.0 * math.pi * k / period)
        tone = bell * wave - bell * float(np.dot(bell, wave)) / float(bell.sum())
        tone /= float(np.dot(tone, wave))
        return self._motion.at(self._motion.place(first)), np.convolve(about, tone)[reach : reach + len(about)]

    def _turning(self, line: Line, first: float, now: int) -> list[Pivot]:
        """Return where it turns under the bell, from a sample number on: maxima above zero, and minima below."""
        begun, narrow = self._narrow(line, first, now)
        found = []
        for k in _extremes(narrow):
            offset, value = vertex(*narrow[k - 1 : k + 2].tolist())
            found.append(Pivot(begun + (k + offset) * self._motion.every, value, value > 0.0, now))
        return found


def _within(pivots: list[Pivot], line: Line, first: float, last: float) -> list[Pivot]:
    """Return the beats between two sample numbers, give or take 0.3 of a period."""
    near = 0.3 * line.period
    return [pivot for pivot in pivots if pivot.up and first - near <= pivot.at <= last + near]


def _extremes(values: Floats) -> list[int]:
    """Return where positive values have a maximum and negative ones a minimum."""
    size = np.abs(values)
    inner = size[1:-1]
    return [int(k) + 1 for k in np.flatnonzero((inner >= size[:-2]) & (inner > size[2:]))]

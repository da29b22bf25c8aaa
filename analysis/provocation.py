"""Provocation: the quick movements of a joint, whether clonus follows them or not, and when the joint is let go.

It watches the whole rotation of one sensor, so that it does not matter how the sensor is strapped on. What it finds
depends on the samples alone, never on how they were cut into blocks.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from analysis.signal import Signal
from sensors.block import Block

Vector = tuple[float, float, float]

NOTICED_DPS = 60.0
"""Rate from which a movement is quick: passive movement below it excites no reflex worth the name in simulation, and an
examiner who wants none stays at a tenth of the fast stretch of docs/definitions.md."""
SLOW_DPS = 0.5 * NOTICED_DPS
"""While no axis turns faster than this, no movement can begin (the whole is at most 1.73 times the largest axis)."""
LEAST_DEG = 5.0
"""How far it must go: half of the least stretch of an examiner, and more than a tap on the sensor moves it."""
EDGE = 0.05
"""It begins and ends where its rate is this part of its peak, as in analysis/stretch.py."""
LONGEST_S = 1.0
"""A movement that takes longer is none of an examiner who stretches."""
QUIET = 0.3
"""Rate before it against its peak, under which the limb was quiet (docs/definitions.md); beats are not, for others
came before them."""
QUIET_FROM_S, QUIET_UNTIL_S = 0.3, 0.02
"""The time before it in which the limb must have been quiet: the other half of a beat of 3 Hz and more lies within."""
OFFSET_FROM_S, OFFSET_UNTIL_S = 0.5, 0.1
"""The time before it in which the sensor's offset is measured; later the movement itself begins."""
TURNED_S = 0.2
"""The joint has turned back when it was nowhere near its held position for so long. Any oscillation of 2.5 Hz and more
is at or above its own mean at some moment of such a time."""
HELD_S = 1.0
"""Seconds over which the held position is averaged."""
TURNED_PART = 0.2
"""Part of the stretch that must be gone for the joint to count as let go: clonus beats about a mean position that lies
a third to two thirds of the stretch away from rest."""
BACK_PART, BACK_WITHIN_S = 0.2, 3.0
"""Soon after the stretch, before the sensor's offset adds up, the joint is also back where this part of it is left."""
SETTLES_S = 0.2
"""The position is averaged from so long after the stretch on; the first beat swings more widely."""
RETURN_PART = 0.5
"""A quick movement out of a quiet hold is its end where it goes back by this part of the stretch."""
BRIDGED_S = 0.2
"""A hole up to this long is bridged by a straight line: at 3 Hz it hides no more than one beat."""
KEPT_S = 4.0
PEAKS_KEPT_S = 15.0
"""Longer than any detector looks back when it dates a beat."""


@dataclass(frozen=True, slots=True)
class QuickMovement:
    """A quick movement one way out of rest, session seconds and degrees.

    `time_s` is when it was fastest, `axis` the unit vector about which, in the sensor's own frame. `released_s` is when
    the joint turned back to where it came from; None as long as it has not.
    """

    begin_s: float
    time_s: float
    end_s: float
    peak_dps: float
    excursion_deg: float
    axis: Vector
    released_s: float | None = None

    def goes_with(self, other: QuickMovement) -> bool:
        """Tell whether both go the same way round."""
        return _dot(self.axis, other.axis) > 0.5


@dataclass(slots=True)
class _Rising:
    """A movement that is going on: the place of its fastest sample so far, and the sensor's offset before it."""

    first: int
    fastest: int
    peak: float
    axis: Vector
    offset: Vector


@dataclass(slots=True)
class _Held:
    """A joint after a quick movement: how far it has turned since the beginning, sample by sample; `settled` counts
    those from the end of the movement on, and none of the angles is above `largest`."""

    axis: Vector
    offset: Vector
    excursion_deg: float
    since_s: float
    times: list[float]
    angles: list[float]
    settled: int
    largest: float = -math.inf

    def last_above(self, angle_deg: float) -> float:
        """Return the second at which the joint was last turned so far."""
        back = zip(reversed(self.times), reversed(self.angles), strict=True)
        return next((time_s for time_s, angle in back if angle >= angle_deg), self.times[0])


class Joint:
    """One sensor's joint: blocks in; `movements`, oldest first, and `holes` of lost data (from, until) out."""

    def __init__(self) -> None:
        self.movements: list[QuickMovement] = []
        self.holes: list[tuple[float, float]] = []
        self._times: list[float] = []
        self._turns: list[Vector] = []
        self._rising: _Rising | None = None
        self._held: _Held | None = None
        self._lost = 0
        self._unread: deque[Signal] = deque()
        self._at: list[float] = []
        self._sizes: list[float] = []
        self._peaks: dict[float, float] = {}

    def hear(self, block: Block, signal: Signal) -> None:
        """Take a block and the signal made of it, before its detector does."""
        self._watch(block)
        self._listen(signal)

    def _watch(self, block: Block) -> None:
        """Look for quick movements; there are none in a block without rotation."""
        self._lost += block.lost_before
        if not len(block):
            return
        lost, self._lost = self._lost, 0
        if lost:
            self.holes.append((block.time(-1 - lost), block.time(0)))
        if block.gyro is None:
            return
        self._forget(block.rate)
        if lost:
            self._cross(lost, block)
        turns: list[Vector] = [(x, y, z) for x, y, z in block.gyro.tolist()]
        t0, start, rate = block.t0, block.start, block.rate
        times = [t0 + (start + k) / rate for k in range(len(turns))]
        size = np.abs(block.gyro)
        quick = np.flatnonzero(size.max(axis=1) >= SLOW_DPS).tolist() if size.max() >= SLOW_DPS else []
        k = 0
        for place in (*quick, len(turns)):
            while k < place:
                if self._rising is None:
                    k += self._pass(times, turns, k, place, rate)
                else:
                    self._take(times[k], turns[k], rate)
                    k += 1
            if k < len(turns):
                self._take(times[k], turns[k], rate)
                k += 1

    def _pass(self, times: list[float], turns: list[Vector], first: int, stop: int, rate: float) -> int:
        """Take samples so slow that no movement begins, up to a release; return how many."""
        slow_s, slow = times[first:stop], turns[first:stop]
        count = len(slow) if self._held is None else self._follow(self._held, slow_s, slow, rate)
        self._times += slow_s[:count]
        self._turns += slow[:count]
        return count

    def _listen(self, signal: Signal) -> None:
        """Keep the signal for a while, so that the peaks of beats can be measured when they are told."""
        if not len(signal):
            return
        oldest_s = self._at[0] if self._at else self._unread[0].time(0) if self._unread else math.inf
        if signal.time(0) - oldest_s > 2 * PEAKS_KEPT_S:
            kept_s = signal.time(0) - PEAKS_KEPT_S
            spare = bisect_left(self._at, kept_s)
            del self._at[:spare], self._sizes[:spare]
            while self._unread and self._unread[0].time(len(self._unread[0]) - 1) < kept_s:
                self._unread.popleft()
        self._unread.append(signal)

    def _read(self) -> None:
        """Lay out time and size of the samples that came since beats were last told: most signals never need it."""
        for signal in self._unread:
            self._at += [signal.time(k) for k in range(len(signal))]
            self._sizes += [abs(value) for value in signal.raw]
        self._unread.clear()

    def note(self, beat_times_s: tuple[float, ...]) -> None:
        """Measure the peaks of beats that a detector has just told, while their samples are still there."""
        self._read()
        for time_s in reversed(beat_times_s):
            if time_s in self._peaks:
                break
            after = bisect_left(self._at, time_s)
            if 0 < after < len(self._at):
                begin, end = self._at[after - 1], self._at[after]
                part = (time_s - begin) / (end - begin)
                self._peaks[time_s] = (1.0 - part) * self._sizes[after - 1] + part * self._sizes[after]

    def peaks(self, beat_times_s: tuple[float, ...]) -> list[float | None]:
        """Return the signal's size at each beat; None where it was not measured."""
        return [self._peaks.get(time_s) for time_s in beat_times_s]

    def between(self, since_s: float, until_s: float) -> list[QuickMovement]:
        """Return the movements that were fastest from one second up to another."""
        found = self.movements
        first = bisect_left(found, since_s, key=lambda movement: movement.time_s)
        return found[first : bisect_left(found, until_s, key=lambda movement: movement.time_s)]

    def lost_between(self, since_s: float, until_s: float) -> float:
        """Return how many seconds of data were lost in the holes that touch a time."""
        lost_s = 0.0
        for a, b in self.holes[bisect_right(self.holes, since_s, key=lambda hole: hole[1]) :]:
            if a >= until_s:
                break
            lost_s += b - a
        return lost_s

    def _take(self, time_s: float, turn: Vector, rate: float) -> None:
        self._times.append(time_s)
        self._turns.append(turn)
        if self._held is not None:
            self._follow(self._held, [time_s], [turn], rate)
        place = len(self._turns) - 1
        rising = self._rising
        if rising is None:
            if (peak := _length(turn)) >= NOTICED_DPS:
                self._rising = _Rising(place, place, peak, turn, self._mean(place, rate))
            return
        if _length(turn) > rising.peak and _dot(turn, rising.axis) > 0.0:
            rising.fastest, rising.peak, rising.axis = place, _length(turn), turn
        elif _dot(_less(turn, rising.offset), rising.axis) <= EDGE * rising.peak**2:
            self._end(rising, place, rate)
            self._rising = None
        elif place - rising.first > LONGEST_S * rate:
            self._rising = None

    def _end(self, rising: _Rising, stop: int, rate: float) -> None:
        """Measure a movement that is over, and keep it if it is a quick one out of rest."""
        fastest = _less(self._turns[rising.fastest], rising.offset)
        peak = _length(fastest)
        if peak < NOTICED_DPS:
            return
        axis = (fastest[0] / peak, fastest[1] / peak, fastest[2] / peak)
        begin = rising.fastest
        while begin > 0 and _dot(_less(self._turns[begin - 1], rising.offset), axis) > EDGE * peak:
            begin -= 1
        rates = [_dot(_less(turn, rising.offset), axis) for turn in self._turns[begin : stop + 1]]
        excursion_deg = sum(rates[:-1]) / rate
        if excursion_deg < LEAST_DEG or not self._was_quiet(begin, peak, rate):
            return
        if self._turns_back(axis, excursion_deg, begin):
            return
        times = self._times
        self.movements.append(
            QuickMovement(times[begin], times[rising.fastest], times[stop], peak, excursion_deg, axis)
        )
        self._held = _Held(axis, rising.offset, excursion_deg, times[stop], [], [], 0)
        angle = 0.0
        for time_s, step in zip(times[begin : stop + 1], rates, strict=True):
            angle += step / rate
            self._held.times.append(time_s)
            self._held.angles.append(angle)
        self._held.settled = len(rates)

    def _turns_back(self, axis: Vector, excursion_deg: float, begin: int) -> bool:
        """A quick movement out of a hold, back the way that the stretch came, is its release and no other stretch."""
        held = self._held
        if held is None or _dot(axis, held.axis) > -0.5 or excursion_deg < RETURN_PART * held.excursion_deg:
            return False
        self._release(self._times[begin])
        return True

    def _was_quiet(self, begin: int, peak: float, rate: float) -> bool:
        """Tell whether the limb is known to have been quiet before a movement."""
        first, stop = begin - round(QUIET_FROM_S * rate), begin - round(QUIET_UNTIL_S * rate)
        before = self._turns[max(0, first) : max(0, stop)]
        offset = self._mean(begin, rate)
        known = len(before) >= 0.5 * (stop - first)
        return known and all(_length(_less(turn, offset)) <= QUIET * peak for turn in before)

    def _mean(self, place: int, rate: float) -> Vector:
        """Return the sensor's offset: the mean rotation in the quiet time before a sample."""
        first, stop = place - round(OFFSET_FROM_S * rate), place - round(OFFSET_UNTIL_S * rate)
        before = self._turns[max(0, first) : max(0, stop)]
        if not before:
            return (0.0, 0.0, 0.0)
        x, y, z = (sum(axis) / len(before) for axis in zip(*before, strict=True))
        return (x, y, z)

    def _follow(self, held: _Held, times: list[float], turns: list[Vector], rate: float) -> int:
        """Turn on from the held position, and notice when the joint is back for good; return how many samples it took.

        No mean of angles is above the largest of them, so that it is worked out only where it may decide.
        """
        angles, (ax, ay, az), (ox, oy, oz) = held.angles, held.axis, held.offset
        recent, whole, settles = round(TURNED_S * rate), round((TURNED_S + HELD_S) * rate), round(SETTLES_S * rate)
        back, gone = BACK_PART * held.excursion_deg, TURNED_PART * held.excursion_deg
        angle = angles[-1]
        for count, (time_s, (x, y, z)) in enumerate(zip(times, turns, strict=True), start=1):
            angle += ((x - ox) * ax + (y - oy) * ay + (z - oz) * az) / rate
            held.times.append(time_s)
            angles.append(angle)
            held.largest = max(held.largest, angle)
            length = len(angles)
            if length - held.settled < recent:
                continue
            if angle < back and time_s - held.since_s < BACK_WITHIN_S and max(angles[-recent:]) < back:
                self._release(held.last_above(0.5 * held.excursion_deg))
                return count
            first = max(held.settled + settles, length - whole)
            if length - recent - first < recent:
                continue
            if held.largest - angle > 0.999 * gone and held.largest - (highest := max(angles[-recent:])) > 0.999 * gone:
                level = sum(angles[first : length - recent]) / (length - recent - first)
                if level - highest > gone:
                    self._release(held.last_above(level - 0.5 * gone))
                    return count
            if length > 3 * whole:
                del held.times[:whole], angles[:whole]
                held.settled = max(0, held.settled - whole)
                held.largest = max(angles)
        return len(times)

    def _release(self, at_s: float) -> None:
        self.movements[-1] = replace(self.movements[-1], released_s=at_s)
        self._held = None

    def _cross(self, lost: int, block: Block) -> None:
        """Go on after lost samples: over a straight line where they are few, anew otherwise."""
        if not self._turns or lost > BRIDGED_S * block.rate or block.gyro is None:
            self._times, self._turns, self._rising, self._held = [], [], None, None
            return
        (ax, ay, az), (bx, by, bz) = self._turns[-1], block.gyro[0].tolist()
        for k in range(lost):
            part = (k + 1) / (lost + 1)
            turn = (ax + part * (bx - ax), ay + part * (by - ay), az + part * (bz - az))
            self._take(block.time(k - lost), turn, block.rate)

    def _forget(self, rate: float) -> None:
        """Drop what is too old for any question, now and then, while no movement is going on."""
        spare = len(self._turns) - round(KEPT_S * rate)
        if spare > KEPT_S * rate and self._rising is None:
            del self._times[:spare], self._turns[:spare]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _less(a: Vector, b: Vector) -> Vector:
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def _length(a: Vector) -> float:
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])

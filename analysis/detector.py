"""Detector: signals of one channel in; beats, and the raising and ending of episodes out.

Definitions are those of docs/definitions.md: a beat is a peak of the plantarflexion rate caused by a reflex burst; the
stretch before the first and the rebound after the last are none; three beats with a period of 95 to 340 ms are an
episode. `BeatDetector` finds the turning points of the rotation rate and asks of every new one whether it ends a run of
beats: `analysis/beats.py` finds the run, `analysis/evidence.py` judges it, `analysis/stretch.py` looks for what
provoked it. What is reported depends on the samples alone, never on how they were cut into signals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from analysis.beats import Limits, Pivot, Run, median, run_of, settle, tail, vertex
from analysis.course import Continuity, Course, height
from analysis.episode import Change, Context, Episode, EpisodeChange, Rhythm
from analysis.evidence import confidence, weigh
from analysis.filters import Biquad, low_pass, phase_delay_s
from analysis.history import History
from analysis.signal import Signal
from analysis.stretch import Provocation, beats_are_maxima, provoked_by

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Detector(Protocol):
    """Watches one channel. `name` and `version` go with every result."""

    name: ClassVar[str]
    version: ClassVar[str]

    @property
    def parameters(self) -> DataclassInstance:
        """What it was set to, for the record."""

    @property
    def rhythm(self) -> Rhythm:
        """What can be said right now, for the screen."""

    def feed(self, signal: Signal, armed: bool = False) -> list[EpisodeChange]:
        """Take the next samples; return what changed, in order. `armed` says that the operator has a trial running."""

    def finish(self) -> list[EpisodeChange]:
        """Say that the stream is over; return what changed."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the detector believes. Where no source is named: chosen on the tuning seeds of tests/benchmarks.

    - `corner_hz`: low-pass before the turning points; passes the second harmonic of the slow rhythms only.
    - `floor_dps`, `fast_floor_dps`, `fast_hz`: least usual swing, and the higher one above a frequency where
      physiological tremor and shivering live (docs/definitions.md).
    - `floor_ms2`: least usual swing where acceleration is all there is: 22 deg/s at 5.5 Hz, 10 cm from the joint.
    - `hysteresis`: a turning point is confirmed by a return of this part of the floor, or of `turn` of the usual swing
      during an episode.
    - `coast_s`: a hole in the data that an episode may outlast.
    - `bridge_s`: a hole up to this long is bridged in the low-pass; half a period at 5 Hz.
    - `surety`: confidence from which an episode is raised.
    - `limits`, `continuity`, `provocation`: what may be one run, what keeps an episode going, what provokes it.
    """

    corner_hz: float = 11.0
    floor_dps: float = 22.0
    fast_floor_dps: float = 45.0
    fast_hz: float = 7.8
    floor_ms2: float = 1.3
    hysteresis: float = 0.35
    turn: float = 0.2
    coast_s: float = 2.0
    bridge_s: float = 0.1
    surety: float = 0.5
    limits: Limits = field(default_factory=Limits)
    continuity: Continuity = field(default_factory=Continuity)
    provocation: Provocation = field(default_factory=Provocation)


PIVOT_S = 1.0
"""A turning point that was reached longer ago is none of a rhythm, and need not be known more exactly."""


class BeatDetector:
    """The beat machine: turning points propose, graded evidence confirms."""

    name: ClassVar[str] = "beat-machine"
    version: ClassVar[str] = "0.1"

    def __init__(self, sensor: str, unit: str, parameters: Parameters | None = None) -> None:
        self.sensor = sensor
        self.unit = unit
        self.parameters = parameters or Parameters()
        self._provocation = self.parameters.provocation
        if unit != "deg/s":
            self._provocation = replace(
                self._provocation, first=math.inf, turn=math.inf, size=math.inf, held_deg=math.inf
            )
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen."""
        self._history = History(0.0)
        self._filter = Biquad(0.0, 0.0, 0.0, 0.0, 0.0)
        self._memory = (0.0, 0.0)
        self._next = 0
        self._way, self._top, self._where = 1.0, -math.inf, 0
        self._pivots: list[Pivot] = []
        self._armed = False
        self._raised = 0
        self._course: Course | None = None
        self._episode: Episode | None = None
        self._deadline = math.inf
        self._changes: list[EpisodeChange] = []

    @property
    def rhythm(self) -> Rhythm:
        """The running episode, or the run that may become one."""
        if self._episode is not None:
            episode = self._episode
            return Rhythm(1.0 / median(episode.intervals_s[-4:]), episode.beats, episode.regularity_cv, running=True)
        if len(self._pivots) < 3:
            return Rhythm()
        run = tail(self._pivots, self._history.rate, self.parameters.limits)
        if len(run) < 3 or self._next - run[-1].at > self.parameters.continuity.apart * (run[-1].at - run[-3].at):
            return Rhythm()
        return Rhythm(self._history.rate / (run[-1].at - run[-3].at), (len(run) + 1) // 2)

    def feed(self, signal: Signal, armed: bool = False) -> list[EpisodeChange]:
        """Take the next samples; return what changed, in order."""
        self._changes = []
        self._armed = armed
        if len(signal):
            if abs(signal.rate - self._history.rate) > 0.02 * self._history.rate:
                self._begin(signal)
            elif signal.lost_before:
                self._cross(signal.lost_before, signal.raw[0])
            self._history.place(signal)
            self._watch(signal.raw, signal.share)
            self._history.forget()
        return self._changes

    def finish(self) -> list[EpisodeChange]:
        """End a running episode where the stream ends."""
        self._changes = []
        self._end()
        return self._changes

    def _begin(self, signal: Signal) -> None:
        """Start on a stream, or again where it goes on at another rate."""
        self._end()
        self._history = History(signal.rate)
        self._filter = low_pass(min(self.parameters.corner_hz, 0.4 * signal.rate), signal.rate)
        self._next = 0
        self._restart(signal.raw[0])

    def _restart(self, level: float) -> None:
        """Settle the low-pass on a level and look for turning points anew."""
        b0, b2, a2 = self._filter.b0, self._filter.b2, self._filter.a2
        self._memory = ((1.0 - b0) * level, (b2 - a2) * level)
        self._way, self._top, self._where = 1.0, -math.inf, self._next

    def _cross(self, lost: int, first: float) -> None:
        """Get over lost samples; `first` is the sample after them."""
        history = self._history
        history.lose(lost)
        if lost <= self.parameters.bridge_s * history.rate:
            last, share = history.raw[-1], history.share[-1]
            self._watch([last + (k + 1) / (lost + 1) * (first - last) for k in range(lost)], [share] * lost)
            return
        self._next += lost
        if lost > self.parameters.coast_s * history.rate:
            self._end()
        history.skip(lost)
        self._deadline += lost
        self._pivots.clear()
        self._restart(first)

    def _watch(self, raw: list[float], share: list[float]) -> None:
        """Run the low-pass and the search for turning points, with everything the loop needs in local names."""
        history = self._history
        history.raw += raw
        history.share += share
        b0, b1, b2, a1, a2 = (self._filter.b0, self._filter.b1, self._filter.b2, self._filter.a1, self._filter.a2)
        s1, s2 = self._memory
        add, k, deadline, need = history.smooth.append, self._next, self._deadline, self._need
        way, top, where = self._way, self._top, self._where
        for x in raw:
            y = b0 * x + s1
            s1 = b1 * x - a1 * y + s2
            s2 = b2 * x - a2 * y
            add(y)
            z = way * y
            if z > top:
                top, where = z, k
            elif z < top - need:
                self._next, self._way = k, way
                self._turn(where, way * top)
                way, top, where = -way, -z, k
                deadline, need = self._deadline, self._need
            if k > deadline:
                self._next = k
                self._end()
                deadline, need = self._deadline, self._need
            k += 1
        self._memory = (s1, s2)
        self._next = k
        self._way, self._top, self._where = way, top, where

    @property
    def _floor(self) -> float:
        return self.parameters.floor_dps if self.unit == "deg/s" else self.parameters.floor_ms2

    @property
    def _need(self) -> float:
        """How far the signal must return before a turning point counts."""
        least = self.parameters.hysteresis * self._floor
        return least if self._course is None else max(least, self.parameters.turn * self._course.swing)

    def _turn(self, where: int, value: float) -> None:
        """Take a turning point at sample `where`, confirmed by sample `self._next`."""
        up, at = self._way > 0.0, float(where)
        if self._next - where < PIVOT_S * self._history.rate:
            around = self._history.smoothed(where - 1, where + 2)
            if len(around) == 3:
                offset, value = vertex(*around)
                at += offset
        self._pivots.append(Pivot(at, value, up))
        settle(self._pivots, self.parameters.limits.ripple)
        del self._pivots[:-60]
        if self._course is None or self._episode is None:
            self._propose(up)
        elif len(self._pivots) > 1:
            self._continue(self._course, self._episode)

    def _propose(self, up: bool) -> None:
        """Raise an episode where the newest turning point is the last beat of a convincing run."""
        parameters, history = self.parameters, self._history
        pivots = tail(self._pivots, history.rate, parameters.limits)
        run = run_of(pivots, up, parameters.limits)
        if run is None or run.interval > parameters.limits.max_s * history.rate:
            return
        least = self._floor
        if history.rate / run.interval > parameters.fast_hz:
            least *= parameters.fast_floor_dps / parameters.floor_dps
        if run.swing < least:
            return
        usual = median(abs(beat.value) for beat in run.beats)
        if height(run.beats[-1], run.swings[-1]) < parameters.continuity.least_peak(usual, self._floor):
            return
        sure = confidence(weigh(run, history, history.share[self._next - history.base], least))
        if sure >= parameters.surety and beats_are_maxima(pivots, history, self._provocation) == up:
            self._raise(run, pivots, sure)

    def _raise(self, run: Run, pivots: list[Pivot], sure: float) -> None:
        course = self._course = Course(run, self._floor, self.parameters.continuity)
        context, stretch = provoked_by(run, pivots, self._history, self._provocation)
        self._raised += 1
        self._episode = Episode(
            sensor=self.sensor,
            number=self._raised,
            channel="gyro" if self.unit == "deg/s" else "acc",
            beat_times_s=tuple(self._time_of(beat, run.interval) for beat in run.beats),
            alert_s=self._history.time(self._next),
            amplitude=course.peak,
            amplitude_unit=self.unit,
            confidence=sure,
            context=Context.PROVOKED if self._armed else context,
            beats_at_least=self._lost(run.beats[0], run.beats[-1], run.interval),
            stretch=stretch,
        )
        self._deadline = course.deadline
        self._report(Change.RAISED, self._episode)

    def _continue(self, course: Course, episode: Episode) -> None:
        """Take a turning point during an episode: a beat, or less."""
        before, peak = self._pivots[-2:]
        swing = abs(peak.value - before.value)
        if not course.takes(peak, swing, self.parameters.limits.min_s * self._history.rate):
            return
        lost = self._lost(course.last, peak, course.interval)
        course.add(peak, swing, lost)
        self._episode = replace(
            episode,
            beat_times_s=(*episode.beat_times_s, self._time_of(peak, course.interval)),
            amplitude=course.peak,
            beats_at_least=episode.beats_at_least or lost,
        )
        if course.doubtful:
            self._end()
        else:
            self._deadline = course.deadline
            self._report(Change.BEAT, self._episode)

    def _end(self) -> None:
        """End the running episode, if there is one."""
        course, episode = self._course, self._episode
        self._course, self._episode, self._deadline = None, None, math.inf
        if course is None or episode is None:
            return
        kept = course.beats_before_release(self._history)
        ended = replace(
            episode,
            beat_times_s=episode.beat_times_s[:kept],
            amplitude=median(abs(beat.value) for beat in course.beats[:kept]),
            beats_at_least=self._lost(course.beats[0], course.beats[kept - 1], course.interval),
            running=False,
        )
        self._pivots.clear()
        self._report(Change.ENDED, ended)

    def _report(self, change: Change, episode: Episode) -> None:
        self._changes.append(EpisodeChange(change, episode, self._history.time(self._next)))

    def _time_of(self, beat: Pivot, interval: float) -> float:
        """Return a beat's session second, the low-pass's delay at the rhythm of the beats taken off."""
        rate = self._history.rate
        return self._history.time(beat.at) - phase_delay_s((self._filter,), rate / interval, rate)

    def _lost(self, first: Pivot, last: Pivot, interval: float) -> bool:
        """Tell whether more than half a beat was lost between two beats, or so close by that it may hide one more."""
        return self._history.lost(first.at - interval, last.at + 1.5 * interval) > 0.5 * interval

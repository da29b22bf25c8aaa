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

from analysis.beats import Limits, Pivot, median, tail
from analysis.course import Continuity, Course, height
from analysis.ear import Candidate, Ear
from analysis.episode import Change, Context, Episode, EpisodeChange, Reason, Rhythm
from analysis.evidence import CLEAR, FAINT, Belief, clarity_of, shape_of, with_motion
from analysis.filters import band_pass, low_pass
from analysis.history import History
from analysis.signal import Motion, Signal
from analysis.stretch import Provocation, beats_are_maxima, provoked_by
from analysis.turning import Turning

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
    """What the detector believes. Where no source is named: chosen on the tuning seeds of tests/benchmarks/detection.

    - `corner_hz`: low-pass of the clear ear; passes the second harmonic of the slow rhythms only.
    - `faint_hz`: bands of the faint ears, which share the limbs' 3 to 8 Hz (docs/definitions.md).
    - `fewest`, `fewest_faint`: beats that a run must have; three are an episode (docs/definitions.md).
    - `floor_dps`, `fast_floor_dps`, `fast_hz`: least usual swing, and the higher one above a frequency where
      physiological tremor and shivering live (docs/definitions.md).
    - `floor_ms2`: least usual swing where acceleration is all there is: 22 deg/s at 5.5 Hz, 10 cm from the joint.
    - `hysteresis`: a turning point is confirmed by a return of this part of the floor, or of `turn` of the usual swing.
    - `coast_s`: a hole in the data that an episode may outlast.
    - `bridge_s`: a hole up to this long is bridged in the filters; half a period at 5 Hz.
    - `surety`: confidence from which an episode is raised.
    - `limits`, `continuity`, `provocation`: what may be one run, what keeps an episode going, what provokes it.
    - `clear`, `faint`: how the evidence of either ear is weighed.
    """

    corner_hz: float = 11.0
    faint_hz: tuple[tuple[float, float], ...] = ((2.5, 5.2), (4.2, 8.5))
    fewest: int = 3
    fewest_faint: int = 4
    floor_dps: float = 22.0
    fast_floor_dps: float = 45.0
    fast_hz: float = 7.8
    floor_ms2: float = 1.3
    hysteresis: float = 0.35
    turn: float = 0.08
    coast_s: float = 2.0
    bridge_s: float = 0.1
    surety: float = 0.5
    limits: Limits = field(default_factory=Limits)
    continuity: Continuity = field(default_factory=Continuity)
    provocation: Provocation = field(default_factory=Provocation)
    clear: Belief = CLEAR
    faint: Belief = FAINT


LIMBS = Parameters()
"""3 to 8 Hz: ankle, knee, wrist, elbow, finger."""

JAW = Parameters(
    corner_hz=18.0,
    fast_hz=13.0,
    limits=Limits(min_s=0.075),
    clear=replace(CLEAR, three=replace(CLEAR.three, fast=0.0), eight=replace(CLEAR.eight, fast=0.0)),
)
"""3 to 12 Hz: the jaw's reflex path is short (docs/definitions.md). Physiological tremor of 8 to 12 Hz passes, too."""

SHOWN_INTERVALS = 4
"""The rate on the screen is that of the median of so many newest intervals: it settles by the fourth beat."""


class BeatDetector:
    """The beat machine: turning points propose, graded evidence confirms."""

    name: ClassVar[str] = "beat-machine"
    version: ClassVar[str] = "0.2"

    def __init__(self, sensor: str, unit: str, parameters: Parameters = LIMBS) -> None:
        self.sensor = sensor
        self.unit = unit
        self.parameters = parameters
        self._turns = unit == "deg/s"
        self._floor = parameters.floor_dps if self._turns else parameters.floor_ms2
        self._provocation = parameters.provocation
        if not self._turns:
            self._provocation = replace(parameters.provocation, turn=math.inf, held_deg=math.inf)
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen."""
        self._history = History(0.0)
        self._ears: tuple[Ear, ...] = ()
        self._leak_hz = 0.0
        self._armed = False
        self._raised = 0
        self._running: Running | None = None
        self._deadline = math.inf
        self._changes: list[EpisodeChange] = []

    @property
    def rhythm(self) -> Rhythm:
        """The running episode, or the run that may become one."""
        if self._running is not None:
            episode = self._running.episode
            rate_hz = 1.0 / median(episode.intervals_s[-SHOWN_INTERVALS:])
            return Rhythm(rate_hz, episode.beats, episode.regularity_cv, True, self._running.clarity)
        pivots = self._ears[0].pivots if self._ears else []
        if len(pivots) < 3:
            return Rhythm()
        run = tail(pivots, self._history.rate, self.parameters.limits)
        if len(run) < 3:
            return Rhythm()
        interval = run[-1].at - run[-3].at
        if self._history.end - run[-1].at > self.parameters.continuity.apart * interval:
            return Rhythm()
        return Rhythm(self._history.rate / interval, (len(run) + 1) // 2)

    def feed(self, signal: Signal, armed: bool = False) -> list[EpisodeChange]:
        """Take the next samples; return what changed, in order."""
        self._changes = []
        self._armed = armed
        if len(signal):
            if abs(signal.rate - self._history.rate) > 0.02 * self._history.rate:
                self._begin(signal)
            elif signal.lost_before:
                self._cross(signal.lost_before, signal)
            self._history.place(signal)
            self._watch(signal.raw, signal.motion)
            self._history.forget()
        return self._changes

    def finish(self) -> list[EpisodeChange]:
        """End a running episode where the stream ends; it may have gone on after that."""
        self._changes = []
        self._end(cut=True)
        return self._changes

    def _begin(self, signal: Signal) -> None:
        """Start on a stream, or again where it goes on at another rate."""
        self._end(cut=True)
        parameters, rate = self.parameters, signal.rate
        self._history = History(rate)
        self._leak_hz = signal.leak_hz
        least = parameters.hysteresis * self._floor
        clear = (low_pass(min(parameters.corner_hz, 0.4 * rate), rate),)
        faint = [band_pass(low, min(high, 0.4 * rate), rate) for low, high in parameters.faint_hz]
        self._ears = (
            Ear(Turning(clear, rate, least, parameters.turn), parameters.clear, parameters.fewest),
            *(Ear(Turning(f, rate, least, parameters.turn), parameters.faint, parameters.fewest_faint) for f in faint),
        )
        self._restart(signal.raw[0])

    def _restart(self, level: float) -> None:
        """Look for turning points anew, from a level."""
        for ear in self._ears:
            ear.turning.restart(level, self._history.end)
            ear.pivots.clear()

    def _cross(self, lost: int, signal: Signal) -> None:
        """Get over the lost samples before `signal`."""
        history = self._history
        history.lose(lost)
        if lost <= self.parameters.bridge_s * history.rate:
            self._watch(*history.bridged(lost, signal))
            return
        if lost > self.parameters.coast_s * history.rate:
            self._end(cut=True)
        history.skip(lost)
        self._deadline += lost + (self._running.course.interval if self._running else 0.0)
        self._restart(signal.raw[0])

    def _watch(self, raw: list[float], motion: Motion) -> None:
        """Let all ears find their turning points, and take these in the order in which they became known."""
        found = [(pivot, ear) for ear in self._ears for pivot in ear.turning.feed(raw)]
        self._history.take(raw, self._ears[0].turning.fresh, motion)
        for pivot, ear in sorted(found, key=_known):
            self._pass(pivot.known)
            self._turn(ear, pivot)
        self._pass(self._history.end)
        self._history.now = self._history.end - 1

    def _pass(self, until: int) -> None:
        """Let time pass up to sample `until`; an episode whose deadline lies before it has ended."""
        if self._deadline < until - 1:
            self._history.now = math.floor(self._deadline) + 1
            self._end()
        self._history.now = until

    def _turn(self, ear: Ear, pivot: Pivot) -> None:
        """Take a turning point."""
        ear.take(pivot, self.parameters.limits.ripple)
        if self._running is None:
            self._propose(ear)
        elif ear is self._running.ear and len(ear.pivots) > 1:
            self._continue(self._running)

    def _propose(self, ear: Ear) -> None:
        """Raise an episode where the newest turning point is the last beat of a convincing run."""
        parameters, history = self.parameters, self._history
        candidate = ear.candidate(history.rate, parameters.limits)
        if candidate is None:
            return
        run, pivots = candidate.run, candidate.pivots
        least = self._floor
        if history.rate / run.interval > parameters.fast_hz:
            least *= parameters.fast_floor_dps / parameters.floor_dps
        usual = median(abs(beat.value) for beat in run.beats)
        least_peak = parameters.continuity.least_peak(usual, self._floor)
        if run.swing < least or height(run.beats[-1], run.swings[-1]) < least_peak:
            return
        shape = shape_of(run, pivots, history, least)
        if ear.belief.confidence(shape) < parameters.surety:
            return
        if beats_are_maxima(pivots, history, self._provocation) != pivots[-1].up:
            return
        evidence = with_motion(shape, run, history)
        sure = ear.belief.confidence(evidence)
        if sure >= parameters.surety:
            self._raise(ear, candidate, sure, evidence.periodicity)

    def _raise(self, ear: Ear, candidate: Candidate, sure: float, clarity: float) -> None:
        run, history = candidate.run, self._history
        course = Course(run, self._floor, self.parameters.continuity, rides=ear is self._ears[0])
        context, reasons, stretch = provoked_by(run, candidate.pivots, history, self._provocation)
        if self._armed:
            context, reasons = Context.PROVOKED, (Reason.ARMED, *reasons)
        self._raised += 1
        episode = Episode(
            sensor=self.sensor,
            number=self._raised,
            channel="gyro" if self._turns else "acc",
            beat_times_s=tuple(self._time_of(beat, ear, run.interval) for beat in run.beats),
            alert_s=history.time(history.now),
            amplitude=course.peak,
            amplitude_unit=self.unit,
            confidence=sure,
            context=context,
            beats_at_least=self._lost(run.beats[0], run.beats[-1], run.interval),
            stretch=stretch if self._turns else None,
            reasons=reasons,
        )
        self._running = Running(ear, course, episode, max(0.0, clarity))
        self._deadline = course.deadline
        self._report(Change.RAISED, episode)

    def _continue(self, running: Running) -> None:
        """Take a turning point during an episode: a beat, or less."""
        course, episode = running.course, running.episode
        before, peak = running.ear.pivots[-2:]
        swing = abs(peak.value - before.value)
        if not course.takes(peak, self._history, self.parameters.limits.min_s * self._history.rate):
            return
        lost = self._lost(course.last, peak, course.interval)
        course.add(peak, swing, lost)
        running.episode = replace(
            episode,
            beat_times_s=(*episode.beat_times_s, self._time_of(peak, running.ear, course.interval)),
            amplitude=course.peak,
            beats_at_least=episode.beats_at_least or lost,
        )
        if course.doubtful:
            self._end()
            return
        running.clarity = max(0.0, clarity_of(course.beats[-3].at, peak.at, course.interval, self._history))
        self._deadline = course.deadline
        self._report(Change.BEAT, running.episode)

    def _end(self, cut: bool = False) -> None:
        """End the running episode, if there is one; `cut` says that the data ended before it was over."""
        running, self._running, self._deadline = self._running, None, math.inf
        if running is None:
            return
        course, episode = running.course, running.episode
        first, stop = course.counted(self._history)
        beats = course.beats[first:stop]
        ended = replace(
            episode,
            beat_times_s=episode.beat_times_s[first:stop],
            amplitude=median(abs(beat.value) for beat in beats),
            beats_at_least=self._lost(beats[0], beats[-1], course.interval)
            or (cut and self._history.end - beats[-1].at < CUT_SHORT * course.interval),
            running=False,
        )
        for ear in self._ears:
            ear.pivots.clear()
        self._report(Change.ENDED, ended)

    def _report(self, change: Change, episode: Episode) -> None:
        self._changes.append(EpisodeChange(change, episode, self._history.time(self._history.now)))

    def _time_of(self, beat: Pivot, ear: Ear, interval: float) -> float:
        """Return a beat's session second: what the filters did to a rhythm like this is taken off."""
        hz = self._history.rate / interval
        lead_s = math.atan2(self._leak_hz, hz) / (math.tau * hz)
        return self._history.time(beat.at) - ear.turning.delay_s(hz) + lead_s

    def _lost(self, first: Pivot, last: Pivot, interval: float) -> bool:
        """Tell whether more than half a beat was lost between two beats, or so close by that it may hide one more."""
        return self._history.lost(first.at - interval, last.at + 1.5 * interval) > 0.5 * interval


CUT_SHORT = 1.5
"""Intervals after the last beat within which a stream that ends may have hidden one more."""


@dataclass(slots=True)
class Running:
    """The episode under way: the ear that hears it, its course, what was told of it, and how clear its rhythm is."""

    ear: Ear
    course: Course
    episode: Episode
    clarity: float


def _known(found: tuple[Pivot, Ear]) -> int:
    return found[0].known

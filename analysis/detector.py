"""Detector: signals of one channel in; beats, and the raising and ending of episodes out.

Definitions are those of docs/definitions.md: a beat is a peak of the plantarflexion rate caused by a reflex burst; the
stretch before the first and the rebound after the last are none; three beats with a period of 95 to 340 ms are an
episode. `BeatDetector` finds the turning points of the rotation rate and asks of every new one whether it ends a run of
beats: `analysis/beats.py` finds the run, `analysis/evidence.py` judges it, `analysis/stretch.py` looks for what
provoked it. In noise `analysis/faint.py` hears a tone instead, and `analysis/pursuit.py` follows and counts its beats.
What is reported depends on the samples alone, never on how they were cut into signals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from typing import ClassVar

from analysis.bearing import Bearing
from analysis.beats import Pivot, median
from analysis.course import Course, height
from analysis.ear import Candidate, Ear
from analysis.episode import Change, Context, Episode, EpisodeChange, Reason, Rhythm
from analysis.evidence import clarity_of, shape_of, with_motion
from analysis.faint import FaintEar
from analysis.filters import low_pass
from analysis.history import History
from analysis.parameters import LIMBS, Parameters
from analysis.pursuit import Pursuit, Running
from analysis.signal import Motion, Signal
from analysis.stretch import beats_are_maxima, provoked_by
from analysis.tones import Tone
from analysis.turning import Turning

SHOWN_INTERVALS = 4
"""The rate on the screen is that of the median of so many newest intervals: it settles by the fourth beat."""


class BeatDetector:
    """The beat machine: turning points propose, graded evidence confirms."""

    name: ClassVar[str] = "beat-machine"
    version: ClassVar[str] = "0.6"

    _ear: Ear
    _faint: FaintEar
    _bearing: Bearing
    _pursuit: Pursuit

    def __init__(self, sensor: str, unit: str, parameters: Parameters = LIMBS) -> None:
        self.sensor = sensor
        self.unit = unit
        self.parameters = parameters
        self._turns = unit == "deg/s"
        self._floor = parameters.floor_dps if self._turns else parameters.floor_ms2
        self._tones = parameters.faint if self._turns else parameters.faint_acc
        self._provocation = parameters.provocation
        if not self._turns:
            self._provocation = replace(parameters.provocation, turn=math.inf, held_deg=math.inf, least_deg=0.0)
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen."""
        self._history = History(0.0)
        self._leak_hz = 0.0
        self._armed = False
        self._raised = 0
        self._strong_until = self._over_at = self._vouched_until = -math.inf
        self._vouched = 0.0
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
        if not self._history.rate:
            return Rhythm()
        return self._ear.so_far(self._history, self.parameters.limits, self.parameters.continuity.apart)

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
        self._strong_until = self._over_at = self._vouched_until = -math.inf
        self._leak_hz = signal.leak_hz
        least = parameters.hysteresis * self._floor
        clear = (low_pass(min(parameters.corner_hz, 0.4 * rate), rate),)
        belief = parameters.clear if self._turns else parameters.clear_acc
        self._ear = Ear(Turning(clear, rate, least, parameters.turn, parameters.ahead), belief, parameters.fewest)
        self._faint = FaintEar(rate, signal.band_pass, 0.5 * self._floor, STIR * self._floor, parameters.listen_s)
        self._bearing = Bearing(self._history, self._faint)
        self._pursuit = Pursuit(self._history, self._ear, self._faint, self._floor, parameters.fewest, self._turns)
        self._restart(signal.raw[0])

    def _restart(self, level: float) -> None:
        """Look for turning points anew, from a level."""
        self._ear.turning.restart(level, self._history.end)
        self._ear.pivots.clear()
        self._faint.restart(self._history.end)

    def _cross(self, lost: int, signal: Signal) -> None:
        """Get over the lost samples before `signal`."""
        history = self._history
        history.lose(lost)
        interval = self._running.course.interval if self._running else 0.0
        if lost <= self.parameters.bridge_s * history.rate:
            self._deadline += interval if lost > 0.5 * interval else 0.0
            self._watch(*history.bridged(lost, signal))
            return
        if lost > self.parameters.coast_s * history.rate:
            self._end(cut=True)
        history.skip(lost)
        self._deadline += lost + interval
        self._restart(signal.raw[0])

    def _watch(self, raw: list[float], motion: Motion) -> None:
        """Take the turning points, and listen for tones, in the order in which both become known."""
        first = self._history.end
        found: list[tuple[int, Pivot | None]] = [(pivot.known, pivot) for pivot in self._ear.turning.feed(raw)]
        self._history.take(raw, self._ear.turning.fresh, motion)
        self._faint.take(motion)
        found += [(due, None) for due in self._faint.due(first, self._history.end)]
        for known, pivot in sorted(found, key=itemgetter(0)):
            self._pass(known)
            if pivot:
                self._turn(self._ear, pivot)
            else:
                self._listen(self._faint, known)
        self._pass(self._history.end)
        self._history.now = self._history.end - 1

    def _pass(self, until: int) -> None:
        """Let time pass up to sample `until`; an episode whose deadline lies before it has ended."""
        while self._deadline < until - 1:
            self._history.now = math.floor(self._deadline) + 1
            if not self._goes_on():
                self._end()
        self._history.now = until

    def _turn(self, ear: Ear, pivot: Pivot) -> None:
        """Take a turning point, or one that is expected: an episode may be raised with it, and nothing else."""
        running = self._running
        if pivot.expected:
            if running is None and ear.pivots:
                ear.pivots.append(pivot)
                self._propose(ear)
                ear.pivots.remove(pivot)
            return
        ear.take(pivot, self.parameters.limits.ripple)
        if running is None:
            self._propose(ear)
        elif running.course.last.expected:
            self._confirm(running, pivot)
        elif not running.line:
            self._continue(running, ear.pivots)

    def _confirm(self, running: Running, beat: Pivot) -> None:
        """Put the beat that an episode was raised with in its place; take the episode back where it was none."""
        course, episode = running.course, running.episode
        least = self.parameters.continuity.least_peak(course.peak, self._floor)
        if beat.up != course.up or abs(beat.value) < least:
            self._running, self._deadline = None, math.inf
            self._report(Change.WITHDRAWN, replace(episode, running=False))
            return
        before = course.beats[:-1]
        candidate = self._ear.candidate(self._history.rate, self.parameters.limits)
        if candidate is None:
            course.confirm(beat)
        else:
            course.begin(candidate.run)
        times_s = tuple(self._time_of(known, running.ear, course.interval) for known in course.beats)
        if course.beats[:-1] == before:
            times_s = (*episode.beat_times_s[:-1], times_s[-1])
        running.episode = replace(episode, beat_times_s=times_s, amplitude=course.peak)
        self._deadline = course.deadline
        self._report(Change.BEAT, running.episode)

    def _listen(self, ear: FaintEar, now: int) -> None:
        """Raise an episode where a tone is heard, or take the beats of the one that is followed by its tone."""
        running = self._running
        if running is None:
            tone = ear.tone(now)
            if tone is not None:
                self._propose_tone(ear, tone)
        elif running.line:
            self._take(running, self._pursuit.heard(running, running.line))

    def _goes_on(self) -> bool:
        """Tell whether a running episode that seems to be over goes on in the noise."""
        running = self._running
        return running is not None and self._take(running, self._pursuit.further(running))

    def _take(self, running: Running, beats: Iterable[Pivot]) -> bool:
        """Take beats that the faint ear has found; tell whether there were any."""
        before = running.course.last
        for beat in beats:
            if self._running is running:
                self._add(running, beat, 2.0 * beat.value)
        return running.course.last is not before

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
        if self._is_afterglow(usual) or run.swing < least or height(run.beats[-1], run.swings[-1]) < least_peak:
            return
        shape = shape_of(run, pivots, history, least)
        vouched = self._vouched if history.now < self._vouched_until else 0.0
        if max(ear.belief.confidence(shape), vouched) < parameters.surety:
            return
        if not self._beats_are(pivots[-1].up, pivots):
            return
        evidence = with_motion(shape, run, history)
        sure = max(ear.belief.confidence(evidence), vouched)
        noisy = evidence.quiet > parameters.noisy
        if sure >= (parameters.restless_surety if noisy else parameters.surety):
            running = self._raise(ear, candidate, sure, evidence.periodicity)
            running.noisy = noisy
            running.course.may_miss = not noisy

    def _beats_are(self, up: bool, pivots: list[Pivot]) -> bool:
        """Tell whether the beats of an even run are its maxima (`up`); where one is only expected, without it, too."""
        known = pivots[:-1] if pivots[-1].expected else pivots
        interval = known[-1].at - known[-3].at
        return {self._beats_are_maxima(seen, self._ear, interval) for seen in (pivots, known)} == {up}

    def _beats_are_maxima(self, pivots: list[Pivot], ear: Ear | FaintEar, interval: float) -> bool:
        before = self._bearing.maxima(pivots, ear, interval)
        return beats_are_maxima(pivots, self._history, self._provocation, before)

    def _propose_tone(self, ear: FaintEar, tone: Tone) -> None:
        """Raise an episode where a tone is convincing and holds a run of beats; in quiet, the clear ear counts them."""
        parameters, history = self.parameters, self._history
        sure = self._tones.confidence(tone)
        if sure < parameters.faint_surety:
            return
        if tone.quiet <= parameters.noisy:
            self._vouched, self._vouched_until = sure, history.now + VOUCHED_S * history.rate
            if self._ear.pivots:
                self._propose(self._ear)
            return
        proposed = self._pursuit.run_of(tone, self._over_at, parameters.limits, self._beats_are_maxima)
        if proposed is None:
            return
        line, candidate = proposed
        usual = median(abs(beat.value) for beat in candidate.run.beats)
        if self._is_afterglow(usual):
            return
        running = self._raise(ear, candidate, sure, tone.periodic)
        running.line, running.usual, running.noisy = line, usual, True
        running.course.may_miss = False
        self._deadline += line.settles

    def _is_afterglow(self, usual: float) -> bool:
        """Tell whether peaks only tremble on after a stronger episode: too low for beats where not all are weak."""
        low = self.parameters.continuity.slowest * self._floor
        return usual < low and self._history.now < self._strong_until

    def _raise(self, ear: Ear | FaintEar, candidate: Candidate, sure: float, clarity: float) -> Running:
        run, history = candidate.run, self._history
        course = Course(run, self._floor, self.parameters.continuity, rides=ear is self._ear)
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
        sided = Reason.STRETCHED in reasons or self._bearing.maxima(candidate.pivots, ear, run.interval) == course.up
        self._running = Running(ear, course, episode, max(0.0, clarity), sided)
        self._deadline = course.deadline
        self._report(Change.RAISED, episode)
        return self._running

    def _continue(self, running: Running, pivots: list[Pivot]) -> None:
        """Take the newest turning point during an episode: a beat, or less. Where a hole ends, there is none."""
        history = self._history
        known = [pivot for pivot in pivots[-2:] if pivot.at >= history.base + 1]
        if not known:
            return
        peak = known[-1]
        swing = abs(peak.value - known[0].value) if len(known) > 1 else 2.0 * abs(peak.value)
        if running.course.takes(peak, swing, history, self.parameters.limits.min_s * history.rate):
            self._add(running, peak, swing)

    def _add(self, running: Running, beat: Pivot, swing: float) -> None:
        """Take a beat of the running episode."""
        course, episode = running.course, running.episode
        lost = self._lost(course.last, beat, course.interval)
        course.add(beat, swing, lost)
        running.episode = replace(
            episode,
            beat_times_s=(*episode.beat_times_s, self._time_of(beat, running.ear, course.interval)),
            amplitude=course.peak,
            beats_at_least=episode.beats_at_least or lost,
        )
        if course.doubtful:
            self._end()
            return
        running.clarity = max(0.0, clarity_of(course.beats[-3].at, beat.at, course.interval, self._history))
        self._deadline = course.deadline + (running.line.settles if running.line else 0.0)
        self._report(Change.BEAT, running.episode)

    def _end(self, cut: bool = False) -> None:
        """End the running episode, if there is one; `cut` says that the data ended before it was over."""
        running, self._running, self._deadline = self._running, None, math.inf
        if running is None:
            return
        course, episode = running.course, running.episode
        beats, times_s = self._counted(running)
        ended = replace(
            episode,
            beat_times_s=times_s,
            amplitude=median(abs(beat.value) for beat in beats),
            beats_at_least=self._lost(beats[0], beats[-1], course.interval)
            or (cut and self._history.end - beats[-1].at < CUT_SHORT * course.interval),
            running=False,
        )
        self._ear.pivots.clear()
        if ended.amplitude >= self.parameters.continuity.weak * self._floor:
            self._strong_until = self._history.now + AFTERGLOW_S * self._history.rate
        self._over_at = beats[-1].at
        self._report(Change.ENDED, ended)

    def _counted(self, running: Running) -> tuple[list[Pivot], tuple[float, ...]]:
        """Return the beats of an episode that is over, and their session seconds."""
        counted = self._pursuit.counted(running, self._over_at)
        told = slice(counted.first, counted.stop)
        again_s = (self._time_of(beat, self._faint, running.course.interval) for beat in counted.again)
        beats = [*running.course.beats[told], *counted.again]
        if running.sided:
            self._bearing.remember(running.course.beats[told], running.ear, counted.again, running.course.interval)
        return beats, (*running.episode.beat_times_s[told], *again_s)

    def _report(self, change: Change, episode: Episode) -> None:
        self._changes.append(EpisodeChange(change, episode, self._history.time(self._history.now)))

    def _time_of(self, beat: Pivot, ear: Ear | FaintEar, interval: float) -> float:
        """Return a beat's session second: what the filters did to a rhythm like this is taken off."""
        hz = self._history.rate / interval
        lead_s = math.atan2(self._leak_hz, hz) / (math.tau * hz)
        return self._history.time(beat.at) - ear.delay_s(hz) + lead_s

    def _lost(self, first: Pivot, last: Pivot, interval: float) -> bool:
        """Tell whether more than half a beat was lost between two beats, or so close by that it may hide one more."""
        return self._history.lost(first.at - interval, last.at + 1.5 * interval) > 0.5 * interval


CUT_SHORT = 1.5
"""Intervals after the last beat within which a stream that ends may have hidden one more."""
VOUCHED_S = 0.3
"""How long a tone speaks for the run that the clear ear counts."""
AFTERGLOW_S = 20.0
"""How long after an episode a weak one would only be its afterglow: as long as a hold lasts."""
STIR = 0.02
"""What a sensor at rest may tremble, of the least swing."""

"""A session that never was: deterministic traces, episodes and faults, as a live engine and as a review."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from analysis.alerts import Fault, FaultKind
from analysis.comparison import Comparison, answer_of, compare
from analysis.episode import Change, Context, Episode, EpisodeChange, Rhythm, Stretch
from analysis.journal import Journal
from analysis.reanalysis import Against
from analysis.record import GradedTrial, Maker, Record
from analysis.response import Response, response_of
from analysis.snapshot import Mark, Saving, SensorView, Snapshot, Verdict
from analysis.standing import reworked, standing
from analysis.trace import Trace
from analysis.trial import Setup, Stage, Trial
from sensors.driver import Sensor
from sensors.failure import RecordingError, StorageError
from sensors.packet import OperatorEntry
from sensors.timeline import Honesty
from tui.engine import Detail, Envelope, News

RATE = 100.0
LIMBS = ("left_foot", "left_shank", "right_foot", "right_shank", "left_wrist", "right_wrist", "left_hand", "right_hand")
BEAT_S = 0.18
ONSETS_S = (4.0, 12.0, 20.0, 28.0)
"""Clonus of the left foot begins here, each time 0.16 s after a stretch."""
BEATS = (4, 11, 7, 12)
LOST = (25.0, 27.3)
"""Between these seconds nothing comes from the last sensor."""


def sensor_keys(count: int) -> list[str]:
    """Return names by limb and side for `count` sensors."""
    return [LIMBS[k] if k < len(LIMBS) else f"{LIMBS[k % len(LIMBS)]}_{k // len(LIMBS) + 1}" for k in range(count)]


def episode(sensor: str, number: int, seen: int, context: Context = Context.PROVOKED) -> Episode:
    """Return episode `number` with its first `seen` beats."""
    onset_s, beats = ONSETS_S[number - 1], BEATS[number - 1]
    times = tuple(onset_s + k * BEAT_S * (1.0 + 0.01 * (k % 3)) for k in range(beats))
    return Episode(
        sensor=sensor,
        number=number,
        channel="gyro",
        beat_times_s=times[:seen],
        alert_s=times[2] + 0.05,
        amplitude=112.0,
        amplitude_unit="deg/s",
        confidence=0.93,
        context=context,
        stretch=Stretch(onset_s - 0.16, 412.0) if context is Context.PROVOKED else None,
        running=seen < beats,
    )


def episodes_at(sensor: str, k: int, now_s: float) -> tuple[Episode, ...]:
    """Return what is known of sensor number `k` at `now_s`: clonus on the first, unprovoked rhythm on the second."""
    if k > 1:
        return ()
    found = []
    for number, (onset_s, beats) in enumerate(zip(ONSETS_S, BEATS, strict=True), start=1):
        if k == 1 and number != 3:
            continue
        seen = sum(onset_s + b * BEAT_S * (1.0 + 0.01 * (b % 3)) + 0.05 <= now_s for b in range(beats))
        if seen < 3:
            continue
        over = now_s > onset_s + beats * BEAT_S + 0.4
        context = Context.PROVOKED if k == 0 else Context.UNPROVOKED
        found.append(replace(episode(sensor, number, seen, context), running=not over))
    return tuple(found)


def rhythm_at(now_s: float) -> Rhythm:
    """Return the provisional count of the first sensor."""
    for onset_s in ONSETS_S:
        seen = sum(onset_s + b * BEAT_S + 0.05 <= now_s for b in range(3))
        if 0 < seen < 3:
            return Rhythm(5.5 if seen > 1 else None, seen, None, running=True)
    return Rhythm()


def trace_of(k: int, until_s: float, seconds: float, lost: bool) -> Trace:
    """Return sensor number `k`'s signal: tremor at rest, a stretch, beats that fade; nothing while it is lost."""
    trace = Trace(RATE, seconds)
    t = np.arange(round(until_s * RATE)) / RATE
    rng = np.random.default_rng(k)
    values = rng.normal(0.0, 2.0, len(t))
    if k < 2:
        for number, (onset_s, beats) in enumerate(zip(ONSETS_S, BEATS, strict=True), start=1):
            if k == 1 and number != 3:
                continue
            values += 330 * (1 - 0.5 * k) * np.exp(-(((t - onset_s + 0.16) / 0.04) ** 2))
            going = (t > onset_s - 0.05) & (t < onset_s + beats * BEAT_S)
            values += np.where(going, 120 / (1 + k) * np.cos(2 * math.pi * (t - onset_s) / BEAT_S), 0.0)
    pieces = [(t < LOST[0]), (t > LOST[1])] if lost else [t >= 0]
    for piece in pieces:
        if piece.any():
            trace.write(float(t[piece][0]), RATE, values[piece].tolist())
    return trace


def honesty_at(k: int, now_s: float, lost: bool) -> Honesty:
    """Return an account that differs from sensor to sensor, so that columns can be told apart."""
    gap_s = max(0.0, min(now_s, LOST[1]) - LOST[0]) if lost else 0.02 * (k % 3)
    return Honesty(
        received_percent=96.1 if gap_s > 1 else 99.9 - 0.1 * (k % 4),
        recent_percent=86.0 if gap_s > 1 else 100.0,
        longest_gap_s=gap_s,
        rate_hz=RATE,
        alignment_s=0.003 + 0.001 * (k % 3),
        battery_percent=90.0 - 7 * (k % 9),
        heard_s=min(now_s, LOST[0]) if lost and now_s < LOST[1] else now_s,
    )


UNDOABLE = ("mark", "confirm", "reject", "note", "correct")
AFTERWARDS = ("confirm", "reject", "note", "undo")
"""What a session that is over still takes."""


@dataclass
class Entry:
    """What was submitted."""

    kind: str
    sensor: str | None
    detail: dict[str, Detail]


@dataclass
class Story:
    """The session as such: what both the engine and the review tell."""

    count: int = 4
    length_s: float = 32.0
    keys: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    extra_marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        self.keys = self.keys or sensor_keys(self.count)
        self.count = len(self.keys)
        self.traces: dict[str, Trace] = {}

    def sensors(self) -> list[Sensor]:
        return [Sensor(key, "simulated", RATE) for key in self.keys]

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        kinds = [e.kind for e in self.entries]
        if kind == "undo" and kinds.count("undo") >= sum(k in UNDOABLE for k in kinds):
            return False
        self.entries.append(Entry(kind, sensor, detail))
        return True

    def snapshot(self, now_s: float, traces: Callable[[int, bool], Trace]) -> Snapshot:
        views = []
        for k, sensor in enumerate(self.sensors()):
            lost = k == self.count - 1 and self.count > 1
            gone = lost and LOST[0] + 0.5 <= now_s < LOST[1]
            fault = Fault(FaultKind.LOST, sensor.key, LOST[0], "reconnecting (2)") if gone else None
            views.append(
                SensorView(
                    sensor=sensor,
                    unit="deg/s",
                    trace=traces(k, lost),
                    rhythm=rhythm_at(now_s) if k == 0 else Rhythm(),
                    episodes=episodes_at(sensor.key, k, now_s),
                    honesty=honesty_at(k, now_s, lost),
                    fault=fault,
                    muted=self._last("mute", "unmute", sensor.key) == "mute",
                )
            )
        return Snapshot(
            now_s=now_s,
            sensors=tuple(views),
            marks=tuple(m for m in (*self.extra_marks, *self._marks()) if m.at_s <= now_s),
            faults=tuple(v.fault for v in views if v.fault is not None),
            verdicts=self._verdicts(),
            notes={str(e.detail["episode"]): str(e.detail["text"]) for e in self.entries if e.kind == "note"},
            armed_since_s=self._armed(),
            saving=None,
        )

    def _last(self, on: str, off: str, sensor: str | None = None) -> str | None:
        kinds = [e.kind for e in self.entries if e.kind in (on, off) and (sensor is None or e.sensor == sensor)]
        return kinds[-1] if kinds else None

    def _armed(self) -> float | None:
        return 1.0 if self._last("arm", "disarm") == "arm" else None

    def _marks(self) -> list[Mark]:
        marks: list[Mark] = []
        for entry in self.entries:
            if entry.kind == "mark":
                marks.append(Mark(float(entry.detail.get("at_s") or 0.0), str(entry.detail.get("text", ""))))
            elif entry.kind == "undo" and marks:
                marks.pop()
        return marks

    def _verdicts(self) -> dict[str, Verdict]:
        words = {"confirm": Verdict.CONFIRMED, "reject": Verdict.REJECTED}
        return {str(e.detail["episode"]): words[e.kind] for e in self.entries if e.kind in words}


class FakeEngine:
    """A live session whose time is set by the test. `saving` and `failure` are to be set as well."""

    def __init__(self, count: int = 4, now_s: float = 22.0, name: str = "ankle test", **story: object) -> None:
        self.name = name
        self.now_s = now_s
        self.story = Story(count, **story)  # type: ignore[arg-type]
        self.ended = False
        self.failure: str | None = None
        self.saving: Saving | None = Saving(Path("x.clonoscope"), 12_400_000, 0.0, 31_000_000_000)
        self.listeners: list[Callable[[News], None]] = []
        self._traces: dict[tuple[float, int], Trace] = {}

    @property
    def entries(self) -> list[Entry]:
        return self.story.entries

    def snapshot(self) -> Snapshot:
        return replace(self.story.snapshot(self.now_s, self._trace), saving=self.saving)

    def _trace(self, k: int, lost: bool) -> Trace:
        """Return the trace up to now, growing like a real one while time goes forward."""
        known = self._traces.get((self.now_s, k))
        if known is None:
            known = self._traces[self.now_s, k] = trace_of(k, self.now_s, 120.0, lost)
        return known

    def subscribe(self, listener: Callable[[News], None]) -> None:
        self.listeners.append(listener)

    def tell(self, change: Change, of: Episode) -> None:
        for listener in self.listeners:
            listener(EpisodeChange(change, of, self.now_s))

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        if self.ended and kind not in AFTERWARDS:
            return False
        if kind == "mark":
            detail = {**detail, "at_s": self.now_s}
        return self.story.submit(kind, sensor, **detail)

    def stop(self) -> None:
        self.ended = True


class FakeReview:
    """The same session, recorded. `refuses` is what its file says against further entries."""

    def __init__(self, count: int = 4, name: str = "ankle test, recorded") -> None:
        self.name = name
        self.refuses: str | None = None
        self.author = "ex1"
        self.write_report: Callable[[Record], str] | None = None
        self.against: list[Against] = []
        self._journal = Journal()
        self.begins_s = 0.0
        self.duration_s = 32.0
        self.story = Story(count, extra_marks=(Mark(8.5, "shake"),))
        self._traces = [
            trace_of(k, self.duration_s, self.duration_s + 1, k == count - 1 and count > 1) for k in range(count)
        ]

    @property
    def entries(self) -> list[Entry]:
        return self.story.entries

    @property
    def episodes(self) -> Sequence[Episode]:
        """What stands after the corrections, which are real."""
        return standing(self.snapshot_at(self.duration_s).sensors, self._journal.corrections)

    @property
    def marks(self) -> Sequence[Mark]:
        return self.story.extra_marks

    @property
    def faults(self) -> Sequence[Fault]:
        return tuple(Fault(FaultKind.LOST, key, LOST[0], "reconnecting", LOST[1]) for key in self.story.keys[-1:])

    def snapshot_at(self, t_s: float) -> Snapshot:
        return self.story.snapshot(t_s, lambda k, _lost: self._traces[k])

    def overview(self, columns: int) -> Sequence[Envelope]:
        found = []
        for trace in self._traces:
            values = trace.between(0, int(self.duration_s * RATE) // columns * columns).reshape(columns, -1)
            found.append((np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)))
        return found

    def submit(self, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        if self.refuses is not None:
            raise StorageError(self.refuses)
        if kind == "correct":
            signed = {**detail, "by": self.author, "at_utc": "2026-11-28T09:30:00Z"}
            self._journal.enter(OperatorEntry(kind, 0, sensor, signed), self.duration_s)
        elif kind == "undo" and self.entries and self.entries[-1].kind == "correct":
            self._journal.take_back()
        return self.story.submit(kind, sensor, **detail)

    def record(self) -> Record:
        """The same session with two trials: the left ankle answered with episode 1, the right did not."""
        whole = self.snapshot_at(self.duration_s)
        episodes = tuple(self.episodes)
        views = {view.sensor.key: view for view in whole.sensors}
        answered = response_of(episode("left_foot", 1, BEATS[0]), None)
        left, right = Setup("ankle", "left"), Setup("ankle", "right")
        trials = [
            Trial(
                1, left, 3.0, Stage.OVER, "left_foot", Stretch(3.84, 412.0), answered, "left_foot/1", 4.0, 5.2, pain=3
            ),
            Trial(2, right, 9.0, Stage.OVER, "right_foot", Stretch(10.0, 380.0), Response(), over_s=11.5),
        ]
        graded = []
        for trial in trials if self.story.count == 4 else ():
            again = reworked(trial, episodes, views)
            graded.append(
                GradedTrial(trial) if again is None else GradedTrial(again.trial, (), again.found, again.corrected_by)
            )
        return Record(
            name=self.name,
            started_utc=None,
            begins_s=self.begins_s,
            ends_s=self.duration_s,
            detector=Maker("fake", "1", {}),
            visit=None,
            sensors=tuple(
                replace(view, episodes=tuple(e for e in episodes if e.sensor == key)) for key, view in views.items()
            ),
            episodes=episodes,
            trials=tuple(graded),
            verdicts=whole.verdicts,
            notes=whole.notes,
            marks=whole.marks,
            faults=tuple(self.faults),
            notices=(),
            found=whole.episodes,
            corrections=self._journal.corrections,
        )

    def compare(self, against: Against) -> Comparison:
        self.against.append(against)
        if against is Against.SHOWN:
            raise RecordingError("x: is no saved session")
        found = self.snapshot_at(self.duration_s).episodes
        return compare(answer_of("fake 1, jaw", found[1:]), answer_of("fake 1, limbs", found))

"""Review: a whole recording, analysed once, that can be looked at as it stood at any second."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis import corrections
from analysis.alerts import Fault, FaultKind
from analysis.bands import DEFAULT_BAND
from analysis.comparison import Comparison
from analysis.detecting import Detector
from analysis.episode import Change, Episode, EpisodeChange, Rhythm
from analysis.journal import about
from analysis.limb import CUT_OFF_S, cut_off
from analysis.live import AFTERWARDS
from analysis.particulars import LONGEST_NOTE
from analysis.reanalysis import Against, compared
from analysis.session import DetectorMaker, News, Session, default_detector
from analysis.snapshot import Mark, SensorView, Snapshot
from analysis.trial import OPEN, Trial
from sensors.failure import RecordingError
from sensors.packet import OperatorEntry
from sensors.session_file import SessionReader
from sensors.source import Recording
from sensors.timeline import Honesty
from sensors.wording import clean

if TYPE_CHECKING:
    from analysis.record import Record

LONGEST_S = 24 * 3600.0
"""Whole traces are kept in memory; a day of sixteen sensors at 208 Hz takes 2 GB, and is more than one session."""
HONESTY_EVERY_S = 0.5
"""How often the account of each sensor is kept."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _SensorHistory:
    """What became of one sensor, in the order in which it was known."""

    def __init__(self) -> None:
        self.told_at_s: list[float] = []
        self.changes: list[EpisodeChange] = []
        self.faults: list[Fault] = []
        self.honesty_at_s: list[float] = []
        self.honesty: list[Honesty] = []

    def episodes_at(self, t_s: float) -> tuple[Episode, ...]:
        known: dict[int, Episode] = {}
        for change in self.changes[: bisect_right(self.told_at_s, t_s)]:
            known[change.episode.number] = change.episode
            if change.change is Change.WITHDRAWN:
                del known[change.episode.number]
        return tuple(known[number] for number in sorted(known))

    def fault_at(self, t_s: float) -> Fault | None:
        going_on = [f for f in self.faults if f.since_s <= t_s and (f.until_s is None or t_s < f.until_s)]
        if not going_on:
            return None
        return replace(min(going_on, key=lambda f: f.kind.rank), until_s=None)

    def honesty_at(self, t_s: float) -> Honesty:
        place = bisect_right(self.honesty_at_s, t_s)
        return self.honesty[place - 1] if place else Honesty()

    def hear(self, fault: Fault) -> None:
        """Keep a fault when it begins; put its end in its place when it is over."""
        if fault.until_s is None:
            self.faults.append(fault)
            return
        for place, known in enumerate(self.faults):
            if known.kind is fault.kind and known.since_s == fault.since_s:
                self.faults[place] = fault


def _own_faults(recording: Recording) -> _SensorHistory:
    """Return the faults of no sensor, such as a full disk: packets tell nothing of them, so they are those shown."""
    history = _SensorHistory()
    if isinstance(recording, SessionReader):
        for alert in recording.alerts():
            fault = _fault_of(alert.detail)
            if fault is not None and fault.sensor is None:
                history.hear(fault)
    return history


def _fault_of(detail: Mapping[str, object]) -> Fault | None:
    """Return the fault that was shown; None where that was none, or one that this version does not know."""
    kind, since_s, until_s = detail.get("kind"), detail.get("since_s"), detail.get("until_s")
    if detail.get("family") != "fault" or kind not in tuple(FaultKind) or not isinstance(since_s, int | float):
        return None
    sensor = detail.get("sensor")
    return Fault(
        FaultKind(str(kind)),
        None if sensor is None else str(sensor),
        float(since_s),
        clean(str(detail.get("text", "")), LONGEST_NOTE),
        float(until_s) if isinstance(until_s, int | float) else None,
    )


class Review:
    """A recording run through the same Session as a live one, with its whole length of traces kept.

    `keep` stores what the operator says of it afterwards; without it that is forgotten with the review. `found` are all
    episodes of the detector and `faults` all there were, by their beginning; `notices` are sentences about the
    recording that a screen shows. `author` is the code of who says something now: that of the session's examiner, until
    it is set. `reopen` opens the recording once more where it has been closed meanwhile; `write_report` writes the
    report of a record and returns a sentence that says where.
    """

    def __init__(
        self,
        recording: Recording,
        keep: Callable[[OperatorEntry], None] | None = None,
        make_detector: DetectorMaker = default_detector,
        utc_now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._keep = keep
        self._utc_now = utc_now
        self._recording = recording
        self.reopen: Callable[[], Recording] | None = None
        self.write_report: Callable[[Record], str] | None = None
        self.notices: tuple[str, ...] = ()
        self._start_ns = recording.start_ns
        self.name = recording.name
        self.begins_s = recording.begins_s
        self.duration_s = recording.duration_s
        length_s = recording.duration_s - recording.begins_s + 1.0
        if length_s > LONGEST_S:
            hours = f"spans {length_s / 3600:.0f} hours, and at most {LONGEST_S / 3600:.0f} can be shown"
            raise RecordingError(f"{recording.name}: {hours}; cut it into sessions")
        self._histories = {sensor.key: _SensorHistory() for sensor in recording.sensors}
        self._armed: list[tuple[float, float | None]] = []
        self._trials: list[tuple[float, tuple[Trial, ...]]] = [(float("-inf"), ())]
        self._session = Session(
            recording.sensors,
            recording.start_ns,
            make_detector,
            trace_s=length_s,
            begins_s=recording.begins_s,
            surviving=True,
        )
        self._session.listen(self._hear)
        self._run(recording)
        self._session.seal()
        self._final = self._session.snapshot()
        self.found = self._final.episodes
        self._episodes = self._final.as_corrected
        self.author = next((t.setup.examiner for t in self._final.trials[::-1] if t.setup.examiner), "")
        self._own = _own_faults(recording)
        found = [f for history in (*self._histories.values(), self._own) for f in history.faults]
        self.faults = tuple(sorted(found, key=lambda f: f.since_s))
        self._overviews: dict[int, list[tuple[NDArray[np.float32], NDArray[np.float32]]]] = {}

    def _run(self, recording: Recording) -> None:
        session = self._session
        kept_s = float("-inf")
        for arrival in recording.arrivals():
            session.handle(arrival)
            armed = session.armed_since_s
            if armed != (self._armed[-1][1] if self._armed else None):
                self._armed.append((session.now_s, armed))
            if session.trials.trials is not self._trials[-1][1]:
                self._trials.append((session.now_s, session.trials.trials))
            if session.now_s - kept_s >= HONESTY_EVERY_S:
                kept_s = session.now_s
                self._keep_honesty(kept_s)
        session.finish()
        self._trials.append((session.now_s, session.trials.trials))
        self._keep_honesty(session.now_s)

    def _keep_honesty(self, now_s: float) -> None:
        for view in self._session.snapshot().sensors:
            history = self._histories[view.sensor.key]
            history.honesty_at_s.append(now_s)
            history.honesty.append(view.honesty)

    def _hear(self, news: News) -> None:
        if isinstance(news, EpisodeChange):
            history = self._histories[news.episode.sensor]
            history.told_at_s.append(self._session.now_s)
            history.changes.append(news)
        elif news.sensor is not None:
            self._histories[news.sensor].hear(news)

    @property
    def detector(self) -> Detector:
        """The detector that found the episodes; each sensor has one of the same kind."""
        return next(iter(self._session.detectors.values()))

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """The episodes as they stand after the examiner's corrections, by onset."""
        return self._episodes

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The operator's marks that were not taken back."""
        return self._final.marks

    def submit(self, kind: str, sensor: str | None = None, **detail: str | float | bool | None) -> bool:
        """Enter a verdict, a note, a correction or an undo after the event; tell whether it was taken.

        Author and time are added. Only what was said in this review can be undone; earlier corrections can be given
        back to the detector (analysis/corrections.py). Raises ClonoscopeError where it cannot be kept.
        """
        if kind not in AFTERWARDS or (kind == "undo" and not self._session.can_undo):
            return False
        if kind == corrections.KIND:
            corrections.Correction.parse(sensor, detail)  # what makes no sense is not kept
        known = (*self.episodes, *self.found)
        episode = next((e for e in known if e.id == detail.get("episode")), None)
        at_ns = self._start_ns + round(self.duration_s * 1e9)
        said = {"at_utc": self._utc_now().isoformat(timespec="seconds")} | ({"by": self.author} if self.author else {})
        entry = OperatorEntry(kind, at_ns, sensor, {**detail, **about(episode), **said})
        if self._keep is not None:
            self._keep(entry)
        self._session.handle(entry)
        self._final = self._session.snapshot()
        self._episodes = self._final.as_corrected
        return True

    def snapshot_at(self, t_s: float) -> Snapshot:
        """Return what a live screen would have shown at second `t_s`; the operator's words are those of the end."""
        views = tuple(self._view_at(view, t_s) for view in self._final.sensors)
        place = bisect_right(self._armed, t_s, key=lambda entry: entry[0])
        trials = self._trials_at(t_s)
        return replace(
            self._final,
            now_s=t_s,
            sensors=views,
            notices=(*self.notices, *self._final.notices),
            trial=trials[-1] if trials else None,
            trials=trials,
            setup=trials[-1].setup if trials else OPEN,
            marks=tuple(mark for mark in self._final.marks if mark.at_s <= t_s),
            faults=tuple(f for f in (self._own.fault_at(t_s), *(view.fault for view in views)) if f is not None),
            listed=(),
            armed_since_s=self._armed[place - 1][1] if place else None,
        )

    def _trials_at(self, t_s: float) -> tuple[Trial, ...]:
        """Return the trials as they stood; one whose result stood then is shown with all that was said of it since."""
        stood = self._trials[bisect_right(self._trials, t_s, key=lambda entry: entry[0]) - 1][1]
        now = self._final.trials
        return tuple(trial if trial.is_open else now[trial.number - 1] for trial in stood)

    def _view_at(self, view: SensorView, t_s: float) -> SensorView:
        history = self._histories[view.sensor.key]
        episodes = history.episodes_at(t_s)
        heard_s = history.honesty_at(t_s).heard_s
        if heard_s is not None and t_s - heard_s > CUT_OFF_S:
            episodes = cut_off(episodes)
        rhythm = Rhythm()
        if episodes and episodes[-1].running:
            last = episodes[-1]
            rhythm = Rhythm(last.frequency_hz, last.beats, last.regularity_cv, running=True)
        return replace(
            view,
            episodes=episodes,
            rhythm=rhythm,
            fault=history.fault_at(t_s),
            honesty=history.honesty_at(t_s),
        )

    def record(self) -> Record:
        """Return the whole session as it is told to others, with all that was said in this review."""
        from analysis.record import of_review  # it is made of reviews, and so knows them

        return of_review(self, self._recording)

    def compare(self, against: Against) -> Comparison:
        """Compare what was found with another answer; raises RecordingError where there is none to be had."""
        if self.reopen is None:
            return compared(self._recording, self._final, self.detector, DEFAULT_BAND, against)
        with closing(self.reopen()) as recording:
            return compared(recording, self._final, self.detector, DEFAULT_BAND, against)

    def overview(self, columns: int) -> Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Return, per sensor, the least and greatest value (columns,) of its trace in equal parts of the recording."""
        if columns not in self._overviews:
            self._overviews[columns] = [self._envelope(view, columns) for view in self._final.sensors]
        return self._overviews[columns]

    def _envelope(self, view: SensorView, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        trace = view.trace
        edges = np.linspace(self.begins_s, self.duration_s, columns + 1) * trace.rate
        low = np.full(columns, np.nan, dtype=np.float32)
        high = low.copy()
        for column in range(columns):
            first = int(edges[column])
            values = trace.between(first, max(first + 1, int(edges[column + 1])))
            values = values[~np.isnan(values)]
            if len(values):
                low[column], high[column] = values.min(), values.max()
        return low, high

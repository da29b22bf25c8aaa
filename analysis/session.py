"""Session: the engine that takes arrivals the whole way - clock, block, channel, detector, episode, alert.

It is plain and single-threaded, and everything it decides follows from the arrivals in their order: the same arrivals
give the same episodes and alerts, whether they come from a radio in real time (`analysis/live.py`) or from a file at
any speed. Time that passes without an arrival changes only what is said about the equipment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from analysis.alerts import EpisodeAlert, Fault
from analysis.crosstalk import Crosstalk
from analysis.detecting import Detector
from analysis.detector import BeatDetector
from analysis.episode import Change, EpisodeChange
from analysis.fault_list import ACKNOWLEDGE, FaultList
from analysis.journal import Journal
from analysis.limb import Held, Limb, Unsure
from analysis.snapshot import Snapshot
from analysis.standing import standing
from analysis.trials import Trials
from analysis.wordings import counted
from sensors.clock_line import CommonLines
from sensors.driver import Sensor
from sensors.packet import Arrival, LinkChange, OperatorEntry

News = EpisodeChange | Fault

TRACE_S = 120.0
"""Seconds of trace kept for the screen of a live session."""
LOOK_EVERY_S = 0.1
"""How often the equipment is looked at: a fault is on the screen within a tenth of a second."""
ARMED_FOR_S = 60.0
"""An armed trial in which nothing happened is over after a minute."""
PATIENCE_S = 0.4
"""What an episode waits for the packets of the other sensors, so that an echo is known as one before it is told. Radios
hold packets back for up to a quarter of a second; an echo that is known later than this is withdrawn."""

DetectorMaker = Callable[[Sensor, str], Detector]


def default_detector(sensor: Sensor, unit: str) -> Detector:
    """Make the detector in use for one channel."""
    return BeatDetector(sensor.key, unit)


class Session:
    """All sensors at once. `handle` and `advance` belong to one thread; `snapshot` may be called from any.

    With `surviving` a driver or a detector that fails on a packet is a fault of its sensor; without, it is raised.
    """

    def __init__(
        self,
        sensors: Sequence[Sensor],
        start_ns: int,
        make_detector: DetectorMaker = default_detector,
        trace_s: float = TRACE_S,
        begins_s: float = 0.0,
        *,
        surviving: bool = False,
    ) -> None:
        self.start_ns = start_ns
        self.now_s = begins_s
        self.alerts: list[EpisodeAlert] = []
        self.journal = Journal()
        self.fault_list = FaultList()
        self._surviving = surviving
        self.armed_since_s: float | None = None
        lines = CommonLines()
        self._order = tuple(Limb(sensor, make_detector, trace_s, begins_s, lines) for sensor in sensors)
        self._limbs = {limb.sensor.key: limb for limb in self._order}
        self._listeners: list[Callable[[News], None]] = []
        self._next_look_s = float("-inf")
        self._arrived_s = begins_s
        self._crosstalk = Crosstalk()
        self._unsure: list[Unsure] = []
        self.trials = Trials(self._order)
        self._takes_back: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[News], None]) -> None:
        """Call `listener` with all that happens from now on, on the thread that feeds the session."""
        self._listeners.append(listener)

    def handle(self, arrival: Arrival) -> None:
        """Take one arrival; arrivals of sensors that the session does not know are left out."""
        arrival_s = (arrival.arrival_ns - self.start_ns) / 1e9
        self._arrived_s = max(self._arrived_s, arrival_s)
        self._expire_trial()
        if isinstance(arrival, OperatorEntry):
            self._enter(arrival, arrival_s)
        elif (limb := self._limbs.get(arrival.sensor)) is not None:
            if isinstance(arrival, LinkChange):
                limb.watch.hear(arrival)
                limb.timeline.hear(arrival.state)
            else:
                feed = limb.survive if self._surviving else limb.feed
                changes = feed(arrival, arrival_s, self.armed_since_s is not None, self._crosstalk)
                limb.held.extend(Held(change, self._arrived_s) for change in changes)
                self._end_trial(changes)
        self._release(self._arrived_s)
        if not isinstance(arrival, OperatorEntry):
            self.trials.hear(arrival_s)
        self._follow_trial()
        self.advance(arrival_s)

    def advance(self, now_s: float) -> None:
        """Let time pass, so that silence is noticed."""
        self.now_s = max(self.now_s, now_s)
        if self.now_s < self._next_look_s:
            return
        self._next_look_s = self.now_s + LOOK_EVERY_S
        for limb in self._order:
            for fault in limb.look(self.now_s):
                self.tell_fault(fault)
            self.fault_list.follow(limb.watch.faults)

    def tell_fault(self, fault: Fault) -> None:
        """List a fault that began or ended, and tell it."""
        self.fault_list.hear(fault)
        self._tell(fault)

    def finish(self) -> None:
        """There will be no more arrivals: end what is running, and the armed trial."""
        for limb in self._order:
            limb.held.extend(Held(change, self._arrived_s) for change in limb.detector.finish())
        self._release(float("inf"))
        self.trials.finish()
        self.armed_since_s = None
        for limb in self._order:
            limb.end(self.now_s)

    def _enter(self, entry: OperatorEntry, at_s: float) -> None:
        if entry.kind == "arm":
            self.armed_since_s = at_s
        elif entry.kind == "disarm":
            self.armed_since_s = None
        if entry.kind == ACKNOWLEDGE:
            self.fault_list.acknowledge(at_s)
        elif entry.kind == "undo":
            if self._takes_back:
                self._takes_back.pop()()
        elif self.trials.takes(entry):
            if self.trials.enter(entry, at_s):
                self._takes_back.append(self.trials.take_back)
        elif self.journal.enter(entry, at_s):
            self._takes_back.append(self.journal.take_back)

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark, a verdict, a note, a correction or a word on a trial to take back."""
        return bool(self._takes_back)

    def seal(self) -> None:
        """Let what was said so far stand: undo goes back to here and no further."""
        self._takes_back.clear()
        self.journal.seal()
        self.trials.seal()

    def _follow_trial(self) -> None:
        """A trial that says which limb is tested also says when it is over."""
        trial = self.trials.current
        if trial is not None and self.trials.guided:
            self.armed_since_s = trial.armed_at_s if trial.is_open and not self.trials.ended else None

    def _expire_trial(self) -> None:
        """A trial of any limb in which a rhythm is running goes on."""
        since_s = None if self.trials.guided else self.armed_since_s
        if since_s is not None and self._arrived_s - since_s > ARMED_FOR_S and not self._any_running():
            self.armed_since_s = None

    def _end_trial(self, changes: Sequence[EpisodeChange]) -> None:
        """A trial of any limb is over with the episode that it provoked, and with all others that run beside it."""
        since_s = None if self.trials.guided else self.armed_since_s
        for change in changes:
            if since_s is not None and change.change is Change.ENDED and change.episode.alert_s >= since_s:
                self.armed_since_s = since_s if self._any_running() else None

    def _any_running(self) -> bool:
        return any(limb.detector.rhythm.running for limb in self._order)

    def _release(self, arrived_s: float) -> None:
        """Tell what can be compared with all that the other sensors measured meanwhile, or has waited long enough."""
        due: list[tuple[Limb, EpisodeChange]] = []
        for limb in self._order:
            while limb.held and self._may_tell(limb, limb.held[0], arrived_s):
                due.append((limb, limb.held.popleft().change))
        for limb, change in sorted(due, key=lambda item: item[1].at_s):
            if (told := limb.judge(change, self._crosstalk)) is not None:
                if told.change is Change.RAISED and (late := self._not_heard_until(limb, told.episode.offset_s)):
                    self._unsure.append(Unsure(limb, told.episode, late))
                limb.keep(told)
                self._report(told)
        self._reconsider()
        self._crosstalk.forget(min((limb.reached_s for limb in self._order), default=arrived_s), arrived_s)

    def _may_tell(self, limb: Limb, held: Held, arrived_s: float) -> bool:
        return arrived_s - held.since_s >= PATIENCE_S or not self._not_heard_until(limb, held.change.episode.offset_s)

    def _not_heard_until(self, limb: Limb, second: float) -> set[str]:
        """Return the other sensors whose samples up to a second may still come."""
        others = (other for other in self._order if other is not limb and not other.watch.is_down)
        return {other.sensor.key for other in others if other.reached_s < second}

    def _reconsider(self) -> None:
        """Withdraw an episode that turns out to be an echo of a sensor whose packets came late."""
        for unsure in list(self._unsure):
            limb, episode = unsure.limb, unsure.episode
            for key in [k for k in unsure.late if self._limbs[k].reached_s >= episode.offset_s]:
                unsure.late.discard(key)
                known = limb.known(episode.number)
                if known is not None and self._crosstalk.is_echo(episode, key):
                    limb.echoes[episode.number] = key
                    withdrawn = EpisodeChange(Change.WITHDRAWN, known, self._arrived_s)
                    limb.keep(withdrawn)
                    self._report(withdrawn)
            if not unsure.late or limb.known(episode.number) is None:
                self._unsure.remove(unsure)

    def _defects(self) -> Iterator[str]:
        for limb in self._order:
            if limb.defects:
                packets = counted(limb.defects, "packet")
                yield f"{limb.sensor.label}: {packets} could not be analysed; report this as a defect"

    def _report(self, change: EpisodeChange) -> None:
        if change.change is Change.RAISED:
            self.alerts.append(EpisodeAlert(change.episode.sensor, change.episode.id, change.episode.alert_s))
        self.trials.tell(change)
        self._tell(change)

    def _tell(self, news: News) -> None:
        for listener in self._listeners:
            listener(news)

    @property
    def detectors(self) -> Mapping[str, Detector]:
        """The detector of each sensor, by the sensor's key."""
        return MappingProxyType({limb.sensor.key: limb.detector for limb in self._order})

    def snapshot(self) -> Snapshot:
        """Return the state of this moment; cheap, and safe from any thread."""
        journal = self.journal
        views = tuple(limb.view(limb.sensor.key in journal.muted) for limb in self._order)
        verdicts, notes = journal.words_on(episode for view in views for episode in view.episodes)
        corrections = journal.corrections
        corrected = standing(views, corrections) if corrections else None
        if corrected is not None:
            said, noted = journal.words_on(corrected)
            verdicts, notes = verdicts | said, notes | noted
        return Snapshot(
            now_s=self.now_s,
            sensors=views,
            marks=journal.marks,
            faults=tuple(view.fault for view in views if view.fault is not None),
            listed=self.fault_list.listed,
            verdicts=verdicts,
            notes=notes,
            armed_since_s=self.armed_since_s,
            notices=(*self.trials.notices, *journal.notices, *self._defects()),
            visit=self.trials.visit,
            trial=self.trials.current,
            trials=self.trials.trials,
            setup=self.trials.setup,
            answers=self.trials.answers,
            corrections=corrections,
            corrected=corrected,
        )

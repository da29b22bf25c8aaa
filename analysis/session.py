"""Session: the engine that takes arrivals the whole way - clock, block, channel, detector, episode, alert.

It is plain and single-threaded: the same arrivals in the same order give the same episodes, whether they come from a
radio in real time (analysis/live.py) or from a file at any speed (`analyse`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from analysis.alerts import EpisodeAlert, Fault
from analysis.channel import Channel
from analysis.crosstalk import Crosstalk
from analysis.detector import BeatDetector, Detector
from analysis.episode import Change, Episode, EpisodeChange, Rhythm
from analysis.faults import FaultWatch
from analysis.journal import Journal
from analysis.snapshot import SensorView, Snapshot
from analysis.trace import Trace
from sensors.driver import Sensor, families
from sensors.packet import Arrival, LinkChange, OperatorEntry, Packet
from sensors.timeline import Honesty, Timeline

News = EpisodeChange | Fault

TRACE_S = 120.0
"""Seconds of trace kept for the screen of a live session."""
LOOK_EVERY_S = 0.1
"""How often the equipment is looked at: a fault is on the screen within a tenth of a second."""
ARMED_FOR_S = 60.0
"""An armed trial in which nothing happened is over after a minute."""

PATIENCE_S = 0.3
"""What a live session waits for the packets of other sensors before it tells an episode that may be an echo."""

DetectorMaker = Callable[[Sensor, str], Detector]


def default_detector(sensor: Sensor, unit: str) -> Detector:
    """Make the detector in use for one channel."""
    return BeatDetector(sensor.key, unit)


class _Limb:
    """One sensor's way through the engine, and what is known of it. Read from other threads: whole values only."""

    def __init__(self, sensor: Sensor, make_detector: DetectorMaker, trace_s: float) -> None:
        self.sensor = sensor
        self.timeline = Timeline(sensor, families()[sensor.family]())
        self.channel = Channel(sensor)
        self.detector = make_detector(sensor, self.channel.unit)
        self.trace = Trace(sensor.rate_hz, trace_s)
        self.watch = FaultWatch(sensor.key)
        self.episodes: tuple[Episode, ...] = ()
        self.honesty = Honesty()
        self.rhythm = Rhythm()
        self.fault: Fault | None = None
        self.reached_s = float("-inf")
        self.echoes: dict[int, str] = {}

    def feed(self, packet: Packet, arrival_s: float, armed: bool, crosstalk: Crosstalk) -> list[EpisodeChange]:
        changes: list[EpisodeChange] = []
        for block in self.timeline.feed(packet, arrival_s):
            if self.sensor.has_gyro and block.gyro is None:
                continue  # acceleration that came apart; beats are looked for in the rotation
            signal = self.channel.feed(block)
            crosstalk.hear(signal)
            self.trace.write(signal.time(0), signal.rate, signal.raw)
            changes += self.detector.feed(signal, armed)
            self.reached_s = signal.time(len(signal))
        rhythm = self.detector.rhythm
        self.rhythm = Rhythm() if self.echoes and rhythm.running else rhythm
        return changes

    def judge(self, change: EpisodeChange, crosstalk: Crosstalk) -> EpisodeChange | None:
        """Return what is to be told of a change: None while the episode is another sensor's echo."""
        number = change.episode.number
        if change.change is Change.RAISED and (origin := crosstalk.origin(change.episode)) is not None:
            self.echoes[number] = origin
        if number not in self.echoes:
            return change
        if change.change in (Change.ENDED, Change.WITHDRAWN):
            del self.echoes[number]
        elif not crosstalk.is_echo(change.episode, self.echoes[number], unknown=True):
            del self.echoes[number]
            return EpisodeChange(Change.RAISED, replace(change.episode, alert_s=change.at_s), change.at_s)
        return None

    def keep(self, change: EpisodeChange) -> None:
        others = tuple(e for e in self.episodes if e.number != change.episode.number)
        self.episodes = others if change.change is Change.WITHDRAWN else (*others, change.episode)

    def look(self, now_s: float) -> list[Fault]:
        self.honesty = self.timeline.honesty_at(now_s)
        news = list(self.watch.look(now_s, self.honesty))
        self.fault = self.watch.worst
        return news

    def view(self, muted: bool) -> SensorView:
        return SensorView(
            self.sensor, self.channel.unit, self.trace, self.rhythm, self.episodes, self.honesty, self.fault, muted
        )


class Session:
    """All sensors at once. `handle` and `advance` belong to one thread; `snapshot` may be called from any."""

    def __init__(
        self,
        sensors: Sequence[Sensor],
        start_ns: int,
        make_detector: DetectorMaker = default_detector,
        trace_s: float = TRACE_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.start_ns = start_ns
        self.now_s = 0.0
        self.alerts: list[EpisodeAlert] = []
        self.journal = Journal()
        self.armed_since_s: float | None = None
        self._limbs = {sensor.key: _Limb(sensor, make_detector, trace_s) for sensor in sensors}
        self._order = tuple(self._limbs.values())
        self._listeners: list[Callable[[News], None]] = []
        self._next_look_s = float("-inf")
        self._crosstalk = Crosstalk()
        self._patience_s = patience_s
        self._held: list[EpisodeChange] = []

    def listen(self, listener: Callable[[News], None]) -> None:
        """Call `listener` with all that happens from now on, on the thread that feeds the session."""
        self._listeners.append(listener)

    def handle(self, arrival: Arrival) -> None:
        """Take one arrival; arrivals of sensors that the session does not know are left out."""
        arrival_s = (arrival.arrival_ns - self.start_ns) / 1e9
        if isinstance(arrival, OperatorEntry):
            self._enter(arrival, arrival_s)
        elif (limb := self._limbs.get(arrival.sensor)) is not None:
            if isinstance(arrival, LinkChange):
                limb.watch.hear(arrival)
            else:
                self._held += limb.feed(arrival, arrival_s, self.armed_since_s is not None, self._crosstalk)
        self.advance(arrival_s)

    def advance(self, now_s: float) -> None:
        """Let time pass without an arrival, so that silence is noticed."""
        self.now_s = max(self.now_s, now_s)
        self._release(self._compared_until_s())
        if self.now_s < self._next_look_s:
            return
        self._next_look_s = self.now_s + LOOK_EVERY_S
        for limb in self._order:
            for fault in limb.look(self.now_s):
                self._tell(fault)
        if self.armed_since_s is not None and self.now_s - self.armed_since_s > ARMED_FOR_S:
            self.armed_since_s = None

    def finish(self) -> None:
        """There will be no more arrivals: end what is running, and the armed trial."""
        for limb in self._order:
            self._held += limb.detector.finish()
        self._release(float("inf"))
        self.armed_since_s = None
        for limb in self._order:
            limb.rhythm = limb.detector.rhythm
            limb.honesty = limb.timeline.honesty

    def _enter(self, entry: OperatorEntry, at_s: float) -> None:
        if entry.kind == "arm":
            self.armed_since_s = at_s
        elif entry.kind == "disarm":
            self.armed_since_s = None
        else:
            self.journal.enter(entry, at_s)

    def _compared_until_s(self) -> float:
        """The second up to which every sensor has been heard, not counting those that keep the others waiting."""
        waiting_from_s = self.now_s - self._patience_s
        return min((max(limb.reached_s, waiting_from_s) for limb in self._order), default=float("inf"))

    def _release(self, until_s: float) -> None:
        """Tell the changes whose beats can be compared with what all other sensors measured meanwhile.

        The judgement rests on the samples alone, so it is the same however the arrivals were cut.
        """
        if self._held and (due := [c for c in self._held if c.episode.offset_s <= until_s]):
            self._held = [c for c in self._held if c.episode.offset_s > until_s]
            for change in sorted(due, key=lambda c: c.at_s):
                limb = self._limbs[change.episode.sensor]
                told = limb.judge(change, self._crosstalk)
                if told is not None:
                    limb.keep(told)
                    self._report(told)
        if until_s < float("inf"):
            self._crosstalk.forget(until_s)

    def _report(self, change: EpisodeChange) -> None:
        if change.change is Change.RAISED:
            self.alerts.append(EpisodeAlert(change.episode.sensor, change.episode.id, change.at_s))
        elif change.change is Change.ENDED and self._armed_before(change.episode.alert_s):
            self.armed_since_s = None
        self._tell(change)

    def _armed_before(self, at_s: float) -> bool:
        return self.armed_since_s is not None and self.armed_since_s <= at_s

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
        return Snapshot(
            now_s=self.now_s,
            sensors=tuple(limb.view(limb.sensor.key in journal.muted) for limb in self._order),
            marks=journal.marks,
            faults=tuple(limb.fault for limb in self._order if limb.fault is not None),
            verdicts=journal.verdicts,
            notes=journal.notes,
            armed_since_s=self.armed_since_s,
        )

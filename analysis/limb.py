"""Limb: one sensor's way through the engine - timeline, channel, detector, trace - and what is known of it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from analysis.alerts import Fault, FaultKind
from analysis.channel import Channel
from analysis.crosstalk import Crosstalk
from analysis.detecting import Detector
from analysis.episode import Change, Episode, EpisodeChange, Rhythm
from analysis.faults import FaultWatch
from analysis.provocation import Joint
from analysis.snapshot import SensorView
from analysis.trace import Trace
from sensors.block import Block
from sensors.clock_line import CommonLines
from sensors.driver import Sensor, families
from sensors.packet import Packet
from sensors.timeline import Honesty, Timeline

CUT_OFF_S = 2.0
"""Silence after which a running episode is shown as ended: as long as a detector outlasts a hole in the data."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A change that waits to be told since an arrival at `since_s`."""

    change: EpisodeChange
    since_s: float


@dataclass(frozen=True, slots=True)
class Unsure:
    """An episode, as it was raised, that was told before the sensors in `late` could be compared with it."""

    limb: Limb
    episode: Episode
    late: set[str]


class Limb:
    """One sensor. What `view` shows is replaced whole, never changed, so that any thread may read it."""

    def __init__(
        self,
        sensor: Sensor,
        make_detector: Callable[[Sensor, str], Detector],
        trace_s: float,
        begins_s: float,
        common_lines: CommonLines,
    ) -> None:
        self.sensor = sensor
        self.timeline = Timeline(sensor, families()[sensor.family](), common_lines)
        self.channel = Channel(sensor)
        self.joint = Joint()
        self.detector = make_detector(sensor, self.channel.unit)
        self.watch = FaultWatch(sensor.key, begins_s)
        self.held: deque[Held] = deque()
        self.reached_s = float("-inf")
        self.echoes: dict[int, str] = {}
        self.defects = 0
        self._raised_late_s: dict[int, float] = {}
        self._trace = Trace(sensor.rate_hz, trace_s)
        self._episodes: tuple[Episode, ...] = ()
        self._honesty = Honesty()
        self._rhythm = Rhythm()
        self._fault: Fault | None = None
        self._cut_off = False

    def survive(self, packet: Packet, arrival_s: float, armed: bool, crosstalk: Crosstalk) -> list[EpisodeChange]:
        """Take a packet like `feed`; where that fails it is a fault of this sensor, and the others go on."""
        try:
            blocks = self.timeline.feed(packet, arrival_s)
        except Exception as error:  # noqa: BLE001 - it is logged, and a fault of this sensor
            self._hear_defect(FaultKind.UNREADABLE, "this sensor's packets cannot be read", error)
            return []
        try:
            return self._follow(blocks, armed, crosstalk)
        except Exception as error:  # noqa: BLE001 - the same
            self._hear_defect(FaultKind.FAILED, "this sensor's beats cannot be counted", error)
            self._rhythm = Rhythm()
            return []

    def _hear_defect(self, kind: FaultKind, what: str, error: Exception) -> None:
        if not self.defects:
            log.error("%s: %s", self.sensor.key, what, exc_info=error)
        self.defects += 1
        self.watch.hear_defect(kind, f"{what}: {type(error).__name__}; they are saved, report this as a defect")

    def feed(self, packet: Packet, arrival_s: float, armed: bool, crosstalk: Crosstalk) -> list[EpisodeChange]:
        """Take a packet; return what the detector makes of it, echoes of other sensors not yet left out."""
        return self._follow(self.timeline.feed(packet, arrival_s), armed, crosstalk)

    def _follow(self, blocks: Iterable[Block], armed: bool, crosstalk: Crosstalk) -> list[EpisodeChange]:
        changes: list[EpisodeChange] = []
        for block in blocks:
            if self.sensor.has_gyro and block.gyro is None:
                continue  # acceleration that came apart; beats are looked for in the rotation
            signal = self.channel.feed(block)
            crosstalk.hear(signal)
            self._trace.write(signal.time(0), signal.rate, signal.raw)
            self.joint.hear(block, signal)
            fresh = self.detector.feed(signal, armed)
            for change in fresh:
                self.joint.note(change.episode.beat_times_s)
            changes += fresh
            self.reached_s = signal.time(len(signal) - 1)
        rhythm = self.detector.rhythm
        self._rhythm = Rhythm() if self.echoes and rhythm.running else rhythm
        return changes

    def judge(self, change: EpisodeChange, crosstalk: Crosstalk) -> EpisodeChange | None:
        """Return what is to be told of a change: None while the episode is another sensor's echo."""
        number = change.episode.number
        if change.change is Change.RAISED and (origin := crosstalk.origin(change.episode)) is not None:
            self.echoes[number] = origin
        if number in self.echoes:
            if change.change in (Change.ENDED, Change.WITHDRAWN):
                del self.echoes[number]
                return None
            if crosstalk.is_echo(change.episode, self.echoes[number], unknown=True):
                return None
            del self.echoes[number]
            self._raised_late_s[number] = change.at_s
            change = replace(change, change=Change.RAISED)
        if number in self._raised_late_s:
            change = replace(change, episode=replace(change.episode, alert_s=self._raised_late_s[number]))
        return change

    def keep(self, change: EpisodeChange) -> None:
        """Make a change that was told part of what is known."""
        others = tuple(e for e in self._episodes if e.number != change.episode.number)
        self._episodes = others if change.change is Change.WITHDRAWN else (*others, change.episode)

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """Every episode that was told and stands, oldest first."""
        return self._episodes

    def known(self, number: int) -> Episode | None:
        """Return the episode with this number as it was last told."""
        return next((e for e in self._episodes if e.number == number), None)

    def look(self, now_s: float) -> list[Fault]:
        """Look at the equipment; return the faults that began or ended."""
        self._honesty = self.timeline.honesty_at(now_s)
        heard_s = self._honesty.heard_s
        self._cut_off = heard_s is not None and now_s - heard_s > CUT_OFF_S
        news = list(self.watch.look(now_s, self._honesty))
        self._fault = self.watch.worst
        return news

    def end(self, now_s: float) -> None:
        """The session is over."""
        self._rhythm = self.detector.rhythm
        self._honesty = self.timeline.honesty_at(now_s)

    def view(self, muted: bool) -> SensorView:
        """Return the row that a screen shows."""
        episodes, rhythm = self._episodes, self._rhythm
        if self._cut_off:
            episodes, rhythm = cut_off(episodes), Rhythm()
        return SensorView(
            self.sensor, self.channel.unit, self._trace, rhythm, episodes, self._honesty, self._fault, muted
        )


def cut_off(episodes: tuple[Episode, ...]) -> tuple[Episode, ...]:
    """Return the episodes as they stand once their sensor has been silent: none is running, the last one is "≥ n"."""
    if not episodes or not episodes[-1].running:
        return episodes
    return (*episodes[:-1], replace(episodes[-1], running=False, beats_at_least=True))

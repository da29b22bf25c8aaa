"""Timeline: one sensor's way from packets to blocks, and the honest account of what was lost on it."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.block import Block
from sensors.clock import Step
from sensors.clock_line import ClockLine, CommonLines
from sensors.driver import SILENCE_S, Driver, Readings, Sensor
from sensors.failure import BadPacketError
from sensors.lane import Lane, percent_of
from sensors.packet import LinkState, Packet


@dataclass(frozen=True, slots=True)
class Honesty:
    """What is known about one sensor's data so far.

    Percentages are samples received of samples due, over the whole session and over the last ten seconds;
    `longest_gap_s` is the longest stretch of samples that never came; `rate_hz` the measured rate (None before it is
    known); `alignment_s` half the spread of the clock fit; `heard_s` the session second of the newest packet of the
    stream, which an answer or a battery level is not; `silence_s` how long the sensor may keep silent before that is a
    loss; `common_clock` whether it goes by one clock with other sensors.
    """

    received_percent: float = 100.0
    recent_percent: float = 100.0
    longest_gap_s: float = 0.0
    rate_hz: float | None = None
    alignment_s: float | None = None
    battery_percent: float | None = None
    heard_s: float | None = None
    lost: int = 0
    repeats: int = 0
    late: int = 0
    unreadable: int = 0
    resets: int = 0
    saturated: int = 0
    silence_s: float = SILENCE_S
    common_clock: bool = False


class Timeline:
    """Packets of one sensor in, blocks out.

    From a connection until the sensor was told what to do its samples are dropped: it streams as an earlier session or
    its maker left it, at a rate that no packet need tell, and what it counts is not yet what is asked for.

    `common_lines` are those of the sensors that it is compared with.
    """

    def __init__(self, sensor: Sensor, driver: Driver, common_lines: CommonLines | None = None) -> None:
        self.sensor = sensor
        self._common_lines = CommonLines() if common_lines is None else common_lines
        self._common_line: ClockLine | None = None
        self._driver = driver
        self._lanes: dict[tuple[bool, bool], Lane] = {}
        self._being_set_up = False
        self._heard_s: float | None = None
        self._battery: float | None = None
        self._repeats = self._late = self._unreadable = self._resets = self._saturated = 0

    def hear(self, state: LinkState) -> None:
        """Take note of where the sensor's link stands: each connection begins a stream of its own."""
        if state is LinkState.CONNECTING:
            self._driver = type(self._driver)()
            self._share(None)
            for lane in self._lanes.values():
                lane.hear_connected()
        if state in (LinkState.CONNECTING, LinkState.CONFIGURING):
            self._being_set_up = True
        elif state in (LinkState.STARTED, LinkState.STREAMING):
            self._being_set_up = False

    def feed(self, packet: Packet, arrival_s: float) -> list[Block]:
        """Return the blocks that the packet completes: none for a repeat, several where samples are missing."""
        before_s = self._heard_s
        self._heard_s = before_s if self._being_set_up else arrival_s
        try:
            readings = self._driver.decode(packet)
        except BadPacketError:
            self._unreadable += not self._being_set_up
            return []
        if readings.battery_percent is not None:
            self._battery = readings.battery_percent
        if readings.common_clock is not None:
            name = readings.common_clock
            self._share(self._common_lines.line(name, self._driver.tick) if name else None)
        if not len(readings.ticks) or self._being_set_up:
            self._heard_s = before_s
            return []
        step, blocks = self._lane_of(readings).feed(readings, arrival_s)
        self._saturated += readings.saturated if blocks else 0
        self._repeats += step is Step.REPEAT
        self._late += step is Step.REORDER
        self._unreadable += step is Step.WILD
        self._resets += step is Step.RESET
        return blocks

    def _share(self, line: ClockLine | None) -> None:
        self._common_line = line
        for lane in self._lanes.values():
            lane.clock.share(line)

    def _lane_of(self, readings: Readings) -> Lane:
        """Quantities that a family sends in packets of their own have times of their own."""
        kind = (readings.acc is not None, readings.gyro is not None)
        if kind not in self._lanes:
            self._lanes[kind] = Lane(self.sensor, self._driver.tick)
            self._lanes[kind].clock.share(self._common_line)
        return self._lanes[kind]

    @property
    def _leading(self) -> Lane | None:
        """The lane that beats are looked for in: the one with the gyroscope where there is one."""
        with_gyro = (lane for (_, gyro), lane in self._lanes.items() if gyro)
        return next(with_gyro, next(iter(self._lanes.values()), None))

    @property
    def honesty(self) -> Honesty:
        """The account up to the newest sample."""
        return self._account(silent_s=0.0)

    def honesty_at(self, now_s: float) -> Honesty:
        """Return the account at session second `now_s`; a silence longer than a radio's delay counts as lost."""
        silent_s = 0.0 if self._heard_s is None else now_s - self._heard_s
        return self._account(silent_s if silent_s >= self._driver.silence_s else 0.0)

    def _account(self, silent_s: float) -> Honesty:
        lane = self._leading
        if lane is None:
            return Honesty(
                received_percent=0.0,
                recent_percent=0.0,
                battery_percent=self._battery,
                heard_s=self._heard_s,
                unreadable=self._unreadable,
                silence_s=self._driver.silence_s,
            )
        awaited = round(silent_s / lane.period_s)
        return Honesty(
            received_percent=percent_of(lane.received, lane.missing + awaited),
            recent_percent=lane.recent.percent,
            longest_gap_s=max(lane.longest_gap_s, awaited * lane.period_s),
            rate_hz=lane.rate_hz,
            alignment_s=lane.clock.alignment_s,
            battery_percent=self._battery,
            heard_s=self._heard_s,
            lost=lane.missing + awaited,
            repeats=self._repeats,
            late=self._late,
            unreadable=self._unreadable,
            resets=self._resets,
            saturated=self._saturated,
            silence_s=self._driver.silence_s,
            common_clock=lane.clock.shared,
        )

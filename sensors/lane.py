"""Lane: the samples of one sensor that come together, laid out on the time line as blocks.

Most sensors send acceleration and angular velocity in one packet and have one lane; some send them apart, each with its
own times.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from sensors.block import Block
from sensors.clock import Clock, Step
from sensors.driver import Floats, Readings, Sensor, Tick

SHORTEST_PERIOD_S = 1 / 4000
"""No motion sensor on a radio measures more often; samples that a sensor says came closer are not believed to."""
BRIDGE_S = 0.040
"""The longest hole that is filled by interpolation, and counted: less than half of the shortest beat interval."""
STEP_TOLERANCE = 1.5
"""A step of more sample periods than this is lost data (the definition of the stream CSV as well)."""
ANCHOR_TOLERANCE_S = 0.001
"""How far the time formula of a run may stray from the clock before a new run begins, for fine device clocks."""
ANCHOR_TOLERANCE_TICKS = 1.5
"""The same for coarse ones: rounding to whole ticks moves a sample by one at most, and its neighbour the other way."""
ANCHOR_TOLERANCE_SHARE = 1 / 3
"""The same for counted ones, whose fit wanders by some of its uncertainty."""
RATE_FROM = 50
"""Samples after which the measured period replaces the nominal one: half a second at 100 Hz."""
RECENT_S = 10.0
"""What "recent" means in the honesty bar."""


@dataclass(slots=True)
class _Run:
    """The time formula in force: sample number k of the run is at `t0 + k / rate`; `next` has not come yet."""

    t0: float
    rate: float
    next: int = 0


class Recent:
    """Samples received and due within the last RECENT_S of session time, which no restart sets back, by the second."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int, int]] = deque()

    def add(self, time_s: float, received: int, missing: int) -> None:
        """Count samples that came, and those that are missing before them."""
        second = int(time_s)
        seconds = self._seconds
        if seconds and seconds[-1][0] == second:
            _, was_received, was_missing = seconds.pop()
            received, missing = received + was_received, missing + was_missing
        seconds.append((second, received, missing))
        while seconds[0][0] <= second - RECENT_S:
            seconds.popleft()

    @property
    def percent(self) -> float:
        """Samples received of samples due."""
        received = sum(r for _, r, _ in self._seconds)
        missing = sum(m for _, _, m in self._seconds)
        return percent_of(received, missing)


def percent_of(received: int, missing: int) -> float:
    """Return the share received in percent; 100 before anything was due."""
    return 100.0 * received / (received + missing) if received else 100.0


class Lane:
    """Readings that follow each other in, blocks out."""

    def __init__(self, sensor: Sensor, tick: Tick) -> None:
        self.sensor = sensor
        self.clock = Clock(tick)
        self._tolerance_s = max(
            ANCHOR_TOLERANCE_S, ANCHOR_TOLERANCE_TICKS * tick.seconds, ANCHOR_TOLERANCE_SHARE * tick.uncertainty_s
        )
        self.recent = Recent()
        self.received = self.missing = 0
        self.longest_gap_s = 0.0
        self._reached_s: float | None = None
        self._start_anew()

    def _start_anew(self) -> None:
        """Forget the device's count: its next sample begins a run, and its rate is measured again."""
        self._run: _Run | None = None
        self._row: tuple[Floats | None, Floats | None] = (None, None)
        self._first_device_s: float | None = None
        self._last_device_s = 0.0
        self._due = 0
        self.period_s = 1.0 / self.sensor.rate_hz

    def hear_connected(self) -> None:
        """The sensor was connected anew: ticks that were counted have nothing in common with before; own ones may."""
        self.clock.hear_connected()
        if self.clock.tick.uncertainty_s:
            self.clock = Clock(self.clock.tick)
            self._start_anew()

    @property
    def rate_hz(self) -> float | None:
        """The measured rate; None before it is known."""
        return self._run.rate if self._run is not None and self._due >= RATE_FROM else None

    def feed(self, readings: Readings, arrival_s: float) -> tuple[Step, list[Block]]:
        """Return how the packet follows the last one, and the blocks that it completes."""
        step, shift = self.clock.place(int(readings.ticks[0]), int(readings.ticks[-1]), arrival_s)
        if step is Step.RESET:
            self._start_anew()
        if step in (Step.FIRST, Step.FORWARD, Step.RESET):
            return step, self._lay(readings, shift)
        return step, []

    def _lay(self, readings: Readings, shift: int) -> list[Block]:
        """Put the packet's samples on the time line, in as many pieces as there are holes between them."""
        ticks = readings.ticks
        if self.clock.tick.bits is not None:
            ticks = ticks[0] + (ticks - ticks[0]) % (1 << self.clock.tick.bits)
        ticks = ticks + shift
        device_s: Floats = ticks * np.float64(self.clock.tick.seconds)
        times = self.clock.to_session(ticks)
        if self._first_device_s is None:
            self._first_device_s = float(device_s[0])
            self._last_device_s = self._first_device_s - self._since_reset_s(float(times[0]))
        steps = np.diff(device_s, prepend=self._last_device_s) / self.period_s
        missing = np.where(steps > STEP_TOLERANCE, np.rint(steps) - 1, 0).astype(np.int64)
        self._last_device_s = float(device_s[-1])
        self._reached_s = float(times[-1])
        blocks: list[Block] = []
        for piece in np.split(np.arange(len(ticks)), [i for i in np.flatnonzero(missing) if i > 0]):
            a, b = int(piece[0]), int(piece[-1]) + 1
            acc = None if readings.acc is None else readings.acc[a:b]
            gyro = None if readings.gyro is None else readings.gyro[a:b]
            blocks += self._append(times[a:b], device_s[a:b], acc, gyro, int(missing[a]))
        return blocks

    def _since_reset_s(self, time_s: float) -> float:
        """A device that restarted has no count in common with before; only session time tells what was lost."""
        return self.period_s if self._reached_s is None else max(self.period_s, time_s - self._reached_s)

    def _append(
        self, times: Floats, device_s: Floats, acc: Floats | None, gyro: Floats | None, missing: int
    ) -> list[Block]:
        """Samples that follow each other without a hole, and `missing` samples before the first of them."""
        received = len(times)
        self.received += received
        self.missing += missing
        self.recent.add(float(times[-1]), received, missing)
        self.longest_gap_s = max(self.longest_gap_s, missing * self.period_s)
        bridged = missing if missing * self.period_s <= BRIDGE_S and self._run is not None else 0
        lost = missing - bridged
        if bridged:
            acc, gyro = _bridge(self._row[0], acc, bridged), _bridge(self._row[1], gyro, bridged)
            times = np.concatenate((times[0] - np.arange(bridged, 0, -1) * self.period_s, times))
            device_s = np.concatenate((device_s[0] - np.arange(bridged, 0, -1) * self.period_s, device_s))
        if lost:
            self._run = None
            self._due += lost if device_s[0] != self._first_device_s else 0
        self._row = (None if acc is None else acc[-1], None if gyro is None else gyro[-1])
        blocks: list[Block] = []
        done = 0
        while done < len(times):
            run, stop = self._run_over(times[done:], device_s[done:])
            stop += done
            blocks.append(
                Block(
                    sensor=self.sensor.key,
                    t0=run.t0,
                    start=run.next,
                    rate=run.rate,
                    acc=None if acc is None else acc[done:stop],
                    gyro=None if gyro is None else gyro[done:stop],
                    lost_before=lost if done == 0 else 0,
                    bridged=max(0, min(stop, bridged) - done),
                )
            )
            run.next += stop - done
            self._due += stop - done
            done = stop
        return blocks

    def _run_over(self, times: Floats, device_s: Floats) -> tuple[_Run, int]:
        """Return the run that the first of the samples belongs to, and how many follow its formula."""
        run = self._run
        if run is None or abs(run.t0 + run.next / run.rate - times[0]) > self._tolerance_s:
            self._measure_period(float(device_s[0]))
            run = self._run = _Run(float(times[0]), 1.0 / (self.period_s * (1.0 + self.clock.rate_error)))
        formula = run.t0 + (run.next + np.arange(len(times))) / run.rate
        astray = np.flatnonzero(np.abs(formula - times) > self._tolerance_s)
        return run, int(astray[0]) if len(astray) else len(times)

    def _measure_period(self, device_s: float) -> None:
        """Take the period from the samples since the first; a recorded stream's was measured over the whole of it."""
        if self.clock.tick.session_time:
            return
        if self._first_device_s is not None and self._due >= RATE_FROM:
            self.period_s = max((device_s - self._first_device_s) / self._due, SHORTEST_PERIOD_S)


def _bridge(before: Floats | None, values: Floats | None, missing: int) -> Floats | None:
    """Return `values` with `missing` rows in front that lead to them in a straight line from the row `before`."""
    if values is None or before is None:
        return values
    share = np.arange(1, missing + 1)[:, None] / (missing + 1)
    return np.concatenate((before + share * (values[0] - before), values))

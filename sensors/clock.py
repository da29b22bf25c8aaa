"""Clock: device ticks to session seconds.

A device's counter runs by its own crystal, wraps, and begins anew when the device restarts. Packets are told apart by
how their ticks follow those before; ticks become session seconds by the line that `sensors/clock_line.py` fits for the
device, or by one that devices share which have agreed on a clock.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from math import inf

import numpy as np

from sensors.clock_line import ClockLine
from sensors.driver import Floats, Tick, Ticks

EARLY_S = 0.1
"""A packet that comes so much before a fitted clock says it can has a wild tick: the radio delays, it never hastens."""
FARTHEST_STEP_S = 60.0
"""A forward step beyond this is a device that restarted, not one that was silent: its link would have been lost."""
LATEST_S = 5.0
"""A packet can be so late; one that would be later is of a device that has restarted. What holds up a link or the whole
computer for longer ends the connection (sensors/link.py)."""
LATE_AT_FIRST_S = 0.25
"""The same for the first packet of a new connection: nothing can have held it up, for it was only just asked for."""
LATEST_BEHIND_S = 2.0
"""A packet can be so late behind younger ones. Less, for a link keeps the order: a device that restarted soon after it
had begun counts what it counted before."""
RECENT_PACKETS = 64
"""Packets remembered to tell one that comes twice from one that comes late; seconds at any sensor's packet rate."""
ARRIVAL_SLACK_S = 1.0
"""How far a device step may disagree with the arrival times before it counts as wild."""
JOINS_WITHIN_S, LEAVES_BEYOND_S = 0.25, 0.05
"""How far a device's own line may lie from a shared one while few packets are known, and once it is fitted: the least
delays of links differ by less, and what is further off is another clock, whatever the device says."""


class Step(StrEnum):
    """How a packet's first tick follows the last one."""

    FIRST = "first"
    FORWARD = "forward"
    REPEAT = "repeat"
    REORDER = "reorder"
    RESET = "reset"
    WILD = "wild"


class Clock:
    """One device's clock. `place` must be called once per packet, in order of arrival."""

    def __init__(self, tick: Tick) -> None:
        self.tick = tick
        self._wrap_s = inf if tick.bits is None else (1 << tick.bits) * tick.seconds
        self._line = ClockLine(tick)
        self._common: ClockLine | None = None
        self._together = False
        self._wraps_apart_s = 0.0
        self._last_raw = 0
        self._unwrapped = 0
        self._last_arrival_s = 0.0
        self._wild_raw: int | None = None
        self._started = False
        self._connected_anew = False
        self._recent: deque[int] = deque(maxlen=RECENT_PACKETS)

    def share(self, common: ClockLine | None) -> None:
        """Go by a line that others on the same clock go by, once a packet shows that it fits; None: by its own."""
        if common is not self._common:
            self._common, self._together = common, False

    @property
    def shared(self) -> bool:
        """Whether the line of a clock is gone by that the device has in common with others."""
        return self._together

    def hear_connected(self) -> None:
        """The device was connected anew: it may have restarted meanwhile, and its next packet shows whether it did."""
        self._connected_anew = self._started
        self._recent.clear()

    def place(self, first: int, last: int, arrival_s: float) -> tuple[Step, int]:
        """Classify the packet whose ticks run from `first` to `last` and arrived at `arrival_s`.

        Returns the step, and what must be added to the packet's first tick to make it count on without a wrap. A
        reset starts a new count: samples before and after it have nothing in common but the session's clock.
        """
        width = 0 if self.tick.bits is None else 1 << self.tick.bits
        span = (last - first) % width if width else last - first
        if not self._started:
            return self._restart(Step.FIRST, first, span, arrival_s)
        delta = first - self._last_raw
        if width:
            delta = (delta + width // 2) % width - width // 2
        delta_s = delta * self.tick.seconds
        elapsed_s = arrival_s - self._last_arrival_s
        if delta_s <= 0 and first in self._recent:
            return Step.REPEAT, 0
        if self.tick.session_time:
            return self._advance(first, delta, span, arrival_s) if delta_s > 0 else (Step.REORDER, 0)
        if self._agrees(self._unwrapped + delta + span, arrival_s):
            if 0 < delta_s <= min(FARTHEST_STEP_S, elapsed_s + ARRIVAL_SLACK_S):
                return self._advance(first, delta, span, arrival_s)
            if -LATEST_BEHIND_S < delta_s <= 0:
                return Step.REORDER, 0
        wild = self._wild_raw is None or not self._follows(first, self._wild_raw, width)
        if wild and not self._connected_anew:
            self._wild_raw = last
            return Step.WILD, 0
        return self._restart(Step.RESET, first, span, arrival_s)

    def _agrees(self, last: int, arrival_s: float) -> bool:
        """Whether a packet with the last tick `last` can come now, by all that came before. A count is never wrong.

        One that seems late by a wrap is not late: it comes after a hole in which the ticks have wrapped unseen.
        """
        if self.tick.uncertainty_s:
            return True
        late_s = arrival_s - self._line.second(last * self.tick.seconds)
        latest_s = LATE_AT_FIRST_S if self._connected_anew else min(LATEST_S, self._wrap_s)
        return late_s < latest_s and (late_s > -EARLY_S or not self._line.fitted)

    def _follows(self, first: int, wild: int, width: int) -> bool:
        """Two packets in a row that agree with each other but not with the past: the device has restarted."""
        delta = (first - wild) % width if width else first - wild
        return 0 < delta * self.tick.seconds < ARRIVAL_SLACK_S

    def _restart(self, step: Step, first: int, span: int, arrival_s: float) -> tuple[Step, int]:
        self._started = True
        self._line.clear()
        if step is Step.RESET:
            self.share(None)
        self._unwrapped = first
        return step, self._keep(first, span, arrival_s)

    def _advance(self, first: int, delta: int, span: int, arrival_s: float) -> tuple[Step, int]:
        self._unwrapped += delta
        return Step.FORWARD, self._keep(first, span, arrival_s)

    def _keep(self, first: int, span: int, arrival_s: float) -> int:
        """Remember the packet's last tick as the newest, and let it speak about the offset. Return the wrap offset."""
        shift = self._unwrapped - first
        width = 0 if self.tick.bits is None else 1 << self.tick.bits
        self._unwrapped += span
        self._last_raw = (first + span) % width if width else first + span
        self._last_arrival_s = arrival_s
        self._wild_raw = None
        self._connected_anew = False
        self._recent.append(first)
        if not self.tick.session_time:
            device_s = self._unwrapped * self.tick.seconds
            self._line.observe(device_s, arrival_s)
            self._keep_company(device_s, arrival_s)
        return shift

    def _keep_company(self, device_s: float, arrival_s: float) -> None:
        """Join the shared line where its clock is this device's, let the packet speak there, and leave it where not."""
        common = self._common
        if common is None:
            return
        if not self._together:
            self._wraps_apart_s = self._whole_wraps_s(arrival_s - common.second(device_s)) if common.begun else 0.0
        if common.begun:
            apart_s = abs(common.second(device_s + self._wraps_apart_s) - self._line.second(device_s))
            self._together = apart_s < (LEAVES_BEYOND_S if self._line.fitted else JOINS_WITHIN_S)
        else:
            self._together = True
        if self._together:
            common.observe(device_s + self._wraps_apart_s, arrival_s)

    def _whole_wraps_s(self, apart_s: float) -> float:
        """Devices on one clock may have counted a different number of wraps since each was first heard."""
        return round(apart_s / self._wrap_s) * self._wrap_s if self._wrap_s < inf else 0.0

    def to_session(self, unwrapped: Ticks) -> Floats:
        """Return the session seconds (n,) of unwrapped ticks (n,)."""
        device_s: Floats = unwrapped * np.float64(self.tick.seconds)
        if self.tick.session_time:
            return device_s
        if self._common is not None and self._together:
            return self._common.seconds(device_s + self._wraps_apart_s)
        return self._line.seconds(device_s)

    @property
    def _in_force(self) -> ClockLine:
        return self._common if self._common is not None and self._together else self._line

    @property
    def rate_error(self) -> float:
        """How much faster (+) the session's clock runs than the device's, as a fraction; 0 before it is known."""
        return self._in_force.rate_error

    @property
    def alignment_s(self) -> float | None:
        """Half the spread (10th to 90th percentile) of the kept packets about the line; None before it is known.

        Where samples are only counted it is never less than what that leaves uncertain.
        """
        if self.tick.session_time:
            return 0.0
        spread_s = self._in_force.spread_s
        return None if spread_s is None else max(spread_s, self.tick.uncertainty_s)

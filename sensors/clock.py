"""Clock: device ticks to session seconds.

A device's counter runs by its own crystal and wraps; its packets arrive late by a delay that is never below the
radio's minimum. So the packets with the least delay show where the device's clock stands against the host's: per second
of device time the least delayed packet is kept, and a line (offset and rate) is fitted through the last minute of them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sensors.driver import Floats, Tick, Ticks

ANCHOR_EVERY_S = 1.0
"""Device seconds from which one least-delayed packet is kept."""
ANCHORS = 60
"""How many of them the line goes through: a minute follows a crystal's warming up and averages the radio's jitter."""
FIT_FROM = 10
"""Anchors needed before the rate is fitted: over less than ten seconds 1 ms of jitter is more than 100 ppm."""
WORST_RATE_ERROR = 500e-6
"""Crystals of such sensors are within 50 ppm, ceramic resonators within 500 ppm; a fit beyond that is not believed."""
FARTHEST_STEP_S = 60.0
"""A forward step beyond this is a device that restarted, not one that was silent: its link would have been lost."""
LATEST_REORDER_S = 2.0
"""A step back within this is an old packet that comes late; farther back the device has restarted."""
RECENT_PACKETS = 64
"""Packets remembered to tell one that comes twice from one that comes late; seconds at any sensor's packet rate."""
ARRIVAL_SLACK_S = 1.0
"""How far a device step may disagree with the arrival times before it counts as wild."""


class Step(StrEnum):
    """How a packet's first tick follows the last one."""

    FIRST = "first"
    FORWARD = "forward"
    REPEAT = "repeat"
    REORDER = "reorder"
    RESET = "reset"
    WILD = "wild"


@dataclass(slots=True)
class _Anchor:
    device_s: float
    offset_s: float


class Clock:
    """One device's clock. `place` must be called once per packet, in order of arrival."""

    def __init__(self, tick: Tick) -> None:
        self.tick = tick
        self._last_raw = 0
        self._unwrapped = 0
        self._last_arrival_s = 0.0
        self._wild_raw: int | None = None
        self._started = False
        self._recent: deque[int] = deque(maxlen=RECENT_PACKETS)
        self._anchors: deque[_Anchor] = deque(maxlen=ANCHORS)
        self._offset_s = 0.0
        self._rate = 1.0
        self._pivot_s = 0.0

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
        if -LATEST_REORDER_S < delta_s <= 0 or (self.tick.session_time and delta_s <= 0):
            return Step.REORDER, 0
        if self.tick.session_time:
            return self._advance(first, delta, span, arrival_s)
        believable = delta_s > 0 and delta_s <= FARTHEST_STEP_S and delta_s <= elapsed_s + ARRIVAL_SLACK_S
        if believable:
            return self._advance(first, delta, span, arrival_s)
        if self._wild_raw is None or not self._follows(first, self._wild_raw, width):
            self._wild_raw = last
            return Step.WILD, 0
        return self._restart(Step.RESET, first, span, arrival_s)

    def _follows(self, first: int, wild: int, width: int) -> bool:
        """Two packets in a row that agree with each other but not with the past: the device has restarted."""
        delta = (first - wild) % width if width else first - wild
        return 0 < delta * self.tick.seconds < ARRIVAL_SLACK_S

    def _restart(self, step: Step, first: int, span: int, arrival_s: float) -> tuple[Step, int]:
        self._started = True
        self._anchors.clear()
        self._rate = 1.0
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
        self._recent.append(first)
        if not self.tick.session_time:
            self._observe(self._unwrapped * self.tick.seconds, arrival_s)
        return shift

    def _observe(self, device_s: float, arrival_s: float) -> None:
        offset = arrival_s - device_s
        anchors = self._anchors
        newest = anchors[-1] if anchors else None
        if newest is None or device_s - newest.device_s >= ANCHOR_EVERY_S:
            anchors.append(_Anchor(device_s, offset))
            self._fit()
        elif offset < newest.offset_s:
            newest.offset_s = offset
            if len(anchors) < FIT_FROM:
                self._fit()

    def _fit(self) -> None:
        """Set offset and rate: the least offset at first, later a line refitted twice without the later half."""
        anchors = self._anchors
        if len(anchors) < FIT_FROM:
            self._rate, self._pivot_s = 1.0, anchors[-1].device_s
            self._offset_s = min(a.offset_s for a in anchors)
            return
        device = np.array([a.device_s for a in anchors])
        offset = np.array([a.offset_s for a in anchors])
        pivot = float(device[-1])
        x = device - pivot
        kept = np.ones(len(x), dtype=bool)
        slope = level = 0.0
        for _ in range(3):
            slope, level = (float(v) for v in np.polyfit(x[kept], offset[kept], 1))
            late = offset - (level + slope * x)
            kept = late <= np.median(late[kept])
            if kept.sum() < FIT_FROM // 2:
                break
        self._rate = 1.0 + float(np.clip(slope, -WORST_RATE_ERROR, WORST_RATE_ERROR))
        self._pivot_s = pivot
        self._offset_s = level

    def to_session(self, unwrapped: Ticks) -> Floats:
        """Return the session seconds (n,) of unwrapped ticks (n,)."""
        device_s: Floats = unwrapped * np.float64(self.tick.seconds)
        if self.tick.session_time:
            return device_s
        return device_s + self._offset_s + (self._rate - 1.0) * (device_s - self._pivot_s)

    @property
    def rate_error(self) -> float:
        """How much faster (+) the session's clock runs than the device's, as a fraction; 0 before it is known."""
        return self._rate - 1.0

    @property
    def alignment_s(self) -> float | None:
        """Half the spread (10th to 90th percentile) of the kept packets about the line; None before it is known."""
        if self.tick.session_time:
            return 0.0
        if len(self._anchors) < 3:
            return None
        late = np.array(
            [a.offset_s - self._offset_s - (self._rate - 1.0) * (a.device_s - self._pivot_s) for a in self._anchors]
        )
        low, high = np.percentile(late, [10, 90])
        return float(high - low) / 2

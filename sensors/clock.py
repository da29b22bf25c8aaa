"""Clock: device ticks to session seconds.

A device's counter runs by its own crystal and wraps; its packets arrive late by a delay that is never below the
radio's minimum. So the packets with the least delay show where the device's clock stands against the host's: per second
of device time the least delayed packet is kept, and the highest line (offset and rate) that none of the last minute of
them lies below is taken for the clock: what no packet was faster than.

Source: S. Moon, P. Skelly, D. Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM
1999: the line below all delays that is nearest to them in the sum.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from sensors.driver import Floats, Tick, Ticks

ANCHOR_EVERY_S = 1.0
"""Device seconds from which one least-delayed packet is kept, at most."""
DRIFT_AN_ANCHOR_S = 0.0125
"""What the tolerated rate error may add up to within an anchor, so that the least delayed packet of it is not just the
first or the last. It makes the anchors of a counted clock shorter, and with them the time that it remembers."""
ANCHORS = 60
"""How many of them the line goes by: a minute follows a crystal's warming up and averages the radio's jitter."""
FIT_FROM = 10
"""Anchors needed before the rate is fitted: over less than ten seconds 1 ms of jitter is more than 100 ppm."""
EARLY_S = 0.1
"""A packet that comes so much before a fitted clock says it can has a wild tick: the radio delays, it never hastens."""
BEHIND_S = 2.0
"""A count that stays behind its line for so long has missed samples, and what it was before is forgotten."""
FARTHEST_STEP_S = 60.0
"""A forward step beyond this is a device that restarted, not one that was silent: its link would have been lost."""
LATEST_S = 2.0
"""A packet can be so late, also behind younger ones; one that would be later is of a device that has restarted."""
LATE_AT_FIRST_S = 0.25
"""The same for the first packet of a new connection: nothing can have held it up, for it was only just asked for."""
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
        self._anchor_every_s = min(ANCHOR_EVERY_S, DRIFT_AN_ANCHOR_S / tick.tolerance)
        self._last_raw = 0
        self._unwrapped = 0
        self._last_arrival_s = 0.0
        self._wild_raw: int | None = None
        self._started = False
        self._connected_anew = False
        self._recent: deque[int] = deque(maxlen=RECENT_PACKETS)
        self._anchors: deque[_Anchor] = deque(maxlen=ANCHORS)
        self._offset_s = 0.0
        self._rate = 1.0
        self._pivot_s = 0.0

    def hear_connected(self) -> None:
        """The device was connected anew: it may have restarted meanwhile, and its next packet shows whether it did."""
        self._connected_anew = self._started

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
            if -LATEST_S < delta_s <= 0:
                return Step.REORDER, 0
        wild = self._wild_raw is None or not self._follows(first, self._wild_raw, width)
        if wild and not self._connected_anew:
            self._wild_raw = last
            return Step.WILD, 0
        return self._restart(Step.RESET, first, span, arrival_s)

    def _agrees(self, last: int, arrival_s: float) -> bool:
        """Whether a packet with the last tick `last` can come now, by all that came before. A count is never wrong."""
        if self.tick.uncertainty_s:
            return True
        late_s = arrival_s - self._seconds(last * self.tick.seconds)
        latest_s = LATE_AT_FIRST_S if self._connected_anew else LATEST_S
        return late_s < latest_s and (late_s > -EARLY_S or len(self._anchors) < FIT_FROM)

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
        self._connected_anew = False
        self._recent.append(first)
        if not self.tick.session_time:
            self._observe(self._unwrapped * self.tick.seconds, arrival_s)
        return shift

    def _observe(self, device_s: float, arrival_s: float) -> None:
        offset = arrival_s - device_s
        anchors = self._anchors
        newest = anchors[-1] if anchors else None
        if newest is None or device_s - newest.device_s >= self._anchor_every_s:
            self._forget_if_behind()
            anchors.append(_Anchor(device_s, offset))
            self._fit()
        elif offset < newest.offset_s:
            newest.offset_s = offset
            if len(anchors) < FIT_FROM:
                self._fit()

    def _forget_if_behind(self) -> None:
        """Let a counted clock begin anew where samples were lost that nobody could see."""
        if not self.tick.uncertainty_s:
            return
        recent = round(BEHIND_S / self._anchor_every_s)
        late = [anchor.offset_s - self._line(anchor.device_s) for anchor in self._anchors]
        if len(late) > recent and min(late[-recent:]) > self.tick.uncertainty_s:
            for _ in range(len(late) - recent):
                self._anchors.popleft()

    def _fit(self) -> None:
        """Set offset and rate: the least offset at first, later the highest line that no anchor lies below."""
        anchors = self._anchors
        self._pivot_s = pivot_s = anchors[-1].device_s
        slope = 0.0
        if len(anchors) >= FIT_FROM:
            slope = _slope_below([(a.device_s - pivot_s, a.offset_s) for a in anchors])
            slope = min(max(slope, -self.tick.tolerance), self.tick.tolerance)
        self._rate = 1.0 + slope
        self._offset_s = min(a.offset_s - slope * (a.device_s - pivot_s) for a in anchors)

    def _line(self, device_s: float) -> float:
        return self._offset_s + (self._rate - 1.0) * (device_s - self._pivot_s)

    def _seconds(self, device_s: float) -> float:
        return device_s + self._line(device_s)

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
        """Half the spread (10th to 90th percentile) of the kept packets about the line; None before it is known.

        Where samples are only counted it is never less than what that leaves uncertain.
        """
        if self.tick.session_time:
            return 0.0
        if len(self._anchors) < 3:
            return None
        late = [a.offset_s - self._line(a.device_s) for a in self._anchors]
        low, high = np.percentile(late, [10, 90])
        return max(float(high - low) / 2, self.tick.uncertainty_s)


def _slope_below(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the edge of the points' lower convex hull that spans their mean; they are sorted by x."""
    hull: list[tuple[float, float]] = []
    for x, y in points:
        while len(hull) > 1 and _rises(hull[-2], hull[-1]) >= _rises(hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    mean = sum(x for x, _ in points) / len(points)
    left, right = next(edge for edge in pairwise(hull) if edge[1][0] >= mean)
    return _rises(left, right)


def _rises(left: tuple[float, float], right: tuple[float, float]) -> float:
    return (right[1] - left[1]) / (right[0] - left[0])

"""Clock line: where a device's clock stands against the session's, from the arrivals of its packets.

A device's counter runs by its own crystal; its packets arrive late by a delay that is never below the radio's minimum.
So the packets with the least delay show where the device's clock stands against the host's: per second of device time
the least delayed packet is kept, and the highest line (offset and rate) that none of the last minute of them lies below
is taken for the clock: what no packet was faster than. Devices that agree on one clock share one line.

Source: S. Moon, P. Skelly, D. Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM
1999: the line below all delays that is nearest to them in the sum.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sensors.driver import Floats, Tick

ANCHOR_EVERY_S = 1.0
"""Device seconds from which one least-delayed packet is kept, at most."""
DRIFT_AN_ANCHOR_S = 0.0125
"""What the tolerated rate error may add up to within an anchor, so that the least delayed packet of it is not just the
first or the last. It makes the anchors of a counted clock shorter, and with them the time that it remembers."""
ANCHORS = 60
"""How many of them the line goes by: a minute follows a crystal's warming up and averages the radio's jitter."""
FIT_FROM = 10
"""Anchors needed before the rate is fitted: over less than ten seconds 1 ms of jitter is more than 100 ppm."""
BEHIND_S = 2.0
"""A count that stays behind its line for so long has missed samples, and what it was before is forgotten."""


@dataclass(slots=True)
class _Anchor:
    device_s: float
    offset_s: float


class ClockLine:
    """One clock's line, from the packets of one device or of several that go by the same clock."""

    def __init__(self, tick: Tick) -> None:
        self.tick = tick
        self._anchor_every_s = min(ANCHOR_EVERY_S, DRIFT_AN_ANCHOR_S / tick.tolerance)
        self._anchors: deque[_Anchor] = deque(maxlen=ANCHORS)
        self._offset_s = 0.0
        self._rate = 1.0
        self._pivot_s = 0.0

    def clear(self) -> None:
        """Forget every packet: what follows has nothing in common with them."""
        self._anchors.clear()

    @property
    def begun(self) -> bool:
        """Whether a packet was observed."""
        return bool(self._anchors)

    @property
    def fitted(self) -> bool:
        """Whether the rate is fitted, and not only the offset."""
        return len(self._anchors) >= FIT_FROM

    def observe(self, device_s: float, arrival_s: float) -> None:
        """Let a packet speak that was sent at `device_s` of the device's time, at the earliest."""
        offset = arrival_s - device_s
        anchors = self._anchors
        newest = anchors[-1] if anchors else None
        if newest is None or device_s - newest.device_s >= self._anchor_every_s:
            self._forget_if_behind()
            anchors.append(_Anchor(device_s, offset))
            self._fit()
        elif offset < newest.offset_s:
            newest.offset_s = offset
            if not self.fitted:
                self._fit()

    def _forget_if_behind(self) -> None:
        """Let a counted clock begin anew where samples were lost that nobody could see."""
        if not self.tick.uncertainty_s:
            return
        recent = round(BEHIND_S / self._anchor_every_s)
        late = [anchor.offset_s - self._at(anchor.device_s) for anchor in self._anchors]
        if len(late) > recent and min(late[-recent:]) > self.tick.uncertainty_s:
            for _ in range(len(late) - recent):
                self._anchors.popleft()

    def _fit(self) -> None:
        """Set offset and rate: the least offset at first, later the highest line that no anchor lies below."""
        anchors = self._anchors
        self._pivot_s = pivot_s = anchors[-1].device_s
        slope = 0.0
        if self.fitted:
            slope = _slope_below([(a.device_s - pivot_s, a.offset_s) for a in anchors])
            slope = min(max(slope, -self.tick.tolerance), self.tick.tolerance)
        self._rate = 1.0 + slope
        self._offset_s = min(a.offset_s - slope * (a.device_s - pivot_s) for a in anchors)

    def _at(self, device_s: float) -> float:
        return self._offset_s + (self._rate - 1.0) * (device_s - self._pivot_s)

    def second(self, device_s: float) -> float:
        """Return the session second of one device time in s."""
        return device_s + self._at(device_s)

    def seconds(self, device_s: Floats) -> Floats:
        """Return the session seconds (n,) of device times (n,) in s."""
        return device_s + self._offset_s + (self._rate - 1.0) * (device_s - self._pivot_s)

    @property
    def rate_error(self) -> float:
        """How much faster (+) the session's clock runs than the device's, as a fraction; 0 before it is known."""
        return self._rate - 1.0

    @property
    def spread_s(self) -> float | None:
        """Half the spread (10th to 90th percentile) of the kept packets about the line; None before it is known."""
        if len(self._anchors) < 3:
            return None
        late = [a.offset_s - self._at(a.device_s) for a in self._anchors]
        low, high = np.percentile(late, [10, 90])
        return float(high - low) / 2


class CommonLines:
    """The lines of the clocks that sensors of one session agreed on, by the name that their drivers give the clock."""

    def __init__(self) -> None:
        self._lines: dict[str, ClockLine] = {}

    def line(self, name: str, tick: Tick) -> ClockLine:
        """Return the line of a clock; a new one for a name that is new."""
        return self._lines.setdefault(name, ClockLine(tick))


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

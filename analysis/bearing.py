"""Bearing: in which direction the beats of the episode before turned the sensor, in its own axes.

A muscle pulls the same way again while the sensor stays where it is: where clonus starts once more in the same hold,
without a stretch that would tell the side of its beats, the bearing does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analysis.beats import Pivot
from analysis.ear import Ear
from analysis.faint import FaintEar
from analysis.history import History
from sensors.driver import Floats

ALIKE = 0.7
"""Cosine between the directions in which two runs turn a sensor, from which they are one joint's."""
REMEMBERED_S = 20.0
"""How long it is remembered: as long as a hold lasts."""
LATEST = 12
"""The last beats of an episode, which tell it: a strap may have slipped before."""
TINY = 1e-9
"""A turn without a direction."""


class Bearing:
    """The bearing of one sensor, from the motion that its faint ear keeps."""

    def __init__(self, history: History, faint: FaintEar) -> None:
        self._history, self._faint = history, faint
        self._direction: Floats = np.zeros(3)
        self._until = -math.inf

    def remember(self, told: Sequence[Pivot], ear: Ear | FaintEar, again: Sequence[Pivot], interval: float) -> None:
        """Take the beats of an episode that is over: those that an ear told, and then those counted `again`."""
        turned = self._turned(told[-LATEST:], ear, interval) + self._turned(again[-LATEST:], self._faint, interval)
        size = float(np.linalg.norm(turned))
        if size > TINY:
            self._direction = turned / size
            self._until = self._history.now + REMEMBERED_S * self._history.rate

    def maxima(self, pivots: Sequence[Pivot], ear: Ear | FaintEar, interval: float) -> bool | None:
        """Tell whether the maxima of a run turn the sensor as beats did; None where nothing like it is remembered."""
        if self._history.now > self._until:
            return None
        seen = [pivot for pivot in pivots if not pivot.expected]
        up, down = (self._turned([p for p in seen if p.up == side], ear, interval) for side in (True, False))
        turned = up - down
        likeness = float(turned @ self._direction) / max(float(np.linalg.norm(turned)), TINY)
        return likeness > 0.0 if abs(likeness) > ALIKE else None

    def _turned(self, beats: Sequence[Pivot], ear: Ear | FaintEar, interval: float) -> Floats:
        later = self._faint.later(ear, interval)
        return self._faint.turning(beat.at + later for beat in beats)

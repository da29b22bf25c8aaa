"""Motion: how much a sensor is being moved right now, so that the one in somebody's hand can be found by shaking it."""

from __future__ import annotations

from collections import deque

import numpy as np

from sensors.block import Block

GRAVITY_MPS2 = 9.80665
RECENT_S = 1.0
SHAKE_DPS = 100.0
"""Angular velocity (root mean square) from which a sensor counts as shaken; a hand reaches twice as much."""
SHAKE_MPS2 = 3.0
"""The same for the strength of acceleration, less gravity, of sensors without a gyroscope."""


class Motion:
    """Blocks of one sensor in; `at` tells its motion as a multiple of what counts as shaken."""

    def __init__(self) -> None:
        self._parts: deque[tuple[float, float, int]] = deque()

    def feed(self, block: Block, now_s: float) -> None:
        """Take a block that came at `now_s`."""
        if block.gyro is not None:
            values = np.square(block.gyro).sum(axis=1) / SHAKE_DPS**2
        elif block.acc is not None:
            strength = np.sqrt(np.square(block.acc).sum(axis=1))
            values = np.square(strength - GRAVITY_MPS2) / SHAKE_MPS2**2
        else:
            return
        self._parts.append((now_s, float(values.sum()), len(values)))

    def at(self, now_s: float) -> float:
        """Return the motion of the last second; 0 where nothing came in it."""
        while self._parts and self._parts[0][0] < now_s - RECENT_S:
            self._parts.popleft()
        count = sum(n for _, _, n in self._parts)
        return float(np.sqrt(sum(total for _, total, _ in self._parts) / count)) if count else 0.0

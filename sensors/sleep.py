"""Sleep: how long the computer has slept, by the difference of two clocks that only sleep sets apart."""

from __future__ import annotations

import time


def asleep_s() -> float:
    """Return the seconds that the computer has slept since it was started; 0 where the system does not tell."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)

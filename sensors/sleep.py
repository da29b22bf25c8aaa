"""Sleep: how long the computer has slept, by two clocks that only sleep sets apart.

Linux: CLOCK_BOOTTIME goes on, CLOCK_MONOTONIC stops (clock_gettime(2)). macOS: CLOCK_MONOTONIC_RAW goes on,
CLOCK_UPTIME_RAW stops (clock_gettime(3) of macOS). Windows: GetTickCount64 goes on, QueryUnbiasedInterruptTime stops
(Microsoft's pages on both); the first of them moves in steps of up to 16 ms.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

Clock = Callable[[], float]
"""Seconds since some moment."""
Pair = tuple[Clock, Clock]
"""A clock that goes on while the computer sleeps, and one that stops."""
PAIRS = (("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"), ("CLOCK_MONOTONIC_RAW", "CLOCK_UPTIME_RAW"))
"""As the module `time` calls them, where the system has both."""


def posix_pair(clocks: Any = time) -> Pair | None:
    """Return the pair of a system with clock_gettime; None where it has no two such clocks."""
    for names in PAIRS:
        if all(hasattr(clocks, name) for name in names):
            on, stops = (partial(clocks.clock_gettime, getattr(clocks, name)) for name in names)
            return on, stops
    return None


def windows_pair(kernel: Any) -> Pair:
    """Return the pair of Windows; `kernel` is its kernel32."""
    kernel.GetTickCount64.restype = ctypes.c_ulonglong

    def awake_s() -> float:
        hundreds_ns = ctypes.c_ulonglong()
        kernel.QueryUnbiasedInterruptTime(ctypes.byref(hundreds_ns))
        return hundreds_ns.value / 1e7

    return lambda: kernel.GetTickCount64() / 1e3, awake_s


def _own_pair() -> Pair | None:
    if sys.platform == "win32":
        return windows_pair(ctypes.windll.kernel32)
    return posix_pair()


_OWN = _own_pair()


def asleep_s(pair: Pair | None = _OWN) -> float:
    """Return the seconds that the computer has slept since it was started; 0 where the system does not tell."""
    return pair[0]() - pair[1]() if pair is not None else 0.0

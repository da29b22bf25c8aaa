"""Sleep is the difference of two clocks, of which one stops; the clocks of other systems are stood in for."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from sensors.sleep import asleep_s, posix_pair, windows_pair


@dataclass
class Computer:
    """One that was started so long ago, and has slept for part of it."""

    since_start_s: float = 5000.0
    slept_s: float = 0.0

    @property
    def awake_s(self) -> float:
        return self.since_start_s - self.slept_s


def linux(computer: Computer) -> Any:
    told = {7: lambda: computer.since_start_s, 1: lambda: computer.awake_s, 4: lambda: computer.awake_s}
    return SimpleNamespace(
        CLOCK_BOOTTIME=7, CLOCK_MONOTONIC=1, CLOCK_MONOTONIC_RAW=4, clock_gettime=lambda clock: told[clock]()
    )


def macos(computer: Computer) -> Any:
    told = {6: lambda: computer.since_start_s, 4: lambda: computer.since_start_s, 8: lambda: computer.awake_s}
    return SimpleNamespace(
        CLOCK_MONOTONIC=6, CLOCK_MONOTONIC_RAW=4, CLOCK_UPTIME_RAW=8, clock_gettime=lambda clock: told[clock]()
    )


class Kernel32:
    """What is asked of it, with the steps of its coarse clock."""

    def __init__(self, computer: Computer) -> None:
        def ticks() -> int:
            return round(computer.since_start_s / 0.016) * 16

        def unbiased(place: Any) -> int:
            ctypes.cast(place, ctypes.POINTER(ctypes.c_ulonglong))[0] = round(computer.awake_s * 1e7)
            return 1

        self.GetTickCount64: Any = _Function(ticks)
        self.QueryUnbiasedInterruptTime = unbiased


class _Function:
    def __init__(self, call: Any) -> None:
        self.restype: Any = None
        self._call = call

    def __call__(self) -> Any:
        return self._call()


@pytest.mark.parametrize("system", [linux, macos])
def test_the_seconds_of_sleep_are_told(system: Any) -> None:
    computer = Computer()
    pair = posix_pair(system(computer))
    assert asleep_s(pair) == 0.0
    computer.since_start_s, computer.slept_s = 5090.0, 60.0
    assert asleep_s(pair) == pytest.approx(60.0)


def test_windows_tells_them_to_a_step_of_its_clock() -> None:
    computer = Computer()
    pair = windows_pair(Kernel32(computer))
    assert asleep_s(pair) == pytest.approx(0.0, abs=0.016)
    computer.since_start_s, computer.slept_s = 5090.0, 60.0
    assert asleep_s(pair) == pytest.approx(60.0, abs=0.016)


def test_a_system_without_such_clocks_tells_of_no_sleep() -> None:
    assert posix_pair(SimpleNamespace(CLOCK_MONOTONIC=1, clock_gettime=time.monotonic)) is None
    assert asleep_s(None) == 0.0


def test_this_computer_does_not_sleep_between_two_looks() -> None:
    assert asleep_s() == pytest.approx(asleep_s(), abs=0.1)

"""Which sequence numbers of a session are there, which come twice, and which are missing."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

BEYOND_ALL = 2**63
MOST_WAITING = 1 << 18
"""Numbers that wait for lower ones: five times those of 64 sensors at 200 packets a second in the 4.3 s of a row."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers that are missing in a row."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def numbers(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


class SequenceCount:
    """Counts in one pass over rows that lie in the order of their first numbers; keeps the first `most_holes` holes."""

    def __init__(self, most_holes: int = BEYOND_ALL) -> None:
        self.twice = self.missing = self.stretches = 0
        self.holes: list[Hole] = []
        self._most_holes = most_holes
        self._expected = 0
        self._waiting: list[int] = []

    def add(self, numbers: Sequence[int]) -> None:
        """Take the numbers of a row, its own first."""
        self._settle(numbers[0])
        for number in numbers:
            heapq.heappush(self._waiting, number)

    def end(self, last: int | None) -> None:
        """Take it that `last` was the last number given; None where nothing says so."""
        self._settle(BEYOND_ALL)
        if last is not None:
            self._miss_until(last + 1)

    def _settle(self, before: int) -> None:
        while self._waiting and (self._waiting[0] < before or len(self._waiting) > MOST_WAITING):
            number = heapq.heappop(self._waiting)
            self.twice += number < self._expected
            self._miss_until(number)
            self._expected = max(self._expected, number + 1)

    def _miss_until(self, number: int) -> None:
        if number > self._expected:
            self.stretches += 1
            self.missing += number - self._expected
            if self.stretches <= self._most_holes:
                self.holes.append(Hole(self._expected, number - 1))
            self._expected = number

"""Spread: the values of one figure over the trials of a session, some of them only lower bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self


class Value(NamedTuple):
    """A figure as one trial gave it; `at_least` says that the true one may be greater."""

    number: float
    at_least: bool = False

    def text(self, decimals: int = 0) -> str:
        """Return it as it is written everywhere: "12", "≥ 12"."""
        return f"{'≥ ' * self.at_least}{self.number:.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Spread:
    """One or more values, in ascending order; of equal ones the lower bounds come last.

    A lower bound is never taken for a value: what it may have moved is a lower bound itself.
    """

    values: tuple[Value, ...]

    @classmethod
    def of(cls, values: Iterable[Value | None]) -> Self | None:
        """Return the spread of the values that there are; None where there is none."""
        known = tuple(sorted(value for value in values if value is not None))
        return cls(known) if known else None

    @property
    def low(self) -> Value:
        """The smallest."""
        return self.values[0]

    @property
    def middle(self) -> Value:
        """The median. It is exact as long as every lower bound lies above it, wherever its true value then is."""
        upper = len(self.values) // 2
        lower = upper if len(self.values) % 2 else upper - 1
        number = 0.5 * (self.values[lower].number + self.values[upper].number)
        return Value(number, any(value.at_least for value in self.values[: upper + 1]))

    @property
    def high(self) -> Value:
        """The greatest; any lower bound among the values may be the greatest in truth."""
        return Value(self.values[-1].number, self.is_open)

    @property
    def is_open(self) -> bool:
        """Whether any value is a lower bound."""
        return any(value.at_least for value in self.values)

    @property
    def width(self) -> float:
        """From the smallest to the greatest, as far as it is known."""
        return self.high.number - self.low.number

    def text(self, decimals: int = 0) -> str:
        """Return "12 (10-14)", with a dash between the ends; "12" of a single value."""
        middle = _half(self.middle, decimals)
        if len(self.values) == 1:
            return middle
        return f"{middle} ({self.low.text(decimals)}–{self.high.text(decimals)})"


def _half(value: Value, decimals: int) -> str:
    """The median of an even number of counts may end in a half."""
    return value.text(1 if decimals == 0 and value.number % 1 == 0.5 else decimals)

"""One line of the table in docs/reliability.md, and how often its test is tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Scale(Enum):
    """How long a row may take: seconds in the suite, minutes for the page."""

    SUITE = "suite"
    PAGE = "page"

    def of(self, suite: int, page: int) -> int:
        """Return the number that goes with this scale."""
        return suite if self is Scale.SUITE else page


class UnavailableError(Exception):
    """The row cannot be tried on this machine; the text says what is missing."""


@dataclass(slots=True)
class Tally:
    """What a row found: `lost` says in a few words what was lost where all passed, `failures` what went wrong."""

    tried: int = 0
    passed: int = 0
    lost: str = ""
    failures: list[str] = field(default_factory=list)

    def note(self, passed: bool, failure: str) -> None:
        """Count one more time; `failure` says what happened if it did not pass."""
        self.tried += 1
        self.passed += passed
        if not passed:
            self.failures.append(failure)

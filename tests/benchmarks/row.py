"""One line of the table in docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, and the figure with its unit."""

    what: str
    figure: str

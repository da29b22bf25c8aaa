"""Wordings of the screen: sizes, beside the times and counts that everything writes the same way."""

from __future__ import annotations

from analysis.wordings import clock, counted

__all__ = ["clock", "counted", "size"]


def size(count: int) -> str:
    """Return bytes as "12.4 MB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if count >= scale:
            amount = count / scale
            whole = amount >= 100 or (unit == "GB" and amount >= 10)
            return f"{amount:.0f} {unit}" if whole else f"{amount:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"

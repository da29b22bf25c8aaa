"""Timeline: one sensor's way from packets to blocks, and the honest account of what was lost on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Honesty:
    """What is known about one sensor's data so far.

    Percentages are samples received of samples due, over the whole session and over the last ten seconds;
    `longest_gap_s` is the longest stretch without a sample; `rate_hz` the measured rate (None before it is known);
    `alignment_s` half the spread of the clock fit; `heard_s` the session second of the newest arrival.
    """

    received_percent: float = 100.0
    recent_percent: float = 100.0
    longest_gap_s: float = 0.0
    rate_hz: float | None = None
    alignment_s: float | None = None
    battery_percent: float | None = None
    heard_s: float | None = None
    lost: int = 0
    repeats: int = 0
    unreadable: int = 0
    resets: int = 0
    saturated: int = 0

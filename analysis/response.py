"""Response: what a limb answered to one provocation, as far as it was measured."""

from __future__ import annotations

from dataclasses import dataclass

COUNTED_S = 10.0
"""Beats within so long after the first are the better number for severity (Manella 2017; docs/definitions.md)."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of one limb: its beats, first to last, and the stretch before them.

    `beats_in_10_s` are those within `COUNTED_S` of the first. `duration_s` is from the first beat to the last. Each
    `..._at_least` says that the figure is a lower bound: data were lost inside, or the stretch was let go before the
    clonus was over. What was not measured is None; a limb that did not answer has no beats and lasts 0 s.

    `frequency_hz` is that of all beats, `spread_hz` the standard deviation of the rates from beat to beat; `latency_s`
    the time from the start of the stretch to the first beat; `stretch_dps` and `stretch_deg` its peak rate and how far
    it went; `regularity_cv` the coefficient of variation of the intervals, start-up left out; `decay` the slope of the
    logarithm of the beats' peaks, per beat (negative where they grow less).
    """

    beats: int = 0
    beats_at_least: bool = False
    beats_in_10_s: int = 0
    duration_s: float = 0.0
    duration_at_least: bool = False
    frequency_hz: float | None = None
    spread_hz: float | None = None
    latency_s: float | None = None
    stretch_dps: float | None = None
    stretch_deg: float | None = None
    regularity_cv: float | None = None
    decay: float | None = None

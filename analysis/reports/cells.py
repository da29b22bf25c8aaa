"""Cells: how the figures of a trial are written in a report - short, with their bounds, a dash where there is none."""

from __future__ import annotations

import math

from analysis.grading import Grade
from analysis.trial import Trial

NONE = "–"
FIGURES = 8
"""Cells from the stretch to the decay."""


def lower_bound(text: str, at_least: bool) -> str:
    """Return a figure, marked where it is only a lower bound."""
    return f"≥ {text}" if at_least else text


def seconds(value: float) -> str:
    """Return a duration, as finely as grades need it."""
    return f"{value:.1f}"


def hertz(value: float | None, spread: float | None = None) -> str:
    """Return a frequency, and how much it varies."""
    if value is None:
        return NONE
    return f"{value:.1f}" if spread is None else f"{value:.1f} ± {spread:.1f}"


def decay(per_beat: float | None) -> str:
    """Return the change of the peaks from each beat to the next, in percent."""
    if per_beat is None:
        return NONE
    percent = round(100.0 * math.expm1(per_beat))
    return f"{percent:+d} %".replace("-", "−") if percent else "0 %"


def whole(value: float | None) -> str:
    """Return a figure without decimals."""
    return NONE if value is None else f"{value:.0f}"


def figures_cells(trial: Trial) -> tuple[str, ...]:
    """Return a trial's figures from the stretch to the decay."""
    response, stretch = trial.response, trial.stretch
    if response is None:
        speed, reach = (stretch.peak_dps, stretch.excursion_deg) if stretch else (None, None)
        return (whole(speed), whole(reach), *(NONE,) * (FIGURES - 2))
    return (
        whole(response.stretch_dps),
        whole(response.stretch_deg),
        NONE if response.latency_s is None else f"{1000 * response.latency_s:.0f}",
        lower_bound(str(response.beats), response.beats_at_least),
        lower_bound(str(response.beats_in_10_s), response.beats_in_10_s_at_least),
        lower_bound(seconds(response.duration_s), response.duration_at_least),
        hertz(response.frequency_hz, response.spread_hz),
        decay(response.decay),
    )


def grade_cell(grade: Grade | None) -> str:
    """Return a computed grade in few words: "1", "at least 2", "1, borderline with 2"."""
    if grade is None:
        return NONE
    others = " and ".join(other.grade or "not graded" for other in grade.others)
    value = grade.value or "not graded"
    return f"{'at least ' * grade.at_least}{value}{f', borderline with {others}' if others else ''}"

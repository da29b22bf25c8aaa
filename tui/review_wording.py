"""Review wording: two lines over the large episode - what is looked at, its figures, what else is known."""

from __future__ import annotations

from analysis.episode import Episode
from analysis.record import Record
from analysis.snapshot import SensorView
from tui.review_rows import GRADE, Row, bound
from tui.widgets.readout import limb


def heading(view: SensorView, row: Row | None, episode: Episode | None, *, as_told: bool) -> str:
    """Return what is looked at, and its figures; `as_told` says that they are those of the row, not being corrected."""
    parts = [limb(view)]
    if row is not None and row.trial is not None:
        parts.append(row.label)
    if episode is not None:
        at_least = episode.beats_at_least or (as_told and row is not None and row.at_least)
        parts.append(f"{bound(episode.beats, at_least)} {'beat' if episode.beats == 1 else 'beats'}")
        if episode.beats > 1:
            parts.append(f"{episode.frequency_hz:.1f} Hz")
        parts.append(f"{bound(episode.duration_s, at_least)} s")
        if episode.beats > 2:
            parts.append(f"rhythm ±{100 * episode.regularity_cv:.0f} %")
    parts += list(row.flags) if row is not None else []
    return "  ".join(parts)


def below(row: Row | None, record: Record) -> str:
    """Return what else is known of a row: its stretch, its grades, what the detector had."""
    if row is None:
        return "no episode chosen: [ and ] go to one, a adds one that was missed"
    graded = next((g for g in record.trials if g.trial.number == row.trial), None)
    response = graded.trial.response if graded is not None else None
    stretch = row.episode.stretch if response is None and row.episode is not None else None
    parts = [f"corrected, the detector had {row.found}"] if row.found else []
    if response is not None:
        parts += [f"stretch {response.stretch_dps:.0f} °/s"] if response.stretch_dps else []
        parts += [f"{response.stretch_deg:.0f}°"] if response.stretch_deg else []
        parts += [f"latency {1000 * response.latency_s:.0f} ms"] if response.latency_s else []
        parts += [f"decay {response.decay:+.2f}"] if response.decay is not None else []
    elif stretch is not None:
        parts.append(f"stretch {stretch.peak_dps:.0f} °/s")
    if graded is not None:
        parts += [g.label for g in graded.grades if g.rule_set == GRADE and g.value is not None]
        parts += graded.trial.trouble[:1]
    return "  ".join(parts) or ", ".join(row.flags)

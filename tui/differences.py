"""Differences: two answers to one recording, told in lines - for the command line and for the review screen."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.comparison import Comparison, Finding
from sensors.wording import clean
from tui.wordings import clock, counted


def told(comparison: Comparison) -> Iterator[str]:
    """Yield what both found, what only one, and what changed, by onset."""
    before, after = clean(comparison.before, 80), clean(comparison.after, 80)
    yield f"before: {before}"
    yield f"after:  {after}"
    changed = sum(bool(pair.changed) for pair in comparison.both)
    yield (
        f"{counted(len(comparison.both), 'episode')} in both, {changed or 'none'} changed; "
        f"{len(comparison.only_before)} only before; {len(comparison.only_after)} only after"
    )
    rows = [
        *((pair.after.onset_s, "both", pair.after, pair.changed) for pair in comparison.both),
        *((finding.onset_s, "only before", finding, ()) for finding in comparison.only_before),
        *((finding.onset_s, "only after", finding, ()) for finding in comparison.only_after),
    ]
    for _, word, finding, changes in sorted(rows, key=lambda row: (row[0], row[2].sensor)):
        yield _line(word, finding, changes).rstrip()


def _line(word: str, finding: Finding, changes: tuple[str, ...]) -> str:
    beats = "" if finding.beats is None else f"{'≥ ' * finding.beats_at_least}{counted(finding.beats, 'beat')}"
    hertz = "" if finding.frequency_hz is None else f"{finding.frequency_hz:.2f} Hz"
    limb = clean(finding.sensor.replace("_", " "), 14)
    said = clean(", ".join(changes) or ("the same" if word == "both" else finding.context), 80)
    return f"{word:<11}  {clock(finding.onset_s, 2):>8}  {limb:<14} {beats:>10}  {hertz:>8}  {said}"

"""Wordings: how times, counts and episodes are called, the same on the screen, in lines and in reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, datetime

from analysis.episode import Context, Episode
from sensors.recordings import Flaws

EARLIEST_YEAR = 1971
"""Some systems cannot turn earlier times into those of their own zone."""


def clock(t_s: float, decimals: int = 0) -> str:
    """Return a session second as "04:12", or "1:04:12" from an hour on."""
    scale = 10**decimals
    whole, part = divmod(int(abs(t_s) * scale + 1e-6), scale)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"
    sign = "-" if t_s < 0 and (whole or part) else ""
    return f"{sign}{text}.{part:0{decimals}d}" if decimals else f"{sign}{text}"


def usual(time: datetime | None) -> datetime | None:
    """Return a time if every calendar can show it; a file that says another one was not dated by a clock."""
    if time is None or time.tzinfo is None or not EARLIEST_YEAR <= time.year < MAXYEAR:
        return None
    return time


def counted(count: int, noun: str) -> str:
    """Return "1 fault", "2 faults"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def word(episode: Episode) -> str:
    """What an episode may be called: clonus only after a provoking stretch or in an armed trial."""
    return "clonus" if episode.context is Context.PROVOKED else "rhythmic movement"


def amended(episode: Episode) -> str:
    """Say that an examiner changed an episode, or put it where none was found; empty for the detector's own."""
    if episode.corrected_by is None:
        return ""
    return "added by the examiner" if episode.is_added else "corrected by the examiner"


def mended(flaws: Flaws, sensor: str) -> str:
    """Say what had to be done to one sensor's samples before they could be used; empty where nothing had."""
    parts = []
    if sensor in flaws.resampled:
        parts.append("irregular time stamps, resampled evenly")
    if sensor in flaws.incomplete_rows:
        rows = counted(flaws.incomplete_rows[sensor], "row")
        parts.append(f"{rows} without both acceleration and rotation left out")
    return ", ".join(parts)


def warnings(flaws: Flaws) -> Iterator[str]:
    """Yield, a sentence each, what whoever relies on a recording's results must know."""
    if flaws.note is not None:
        yield flaws.note
    if flaws.damaged_rows:
        were = "was" if flaws.damaged_rows == 1 else "were"
        rows = f"{counted(flaws.damaged_rows, 'damaged row')} of the file {were} left out"
        yield f"{rows}; results may lack data, so copy the file again if there is a whole one"

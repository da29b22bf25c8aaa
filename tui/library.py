"""Library: the saved sessions in a folder, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensors.failure import LONGEST_SENTENCE, RecordingError
from sensors.recordings import SESSION_SUFFIX
from sensors.session_file import SessionSummary, has_journal, recover, summary
from sensors.wording import clean
from tui.wordings import clock, counted, size


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the folder: what it holds, or in one sentence why that cannot be told."""

    path: Path
    summary: SessionSummary | None
    trouble: str | None = None

    @property
    def state(self) -> str:
        """One word on how the session ended."""
        if self.summary is None:
            return "unreadable"
        if self.summary.interrupted:
            return "recording" if has_journal(self.path) else "journal missing"
        return "recovered" if self.summary.recovered_s is not None else "complete"

    def describe(self) -> str:
        """Say what the session holds, in one line."""
        held = self.summary
        if held is None:
            return clean(self.trouble or "", LONGEST_SENTENCE)
        started = held.started_utc.astimezone().strftime("%Y-%m-%d %H:%M") if held.started_utc else "time unknown"
        parts = (
            started,
            clock(held.duration_s),
            counted(len(held.sensors), "sensor"),
            counted(held.alerts, "alert"),
            size(held.bytes),
            self.state,
        )
        return " · ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """Return the entry for programs."""
        held = self.summary
        if held is None:
            return {"path": str(self.path), "state": self.state, "trouble": self.trouble}
        return {
            "path": str(self.path),
            "state": self.state,
            "closed": held.closed,
            "started_utc": held.started_utc.isoformat() if held.started_utc else None,
            "duration_s": round(held.duration_s, 3),
            "sensors": len(held.sensors),
            "alerts": held.alerts,
            "bytes": held.bytes,
        }


def listed(folder: Path) -> list[Entry]:
    """Return the sessions in `folder`, newest first; one whose program was killed is put in order on the way."""
    return [_entry(path) for path in sorted(folder.glob(f"*{SESSION_SUFFIX}"), reverse=True)]


def _entry(path: Path) -> Entry:
    if has_journal(path):
        with suppress(RecordingError):  # it is being recorded, and is listed as it stands
            recover(path)
    try:
        return Entry(path, summary(path))
    except RecordingError as error:
        return Entry(path, None, str(error))


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the list as lines for people."""
    if not entries:
        yield "no saved session yet; `clonoscope demo` makes one"
    for entry in entries:
        yield f"{clean(entry.path.name):<32} {entry.describe()}"

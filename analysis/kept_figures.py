"""Kept figures: those of a folder's sessions, in a file among them, so that a trend need not analyse each one anew.

The file is rebuilt from the sessions and never believed against them: a session whose size, time of change or maker
(detector, program) is another than the one kept is analysed again, and whatever is amiss with the file, it is dropped.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.detector import BeatDetector
from analysis.figures import SessionFigures, figures_of
from analysis.patient import Visit
from analysis.record import record_of
from analysis.trends import Trend, trend_of
from sensors.failure import EntryError, RecordingError, StorageError
from sensors.file_marks import SESSION_SUFFIX
from sensors.private_file import read_text, write_text
from sensors.recordings import open_recording
from sensors.session_file import SessionReader, has_journal
from sensors.version import VERSION

SCHEMA = "clonoscope.figures/1"
NAME = ".figures.json"
LARGEST_BYTES = 256 * 1024 * 1024


def maker() -> str:
    """Return what figures depend on besides their session."""
    return f"{BeatDetector.name} {BeatDetector.version}, clonoscope {VERSION}"


@dataclass(slots=True)
class _Kept:
    """What is known of one session: the codes that were entered in it, and its figures once they were asked for."""

    size: int
    mtime_ns: int
    codes: tuple[str, ...]
    figures: SessionFigures | None = None

    def as_json(self) -> dict[str, Any]:
        figures = None if self.figures is None else self.figures.as_json()
        return {"size": self.size, "mtime_ns": self.mtime_ns, "codes": list(self.codes), "figures": figures}


class KeptFigures:
    """The figures of the sessions in `folder`. `troubles` says in a sentence each what cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.troubles: list[str] = []
        self._path = folder / NAME
        before = _load(self._path)
        self._kept: dict[str, _Kept] = {}
        for path in sorted(folder.glob(f"*{SESSION_SUFFIX}")):
            kept = before.get(path.name)
            if kept is None or not _is_same(path, kept):
                kept = self._read(path)
            if kept is not None:
                self._kept[path.name] = kept
        self._changed = any(before.get(name) is not kept for name, kept in self._kept.items()) or any(
            name not in self._kept for name in before
        )

    def codes(self) -> Mapping[str, int]:
        """Return every code with the number of its sessions, the one seen last first."""
        self._save()
        last = [kept.codes[-1] for _, kept in sorted(self._kept.items(), reverse=True) if kept.codes]
        counts = Counter(last)
        return {code: counts[code] for code in dict.fromkeys(last)}

    def trend(self, code: str, tell: Callable[[int, int], None] | None = None) -> Trend:
        """Return the trend of a code, analysing what was not yet; `tell` hears how many of how many are done."""
        asked = {name: kept for name, kept in self._kept.items() if code in kept.codes}
        unknown = {name: kept for name, kept in asked.items() if kept.figures is None}
        unusable: list[str] = []
        for done, (name, kept) in enumerate(unknown.items(), start=1):
            unusable += self._analyse(self.folder / name, kept)
            if tell is not None:
                tell(done, len(unknown))
        self._save()
        trend = trend_of(code, (kept.figures for kept in asked.values() if kept.figures is not None))
        return replace(trend, unusable=tuple(unusable))

    def _read(self, path: Path) -> _Kept | None:
        """Return the codes of a session, by a look at the operator's entries alone."""
        try:
            status = path.stat()
            with SessionReader(path) as session:
                details = [entry.detail for entry in session.entries() if entry.kind == "visit"]
        except RecordingError as error:
            self.troubles.append(str(error))
            return None
        except OSError as error:
            self.troubles.append(f"{path}: cannot be read ({error.strerror}); it is left out")
            return None
        codes: dict[str, None] = {}
        for detail in details:
            with suppress(EntryError):
                code = Visit.parse(detail).code
                codes.pop(code, None)
                codes[code] = None
        return _Kept(status.st_size, status.st_mtime_ns, tuple(codes))

    def _analyse(self, path: Path, kept: _Kept) -> list[str]:
        """Find the figures of a session; return the sentence that says why they cannot be had."""
        try:
            with closing(open_recording(path)) as recording:
                kept.figures = figures_of(record_of(recording, rules=()))
        except RecordingError as error:
            return [str(error)]
        self._changed = True
        return []

    def _save(self) -> None:
        """Keep what is known; a folder that cannot be written to costs time, and nothing else."""
        if not self._changed or not self.folder.is_dir():
            return
        settled = {name: kept for name, kept in self._kept.items() if not has_journal(self.folder / name)}
        sessions = {name: kept.as_json() for name, kept in settled.items()}
        whole = {"schema": SCHEMA, "maker": maker(), "sessions": sessions}
        with suppress(StorageError):
            write_text(self._path, json.dumps(whole, separators=(",", ":")))
        self._changed = False


def _is_same(path: Path, kept: _Kept) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (kept.size, kept.mtime_ns) and not has_journal(path)


def _load(path: Path) -> dict[str, _Kept]:
    """Return what was kept by session; nothing where any of it is not as we write it."""
    try:
        whole = json.loads(read_text(path, LARGEST_BYTES))
        if (whole["schema"], whole["maker"]) != (SCHEMA, maker()):
            return {}
        return {str(name): _revived(kept) for name, kept in whole["sessions"].items()}
    except (OSError, StorageError, EntryError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return {}
    except RecursionError:
        return {}


def _revived(kept: Mapping[str, Any]) -> _Kept:
    figures = kept["figures"]
    return _Kept(
        int(kept["size"]),
        int(kept["mtime_ns"]),
        tuple(str(code) for code in kept["codes"]),
        None if figures is None else SessionFigures.from_json(figures),
    )

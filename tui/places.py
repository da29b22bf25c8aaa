"""Where things are on this machine: saved sessions, bundled sample streams."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

from sensors.failure import RecordingError

DEMO_STREAM = "provocation"


def sessions_folder(chosen: Path | None) -> Path:
    """Return the folder for sessions: the chosen one, or the platform's place for a program's data."""
    return chosen if chosen is not None else user_data_path("clonoscope", appauthor=False) / "sessions"


def sample_streams() -> dict[str, Path]:
    """Return the bundled streams by name."""
    folder = files("sample_streams")
    found = {Path(entry.name).stem: Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".csv")}
    return dict(sorted(found.items()))


def sample_stream(name: str) -> Path:
    """Return the bundled stream `name`; raises RecordingError where there is none."""
    found = sample_streams()
    if name not in found:
        raise RecordingError(f"{name}: there is no such sample stream; choose one of {', '.join(found)}")
    return found[name]

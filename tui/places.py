"""Where things are on this machine: settings, sessions and their index, kits, layouts, rules, sample streams."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

from sensors.failure import RecordingError

DEMO_STREAM = "provocation"


def sessions_folder(chosen: Path | None) -> Path:
    """Return the folder for sessions: the chosen one, or the platform's place for a program's data."""
    return chosen if chosen is not None else user_data_path("clonoscope", appauthor=False) / "sessions"


def library_index(sessions: Path) -> Path:
    """Return the file that spares reading every session of a folder anew, in the platform's place for such files."""
    which = sha256(os.fsencode(sessions.absolute())).hexdigest()[:16]
    return user_cache_path("clonoscope", appauthor=False) / f"sessions-{which}.json"


def kits_folder() -> Path:
    """Return the folder for kits, in the platform's place for a program's settings."""
    return user_config_path("clonoscope", appauthor=False) / "kits"


def layouts_folder() -> Path:
    """Return the folder for the user's descriptions of sensors, beside the kits."""
    return user_config_path("clonoscope", appauthor=False) / "layouts"


def rules_folder() -> Path:
    """Return the folder for the user's own rule sets, beside the kits."""
    return user_config_path("clonoscope", appauthor=False) / "rules"


def settings_path() -> Path:
    """Return the file of the user's settings, beside the kits."""
    return user_config_path("clonoscope", appauthor=False) / "settings.toml"


@dataclass(frozen=True, slots=True)
class SampleStream:
    """A bundled stream, and in a few words what it shows."""

    path: Path
    shows: str


def sample_streams() -> dict[str, SampleStream]:
    """Return the bundled streams by name; what they show stands in the table of their README."""
    folder = files("sample_streams")
    rows = (line.split("|") for line in folder.joinpath("README.md").read_text("utf-8").splitlines())
    shows = {cells[1].strip(): cells[2].strip().replace("**", "") for cells in rows if len(cells) > 3}
    found = (Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".csv"))
    return {path.stem: SampleStream(path, shows.get(path.stem, "")) for path in sorted(found)}


def sample_stream(name: str) -> Path:
    """Return the bundled stream `name`; raises RecordingError where there is none."""
    found = sample_streams()
    if name not in found:
        raise RecordingError(f"{name}: there is no such sample stream; choose one of {', '.join(found)}")
    return found[name].path

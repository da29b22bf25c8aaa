"""Where a BIDS data set keeps what belongs to a motion file: names made of entities, sidecars, the times of scans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sensors.failure import RecordingError
from sensors.plain_file import opened
from sensors.wording import clean

MOTION = "_motion.tsv"
_PLACES = ("", "motion", "ses-*/motion", "sub-*/motion", "sub-*/ses-*/motion")
"""Where, from a folder of the data set, motion files stand: below the root, a subject, a session, or beside."""
_LEVELS = 4
"""From a motion file to the root: motion, session, subject, data set."""
MOST_FILES = 10_000
"""Files of a folder that are looked at."""
_LARGEST_BYTES = 1 << 20
"""Of a sidecar; they hold a few kB."""
LONGEST_ROW = 1 << 16
"""Bytes; a hundred channels need 2000. A longer line is another kind of file and is not read to its end."""


def motion_files(folder: Path) -> list[Path]:
    """Return the motion files of the data set, subject, session or `motion` folder in `folder`, by name."""
    found = (path for place in _PLACES for path in folder.glob(f"{place}/*{MOTION}" if place else f"*{MOTION}"))
    return sorted(islice(found, MOST_FILES))


def entities(path: Path) -> dict[str, str]:
    """Return what a name such as `sub-01_task-stretch_motion.tsv` says: sub is 01, task is stretch."""
    parts = (part.partition("-") for part in path.name.split("_")[:-1])
    return {key: value for key, _, value in parts}


def sidecars(path: Path, ending: str) -> list[Path]:
    """Return the files ending in `ending` that hold for a motion file, the most general first.

    BIDS lets them stand beside it or in a folder above, under a name that has no entity which the file has not.
    """
    own = entities(path).items()
    levels: list[list[Path]] = []
    for folder in (path.absolute().parents)[:_LEVELS]:
        here = [
            sidecar for sidecar in islice(folder.glob(f"*{ending}"), MOST_FILES) if entities(sidecar).items() <= own
        ]
        levels.append(sorted(here, key=lambda sidecar: (len(entities(sidecar)), sidecar.name)))
        if (folder / "dataset_description.json").is_file():
            break
    return [sidecar for level in reversed(levels) for sidecar in level]


def metadata(path: Path) -> dict[str, Any]:
    """Return what the `_motion.json` files say of a motion file; a nearer one overrides."""
    merged: dict[str, Any] = {}
    for sidecar in sidecars(path, "_motion.json"):
        try:
            said = json.loads(_text(sidecar))
        except (ValueError, RecursionError):
            raise RecordingError(f"{sidecar}: is not JSON; mend it or export the data set again") from None
        if not isinstance(said, dict):
            raise RecordingError(f"{sidecar}: is not a JSON object; mend it or export the data set again")
        merged.update(said)
    return merged


def table(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield the rows of a table with a header, by column; raise RecordingError where a column is missing."""
    lines = (line.split("\t") for line in _text(path).splitlines() if line.strip())
    header = [name.strip() for name in next(lines, [])]
    missing = [name for name in needed if name not in header]
    if missing:
        raise RecordingError(f"{path}: has no column {' and no '.join(missing)}; export the data set again")
    for cells in lines:
        if len(cells) != len(header):
            raise RecordingError(f"{path}: a row has {len(cells)} cells where the header has {len(header)}; mend it")
        yield dict(zip(header, (cell.strip() for cell in cells), strict=True))


def begins_s(files: list[Path]) -> dict[Path, float] | None:
    """Return by how much each motion file began later than the first, by `acq_time` of scans.tsv; None if unknown."""
    times: dict[Path, datetime] = {}
    for path in files:
        for scans in sidecars(path, "_scans.tsv"):
            for row in table(scans, ("filename",)):
                if (scans.parent / row["filename"]) == path.absolute():
                    _take_time(times, path, row)
    if len(times) < len(files) or len({time.tzinfo is None for time in times.values()}) > 1:
        return None
    first = min(times.values())
    return {path: (time - first).total_seconds() for path, time in times.items()}


def _take_time(times: dict[Path, datetime], path: Path, row: Mapping[str, str]) -> None:
    try:
        times[path] = datetime.fromisoformat(row.get("acq_time", "n/a"))
    except ValueError:
        return


def _text(path: Path) -> str:
    with opened(path) as file:
        raw = file.read(_LARGEST_BYTES + 1)
    if len(raw) > _LARGEST_BYTES:
        raise RecordingError(f"{path}: is longer than {_LARGEST_BYTES >> 20} MB; this is no sidecar of a motion file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordingError(f"{clean(str(path), 4096)}: is not text in UTF-8; export the data set again") from None

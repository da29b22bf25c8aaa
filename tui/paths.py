"""Paths: what a path that is being typed may go on to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sensors.wording import clean

MOST_LOOKED_AT = 5000
"""Entries of a folder; a larger one is not gone through at every key."""
MOST_SHOWN = 200
LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a typed path may mean; `shows` says in a few words what it is."""

    path: Path
    is_folder: bool = False
    shows: str = ""

    @property
    def label(self) -> str:
        """The name as it may be shown."""
        return clean(self.path.name, 200) + ("/" if self.is_folder else "")


def typed_path(text: str) -> Path:
    """Return the path that a text means, a leading ~ being the user's own folder."""
    text = text.strip()
    with suppress(RuntimeError):
        return Path(text).expanduser()
    return Path(text)


def candidates(text: str, suffixes: Sequence[str]) -> list[Candidate]:
    """Return the folders, and the files with one of `suffixes`, that a typed path may go on to; folders come first."""
    head, _, begun = text.strip().rpartition("/")
    folder = typed_path(f"{head}/" if head or text.strip().startswith("/") else ".")
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MOST_LOOKED_AT):
                if not _goes_on(entry.name, begun):
                    continue
                is_folder = entry.is_dir()
                if is_folder or entry.name.lower().endswith(tuple(suffixes)):
                    found.append(Candidate(Path(entry.path), is_folder))
    except (OSError, ValueError):
        return []
    return sorted(found, key=lambda one: (not one.is_folder, one.path.name.casefold()))[:MOST_SHOWN]


def _goes_on(name: str, begun: str) -> bool:
    hidden = name.startswith(".") and not begun.startswith(".")
    return not hidden and name.casefold().startswith(begun.casefold())


def completed(text: str, among: Sequence[Candidate]) -> str:
    """Return the text as far as all candidates agree; one alone is completed, a folder with a "/" behind it."""
    names = [one.path.name for one in among]
    begun = text.rpartition("/")[2]
    agreed = min(names, default="")
    while not all(name.startswith(agreed) for name in names):
        agreed = agreed[:-1]
    if len(agreed) < len(begun) or clean(agreed, LONGEST_PATH) != agreed:
        return text
    end = "/" if len(among) == 1 and among[0].is_folder else ""
    return text[: len(text) - len(begun)] + agreed + end

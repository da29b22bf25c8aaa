"""Placing: an export comes to its place whole or not at all, for its owner alone to read, and over nothing of value."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from analysis.exports.format import Exported, ExportError, Format
from sensors.failure import StorageError
from sensors.private_file import keep_name

FORCE = "choose another name, or replace it with --force"


def check_free(chosen: Format, path: Path, source: Path, *, force: bool) -> None:
    """Raise ExportError where an export of the recording `source` may not go to `path`."""
    if path.name in ("", ".."):
        raise ExportError(f"{path}: is no name for an export; choose one")
    if not path.parent.is_dir():
        raise ExportError(f"{path.parent}: there is no such folder; make it, or choose another")
    recording = source.resolve()
    for name in chosen.names(path):
        there = name.resolve()
        if there == recording or there in recording.parents:
            raise ExportError(f"{name}: holds the recording itself; choose another name")
        if not os.path.lexists(name):
            continue
        if not force:
            raise ExportError(f"{name}: exists already; {FORCE}")
        if name.is_dir() and not chosen.is_folder:
            raise ExportError(f"{name}: is a folder; name a file in it")
        if chosen.is_folder and not _may_go(chosen, name):
            raise ExportError(f"{name}: is no export of Clonoscope and is not replaced; choose another name")


def _may_go(chosen: Format, folder: Path) -> bool:
    """Tell whether a folder may be replaced: an empty one, or an export."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return not any(folder.iterdir()) or (chosen.is_ours is not None and chosen.is_ours(folder))


def export(exported: Exported, chosen: Format, path: Path, source: Path, *, force: bool) -> tuple[str, ...]:
    """Write an export to `path`, and return what whoever reads it must know, a sentence each.

    Files get mode 0600, folders 0700. Raises ExportError where it may not be, StorageError where it cannot be written;
    then everything is as it was.
    """
    check_free(chosen, path, source, force=force)
    if chosen.has_samples and not exported.samples:
        raise ExportError(f"{source}: holds no samples; export its results with --format fhir")
    try:
        workshop = Path(tempfile.mkdtemp(prefix=".", suffix=".new", dir=path.parent))
        try:
            notes = chosen.write(exported, workshop / path.name)
            _make_private(workshop)
            check_free(chosen, path, source, force=force)
            _move(chosen, workshop, path)
            keep_name(path.parent)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    except OSError as error:
        said = f"cannot be written ({error.strerror or error}); make room, or choose another place"
        raise StorageError(f"{path}: {said}") from None
    return notes


def _make_private(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())


def _move(chosen: Format, workshop: Path, path: Path) -> None:
    """Move what was written to its place, the main file last: once it is there, all is."""
    if not chosen.is_folder:
        for name in reversed(chosen.names(path)):
            (workshop / name.name).replace(name)
        return
    replaced = workshop / f"{path.name}.replaced"
    if path.exists():
        path.rename(replaced)
    try:
        (workshop / path.name).rename(path)
    except OSError:
        with suppress(OSError):
            replaced.rename(path)
        raise

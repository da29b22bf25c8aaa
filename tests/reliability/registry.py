"""The rows: each module in `tests/reliability/rows/` is one.

A row's module has `NAME`, the test as the table calls it, and `run(scale, folder) -> Tally`, which may use `folder` as
it likes. Its docstring is the sentence below the table. A row that cannot be tried here raises UnavailableError.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import tempfile
import time
from pathlib import Path
from typing import Protocol, cast

from tests.reliability import rows
from tests.reliability.row import Scale, Tally


class RowModule(Protocol):
    """What a module of a row has."""

    NAME: str
    __name__: str
    __doc__: str | None

    def run(self, scale: Scale, folder: Path) -> Tally: ...


def all_rows() -> dict[str, RowModule]:
    """Return the rows by the name of their module, in its order."""
    names = sorted(module.name for module in pkgutil.iter_modules(rows.__path__))
    return {name: cast("RowModule", importlib.import_module(f"{rows.__name__}.{name}")) for name in names}


def tried(name: str, scale: Scale) -> tuple[Tally, float]:
    """Try a row, and return what it found and how many seconds it took; raises UnavailableError."""
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="clonoscope-reliability-"))
    try:
        return all_rows()[name].run(scale, folder), time.monotonic() - begun
    finally:
        shutil.rmtree(folder, ignore_errors=True)

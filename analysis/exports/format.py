"""Format: a kind of file that a session can be exported to. To add one, add a module with a FORMAT to this room.

`write` is given a path in a folder of its own and puts there all that the export is to be; how that comes to its place
is the business of `placing`. The checkers in `tests/checks/` run over every format.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import analysis.exports
from analysis.record import Record
from sensors.failure import ClonoscopeError
from sensors.samples import Samples

UNITS = {"acc": "m/s^2", "gyro": "deg/s"}
"""Units of the quantities, in letters that every format has."""
EXTRA = "pip install 'clonoscope[formats]'"
"""What brings the packages that some formats need."""


class ExportError(ClonoscopeError):
    """A session cannot be exported like that."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What is to be exported: a session's record and all samples of its sensors."""

    record: Record
    samples: tuple[Samples, ...]


Write = Callable[[Exported, Path], tuple[str, ...]]
"""Writes a session to a path; returns, a sentence each, what of it whoever reads it must know."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a session is written in one format.

    `suffixes` tell it from the name of a file, "" stands for a name without one; `beside` are the words by which the
    names of further files are told from the main one's. `holds` and `lacks` are for people. One that `has_samples` is
    only given sessions with some. A format that is a folder says by `is_ours` whether a folder is such an export and
    nothing else.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    holds: str
    lacks: str
    write: Write
    beside: tuple[str, ...] = ()
    is_ours: Callable[[Path], bool] | None = None
    has_samples: bool = True

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, not a file."""
        return self.is_ours is not None

    def names(self, path: Path) -> tuple[Path, ...]:
        """Return all that an export to `path` makes, the main file first."""
        return (path, *(beside(path, word) for word in self.beside))


def beside(path: Path, word: str) -> Path:
    """Return the path of a further file: `a.episodes.csv` beside `a.csv`."""
    return path.with_name(f"{path.stem}.{word}{path.suffix}")


@cache
def formats() -> dict[str, Format]:
    """Return every format in this room by its name."""
    modules = (module.name for module in pkgutil.iter_modules(analysis.exports.__path__))
    loaded = (importlib.import_module(f"analysis.exports.{name}") for name in sorted(modules))
    found: list[Format] = [module.FORMAT for module in loaded if hasattr(module, "FORMAT")]
    return {known.name: known for known in found}


def format_of(path: Path) -> Format:
    """Return the format that a file's name asks for; raises ExportError where it asks for none."""
    suffix = path.suffix.lower()
    for known in formats().values():
        if suffix in known.suffixes:
            return known
    raise ExportError(
        f"{path}: no format is known by the ending {suffix}; say which, by --format {'|'.join(formats())}"
    )

"""Doctor: what this machine offers the program, one line a finding."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sensors.folder_risk import unsafe
from sensors.version import VERSION
from sensors.wording import clean
from tui.screens.base import LEAST_SIZE
from tui.terminal_encoding import terminal_encoding, usual_glyphs

LEAST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 1_000_000_000
"""A long session of sixteen sensors takes about 0.2 GB an hour, and its log may need as much again."""
LONGEST_PATH = 4096
"""Characters; what Linux allows, and more than the others do."""
GLYPHS = "braille ⣀⣤⣶⣿   block ▁▃▅█   signs ◆ ▲ ● ≥ ±"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `good` is None where the program can only tell, not judge."""

    subject: str
    good: bool | None
    text: str

    def __str__(self) -> str:
        sign = {True: "ok  ", False: "!!  ", None: "    "}[self.good]
        return f"{sign}{self.subject:<12} {self.text}"


def examine(folder: Path) -> Iterator[Finding]:
    """Yield what is found; `folder` is where sessions will be saved."""
    yield Finding("clonoscope", None, VERSION)
    python = f"{platform.python_version()} on {platform.system()} {platform.release()}"
    yield Finding("Python", sys.version_info >= LEAST_PYTHON, python)
    yield from _terminal()
    yield _sessions(folder)
    yield _disk(folder)
    yield _bluetooth()


def _terminal() -> Iterator[Finding]:
    if not sys.stdout.isatty():
        yield Finding("terminal", None, "standard output is not a terminal; --plain is used there")
    else:
        columns, rows = shutil.get_terminal_size()
        wide_enough = columns >= LEAST_SIZE[0] and rows >= LEAST_SIZE[1]
        yield Finding("terminal", wide_enough, f"{os.environ.get('TERM', 'TERM not set')}, {columns} x {rows}")
    yield _colours()
    if usual_glyphs() == "ascii":
        told = (
            f"the terminal speaks {terminal_encoding()}, so traces are drawn in ASCII; --glyphs braille if it has more"
        )
        yield Finding("glyphs", None, told)
    else:
        yield Finding("glyphs", None, f"{GLYPHS}   (boxes or gaps? use --glyphs block or ascii)")


def _colours() -> Finding:
    if os.environ.get("NO_COLOR"):
        return Finding("colours", None, "NO_COLOR is set: states are told by word and shape alone")
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Finding("colours", True, "16 million")
    if "256" in os.environ.get("TERM", ""):
        return Finding("colours", True, "256")
    return Finding("colours", None, "16, as far as the terminal says; set COLORTERM=truecolor if it can do more")


def _sessions(folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = os.access(existing, os.W_OK | os.X_OK)
    shown = clean(str(folder), LONGEST_PATH)
    if not writable:
        return Finding("sessions", False, f"{shown} cannot be written; choose another with --sessions")
    risk = unsafe(folder)
    return Finding("sessions", risk is None, shown if risk is None else f"{shown} {risk}")


def _disk(folder: Path) -> Finding:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    return Finding("disk", free >= LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free")


def _bluetooth() -> Finding:
    from sensors.link import radio_trouble  # bleak loads a system service's bindings: only where asked for

    trouble = radio_trouble()
    if trouble is None:
        return Finding("Bluetooth", True, "an adapter is there and can scan")
    return Finding("Bluetooth", False, f"{trouble}; simulated sensors and recordings work without")

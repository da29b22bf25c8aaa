"""The shim between a program and its disk: compiled once a process, loaded into programs that run under it."""

from __future__ import annotations

import atexit
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.reliability.row import UnavailableError

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("shim.c")
_FAULTS = struct.Struct("<8i")
_NAMES = ("full", "fail_every", "stall_every", "stall_ms", "syncs", "failed", "stalled", "refused")


@cache
def library() -> Path:
    """Return the compiled shim; raises UnavailableError where there is no Linux or no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if sys.platform != "linux" or compiler is None:
        raise UnavailableError("needs Linux and a C compiler (cc)")
    folder = Path(tempfile.mkdtemp(prefix="clonoscope-shim-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = folder / "shim.so"
    command = [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", str(built), str(SOURCE), "-ldl", "-lpthread"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise UnavailableError(f"the compiler refuses ({made.stderr.strip().splitlines()[-1]})")
    return built


def environment(root: Path, *, trace: Path | None = None, faults: Path | None = None) -> dict[str, str]:
    """Return what a program is to be started with so that the shim watches what it does under `root`."""
    settings = {"LD_PRELOAD": str(library()), "SHIM_ROOT": str(root)}
    settings |= {"SHIM_TRACE": str(trace)} if trace is not None else {}
    settings |= {"SHIM_FAULTS": str(faults)} if faults is not None else {}
    return {**os.environ, **settings, "PYTHONDONTWRITEBYTECODE": "1"}


class Faults:
    """What is to go wrong, changed while a program runs; also what has gone wrong so far."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_FAULTS.size))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _FAULTS.size)

    def set(self, **values: int) -> None:
        """Set some of the faults: full, fail_every, stall_every, stall_ms."""
        for name, value in values.items():
            struct.pack_into("<i", self._shared, 4 * _NAMES.index(name), value)

    def get(self, name: str) -> int:
        """Return a fault or a count: syncs, failed, stalled, refused."""
        return int(struct.unpack_from("<i", self._shared, 4 * _NAMES.index(name))[0])

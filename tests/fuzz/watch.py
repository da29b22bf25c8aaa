"""Watch: what a target does with one input - what it raises, how long it takes, how much it holds, what it touches."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tests.fuzz.target import Target

LONGEST_S = 5.0
"""CPU seconds; the slowest right input takes a tenth of one."""
MOST_GROWN_KB = 256 * 1024
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_FORBIDDEN = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect", "socket.bind"}
_CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.truncate"}


class Watch:
    """Feeds targets in a folder of its own; there is one in a process, because its ears cannot be taken off again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._outside: list[str] = []
        self._listening = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._listening:
            return
        if event in _FORBIDDEN:
            self._outside.append(event)
        elif event == "open":
            path, mode, flags = arguments
            writes = bool(flags & _WRITES) if isinstance(flags, int) else bool(set(mode or "") & set("wax+"))
            if writes and isinstance(path, str | bytes):
                self._expect_inside(event, path)
        elif event in _CHANGES:
            for path in arguments[:2] if event in ("os.rename", "os.symlink", "os.link") else arguments[:1]:
                if isinstance(path, str | bytes):
                    self._expect_inside(event, path)

    def _expect_inside(self, event: str, path: str | bytes) -> None:
        where = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - a hook may not make a Path: it asks the system
        if where not in (os.devnull, str(self.folder)) and not where.startswith(f"{self.folder}{os.sep}"):
            self._outside.append(f"{event} {where}")

    def feed(self, target: Target, data: bytes) -> str | None:
        """Return what is wrong with how a target took the bytes, None where nothing is; then where it was raised."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        self._outside.clear()
        held_kb, began_s = _peak_kb(), time.process_time()
        self._listening = True
        try:
            target.feed(data, self.folder)
        except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
            self._listening = False
            return f"raises {type(error).__name__}\n{''.join(traceback.format_exception(error))}"
        finally:
            self._listening = False
        took_s = time.process_time() - began_s
        if self._outside:
            return f"touches {self._outside[0]}"
        if took_s > LONGEST_S:
            return f"takes {took_s:.1f} s"
        grown_kb = _peak_kb() - held_kb
        return f"takes {grown_kb // 1024} MB" if grown_kb > MOST_GROWN_KB else None


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

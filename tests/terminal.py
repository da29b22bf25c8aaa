"""A program in a terminal of a given size: what it writes is read and interpreted, as a terminal emulator would."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

ROOT = Path(__file__).parents[1]
READ_BYTES = 65536
LINE_LOOK_S = 0.02
"""How much a slow line takes at once, in seconds."""


class Terminal:
    """`python -m ARGUMENTS` in a pseudo-terminal. Use it as a context manager: what still runs is killed at the end.

    Without `signals` the program is not told by a signal that its terminal was closed. `bytes_a_second` may be set at
    any time: from then on it is a line that takes no more than that.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 120,
        rows: int = 40,
        home: Path | None = None,
        signals: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.begun_s = time.monotonic()
        self.written = 0
        self.bytes_a_second: float | None = None
        self.last = b""
        self.status: int | None = None
        self._closed = False
        self.pid, self._fd = pty.fork() if signals else _fork_without_control()
        if self.pid == 0:
            self._become(arguments, home, environment or {})
        self._modes = termios.tcgetattr(self._fd)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _become(self, arguments: tuple[str, ...], home: Path | None, wanted: Mapping[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        if home is not None:
            environment["HOME"] = str(home)
        environment |= wanted
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", *arguments], environment)  # noqa: S606 - our own program

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if not self._closed:
            os.close(self._fd)

    def close(self) -> None:
        """Close the terminal, as a window is closed or a connection breaks."""
        self._closed = True
        os.close(self._fd)

    def outlived(self, timeout_s: float) -> int:
        """Wait, without reading, until the program ends; return its exit status."""
        deadline = time.monotonic() + timeout_s
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        while not ended:
            assert time.monotonic() < deadline, "the program has not ended"
            time.sleep(0.05)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def read(self, seconds: float, *, interpret: bool = True) -> None:
        """Take in what the program writes for so long, or until it ends."""
        deadline = time.monotonic() + seconds
        while self.status is None and (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._fd], [], [], left)
            if ready:
                self._take(interpret)

    def _take(self, interpret: bool) -> None:
        rate = self.bytes_a_second
        try:
            data = os.read(self._fd, READ_BYTES if rate is None else max(1, int(rate * LINE_LOOK_S)))
        except OSError:  # how Linux says that the other end was closed
            data = b""
        if not data:
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
            return
        if rate is not None:
            time.sleep(len(data) / rate)
        self.written += len(data)
        self.last = (self.last + data)[-READ_BYTES:]
        if interpret:
            self._stream.feed(data)

    def until(self, shown: str | Callable[[str], bool], timeout_s: float = 30.0) -> float:
        """Read until the screen shows a text, or the predicate holds of it; return the seconds since the start."""
        holds = shown if callable(shown) else lambda text: shown in text
        deadline = time.monotonic() + timeout_s
        while not holds(self.text):
            assert self.status is None, f"the program ended with status {self.status}:\n{self.text}"
            assert time.monotonic() < deadline, f"not on the screen: {shown}\n{self.text}"
            self.read(0.02)
        return time.monotonic() - self.begun_s

    def press(self, *keys: str) -> None:
        """Type keys."""
        for key in keys:
            os.write(self._fd, key.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait(self, timeout_s: float = 30.0) -> int:
        """Read until the program ends; return its exit status."""
        self.read(timeout_s)
        assert self.status is not None, f"the program has not ended:\n{self.text}"
        return self.status

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is as the program found it: its modes, its main screen, its cursor and no mouse."""
        undone = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l")
        return termios.tcgetattr(self._fd) == self._modes and all(code in self.last for code in undone)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.screen.display)


def _fork_without_control() -> tuple[int, int]:
    """Fork like `pty.fork`, but into a session of which the terminal is not the controlling one."""
    outside, inside = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.close(outside)
        for stream in (0, 1, 2):
            os.dup2(inside, stream)
    os.close(inside)
    return pid, outside

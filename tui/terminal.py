"""Terminal: how the program outlives the one it is shown in. A terminal that is closed or hangs keeps no process."""

from __future__ import annotations

import io
import os
import select
import sys
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual.driver import Driver

if TYPE_CHECKING:
    from typing_extensions import Buffer

LOOK_EVERY_S = 0.5
"""A terminal that goes without a signal, as below `setsid` or in some containers, is missed within this time."""
LEAVE_WITHIN_S = 3.0
"""What leaving gets once the session is closed: longer than any that works takes, and a user would reach for -9."""

STANDARD_STREAMS = (0, 1, 2)


class LossyOutput(io.FileIO):
    """Writes to a terminal; what it does not take is dropped.

    An error would end Textual's writer thread. Nothing then empties the queue before it, and at the 31st write whoever
    writes waits for ever: the event loop in a frame, or `Driver.close` on the way out.
    """

    def __init__(self, stream: int) -> None:
        super().__init__(stream, "w", closefd=False)
        self._waited_s = 0.0
        self._writing_since_s: float | None = None

    @property
    def waited_s(self) -> float:
        """The seconds spent in writing so far, with those of a write that goes on; from any thread."""
        since_s = self._writing_since_s
        return self._waited_s + (0.0 if since_s is None else monotonic() - since_s)

    def write(self, data: Buffer, /) -> int:
        """Write `data`, or do as if."""
        begun_s = self._writing_since_s = monotonic()
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes
        finally:
            self._writing_since_s = None
            self._waited_s += monotonic() - begun_s


if sys.platform != "win32":
    from textual.drivers.linux_driver import LinuxDriver

    class LastingDriver(LinuxDriver):
        """Textual's driver, on a terminal that may vanish."""

        def __init__(self, *arguments: Any, **settings: Any) -> None:
            super().__init__(*arguments, **settings)
            self._output: LossyOutput | None = None
            file = self._file
            if file is not None:
                self._output = LossyOutput(file.fileno())
                buffered = io.BufferedWriter(self._output)
                self._file = io.TextIOWrapper(buffered, encoding=file.encoding, errors="replace", newline="")

        def _sigcont_application(self, *_: object) -> None:
            """Start anew only where Textual itself had stopped.

            After a plain SIGSTOP it would take the terminal's raw mode for the one to go back to in the end, and read
            keys and write frames on a second pair of threads.
            """
            if self._must_signal_resume:
                super()._sigcont_application()

        @property
        def is_gone(self) -> bool:
            """Whether the terminal was closed."""
            return self._file is not None and is_closed(self._file.fileno())

        @property
        def waited_s(self) -> float:
            """The seconds for which the terminal was waited for."""
            return self._output.waited_s if self._output is not None else 0.0


def lasting(driver: type[Driver]) -> type[Driver]:
    """Return the kind of driver that outlives its terminal, in place of the one that it is made of."""
    if sys.platform != "win32" and driver is LinuxDriver:
        return LastingDriver
    return driver


def is_gone(driver: Driver | None) -> bool:
    """Whether the terminal of `driver` was closed, as far as that can be known."""
    return sys.platform != "win32" and isinstance(driver, LastingDriver) and driver.is_gone


def waited_s(driver: Driver | None) -> float:
    """Return the seconds for which the terminal of `driver` was waited for so far; 0 where that cannot be known."""
    return driver.waited_s if sys.platform != "win32" and isinstance(driver, LastingDriver) else 0.0


def is_closed(stream: int) -> bool:
    """Whether the other end of a stream, such as the window of a terminal, was closed."""
    if sys.platform == "win32":
        return False
    poll = select.poll()
    poll.register(stream, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def let_go() -> None:
    """Lead the standard streams of a closed terminal to nowhere: the program's last words must not fail."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in STANDARD_STREAMS:
        if is_closed(stream):
            os.dup2(nowhere, stream)
    os.close(nowhere)


def leave_for_certain(status: int) -> None:
    """End the process in a while, if it has not ended by then: one write to a terminal that hangs may last for ever.

    Call it when everything is stored. Nothing is left to be flushed then: log records are written as they come.
    """
    timer = Timer(LEAVE_WITHIN_S, os._exit, (status,))
    timer.daemon = True
    timer.start()

"""Exits: with which status the program ends, and how a signal ends it without leaving a file open."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Event, Thread
from types import FrameType, TracebackType
from typing import ParamSpec, Self

import click

from sensors.failure import ClonoscopeError

P = ParamSpec("P")

FAILED = 1
SIGNALLED = 128
"""Added to a signal's number in the exit status, as shells do."""
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
LOOK_EVERY_S = 0.1
"""How soon a noted signal is handed over once there is somebody who takes it."""


def told(command: Callable[P, None]) -> Callable[P, None]:
    """Turn an expected failure into one line on stderr and exit status 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ClonoscopeError as error:
            click.echo(f"clonoscope: {error}", err=True)
            sys.exit(FAILED)
        except BrokenPipeError:
            # Nobody reads on; what is still buffered must not make the interpreter complain when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(FAILED)

    return run


def skip_last_steps(status: int) -> None:
    """Have the process end with `status` before the interpreter takes itself apart.

    That would abort where a thread that nobody waits for is in the midst of a library's C++.
    """
    atexit.register(_end, status)


def _end(status: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


class NotedSignals:
    """Within it, signals that ask for an end are noted in `received` and nobody dies of them.

    Nothing is raised: an exception out of a signal handler is lost where it strikes a destructor, and breaks an event
    loop where it strikes a callback.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self._noting = self._note
        self._before = {number: signal.getsignal(number) for number in SIGNALS}

    def __enter__(self) -> Self:
        self._install()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def status(self) -> int:
        """The exit status that goes with what was received; 0 where nothing was."""
        return SIGNALLED + self.received[0] if self.received else 0

    @contextmanager
    def handed_over(self) -> Iterator[None]:
        """Give what is noted, as SIGTERM, to the handler that an event loop installs for it within the block."""
        over = Event()
        messenger = Thread(target=self._hand_over, args=(over,), name="signals", daemon=True)
        messenger.start()
        try:
            yield
        finally:
            self._install()
            over.set()
            messenger.join()

    def _install(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self._noting)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)

    def _hand_over(self, over: Event) -> None:
        while not over.wait(LOOK_EVERY_S):
            if self.received and signal.getsignal(signal.SIGTERM) is not self._noting:
                os.kill(os.getpid(), signal.SIGTERM)
                return

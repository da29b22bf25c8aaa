"""Librarian: a thread that keeps a library in step with its folder while nobody waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from types import MappingProxyType

from analysis.card import Findings
from analysis.card_reading import Cancelled, analysed
from analysis.library import Library
from sensors.failure import RecordingError

WORKED_S, RESTED_S = 0.02, 0.02
"""An analysis rests as long as it works, so that a screen beside it stays smooth and half a core stays free."""
SAVE_EVERY_S = 5.0
NOTHING_KNOWN: Mapping[str, Findings] = MappingProxyType({})

log = logging.getLogger(__name__)


class Librarian:
    """Reads what is to be read, then analyses one session after the other, the newest first, until stopped."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def works(self) -> bool:
        """Whether there is still something to be read or analysed."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, known: Mapping[str, Findings] = NOTHING_KNOWN) -> None:
        """Begin with another look at the folder; what is `known` of sessions, by name, need not be found out."""
        self.stop()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._stop, self._thread, known), name="librarian", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Put off what is left; does not wait for the file in hand."""
        self._stop.set()

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until all is done or put off; tell whether it is."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.works

    def _run(self, stop: threading.Event, before: threading.Thread | None, known: Mapping[str, Findings]) -> None:
        if before is not None:
            before.join()
        library = self.library
        try:
            library.look()
            self._read(stop, known)
            self._analyse(stop)
        except RecordingError as error:
            library.fail(str(error))
        except Cancelled:
            pass
        library.save()

    def _read(self, stop: threading.Event, known: Mapping[str, Findings]) -> None:
        saver = _Saver(self.library)
        for name in self.library.unread():
            if stop.is_set():
                raise Cancelled
            self.library.read(name)
            saver.save_when_due()
        for name, findings in known.items():
            self.library.note(name, findings)
        self.library.save()

    def _analyse(self, stop: threading.Event) -> None:
        saver, breath = _Saver(self.library), Breath(stop)
        for name in self.library.to_analyse():
            self.library.learn(name, lambda path: surviving(path, breath))
            saver.save_when_due()


class _Saver:
    """Saves the index now and then: a killed program loses seconds of work, and nothing else."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._due = monotonic() + SAVE_EVERY_S

    def save_when_due(self) -> None:
        if monotonic() >= self._due:
            self._library.save()
            self._due = monotonic() + SAVE_EVERY_S


class Breath:
    """Called between the steps of an analysis: rests when it is time, and raises Cancelled once `stop` is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._until = monotonic() + WORKED_S

    def __call__(self) -> None:
        """Go on, rest, or end."""
        if monotonic() >= self._until:
            if self._stop.wait(RESTED_S):
                raise Cancelled
            self._until = monotonic() + WORKED_S


def surviving(path: Path, breathe: Breath) -> Findings:
    """Analyse a session; a defect of our own that it uncovers must not keep the others from being analysed."""
    try:
        return analysed(path, breathe)
    except Cancelled:
        raise
    except Exception as error:
        log.exception("the analysis of %s failed", path.name)
        return Findings(trouble=f"{path}: the analysis failed ({type(error).__name__}); please report it")

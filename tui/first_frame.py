"""First frame: the screen opens at once, and what it is to show is put together behind it, on a thread of its own.

What is imported here is imported before the first frame: neither numpy nor anything of `analysis`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import click

from sensors.file_marks import PLAIN_FILE, SESSION_SUFFIX
from tui.app import ClonoscopeApp, Start
from tui.exits import FAILED, NotedSignals, skip_last_steps
from tui.passphrases import ask_no_more

if TYPE_CHECKING:
    from analysis.librarian import Librarian
    from analysis.live import LiveSession
    from sensors.discovery import MakeRadio
    from sensors.source import Recording

PUT_OFF_WITHIN_S = 1.0
"""What the librarian gets at the end to write down what it has found; without it that is found anew."""


class LeftError(Exception):
    """The program was left before there was anything to show."""


class BegunSessions:
    """The live sessions that were begun. None is begun any more once the program is left."""

    def __init__(self) -> None:
        self.sessions: list[LiveSession] = []
        self._gate = Lock()
        self._left = False

    def begin(self, make: Callable[[], LiveSession]) -> LiveSession:
        """Return the session that `make` makes, which has a file from then on; raises LeftError after the end."""
        with self._gate:
            if self._left:
                raise LeftError
            live = make()
            self.sessions.append(live)
        return live

    def end(self) -> None:
        """End every session; a file that is being made is waited for."""
        with self._gate:
            self._left = True
        for live in self.sessions:
            live.stop()


def open_live(read: Callable[[], Recording], what: str, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show a live session on the recording that `read` returns, from its first packet to its saved file.

    Returns the exit status, as all of these do. A signal ends the session at any moment with its file closed.
    """

    def put_together(begun: BegunSessions) -> Start:
        from sensors.replay import Playhead, Replay
        from tui.launch import started
        from tui.saving import recorded

        recording = read()
        source = Replay(recording, Playhead(at_s=recording.begins_s))
        live = begun.begin(partial(recorded, source, sessions))
        live.start()
        return started(glyphs, live)

    return _show(put_together, what, theme)


def open_session(begin: Callable[[], LiveSession], theme: str, glyphs: str) -> int:
    """Show the live session that `begin` makes, before there is a screen."""

    def put_together(begun: BegunSessions) -> Start:
        from tui.launch import started

        live = begun.begin(begin)
        live.start()
        return started(glyphs, live)

    return _show(put_together, "", theme, at_once=False)


def open_review(path: Path, speed: float, theme: str, glyphs: str, reviewing: bool = False) -> int:
    """Show a recording, on the board or episode by episode."""

    def put_together(_: BegunSessions) -> Start:
        from tui.launch import reviewed, started

        return started(glyphs, reviewed(path), speed=speed, reviewing=reviewing)

    return _show(put_together, path.name, theme, at_once=_is_plain(path))


def open_sensors(make_radio: MakeRadio | None, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the sensors screen, and the session that is started there."""

    def put_together(begun: BegunSessions) -> Start:
        from tui.launch import prepared, started

        return started(glyphs, prepared(make_radio, sessions, begun, None))

    return _show(put_together, "the sensors screen", theme)


def open_home(make_radio: MakeRadio | None, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the home screen."""
    librarians: list[Librarian] = []

    def put_together(begun: BegunSessions) -> Start:
        from tui.launch import home_of, started

        home = home_of(make_radio, sessions, begun)
        librarians.append(home.librarian)
        return started(glyphs, home=home)

    try:
        return _show(put_together, "the home screen", theme)
    finally:
        for librarian in librarians:
            librarian.stop()
            librarian.wait(PUT_OFF_WITHIN_S)


def _is_plain(path: Path) -> bool:
    """Whether something is there and nobody need be asked for a passphrase: else there is no screen to begin with."""
    try:
        if path.suffix != SESSION_SUFFIX:
            return path.exists()
        with path.open("rb") as file:
            return file.read(len(PLAIN_FILE)) == PLAIN_FILE
    except OSError:
        return False


def _show(put_together: Callable[[BegunSessions], Start], what: str, theme: str, *, at_once: bool = True) -> int:
    """Show what is put together, behind the first frame or before there is one; return the exit status.

    Raises what `put_together` raises.
    """
    begun = BegunSessions()
    with NotedSignals() as signals:
        try:
            first = partial(put_together, begun)
            app = ClonoscopeApp(theme=theme, what=what, first=first if at_once else first())
            status = _run(app, signals)
        finally:
            begun.end()
    if app.cannot_open is not None:
        raise app.cannot_open
    for sentence in app.start.left_out if app.start is not None else ():
        print(f"clonoscope: {sentence}", file=sys.stderr)
    if status == FAILED:  # below Textual's account of a defect: nothing else ends the app so
        ended = "the screen failed; a session that went on was ended and its file closed, please report it"
        print(f"clonoscope: {ended}", file=sys.stderr)
    status = max((_told(live) for live in begun.sessions), default=0) or status
    if app.is_opening:
        skip_last_steps(status)
    return status


def _run(app: ClonoscopeApp, signals: NotedSignals) -> int:
    """Run the app; a signal that comes before it has handlers of its own is handed to it as soon as it has."""
    ask_no_more()
    if not signals.received:
        with signals.handed_over():
            app.run()
    return signals.status or app.return_code or 0


def _told(live: LiveSession) -> int:
    """Say where the session is, and what went wrong if something did; return the exit status that goes with it."""
    saving = live.snapshot().saving
    if saving is not None:
        click.echo(f"saved: {saving.path}")
    if live.failure is None:
        return 0
    print(f"clonoscope: {live.failure}", file=sys.stderr)
    return FAILED

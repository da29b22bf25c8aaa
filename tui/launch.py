"""Launch: what is put together before a screen opens, and what is said after it has closed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from analysis.live import LiveSession
from analysis.review import Review
from sensors.recordings import SESSION_SUFFIX, Flaws, open_recording
from sensors.replay import Playhead, Replay
from sensors.session_file import add_entry, has_journal, recover
from sensors.source import Source
from sensors.wording import clean
from tui.app import ClonoscopeApp
from tui.engine import Offer, Shelf
from tui.exits import FAILED, NotedSignals
from tui.glyphs import GlyphSet
from tui.places import sample_streams, sessions_folder
from tui.plain import mended, warnings
from tui.saving import recorded
from tui.view import View


def open_live(source: Source, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show a live session from its first packet to its saved file; return the exit status.

    A signal ends it at any moment with its file closed: while that is made and while it is closed too.
    """
    with NotedSignals() as signals:
        live = recorded(source, sessions)
        try:
            live.start()
            status = _run(ClonoscopeApp(live, theme=theme, view=View(glyphs=GlyphSet(glyphs))), signals)
        finally:
            live.stop()
        return _told(live) or status


def open_review(path: Path, speed: float, theme: str, glyphs: str) -> int:
    """Show a recording; return the exit status."""
    view = View(glyphs=GlyphSet(glyphs), speed=speed)
    app = ClonoscopeApp(reviewed(path), theme=theme, view=view)
    with NotedSignals() as signals:
        return _run(app, signals)


def reviewed(path: Path) -> Review:
    """Return a recording as it is to be looked at; what is said of a saved session then is added to its file."""
    if path.suffix == SESSION_SUFFIX and has_journal(path):
        recover(path)
    with closing(open_recording(path)) as recording:
        review = Review(recording, partial(add_entry, path) if path.suffix == SESSION_SUFFIX else None)
        flaws = Flaws.of(recording)
        said = ((sensor.label, mended(flaws, sensor.key)) for sensor in recording.sensors)
        review.notices = (*warnings(flaws), *(f"{label}: {text}" for label, text in said if text))
        return review


def open_home(sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the home screen; return the exit status."""
    opened: list[LiveSession] = []
    shelves = partial(_shelves, sessions, opened)
    with NotedSignals() as signals:
        try:
            status = _run(ClonoscopeApp(shelves=shelves, theme=theme, view=View(glyphs=GlyphSet(glyphs))), signals)
        finally:
            for live in opened:
                live.stop()
    return max((_told(live) for live in opened), default=0) or status


def _run(app: ClonoscopeApp, signals: NotedSignals) -> int:
    """Run the app; a signal that comes before it has handlers of its own is handed to it as soon as it has."""
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


def _shelves(sessions: Path | None, opened: list[LiveSession]) -> Sequence[Shelf]:
    """Return what the home screen offers; looked up anew each time that it is shown."""
    from sensors.scenarios import DEMONSTRATION, SCENARIOS
    from tui.library import listed

    scenarios = sorted(SCENARIOS.values(), key=lambda scenario: scenario.name != DEMONSTRATION)

    def simulated(name: str) -> LiveSession:
        from sensors.simulation import Simulation

        live = recorded(Replay(Simulation(SCENARIOS[name]), Playhead()), sessions)
        opened.append(live)
        live.start()
        return live

    return (
        Shelf(
            "New simulated session",
            tuple(Offer(s.name, s.description, partial(simulated, s.name)) for s in scenarios),
        ),
        Shelf(
            "Sample streams",
            tuple(
                Offer(name, stream.shows, partial(reviewed, stream.path)) for name, stream in sample_streams().items()
            ),
        ),
        Shelf(
            "Saved sessions",
            tuple(
                Offer(clean(entry.path.stem), entry.describe(), partial(reviewed, entry.path))
                for entry in listed(sessions_folder(sessions))
            ),
            empty="none yet; a simulated session makes one",
        ),
    )

"""Launch: what is put together before a screen opens, and what is said after it has closed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.live import LiveSession
from analysis.review import Review
from analysis.wordings import counted, mended, warnings
from sensors.recordings import SESSION_SUFFIX, Flaws, open_recording
from sensors.replay import Playhead, Replay
from sensors.session_file import add_entry, has_journal, recover
from sensors.source import Source
from sensors.wording import clean
from tui.app import ClonoscopeApp
from tui.engine import SENSORS, SIMULATED, TRENDS, Offer, Shelf
from tui.exits import FAILED, NotedSignals
from tui.glyphs import GlyphSet
from tui.places import kits_folder, layouts_folder, sample_streams, sessions_folder
from tui.saving import recorded
from tui.view import View

if TYPE_CHECKING:
    from sensors.discovery import MakeRadio
    from tui.preparation import Preparation


def open_live(source: Source, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show a live session that is saved; return the exit status."""
    return open_session(partial(recorded, source, sessions), theme, glyphs)


def open_session(begin: Callable[[], LiveSession], theme: str, glyphs: str) -> int:
    """Show the live session that `begin` makes, from its first packet to its saved file; return the exit status.

    A signal ends it at any moment with its file closed: while that is made and while it is closed too.
    """
    with NotedSignals() as signals:
        live = begin()
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


def open_sensors(make_radio: MakeRadio, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the sensors screen, and the session that is started there; return the exit status."""
    opened: list[LiveSession] = []
    preparation = _prepared(make_radio, sessions, opened, None)
    return _run_all(ClonoscopeApp(preparation, theme=theme, view=View(glyphs=GlyphSet(glyphs))), opened)


def open_home(make_radio: MakeRadio | None, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the home screen; return the exit status."""
    opened: list[LiveSession] = []
    shelves = partial(_shelves, make_radio, sessions, opened)
    return _run_all(ClonoscopeApp(shelves=shelves, theme=theme, view=View(glyphs=GlyphSet(glyphs))), opened)


def _run_all(app: ClonoscopeApp, opened: Sequence[LiveSession]) -> int:
    """Run the app, end every session that was opened in it, and return the exit status."""
    with NotedSignals() as signals:
        try:
            status = _run(app, signals)
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


def _prepared(
    make_radio: MakeRadio | None, sessions: Path | None, opened: list[LiveSession], kit: str | None
) -> Preparation:
    """Return the preparation of a session, with the sensors of a kit where one is named."""
    from sensors.kit_file import load_kit
    from sensors.layouts import use_layouts
    from tui.preparation import Preparation
    from tui.sensor_commands import radio

    folder, notices = kits_folder(), use_layouts(layouts_folder())
    return Preparation(
        radio(make_radio),
        folder,
        sessions_folder(sessions),
        load_kit(folder, kit) if kit is not None else None,
        on_begin=opened.append,
        notices=notices,
    )


def _shelves(make_radio: MakeRadio | None, sessions: Path | None, opened: list[LiveSession]) -> Sequence[Shelf]:
    """Return what the home screen offers; looked up anew each time that it is shown."""
    from sensors.kit_file import kit_names
    from sensors.scenarios import DEMONSTRATION, SCENARIOS
    from tui.library import listed

    scenarios = sorted(SCENARIOS.values(), key=lambda scenario: scenario.name != DEMONSTRATION)

    def simulated(name: str) -> LiveSession:
        from sensors.simulation import Simulation

        live = recorded(Replay(Simulation(SCENARIOS[name]), Playhead()), sessions)
        opened.append(live)
        live.start()
        return live

    def prepare(kit: str | None) -> Offer:
        shows = (
            "choose them, say where they are worn, try them" if kit is None else "its sensors, tried before the start"
        )
        return Offer(kit or "Sensors around us", shows, partial(_prepared, make_radio, sessions, opened, kit))

    return (
        Shelf(SENSORS, (prepare(None), *(prepare(kit) for kit in kit_names(kits_folder())))),
        Shelf(
            SIMULATED,
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
        Shelf(TRENDS, tuple(_trends(sessions_folder(sessions))), empty="none yet; a session that belongs to a code"),
    )


def _trends(folder: Path) -> Iterator[Offer]:
    """Yield the codes whose sessions can be compared."""
    from analysis.kept_figures import KeptFigures

    kept = KeptFigures(folder)
    for code, count in kept.codes().items():
        yield Offer(code, f"compare {counted(count, 'session')}", partial(kept.trend, code))

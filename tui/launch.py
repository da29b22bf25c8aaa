"""Launch: what is put together before a screen opens, and what is said after it has closed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.live import LiveSession
from analysis.rule_file import rule_sets
from sensors.recordings import SESSION_SUFFIX, Flaws, open_recording
from sensors.replay import Playhead, Replay
from sensors.session_file import add_entry, has_journal, recover
from sensors.source import Source
from sensors.wording import clean
from tui.app import ClonoscopeApp
from tui.beginning import NOTHING, Beginning
from tui.engine import Offer
from tui.exits import FAILED, NotedSignals
from tui.glyphs import GlyphSet
from tui.home import Home
from tui.passphrases import ask_no_more
from tui.places import (
    kits_folder,
    layouts_folder,
    library_index,
    rules_folder,
    sample_streams,
    sessions_folder,
    settings_path,
)
from tui.saving import noted, recorded
from tui.settings import load_settings
from tui.view import USUAL_SCALE, View

PUT_OFF_WITHIN_S = 1.0
"""What the librarian gets at the end to write down what it has found; without it that is found anew."""

if TYPE_CHECKING:
    from analysis.card import Findings
    from analysis.record import Record
    from analysis.review import Review
    from analysis.trends import Trend
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
            status = _run(_app(live, theme, glyphs), signals)
        finally:
            live.stop()
        _tell_crash(status)
        return _told(live) or status


def open_review(path: Path, speed: float, theme: str, glyphs: str, reviewing: bool = False) -> int:
    """Show a recording, on the board or episode by episode; return the exit status."""
    app = _app(reviewed(path), theme, glyphs, speed, reviewing=reviewing)
    with NotedSignals() as signals:
        return _run(app, signals)


def reviewed(path: Path) -> Review:
    """Return a recording as it is to be looked at; what is said of a saved session then is added to its file."""
    from analysis.review import Review
    from analysis.wordings import mended, warnings

    if path.suffix == SESSION_SUFFIX and has_journal(path):
        recover(path)
    with closing(open_recording(path)) as recording:
        review = Review(recording, partial(add_entry, path) if path.suffix == SESSION_SUFFIX else None)
        review.reopen = partial(open_recording, path)
        review.write_report = partial(_write_report, path)
        flaws = Flaws.of(recording)
        said = ((sensor.label, mended(flaws, sensor.key)) for sensor in recording.sensors)
        review.notices = (*warnings(flaws), *(f"{label}: {text}" for label, text in said if text))
        return review


def _write_report(recording: Path, record: Record) -> str:
    """Write the report of a session beside it, of a stream in the folder at hand; return a sentence."""
    from analysis.reports.html import written
    from sensors.private_file import write_text

    name = recording.with_suffix(".html").name
    path = recording.with_name(name) if recording.suffix == SESSION_SUFFIX else Path(name)
    write_text(path, written(record))
    noted(recording, "report", form="html")
    return f"the report is {path.name}, in {path.parent.resolve()}"


def open_sensors(make_radio: MakeRadio, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the sensors screen, and the session that is started there; return the exit status."""
    opened: list[LiveSession] = []
    preparation = _prepared(make_radio, sessions, opened, None)
    return _run_all(_app(preparation, theme, glyphs), opened)


def open_home(make_radio: MakeRadio | None, sessions: Path | None, theme: str, glyphs: str) -> int:
    """Show the home screen; return the exit status."""
    opened: list[LiveSession] = []
    home = home_of(make_radio, sessions, opened)
    try:
        return _run_all(_app(None, theme, glyphs, home=home), opened)
    finally:
        home.librarian.stop()
        home.librarian.wait(PUT_OFF_WITHIN_S)


def _app(
    start: LiveSession | Review | Preparation | None,
    theme: str,
    glyphs: str,
    speed: float = 1.0,
    home: Home | None = None,
    reviewing: bool = False,
) -> ClonoscopeApp:
    """Return the app as the user has set it; what of the settings cannot be used is said here and on the screen."""
    settings = load_settings(settings_path())
    load_rules = cache(partial(rule_sets, rules_folder()))
    left_out = settings.left_out
    if settings.rule_set and settings.rule_set not in load_rules().by_key:
        wanted = f"{settings_path()}: rule_set is {clean(settings.rule_set)}, which `clonoscope rules` does not list"
        left_out = (*left_out, f"{wanted}; this entry is left out")
    for sentence in left_out:
        print(f"clonoscope: {sentence}", file=sys.stderr)
    scale = settings.rule_set or USUAL_SCALE
    view = View(
        glyphs=GlyphSet(glyphs),
        speed=speed,
        scale=scale,
        load_rules=load_rules,
        keys=settings.keys,
        reviewing=reviewing,
    )
    brief = [sentence.replace(str(settings_path()), settings_path().name) for sentence in left_out]
    return ClonoscopeApp(start, home, theme=theme, view=view, notices=brief)


def _run_all(app: ClonoscopeApp, opened: Sequence[LiveSession]) -> int:
    """Run the app, end every session that was opened in it, and return the exit status."""
    with NotedSignals() as signals:
        try:
            status = _run(app, signals)
        finally:
            for live in opened:
                live.stop()
    _tell_crash(status)
    return max((_told(live) for live in opened), default=0) or status


def _run(app: ClonoscopeApp, signals: NotedSignals) -> int:
    """Run the app; a signal that comes before it has handlers of its own is handed to it as soon as it has."""
    ask_no_more()
    if not signals.received:
        with signals.handed_over():
            app.run()
    return signals.status or app.return_code or 0


def _tell_crash(status: int) -> None:
    """Say, below Textual's account of a defect, what became of the session; nothing else ends the app with FAILED."""
    if status == FAILED:
        ended = "the screen failed; a session that went on was ended and its file closed, please report it"
        print(f"clonoscope: {ended}", file=sys.stderr)


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
    make_radio: MakeRadio | None,
    sessions: Path | None,
    opened: list[LiveSession],
    kit: str | None,
    beginning: Beginning = NOTHING,
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
        beginning=beginning,
    )


def home_of(make_radio: MakeRadio | None, sessions: Path | None, opened: list[LiveSession]) -> Home:
    """Return all that the home screen can reach; every live session that is begun there is added to `opened`."""
    from analysis.librarian import Librarian
    from analysis.library import Library
    from sensors.kit_file import kit_names
    from sensors.scenarios import DEMONSTRATION, GUIDED_TEST, SCENARIOS

    folder = sessions_folder(sessions)
    seen = Seen(folder, opened)
    first = (DEMONSTRATION, GUIDED_TEST)
    scenarios = [SCENARIOS[name] for name in (*first, *(name for name in SCENARIOS if name not in first))]

    def simulated(name: str, beginning: Beginning) -> LiveSession:
        from sensors.simulation import Simulation

        live = recorded(Replay(Simulation(SCENARIOS[name]), Playhead()), sessions, beginning=beginning)
        opened.append(live)
        live.start()
        return live

    def prepare(kit: str | None) -> Offer:
        shows = (
            "choose them, say where they are worn, try them" if kit is None else "its sensors, tried before the start"
        )
        return Offer(kit or "Sensors around us", shows, partial(_prepared, make_radio, sessions, opened, kit))

    return Home(
        librarian=Librarian(Library(folder, library_index(folder))),
        sensors=prepare(None),
        kits=lambda: [prepare(kit) for kit in kit_names(kits_folder())],
        simulated=[Offer(s.name, s.description, partial(simulated, s.name)) for s in scenarios],
        streams=lambda: {stream.path: stream.shows for stream in sample_streams().values()},
        open=seen.review,
        known=seen.known,
        trend=partial(_trend, folder),
        export=_exported,
    )


def _trend(folder: Path, code: str) -> Trend:
    """Compare the sessions of a code in `folder`."""
    from analysis.kept_figures import KeptFigures

    return KeptFigures(folder).trend(code)


def _exported(recording: Path, output: Path) -> tuple[str, ...]:
    """Write a recording in the format that the name of `output` says."""
    from analysis.exports.format import format_of
    from tui.export_command import written

    return tuple(written(recording, output, format_of(output)))


class Seen:
    """What was found in the sessions of `folder` that were recorded or reviewed since it was asked last."""

    def __init__(self, folder: Path, lives: Sequence[LiveSession]) -> None:
        self._folder = folder
        self._lives = lives
        self._told = 0
        self._reviews: dict[str, Review] = {}

    def review(self, path: Path) -> Review:
        """Return a recording as it is to be looked at."""
        review = reviewed(path)
        if path.parent == self._folder:
            self._reviews[path.name] = review
        return review

    def known(self) -> dict[str, Findings]:
        """Return what is known by file name; a session that goes on is told of another time."""
        from analysis.card_reading import findings_of

        found = {name: findings_of(review.snapshot_at(review.duration_s)) for name, review in self._reviews.items()}
        self._reviews.clear()
        while self._told < len(self._lives) and self._lives[self._told].ended:
            live = self._lives[self._told]
            snapshot = live.snapshot()
            self._told += 1
            if snapshot.saving is not None and live.failure is None:
                found[snapshot.saving.path.name] = findings_of(snapshot)
        return found

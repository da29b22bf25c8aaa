"""Launch: what is put together before a screen shows it. None of it is needed for the first frame."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.rule_file import rule_sets
from sensors.file_marks import SESSION_SUFFIX
from sensors.recordings import Flaws, open_recording
from sensors.replay import Playhead, Replay
from sensors.session_file import add_entry, has_journal, recover
from sensors.wording import clean
from tui.app import Start
from tui.beginning import NOTHING, Beginning
from tui.engine import Offer
from tui.glyphs import GlyphSet
from tui.home import Home
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

if TYPE_CHECKING:
    from analysis.card import Findings
    from analysis.live import LiveSession
    from analysis.record import Record
    from analysis.review import Review
    from analysis.trends import Trend
    from sensors.discovery import MakeRadio
    from tui.first_frame import BegunSessions
    from tui.preparation import Preparation


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


def started(
    glyphs: str,
    shown: LiveSession | Review | Preparation | None = None,
    home: Home | None = None,
    *,
    speed: float = 1.0,
    reviewing: bool = False,
) -> Start:
    """Return what the app opens on, as the user has set it, with what of the settings cannot be used."""
    settings = load_settings(settings_path())
    load_rules = cache(partial(rule_sets, rules_folder()))
    left_out = settings.left_out
    if settings.rule_set and settings.rule_set not in load_rules().by_key:
        wanted = f"{settings_path()}: rule_set is {clean(settings.rule_set)}, which `clonoscope rules` does not list"
        left_out = (*left_out, f"{wanted}; this entry is left out")
    view = View(
        glyphs=GlyphSet(glyphs),
        speed=speed,
        scale=settings.rule_set or USUAL_SCALE,
        load_rules=load_rules,
        keys=settings.keys,
        reviewing=reviewing,
    )
    brief = tuple(sentence.replace(str(settings_path()), settings_path().name) for sentence in left_out)
    return Start(view, shown, home, brief, left_out)


def prepared(
    make_radio: MakeRadio | None,
    sessions: Path | None,
    begun: BegunSessions,
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
        on_begin=begun.sessions.append,
        notices=notices,
        beginning=beginning,
    )


def home_of(make_radio: MakeRadio | None, sessions: Path | None, begun: BegunSessions) -> Home:
    """Return all that the home screen can reach; every live session there is one of `begun`."""
    from analysis.librarian import Librarian
    from analysis.library import Library
    from sensors.kit_file import kit_names
    from sensors.scenarios import DEMONSTRATION, GUIDED_TEST, SCENARIOS

    folder = sessions_folder(sessions)
    seen = Seen(folder, begun.sessions)
    first = (DEMONSTRATION, GUIDED_TEST)
    scenarios = [SCENARIOS[name] for name in (*first, *(name for name in SCENARIOS if name not in first))]

    def simulated(name: str, beginning: Beginning) -> LiveSession:
        from sensors.simulation import Simulation

        source = Replay(Simulation(SCENARIOS[name]), Playhead())
        live = begun.begin(partial(recorded, source, sessions, beginning=beginning))
        live.start()
        return live

    def prepare(kit: str | None) -> Offer:
        shows = (
            "choose them, say where they are worn, try them" if kit is None else "its sensors, tried before the start"
        )
        return Offer(kit or "Sensors around us", shows, partial(prepared, make_radio, sessions, begun, kit))

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

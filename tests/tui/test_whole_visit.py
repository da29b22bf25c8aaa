"""A whole visit over the real home screen, library, engine and files, by keyboard alone and in virtual time."""

from __future__ import annotations

from contextlib import closing
from csv import DictReader
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from analysis.record import record_of
from analysis.snapshot import Saving, Snapshot
from analysis.trial import Ruling
from sensors.packet import Arrival
from sensors.session_file import SessionReader, SessionWriter, session_path
from tests.tui.eyes import look, opened, text
from tests.tui.stepped import Stepped, clonus, feet
from tests.whole_visit import CODE, EXAMINER, EXPORT, LEFT, NOTE, RIGHT, earlier_visits, visited
from tui.app import ClonoscopeApp
from tui.beginning import Beginning
from tui.engine import Offer
from tui.first_frame import BegunSessions
from tui.home import Home
from tui.launch import home_of
from tui.screens.home import HomeScreen
from tui.screens.live import LiveScreen

EVERY_S = 7.0
STEP_S = 0.25
TWO_BEATS_S = 0.4
MOST_LOOKS = 400
FIRST_S, LONGER_S = 1.0, 0.25
"""How long the clonus of the first attempt lasts, and by how much that of each further one is longer."""
ACCEPTED = [k for k, keys in enumerate((*LEFT, *RIGHT)) if keys[0] == "enter"]


class Recorded(Stepped):
    """A stepped session that is saved, as one of the home screen is."""

    def __init__(self, stepped: Stepped, folder: Path, beginning: Beginning) -> None:
        super().__init__(stepped.simulation)
        now = datetime.now(UTC)
        self.path = session_path(folder, now)
        simulation = self.simulation
        self.writer = SessionWriter(
            self.path, simulation.sensors, start_ns=simulation.start_ns, started_utc=now, facts=beginning.facts
        )
        for kind, detail in beginning.entries:
            self.submit(kind, None, **detail)

    def take(self, arrival: Arrival) -> None:
        super().take(arrival)
        self.writer.record(arrival)

    def snapshot(self) -> Snapshot:
        return replace(super().snapshot(), saving=Saving(self.path))

    def stop(self) -> None:
        super().stop()
        self.writer.close(10.0)


class PilotHands:
    """Time passes only while the live screen is waited for."""

    def __init__(self, pilot: Pilot[None], home: Home, begun: list[Recorded]) -> None:
        self.pilot, self.home, self.begun = pilot, home, begun

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def shows(self, words: str) -> bool:
        await look(self.pilot)
        return words in text(self.pilot.app)

    async def until(self, words: str) -> None:
        await self._until(words, shown=True)

    async def until_gone(self, words: str) -> None:
        await self._until(words, shown=False)

    async def _until(self, words: str, *, shown: bool) -> None:
        for _ in range(MOST_LOOKS):
            if await self.shows(words) == shown:
                return
            await self._wait()
        raise AssertionError(f"{words}: {'never shown' if shown else 'still there'}\n{text(self.pilot.app)}")

    async def _wait(self) -> None:
        screen = self.pilot.app.screen
        if isinstance(screen, LiveScreen):
            if screen.frames is not None:
                screen.frames.stop()
            self.begun[-1].until(self.begun[-1].now_s + STEP_S)
            return
        await opened(self.pilot.app)
        if isinstance(screen, HomeScreen):
            self.home.librarian.wait(10.0)
            screen.look()
        await self.pilot.pause(0.01)

    async def keep(self, name: str) -> None:
        """Nothing is kept here."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for sessions, in a home of its own with two visits in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    earlier_visits(tmp_path / "sessions")
    return tmp_path / "sessions"


async def test_a_visit_goes_from_the_code_to_the_trend_by_keyboard_alone(folder: Path, tmp_path: Path) -> None:
    lasting = [FIRST_S + LONGER_S * k for k in range(len(LEFT) + len(RIGHT))]
    pulls = [clonus(2.0 + EVERY_S * k, lasting_s) for k, lasting_s in enumerate(lasting)]
    begun: list[Recorded] = []

    def begin(beginning: Beginning) -> Recorded:
        stepped = feet(pulls[: len(LEFT)], pulls[len(LEFT) :], lasting_s=EVERY_S * len(pulls) + 5.0)
        begun.append(Recorded(stepped, folder, beginning))
        return begun[-1]

    home = home_of(None, folder, BegunSessions())
    (demo, guided, *others) = home.simulated
    home = replace(home, simulated=(demo, Offer(guided.name, guided.description, begin), *others))
    async with ClonoscopeApp(home=home).run_test(size=(120, 40)) as pilot:
        await visited(PilotHands(pilot, home, begun))
        home.librarian.stop()

    (engine,) = begun
    with closing(SessionReader(engine.path)) as session:
        assert session.closed
        record = record_of(session)
    assert record.visit is not None
    assert (record.visit.code, record.visit.diagnosis) == (CODE, "spinal cord injury")
    assert [(m.name, m.dose, m.hours) for m in record.visit.medications] == [("baclofen", "30 mg", 3.5)]
    trials = [graded.trial for graded in record.trials]
    assert [(t.setup.side, t.setup.attempt) for t in trials] == [
        *(("left", 1), ("left", 2), ("left", 2), ("left", 3)),
        *(("right", 1), ("right", 2), ("right", 2), ("right", 3)),
    ]
    assert {t.setup.examiner for t in trials} == {EXAMINER}
    assert [t.verdict for t in trials if t.verdict is not Ruling.ACCEPTED] == [Ruling.REPEATED, Ruling.REJECTED]
    assert [t.pain for t in trials] == [4, None, 3, 5, 1, None, 0, 2]
    for number in ACCEPTED[1:]:
        response = trials[number].response
        assert response is not None
        assert abs(response.duration_s - lasting[number]) <= TWO_BEATS_S
    (correction,) = record.corrections
    assert correction.by == EXAMINER
    assert NOTE in record.notes.values()

    page = engine.path.with_suffix(".html").read_text("utf-8")
    assert CODE in page
    assert "rejected" in page
    trend = home.trend(CODE)
    assert [point.counted for point in trend.of_limb("left ankle")[0].points] == [3, 3, 3]
    rows = DictReader((tmp_path / EXPORT).read_text("utf-8").splitlines())
    assert {row["sensor"] for row in rows} == {"left_foot", "right_foot"}

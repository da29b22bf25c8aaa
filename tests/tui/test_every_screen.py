"""Every screen that the program has, in the words of a stranger: none hands them to the terminal as they are."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

import tui.screens
from analysis.alerts import Fault, FaultKind, ListedFault
from analysis.comparison import Answer, Finding, compare
from analysis.patient import Medication, Visit
from analysis.snapshot import Mark
from analysis.trial import Setup
from tests.room import STRANGER, Advertiser, room
from tests.tui.eyes import live, look, opened, replay, text
from tests.tui.fake import FakeEngine, FakeReview, sensor_keys
from tests.tui.fake_home import Shop, at_home
from tests.tui.stepped import feet, guided
from tests.tui.test_foreign_text import EVIL, dialogs, furnished, harmless, pasted, trend_in
from tests.tui.test_review import review_of
from tests.tui.test_sensors_screen import ward
from tui.actions import LIVE
from tui.app import ClonoscopeApp
from tui.beginning import NOTHING
from tui.earlier_visit import EarlierVisit
from tui.engine import Shelf
from tui.screens.dialogs import NoticeDialog
from tui.screens.differences import AgainstDialog, DifferencesScreen
from tui.screens.faults_dialog import FaultsDialog
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.live import LiveScreen
from tui.screens.new_session import NewSessionDialog
from tui.screens.opening import OpeningScreen
from tui.screens.replay import ReplayScreen
from tui.screens.review import ReviewScreen
from tui.screens.sensors import SensorsScreen
from tui.screens.setup_dialog import SetupDialog
from tui.screens.trend import TrendScreen
from tui.screens.visit_dialog import VisitDialog
from tui.view import View

LONG = "\u05d0\ufdfda" + "\u0301\u0489" * 20 + "left_foot_" * 800 + "e\u0301" * 400
"""A letter that runs from right to left, one that is very wide, forty marks over one, and no end."""
WORDS = {"instructions": EVIL, "long": LONG}

Kind = type[Any]
"""A screen's class; of what it answers with nothing is wanted here."""
Shown = AbstractAsyncContextManager[Pilot[None]]
Showing = Callable[[str, Path], Shown]


@asynccontextmanager
async def running(words: str, _folder: Path) -> AsyncIterator[Pilot[None]]:
    engine = FakeEngine(now_s=22.0, name=words)
    engine.story.keys = [f"{words}_{key}" for key in sensor_keys(4)]
    engine.story.extra_marks = (Mark(8.5, words),)
    async with live(engine) as (pilot, screen):
        screen.say(words)
        await look(pilot)
        yield pilot


@asynccontextmanager
async def in_a_test(words: str, _folder: Path) -> AsyncIterator[Pilot[None]]:
    """A guided test whose visit, setup and answers are a stranger's."""
    engine = feet()
    engine.submit("visit", code="P-0417", diagnosis_text=words, notes=words, measures=words)
    engine.submit("setup", site="ankle", side="left", examiner=words, manoeuvre=words, position=words)
    engine.submit("answer", rule_set=words, question=words, answer=words)
    engine.submit("mark", text=words)
    async with guided(engine) as (pilot, _):
        engine.until(2.0)
        await pilot.press("space")
        await look(pilot)
        yield pilot


def recorded(words: str) -> FakeReview:
    review = FakeReview(name=words)
    review.author = words
    review.story.keys = [f"{words}_{key}" for key in sensor_keys(4)]
    review.story.extra_marks = (Mark(8.5, words),)
    review.submit("note", episode=f"{review.story.keys[0]}/1", text=words)
    return review


@asynccontextmanager
async def replayed(words: str, _folder: Path) -> AsyncIterator[Pilot[None]]:
    async with replay(recorded(words), 8.6) as (pilot, screen):
        screen.say(words)
        await look(pilot)
        yield pilot


@asynccontextmanager
async def reviewed(words: str, _folder: Path) -> AsyncIterator[Pilot[None]]:
    async with review_of(recorded(words)) as (pilot, screen):
        screen.say(words)
        await pilot.press("down", "down")
        await look(pilot)
        yield pilot


@asynccontextmanager
async def prepared(words: str, folder: Path) -> AsyncIterator[Pilot[None]]:
    name = f"Polar Sense {words}".encode()[:24]
    visit = replace(Visit("P-0417"), code=words, notes=words)
    beginning = replace(NOTHING, visit=visit)
    async with ward(folder, room(lambda: Advertiser(STRANGER, name, 0xFEEE)), (120, 40), beginning=beginning) as here:
        await here.until("Polar Sense")
        yield here.pilot


@asynccontextmanager
async def listed(words: str, folder: Path) -> AsyncIterator[Pilot[None]]:

    async with at_home(furnished(folder, words), (120, 40)) as pilot:
        yield pilot


@asynccontextmanager
async def compared(words: str, folder: Path) -> AsyncIterator[Pilot[None]]:
    app = ClonoscopeApp(home=Shop(folder).home())
    async with app.run_test(size=(120, 40)) as pilot:
        app.open(lambda: trend_in(words))
        await opened(app)
        await pilot.pause()
        yield pilot


def faults(words: str) -> FaultsDialog:
    engine = FakeEngine()
    engine.story.keys = [f"{words}_{key}" for key in sensor_keys(4)]
    rows = [ListedFault(Fault(kind, engine.story.keys[0], 1.0, words)) for kind in FaultKind]
    return FaultsDialog(lambda: replace(engine.snapshot(), listed=tuple(rows)), lambda: None)


def setup(words: str) -> SetupDialog:
    return SetupDialog(FakeEngine().snapshot(), Setup(words, words, words, words, examiner=words))


def visiting(words: str) -> VisitDialog:
    medications = (Medication(words, words, 2.0, words, words),)
    said = Visit(words, words, words, medications, (words, words), words)
    return VisitDialog(Visit(words), lambda _: EarlierVisit(said, "2026-10-12"))


def differing(words: str) -> DifferencesScreen:
    before = Answer(words, (Finding(words, 1.0, 2.0, 5, 5.0, words), Finding(f"{words}2", 8.0)))
    after = Answer(words, (Finding(words, 1.5, 2.0, 9, 5.0, f"{words}3"), Finding(f"{words}4", 9.0)))
    return DifferencesScreen(compare(before, after))


def beginning(words: str) -> NewSessionDialog:
    return NewSessionDialog(View(), words, (Shelf(words, ()),), NOTHING, [words])


SHOWN: dict[Kind, Showing] = {
    LiveScreen: running,
    ReplayScreen: replayed,
    ReviewScreen: reviewed,
    SensorsScreen: prepared,
    HomeScreen: listed,
    TrendScreen: compared,
}
"""Each screen that stands by itself, and how it is shown in the words of a stranger."""
OVER_ANOTHER: dict[str, Callable[[str], Screen[Any]]] = {
    "faults": faults,
    "setup": setup,
    "visit": visiting,
    "differences": differing,
    "against": lambda _: AgainstDialog(),
    "new_session": beginning,
    "help": lambda _: HelpScreen(LIVE),
    "notice": lambda words: NoticeDialog([words, words]),
    "opening": OpeningScreen,
}
"""Each that is shown over another, beside those that ask one thing, of test_foreign_text."""
NAMES = [*OVER_ANOTHER, *sorted(dialogs())]


def made(name: str, words: str) -> Screen[Any]:
    return OVER_ANOTHER[name](words) if name in OVER_ANOTHER else dialogs(words)[name]()


def screens() -> Iterator[Kind]:
    """Yield every screen that can be shown: those which no other is made of."""
    for module in pkgutil.iter_modules(tui.screens.__path__):
        importlib.import_module(f"tui.screens.{module.name}")
    left: list[Kind] = [Screen]
    while left:
        kinds = left.pop().__subclasses__()
        left += kinds
        yield from (kind for kind in kinds if kind.__module__.startswith("tui.") and not kind.__subclasses__())


def test_every_screen_is_shown_in_the_words_of_a_stranger() -> None:
    """A new one takes part by a line above."""
    assert set(screens()) == SHOWN.keys() | {type(made(name, "a")) for name in NAMES}


@pytest.mark.skipif(os.name == "nt", reason="no such names")
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
async def test_no_screen_hands_on_what_a_stranger_says(kind: Kind, words: str, tmp_path: Path) -> None:
    async with SHOWN[kind](WORDS[words], tmp_path) as pilot:
        assert isinstance(pilot.app.screen, kind)
        fits(pilot.app)
        await pasted(pilot)
        fits(pilot.app)


@pytest.mark.parametrize("words", WORDS)
async def test_a_guided_test_hands_on_nothing_either(words: str, tmp_path: Path) -> None:
    async with in_a_test(WORDS[words], tmp_path) as pilot:
        assert "ready, stretch now" in text(pilot.app)
        fits(pilot.app)


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_shown_over_another_screen_hands_on_what_a_stranger_says(name: str) -> None:
    app = ClonoscopeApp(FakeEngine())
    async with app.run_test(size=(120, 40)) as pilot:
        for words in WORDS.values():
            app.push_screen(made(name, words))
            await pilot.pause()
            fits(app)
            await pasted(pilot)
            fits(app)
            app.pop_screen()


def fits(app: App[None]) -> None:
    """Fail where the front screen holds an instruction, or a line that is not as wide as the window."""
    harmless(app)
    width = app.size.width
    assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {width}

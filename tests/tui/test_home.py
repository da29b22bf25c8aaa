"""Claims about the home screen: every key, and what is offered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from textual.pilot import Pilot

from sensors.failure import RecordingError
from tests.tui.eyes import line_with, text
from tests.tui.fake import FakeEngine, FakeReview
from tui.actions import HOME
from tui.app import ClonoscopeApp
from tui.engine import TRENDS, Engine, Offer, Review, Shelf
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.live import LiveScreen
from tui.screens.replay import ReplayScreen


@dataclass
class Shop:
    """What is offered; counts what was opened and how often it was looked at."""

    opened: list[str] = field(default_factory=list)
    looks: int = 0

    def shelves(self) -> tuple[Shelf, ...]:
        self.looks += 1
        return (
            Shelf("New simulated session", (self.offer("endless", self.live), self.offer("both-ankles", self.live))),
            Shelf("Sample streams", (self.offer("provocation", self.review), self.offer("broken", self.broken))),
            Shelf("Sensors and kits", (self.offer("around", self.live),)),
            Shelf("Saved sessions", (), empty="none yet; a simulated session makes one"),
            Shelf(TRENDS, (self.offer("P-0417", self.review), self.offer("P-0418", self.review))),
        )

    def offer(self, name: str, make: Callable[[], Engine | Review]) -> Offer:
        def opening() -> Engine | Review:
            self.opened.append(name)
            return make()

        return Offer(name, f"what {name} is about", opening)

    def live(self) -> FakeEngine:
        engine = FakeEngine(4, 21.2)
        engine.saving = None
        return engine

    def review(self) -> FakeReview:
        return FakeReview(4)

    def broken(self) -> FakeReview:
        raise RecordingError("broken.csv: the header is missing; see docs/streams.md")


@asynccontextmanager
async def home(shop: Shop, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    async with ClonoscopeApp(shelves=shop.shelves).run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


Check = Callable[[Pilot[None], Shop], Awaitable[None]]


async def opened(pilot: Pilot[None], shop: Shop) -> None:
    await settled(pilot)
    assert shop.opened == ["endless"]
    assert isinstance(pilot.app.screen, LiveScreen)


async def sensors(pilot: Pilot[None], shop: Shop) -> None:
    await settled(pilot)
    assert shop.opened == ["around"]


async def moved_on(pilot: Pilot[None], shop: Shop) -> None:
    assert shop.opened == []
    assert "▸ both-ankles" in text(pilot.app)


async def moved_back(pilot: Pilot[None], shop: Shop) -> None:
    assert shop.opened == []
    assert "▸ P-0418" in text(pilot.app)


async def trends(pilot: Pilot[None], shop: Shop) -> None:
    assert shop.opened == []
    assert "▸ P-0417" in text(pilot.app)
    await pilot.press("down", "t")
    await settled(pilot)
    assert shop.opened == ["P-0418"]


async def theme(pilot: Pilot[None], shop: Shop) -> None:
    assert (pilot.app.theme, shop.looks) == ("light", 1)


async def glyphs(pilot: Pilot[None], shop: Shop) -> None:
    assert shop.looks == 1
    await pilot.press("g")
    assert "> endless" in text(pilot.app)


async def show_help(pilot: Pilot[None], shop: Shop) -> None:
    assert shop.looks == 1
    assert isinstance(pilot.app.screen, HelpScreen)


async def quits(pilot: Pilot[None], shop: Shop) -> None:
    assert shop.opened == []
    assert not isinstance(pilot.app.screen, HomeScreen)


CHECKS: dict[str, Check] = {
    "home.open": opened,
    "home.demo": opened,
    "home.sensors": sensors,
    "home.next": moved_on,
    "home.previous": moved_back,
    "home.trends": trends,
    "home.theme": theme,
    "home.glyphs": glyphs,
    "app.help": show_help,
    "home.quit": quits,
}
KEYS = [(action.name, key) for action in HOME for key in action.keys.split(",")]


@pytest.mark.parametrize(("name", "key"), KEYS)
async def test_every_key_does_what_its_line_says(name: str, key: str) -> None:
    shop = Shop()
    async with home(shop) as pilot:
        await pilot.press(key)
        await pilot.pause()
        await CHECKS[name](pilot, shop)


def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == {action.name for action in HOME}


async def test_everything_on_offer_is_seen_with_what_it_is() -> None:
    async with home(Shop()) as pilot:
        assert "NEW SIMULATED SESSION" in text(pilot.app)
        assert "what provocation is about" in line_with(pilot.app, "provocation")
        assert "none yet; a simulated session makes one" in text(pilot.app)


async def test_one_comes_back_from_a_session_and_what_is_offered_is_looked_at_again() -> None:
    shop = Shop()
    async with home(shop) as pilot:
        await pilot.press("down", "down", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ReplayScreen)
        await pilot.press("g", "q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)
        assert shop.looks == 2
        assert pilot.app.screen.view.glyphs.value == "block"


async def test_what_cannot_be_opened_is_told_in_one_sentence() -> None:
    async with home(Shop()) as pilot:
        await pilot.press("up", "up", "up", "up", "enter")
        await settled(pilot)
        assert "▲ broken.csv: the header is missing; see docs/streams.md" in text(pilot.app)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_a_second_key_does_not_open_a_second_session() -> None:
    shop = Shop()
    async with home(shop) as pilot:
        offer = shop.shelves()[0].offers[0]
        assert isinstance(pilot.app, ClonoscopeApp)
        pilot.app.open(offer)
        pilot.app.open(offer)
        await settled(pilot)
        assert shop.opened == ["endless"]


async def test_the_only_code_is_opened_at_once_and_without_one_that_is_said() -> None:
    shop = Shop()
    only = (Shelf("Saved", (shop.offer("s", shop.review),)), Shelf(TRENDS, (shop.offer("P-0417", shop.review),)))
    async with ClonoscopeApp(shelves=lambda: only).run_test(size=(80, 24)) as pilot:
        await pilot.press("t")
        await settled(pilot)
        assert shop.opened == ["P-0417"]
    async with ClonoscopeApp(shelves=lambda: (Shelf(TRENDS, ()),)).run_test(size=(80, 24)) as pilot:
        await pilot.press("t")
        assert "no saved session belongs to a code yet" in text(pilot.app)


async def test_nothing_to_open_is_said_so() -> None:
    async with ClonoscopeApp(shelves=lambda: (Shelf("Saved sessions", ()),)).run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "down")
        assert "there is nothing to open yet" in text(pilot.app)
        assert "nothing here yet" in text(pilot.app)


async def test_a_long_shelf_scrolls_with_the_choice() -> None:
    offers = tuple(Offer(f"session {k:02d}", "", Shop().review) for k in range(40))
    async with ClonoscopeApp(shelves=lambda: (Shelf("Saved", offers),)).run_test(size=(80, 24)) as pilot:
        await pilot.press(*["down"] * 25)
        assert "▸ session 25" in text(pilot.app)

"""A home screen over a real library, whose offers open sessions that never were."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from analysis.card import Findings
from analysis.librarian import Librarian
from analysis.library import Library
from analysis.trends import Trend, trend_of
from sensors.failure import RecordingError
from tests.tui.eyes import opened
from tests.tui.fake import FakeEngine, FakeReview
from tui.app import ClonoscopeApp
from tui.beginning import Beginning
from tui.engine import Engine, Offer, Review
from tui.home import Home
from tui.screens.home import HomeScreen
from tui.view import View

DONE_WITHIN_S = 60.0


@dataclass
class Shop:
    """What can be reached; notes what was opened, begun, compared and exported."""

    root: Path
    opened: list[Path] = field(default_factory=list)
    begun: list[tuple[str, Beginning]] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)
    exported: list[tuple[Path, Path]] = field(default_factory=list)
    trend: Trend = field(default_factory=lambda: trend_of("P-1", ()))
    kits: tuple[str, ...] = ("Ward 3",)
    streams: Mapping[Path, str] = field(default_factory=lambda: {Path("streams/provocation.csv"): "an examination"})

    def __post_init__(self) -> None:
        self.folder = self.root / "sessions"
        self.library = Library(self.folder, self.root / "cache" / "index.json")
        self.librarian = Librarian(self.library)

    def offer(self, name: str) -> Offer:
        def begin(beginning: Beginning) -> Engine:
            self.begun.append((name, beginning))
            engine = FakeEngine(4, 21.2)
            engine.saving = None
            return engine

        return Offer(name, f"what {name} is about", begin)

    def open(self, path: Path) -> Review:
        self.opened.append(path)
        if path.name.startswith("broken"):
            raise RecordingError(f"{path.name}: the header is missing; see docs/streams.md")
        return FakeReview(4)

    def known(self) -> Mapping[str, Findings]:
        return {}

    def compare(self, code: str) -> Trend:
        self.compared.append(code)
        return self.trend

    def export(self, recording: Path, output: Path) -> tuple[str, ...]:
        self.exported.append((recording, output))
        return ("two holes are in it",)

    def home(self) -> Home:
        return Home(
            librarian=self.librarian,
            sensors=self.offer("around"),
            kits=lambda: [self.offer(name) for name in self.kits],
            simulated=[self.offer("endless"), self.offer("both-ankles")],
            streams=lambda: self.streams,
            open=self.open,
            known=self.known,
            trend=self.compare,
            export=self.export,
        )


@asynccontextmanager
async def at_home(
    shop: Shop, size: tuple[int, int] = (80, 24), *, view: View | None = None
) -> AsyncIterator[Pilot[None]]:
    """Show the home screen once everything in the folder was read and analysed."""
    async with ClonoscopeApp(home=shop.home(), view=view).run_test(size=size) as pilot:
        await pilot.pause()
        await read(pilot, shop)
        yield pilot


async def read(pilot: Pilot[None], shop: Shop) -> None:
    """Wait until the librarian is done and what it found is on the screen."""
    assert shop.librarian.wait(DONE_WITHIN_S)
    if isinstance(pilot.app.screen, HomeScreen):
        pilot.app.screen.look()
    await pilot.pause()


async def settled(pilot: Pilot[None]) -> None:
    """Wait until what was asked for is opened."""
    await opened(pilot.app)
    await pilot.pause()

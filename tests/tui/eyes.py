"""Eyes: what stands on the screen, as text and as styles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App
from textual.pilot import Pilot
from textual.strip import Strip

from tests.tui.fake import FakeEngine, FakeReview
from tui.app import ClonoscopeApp
from tui.glyphs import GlyphSet
from tui.screens.live import LiveScreen
from tui.screens.replay import ReplayScreen
from tui.screens.review import ReviewScreen
from tui.view import View


def strips(app: App[None]) -> list[Strip]:
    """Return the lines of the front screen."""
    return app.screen._compositor.render_strips()


def lines(app: App[None]) -> list[str]:
    """Return the text of the front screen, line by line."""
    return ["".join(segment.text for segment in strip) for strip in strips(app)]


def text(app: App[None]) -> str:
    """Return the text of the front screen."""
    return "\n".join(lines(app))


def line_with(app: App[None], words: str) -> str:
    """Return the first line that holds `words`."""
    return next((line for line in lines(app) if words in line), "")


@asynccontextmanager
async def live(
    engine: FakeEngine,
    size: tuple[int, int] = (120, 40),
    theme: str = "dark",
    glyphs: GlyphSet = GlyphSet.BRAILLE,
) -> AsyncIterator[tuple[Pilot[None], LiveScreen]]:
    """Show a live session and wait for its first frame."""
    app = ClonoscopeApp(engine, theme=theme, view=View(glyphs=glyphs))
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, LiveScreen)
        await look(pilot)
        yield pilot, screen


@asynccontextmanager
async def replay(
    review: FakeReview, at_s: float = 0.0, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[None], ReplayScreen]]:
    """Show a recording that stands at `at_s`."""
    app = ClonoscopeApp(review)
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        screen.playhead.pause()
        screen.playhead.seek(at_s)
        await look(pilot)
        yield pilot, screen


async def opened(app: App[None]) -> None:
    """Wait until everything that was asked for is opened, and whatever works beside the screen is done."""
    assert isinstance(app, ClonoscopeApp)
    while app.is_opening:  # noqa: ASYNC110 - a thread has no event of the loop
        await asyncio.sleep(0.002)
    await app.workers.wait_for_complete()


async def look(pilot: Pilot[None]) -> None:
    """Paint a frame of the front screen and wait until it stands."""
    screen = pilot.app.screen
    if isinstance(screen, LiveScreen | ReplayScreen | ReviewScreen):
        screen.frame()
    await pilot.pause()

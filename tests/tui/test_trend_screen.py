"""Claims about the trend screen and its lines: every key, every sign, any size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from analysis.figures import SessionFigures, TrialFigures
from analysis.patient import Medication, Visit
from analysis.spread import Spread, Value
from analysis.trends import Trend, trend_of
from tests.tui.eyes import line_with, lines, opened, text
from tests.tui.fake_home import Shop
from tui.actions import TREND
from tui.app import ClonoscopeApp
from tui.glyphs import GlyphSet
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.trend import TrendScreen
from tui.trend_lines import Kind, bar
from tui.trend_lines import lines as lines_of
from tui.view import View

TODAY = datetime(2026, 8, 31, 12, 30, tzinfo=UTC)
TOXIN = Medication("botulinum toxin", muscles="soleus [b]x[/b]", given_on="2026-08-10")


def trial(limb: str, beats: float, at_least: bool = False, counts: bool = True) -> TrialFigures:
    lasted = Value(beats / 5.0, at_least)
    return TrialFigures(limb, "", counts, Value(beats, at_least), lasted, Value(5.5), Value(3.0), Value(300.0))


def session(week: int, *trials: TrialFigures) -> SessionFigures:
    visit = Visit("P-0417", medications=(TOXIN,) if week else ())
    return SessionFigures(f"{week}", datetime(2026, 8, 3, 12, tzinfo=UTC) + timedelta(weeks=week), visit, trials)


def example() -> Trend:
    left, right = "left ankle", "right ankle"
    before = [trial(left, 10), trial(left, 12), trial(left, 14), trial(right, 30, at_least=True)]
    after = [trial(left, 4), trial(left, 5), trial(left, 6), trial(right, 3, counts=False)]
    return trend_of("P-0417", (session(0, *before), session(4, *after)))


@asynccontextmanager
async def shown(
    size: tuple[int, int] = (80, 24), glyphs: GlyphSet = GlyphSet.BRAILLE
) -> AsyncIterator[tuple[Pilot[None], TrendScreen]]:
    """Open the trend over the home screen."""
    with TemporaryDirectory() as folder:
        app = ClonoscopeApp(home=Shop(Path(folder)).home(), view=View(glyphs=glyphs))
        async with app.run_test(size=size) as pilot:
            app.open(example)
            await opened(app)
            await pilot.pause()
            assert isinstance(app.screen, TrendScreen)
            yield pilot, app.screen


async def test_it_says_whose_sessions_what_was_done_and_what_has_changed() -> None:
    async with shown((120, 60)) as (pilot, _):
        app = pilot.app
        assert "P-0417  trend · 2 sessions, 2026-08-03 to 2026-08-31" in lines(app)[0]
        assert "a measurement aid, not a diagnosis" in lines(app)[0]
        assert "A  2026-08-10: botulinum toxin (soleus [b]x[/b])" in line_with(app, "botulinum")
        assert "fewer beats in 10 s: 12 (10–14), now 5 (4–6)" in text(app)
        assert "·· A" in line_with(app, "··")
        right = lines(app)[next(y for y, line in enumerate(lines(app)) if "RIGHT ANKLE" in line) :]
        assert "≥ 30" in right[2]
        assert "▸" in right[2]
        assert "all trials set aside" in right[4]


async def test_in_ascii_nothing_is_a_question_mark() -> None:
    async with shown((120, 40), GlyphSet.ASCII) as (pilot, _):
        table = "\n".join(lines(pilot.app)[:-1])
        assert table.isascii()
        assert "?" not in table


Check = Callable[[Pilot[None], TrendScreen], Awaitable[None]]


def first_line(pilot: Pilot[None]) -> str:
    return lines(pilot.app)[2]


async def down(pilot: Pilot[None], screen: TrendScreen) -> None:
    assert screen.trend_table.first == 1
    assert "1 to 20" not in text(pilot.app)
    assert "2 to 21 of" in text(pilot.app)


async def up(_: Pilot[None], screen: TrendScreen) -> None:
    assert screen.trend_table.first == 0


async def page(_: Pilot[None], screen: TrendScreen) -> None:
    assert screen.trend_table.first == screen.trend_table.rows - 1


async def limb(pilot: Pilot[None], _: TrendScreen) -> None:
    assert first_line(pilot).strip() == "LEFT ANKLE"
    await pilot.press("tab")
    assert "RIGHT ANKLE" in text(pilot.app)
    await pilot.press("tab")
    assert "botulinum" in first_line(pilot)


async def glyphs(_: Pilot[None], screen: TrendScreen) -> None:
    assert screen.view.glyphs is GlyphSet.BLOCK


async def theme(pilot: Pilot[None], _: TrendScreen) -> None:
    assert pilot.app.theme == "light"


async def show_help(pilot: Pilot[None], _: TrendScreen) -> None:
    assert isinstance(pilot.app.screen, HelpScreen)
    assert "its median trial between the least and greatest" in text(pilot.app)


async def back(pilot: Pilot[None], _: TrendScreen) -> None:
    assert isinstance(pilot.app.screen, HomeScreen)


CHECKS: dict[str, Check] = {
    "trend.down": down,
    "trend.up": up,
    "trend.page_down": page,
    "trend.page_up": up,
    "trend.limb": limb,
    "app.glyphs": glyphs,
    "app.theme": theme,
    "app.help": show_help,
    "trend.back": back,
}


@pytest.mark.parametrize("action", TREND, ids=lambda action: action.name)
async def test_every_key_does_what_its_line_says(action: object) -> None:
    name, keys = action.name, action.keys.split(",")  # type: ignore[attr-defined]
    async with shown() as (pilot, screen):
        await pilot.press(keys[0])
        await pilot.pause()
        await CHECKS[name](pilot, screen)


@pytest.mark.parametrize("size", [(40, 12), (60, 20), (80, 24), (200, 60)])
async def test_it_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    async with shown(size) as (pilot, _):
        assert len(lines(pilot.app)) == size[1]


def test_without_a_trial_that_is_said() -> None:
    first, *_ = lines_of(trend_of("P-0417", (session(0),)), 80)
    assert first.whole == "  no trial was made in these sessions, so there is nothing to compare"


@given(st.integers(60, 200))
def test_plots_stand_below_each_other_and_no_line_is_wider_than_asked(width: int) -> None:
    every = list(lines_of(example(), width))
    assert len({line.at for line in every if line.plot}) == (width >= 64)
    assert max(len(line.whole) for line in every if line.kind is not Kind.EVENT) <= width


def test_plots_find_room_in_80_columns_beside_trials_that_were_set_aside_today() -> None:
    sessions = [session(k, *(trial("left ankle", 28, at_least=True) for _ in range(3))) for k in range(2)]
    aside = trial("left ankle", 5, counts=False)
    sessions = [replace(each, trials=(*each.trials, aside), started_utc=TODAY) for each in sessions]
    every = list(lines_of(trend_of("P-0417", sessions), 79))
    (told, *_) = (line for line in every if line.kind is Kind.SESSION)
    assert "3 of 4 trials" in told.text
    assert told.plot
    assert max(len(line.whole) for line in every) <= 79


@given(st.lists(st.tuples(st.floats(0.0, 30.0), st.booleans()), min_size=1, max_size=6), st.integers(16, 72))
def test_a_plot_keeps_its_width_and_shows_an_open_end(values: list[tuple[float, bool]], cells: int) -> None:
    spread = Spread.of(Value(*value) for value in values)
    assert spread is not None
    drawn = bar(spread, 30.0, cells)
    assert len(drawn) <= cells
    assert ("▸" in drawn) == spread.is_open or spread.middle.number == 30.0

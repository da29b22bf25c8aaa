"""Claims about the whole: every size, theme, glyph set and colour system, hostile text, signals and the palette."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.theme import BUILTIN_THEMES

from analysis.episode import Change
from analysis.snapshot import Mark
from tests.analysis.saved import saved, visit
from tests.tui.eyes import line_with, lines, live, look, replay, strips, text
from tests.tui.fake import FakeEngine, FakeReview, episode
from tests.tui.fake_home import Shop, at_home
from tui.actions import HOME, LIVE, REPLAY, Action, key_line
from tui.app import ClonoscopeApp
from tui.glyphs import GlyphSet
from tui.screens.dialogs import FailureDialog, NoteDialog, QuestionDialog
from tui.themes import PALETTES, following
from tui.view import View

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]
HOSTILE = "[/red][@click=app.quit]x[/]\x1b]52;c;aGk=\x07 \u202e\u200b{0} %s"
HARMLESS = "[/red][@click=app.quit]x[/]"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 4, 8, 16, 64])
async def test_a_glance_tells_it_at_every_size(size: tuple[int, int], count: int) -> None:
    async with live(FakeEngine(count, 21.2), size) as (pilot, _):
        rows = lines(pilot.app)
        assert all(len(row) == size[0] for row in rows)
        head = line_with(pilot.app, "◆ CLONUS")
        assert head.index("LEFT FOOT") < head.index("◆ CLONUS") < head.index("5.6 Hz")
        assert "● REC 00:21" in rows[0]
        assert "? help" in rows[-1]
        assert "left foot" in text(pilot.app)


@pytest.mark.parametrize("theme", list(PALETTES))
@pytest.mark.parametrize("glyphs", list(GlyphSet))
async def test_every_theme_with_every_glyph_set(theme: str, glyphs: GlyphSet) -> None:
    async with live(FakeEngine(4, 26.3), (120, 40), theme, glyphs) as (pilot, _):
        assert "LOST 1.3 s" in text(pilot.app)
        assert text(pilot.app).isascii() == (glyphs is GlyphSet.ASCII)
        colours = {
            segment.style.color
            for strip in strips(pilot.app)
            for segment in strip
            if segment.style is not None and "CLONUS" not in segment.text
        }
        assert len(colours) > 3


@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
async def test_every_colour_system(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", system)
    async with live(FakeEngine(4, 21.2)) as (pilot, _):
        assert "◆ CLONUS" in text(pilot.app)
        pilot.app.export_screenshot()


@pytest.mark.parametrize("size", [(40, 12), *SIZES])
async def test_no_color_draws_every_screen(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with live(FakeEngine(8, 26.3), size) as (pilot, _):
        pilot.app.export_screenshot()
        for key in ("n", "escape", "q", "escape", "question_mark", "escape", "g", "g", "t"):
            await pilot.press(key)
            pilot.app.export_screenshot()
    async with replay(FakeReview(8), 21.0, size) as (pilot, _):
        pilot.app.export_screenshot()
    shop = Shop(tmp_path)
    saved(shop.folder, *visit("P-1"))
    async with at_home(shop, size) as pilot:
        for key in ("n", "escape", "o", "escape", "slash", "x", "escape", "g", "T"):
            await pilot.press(key)
            pilot.app.export_screenshot()


async def test_every_segment_has_a_style() -> None:
    async with live(FakeEngine(16, 26.3)) as (pilot, _):
        assert all(segment.style is not None for strip in strips(pilot.app) for segment in strip)


async def test_a_small_window_says_what_it_needs_and_comes_back() -> None:
    async with live(FakeEngine(4, 21.2), (80, 24)) as (pilot, _):
        for size in ((20, 5), (59, 30), (100, 19)):
            await pilot.resize_terminal(*size)
            await look(pilot)
            assert "60 x 20" in text(pilot.app)
            assert "CLONUS" not in text(pilot.app)
            assert "the session goes on" in text(pilot.app)
        await pilot.resize_terminal(80, 24)
        await look(pilot)
        assert "◆ CLONUS" in text(pilot.app)
        assert "needs" not in text(pilot.app)


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (20, 5), (59, 19), (200, 3)])
async def test_no_window_is_too_small_to_be_drawn_in(size: tuple[int, int]) -> None:
    async with live(FakeEngine(16, 21.2)) as (pilot, _):
        await pilot.resize_terminal(*size)
        await look(pilot)
    async with replay(FakeReview(4), 21.2) as (pilot, screen):
        await pilot.resize_terminal(*size)
        await look(pilot)
        await pilot.resize_terminal(60, 20)
        await look(pilot)
        assert "◆ CLONUS" in text(pilot.app)
        assert screen.scrubber.display


async def test_only_a_live_session_goes_on_while_nothing_of_it_can_be_shown() -> None:
    async with replay(FakeReview(4), 21.2, (40, 12)) as (pilot, _):
        assert "60 x 20" in text(pilot.app)
        assert "goes on" not in text(pilot.app)
    engine = FakeEngine(4, 21.2)
    engine.ended = True
    async with live(engine, (40, 12)) as (pilot, _):
        assert "60 x 20" in text(pilot.app)
        assert "goes on" not in text(pilot.app)


async def test_text_by_strangers_is_shown_as_harmless_text() -> None:
    keys = [f"left_{HOSTILE}", "right_foot"]
    engine = FakeEngine(now_s=21.2, name=HOSTILE, keys=keys, extra_marks=(Mark(20.5, HOSTILE),))
    engine.submit("note", keys[0], episode=f"{keys[0]}/3", text=HOSTILE)
    async with live(engine, (200, 60)) as (pilot, _):
        assert HARMLESS in text(pilot.app)
        assert HARMLESS.upper()[:8] in text(pilot.app)
        assert "\x1b" not in text(pilot.app)
        assert "\u202e" not in text(pilot.app)
        await pilot.press("n")
        assert "[/red]" in text(pilot.app)
        assert isinstance(pilot.app.screen, NoteDialog)
        await pilot.press("escape")
        engine.failure = HOSTILE
        await look(pilot)
        assert isinstance(pilot.app.screen, FailureDialog)
        assert HARMLESS in text(pilot.app)
        assert "\x1b" not in text(pilot.app)


async def test_offers_by_strangers_are_shown_as_harmless_text(tmp_path: Path) -> None:
    shop = Shop(tmp_path, kits=(HOSTILE,), streams={Path("x.csv"): HOSTILE})
    async with at_home(shop, (120, 40)) as pilot:
        for keys in (("n",), ("escape", "k"), ("escape", "o")):
            await pilot.press(*keys)
            await pilot.pause()
            assert HARMLESS in text(pilot.app)
            assert "\x1b" not in text(pilot.app)


async def test_wide_characters_do_not_move_the_columns() -> None:
    engine = FakeEngine(now_s=21.2, name="測試", keys=["左足", "right_foot"])
    async with live(engine, (120, 40)) as (pilot, _):
        assert "左足" in text(pilot.app)
        assert {strip.cell_length for strip in strips(pilot.app)} == {120}


@pytest.mark.parametrize("actions", [LIVE, REPLAY, HOME])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_line_of_keys_fits_and_ends_with_help(actions: tuple[Action, ...], width: int) -> None:
    shown = key_line(actions, width)
    assert sum(len(a.shown) + len(a.text) + 4 for a in shown) <= width
    assert shown[-1].shown == "?"
    assert len(shown) >= (4 if width < 80 else 5)


@pytest.mark.parametrize("actions", [LIVE, REPLAY, HOME])
def test_no_key_means_two_things(actions: tuple[Action, ...]) -> None:
    keys = [key for action in actions for key in action.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert len({action.name for action in actions}) == len(actions)


async def test_the_palette_lists_every_action() -> None:
    async with live(FakeEngine(4, 21.2)) as (pilot, screen):
        assert isinstance(pilot.app, ClonoscopeApp)
        listed = [command.title for command in pilot.app.get_system_commands(screen)]
        assert len(listed) == len(LIVE)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CommandPalette)
        await pilot.press(*"mark this")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert screen.engine.entries[-1].kind == "mark"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_a_signal_ends_the_session_before_the_screen(name: str) -> None:
    number = getattr(signal, name)
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, _):
        os.kill(os.getpid(), number)
        while not engine.ended:
            await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
    assert pilot.app.return_code == 128 + number


async def test_a_dialog_leaves_the_traces_in_sight() -> None:
    async with live(FakeEngine(4, 21.2)) as (pilot, _):
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, QuestionDialog)
        svg = pilot.app.export_screenshot(simplify=True)
        assert "CLONUS" in svg


async def test_an_alert_is_seen_and_heard_behind_a_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 4.4)
    async with live(engine) as (pilot, screen):
        rung: list[int] = []
        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(1))
        screen.view.bell = True
        await pilot.press("question_mark")
        engine.now_s = 4.5
        engine.tell(Change.RAISED, episode("left_foot", 1, 3))
        await pilot.pause()
        assert rung == [1]
        assert any("◆ CLONUS" in strip.text for strip in screen.board._strips)


@pytest.mark.parametrize("name", list(PALETTES))
def test_text_stands_out_from_its_ground(name: str) -> None:
    palette = PALETTES[name]
    pairs = [
        (palette.text, palette.background, 7.0),
        (palette.trace, palette.background, 7.0),
        (palette.trace, palette.shade, 4.5),
        (palette.dim, palette.background, 4.5),
        (palette.dim, palette.panel, 4.5),
        (palette.episode, palette.background, 4.5),
        (palette.episode, palette.shade, 3.0),
        (palette.on_episode, palette.episode, 4.5),
        (palette.fault, palette.background, 4.5),
        (palette.fault_high, palette.background, 4.5),
        (palette.fault_low, palette.background, 4.5),
    ]
    for front, ground, least in pairs:
        assert contrast(front, ground) >= least, (front, ground)


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_themes_follow_each_other_in_a_ring() -> None:
    name = "dark"
    for _ in PALETTES:
        name = following(name)
    assert name == "dark"
    assert following(next(iter(BUILTIN_THEMES))) == "dark"


def test_a_view_keeps_habits_and_forgets_choices() -> None:
    view = View(glyphs=GlyphSet.ASCII, bell=True, span_s=3.0, sensor="left_foot", episode="left_foot/1")
    fresh = view.renewed()
    assert (fresh.glyphs, fresh.bell) == (GlyphSet.ASCII, True)
    assert (fresh.span_s, fresh.sensor, fresh.episode) == (None, None, None)


@pytest.mark.parametrize("module", ["tui.app", "tui.screens.replay", "tui.screens.home"])
def test_what_is_slow_to_import_is_not_needed_for_the_first_frame(module: str) -> None:
    code = f"import sys, {module}; print(*(m for m in ('scipy', 'bleak', 'sqlite3') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

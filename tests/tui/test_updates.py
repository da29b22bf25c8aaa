"""Claims about what is sent to the terminal: all that has changed, and little else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.strip import Strip

from tests.tui.eyes import live, strips
from tests.tui.fake import FakeEngine
from tui import updates
from tui.glyphs import GlyphSet
from tui.updates import SpareUpdate, spare

GREYS = ("black", "brightblack", "white", "brightwhite")
COLOURS = ("#102030", "#f5a83c", "red", None)


class Sent:
    """A terminal that gets all that is sent to it, and counts it."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.characters = 0

    def take(self, sequences: str) -> None:
        self.characters += len(sequences)
        self._stream.feed(sequences)

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        screen = self.screen
        return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


@contextmanager
def sent(app: App[None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """Send what the app shows to a terminal as well."""
    terminal = Sent(*app.size)

    def watched(update: RenderableType | None) -> RenderableType | None:
        made = spare(update)
        if isinstance(made, SpareUpdate):
            terminal.take(made.render_segments(app.console))
        return made

    with monkeypatch.context() as patched:
        patched.setattr(updates, "spare", watched)
        app.screen.refresh()
        yield terminal


def anew(app: App[None]) -> list[list[pyte.screens.Char]]:
    """Return what a terminal shows that is sent every line anew, as Textual does it."""
    terminal = Sent(*app.size)
    for y, strip in enumerate(strips(app)):
        terminal.take(f"\x1b[{y + 1};1H{strip.render(app.console)}")
    return terminal.cells


@pytest.mark.parametrize("glyphs", list(GlyphSet))
async def test_the_terminal_shows_what_the_screen_holds(glyphs: GlyphSet, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 3.0)
    async with live(engine, glyphs=glyphs) as (pilot, screen):
        with sent(pilot.app, monkeypatch) as terminal:
            await pilot.pause()
            for step in range(12):
                engine.now_s += 0.35
                screen.frame()
                if step in (4, 9):
                    await pilot.press("question_mark" if step == 4 else "escape")
                await pilot.pause()
                assert look(terminal.cells) == look(anew(pilot.app))


async def test_a_theme_changes_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(FakeEngine(4, 21.2)) as (pilot, screen):
        with sent(pilot.app, monkeypatch) as terminal:
            await pilot.pause()
            screen.action_theme()
            await pilot.pause()
            screen.frame()
            await pilot.pause()
            assert look(terminal.cells) == look(anew(pilot.app))


async def test_without_colours_the_terminal_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, screen):
        with sent(pilot.app, monkeypatch) as terminal:
            await pilot.pause()
            engine.now_s += 0.5
            screen.frame()
            await pilot.pause()
            colours = {colour for row in terminal.cells for cell in row for colour in (cell.fg, cell.bg)} - {"default"}
            assert colours
            assert all(colour in GREYS or colour[:2] == colour[2:4] == colour[4:] for colour in colours)


async def test_a_board_on_which_nothing_moves_sends_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(FakeEngine(4, 21.2)) as (pilot, screen):
        await pilot.pause()
        with sent(pilot.app, monkeypatch) as terminal:
            await pilot.pause()
            whole = terminal.characters
            assert look(terminal.cells) == look(anew(pilot.app))
            for _ in range(5):
                screen.frame()
                await pilot.pause()
            assert whole > 120 * 40
            assert terminal.characters == whole


async def test_a_frame_sends_the_cells_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace of which a tenth of a second is new must not cost as much as the whole screen."""
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, screen):
        with sent(pilot.app, monkeypatch) as terminal:
            await pilot.pause()
            before, begun = terminal.cells, terminal.characters
            engine.now_s += 0.05
            screen.frame()
            await pilot.pause()
            changed = sum(
                a != b for old, new in zip(before, terminal.cells, strict=True) for a, b in zip(old, new, strict=True)
            )
            assert changed > 0
            assert terminal.characters - begun < 20 * changed + 400


def look(cells: list[list[pyte.screens.Char]]) -> list[list[tuple[str, ...]]]:
    """Return what can be seen of the cells."""
    return [[seen(cell) for cell in row] for row in cells]


def seen(cell: pyte.screens.Char) -> tuple[str, ...]:
    """Return what can be seen of a cell: a blank has no colour of its own, unless it is underlined."""
    if cell.data == " " and not cell.underscore:
        return cell.data, cell.bg
    return cell.data, cell.bg, cell.fg, str(cell.bold), str(cell.underscore)


def lines() -> st.SearchStrategy[list[tuple[str, Style]]]:
    """Lines of pieces in any style, with double-width characters among them."""
    styles = st.builds(
        lambda colour, ground, bold, underline: Style(
            color=colour and Color.parse(colour), bgcolor=ground and Color.parse(ground), bold=bold, underline=underline
        ),
        st.sampled_from(COLOURS),
        st.sampled_from(COLOURS),
        st.booleans(),
        st.booleans(),
    )
    return st.lists(st.tuples(st.text("ab ⣿脳", min_size=1, max_size=5), styles), min_size=1, max_size=8)


@given(line=lines(), begin=st.integers(0, 10), length=st.integers(1, 30))
def test_a_cut_span_looks_as_in_the_whole_line(line: list[tuple[str, Style]], begin: int, length: int) -> None:
    strip = Strip([Segment(text, style) for text, style in line])
    end = min(begin + length, strip.cell_length)
    if end <= begin:
        return
    whole, cut = Sent(90, 1), Sent(90, 1)
    console = App().console
    whole.take(strip.render(console))
    update = spare(ChopsUpdate([{0: strip}], [(0, begin, end)], [[strip.cell_length]]))
    assert isinstance(update, SpareUpdate)
    cut.take(update.render_segments(console))
    assert [seen(cell) for cell in cut.cells[0][:begin]] == [(" ", "default")] * begin
    inside = slice(begin + 1, end - 1)  # half of a double-width character at an edge is a blank
    assert [seen(cell) for cell in cut.cells[0][inside]] == [seen(cell) for cell in whole.cells[0][inside]]


def test_what_is_no_update_of_parts_goes_as_it_is() -> None:
    assert spare("a renderable") == "a renderable"
    assert spare(None) is None

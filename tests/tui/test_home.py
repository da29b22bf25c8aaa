"""Claims about the home screen: every key, what is listed first, what is found, and what becomes of a session."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from analysis.card import Card, Findings, State
from analysis.trends import Trend, trend_of
from sensors.failure import RecordingError
from sensors.session_file import SessionWriter
from sensors.session_folder import Stamp
from sensors.trash import TRASH
from tests.analysis.saved import saved, visit
from tests.tui.eyes import line_with, lines, text
from tests.tui.fake_home import Shop, at_home, read, settled
from tui.actions import HOME
from tui.app import ClonoscopeApp
from tui.glyphs import GlyphSet
from tui.home_rows import home_rows, interrupted
from tui.screens.dialogs import FailureDialog, NoticeDialog
from tui.screens.help import HelpScreen
from tui.screens.home import HomeScreen
from tui.screens.live import LiveScreen
from tui.screens.new_session import NewSessionDialog
from tui.screens.path_dialog import PathDialog
from tui.screens.replay import ReplayScreen
from tui.screens.trend import TrendScreen
from tui.view import View

NOW = datetime.now(UTC).replace(microsecond=0)
DAYS_AGO = (3, 9, 30)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sessions of three codes, the newest of P-1."""
    folder = tmp_path_factory.mktemp("filled")
    for number, days in enumerate(DAYS_AGO, start=1):
        saved(folder, *visit(f"P-{number}", "ankle" if number < 3 else "wrist"), started=NOW - timedelta(days=days))
    return folder


@pytest.fixture
def shop(tmp_path: Path, filled: Path) -> Shop:
    shop = Shop(tmp_path)
    shutil.copytree(filled, shop.folder)
    return shop


def names(shop: Shop) -> list[str]:
    return sorted(path.name for path in shop.folder.glob("*.clonoscope"))


Check = Callable[[Pilot[None], Shop], Awaitable[None]]


async def lists_the_code(pilot: Pilot[None], shop: Shop) -> None:
    assert "FOUND 1 OF 3" in text(pilot.app)
    await pilot.press("enter")
    await settled(pilot)
    assert shop.opened == [shop.folder / names(shop)[-1]]
    assert isinstance(pilot.app.screen, ReplayScreen)


async def asks_what_to_begin(pilot: Pilot[None], shop: Shop) -> None:
    assert isinstance(pilot.app.screen, NewSessionDialog)
    await pilot.press("down", "enter")
    await settled(pilot)
    ((name, beginning),) = shop.begun
    assert (name, beginning.code) == ("Ward 3", "")
    assert isinstance(pilot.app.screen, LiveScreen)


async def goes_on(pilot: Pilot[None], shop: Shop) -> None:
    await pilot.press("enter")
    await settled(pilot)
    ((name, beginning),) = shop.begun
    assert (name, beginning.code, beginning.continues) == ("around", "P-1", names(shop)[-1])
    assert (beginning.setup.label, beginning.setup.attempt) == ("left ankle", 2)


async def asks_for_a_path(pilot: Pilot[None], shop: Shop) -> None:
    assert isinstance(pilot.app.screen, PathDialog)
    assert "an examination" in text(pilot.app)
    await pilot.press("down", "enter")
    await settled(pilot)
    assert shop.opened == [Path("streams/provocation.csv")]


async def begins_with_a_kit(pilot: Pilot[None], shop: Shop) -> None:
    await pilot.press("enter")
    await settled(pilot)
    assert [name for name, _ in shop.begun] == ["Ward 3"]


async def begins_with_sensors(pilot: Pilot[None], shop: Shop) -> None:
    await settled(pilot)
    assert [name for name, _ in shop.begun] == ["around"]


async def begins_the_demo(pilot: Pilot[None], shop: Shop) -> None:
    await settled(pilot)
    assert [name for name, _ in shop.begun] == ["endless"]


async def finds(pilot: Pilot[None], shop: Shop) -> None:
    await pilot.press(*"wrist")
    assert "FOUND 1 OF 3" in text(pilot.app)
    assert "P-3" in text(pilot.app)
    assert "P-1" not in text(pilot.app)
    await pilot.press("enter", "enter")
    await settled(pilot)
    assert [path.name for path in shop.opened] == names(shop)[:1]


async def compares(pilot: Pilot[None], shop: Shop) -> None:
    await settled(pilot)
    assert shop.compared == ["P-1"]
    assert isinstance(pilot.app.screen, TrendScreen)


async def wants_a_session(pilot: Pilot[None], shop: Shop) -> None:
    assert "choose a session first" in text(pilot.app)
    assert (shop.exported, len(names(shop))) == ([], 3)


async def has_nothing_to_undo(pilot: Pilot[None], _: Shop) -> None:
    assert "nothing was deleted" in text(pilot.app)


async def still_lists_everything(pilot: Pilot[None], _: Shop) -> None:
    assert "BEFORE" in text(pilot.app)


async def moved_on(pilot: Pilot[None], _: Shop) -> None:
    assert "P-2" in line_with(pilot.app, "▸")


async def moved_to_the_end(pilot: Pilot[None], _: Shop) -> None:
    assert "P-3" in line_with(pilot.app, "▸")
    assert "wrist L" in line_with(pilot.app, "▸")


async def stays_first(pilot: Pilot[None], _: Shop) -> None:
    assert "1 session" in line_with(pilot.app, "▸")
    assert "P-1" in line_with(pilot.app, "▸")


async def theme(pilot: Pilot[None], _: Shop) -> None:
    assert pilot.app.theme == "light"


async def glyphs(pilot: Pilot[None], _: Shop) -> None:
    await pilot.press("g")
    assert "P-1" in line_with(pilot.app, "> ")
    assert text(pilot.app).isascii()


async def show_help(pilot: Pilot[None], _: Shop) -> None:
    assert isinstance(pilot.app.screen, HelpScreen)


async def quits(pilot: Pilot[None], shop: Shop) -> None:
    assert (shop.opened, shop.begun) == ([], [])
    assert not isinstance(pilot.app.screen, HomeScreen)


CHECKS: dict[str, Check] = {
    "home.open": lists_the_code,
    "home.new": asks_what_to_begin,
    "home.continue": goes_on,
    "home.stream": asks_for_a_path,
    "home.kits": begins_with_a_kit,
    "home.sensors": begins_with_sensors,
    "home.demo": begins_the_demo,
    "home.search": finds,
    "home.trend": compares,
    "home.copy": wants_a_session,
    "home.export": wants_a_session,
    "home.delete": wants_a_session,
    "home.undo": has_nothing_to_undo,
    "home.everything": still_lists_everything,
    "home.next": moved_on,
    "home.previous": moved_to_the_end,
    "home.page_down": moved_to_the_end,
    "home.page_up": stays_first,
    "home.first": stays_first,
    "home.last": moved_to_the_end,
    "home.theme": theme,
    "home.glyphs": glyphs,
    "app.help": show_help,
    "home.quit": quits,
}
KEYS = [(action.name, key) for action in HOME for key in action.keys.split(",")]


@pytest.mark.parametrize(("name", "key"), KEYS)
async def test_every_key_does_what_its_line_says(shop: Shop, name: str, key: str) -> None:
    async with at_home(shop) as pilot:
        await pilot.press(key)
        await pilot.pause()
        await CHECKS[name](pilot, shop)


def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == {action.name for action in HOME}


async def test_an_empty_folder_is_one_sentence_and_the_two_keys_that_matter(tmp_path: Path) -> None:
    async with at_home(Shop(tmp_path)) as pilot:
        assert "No session yet: watch a demo, or start a new one." in text(pilot.app)
        assert "d  demo      n  new" in text(pilot.app)
        await pilot.press("enter")
        assert "there is nothing to open yet" in text(pilot.app)
        for key in ("c", "x", "y", "e"):
            await pilot.press(key)
            assert "there is no session" in text(pilot.app)


async def test_today_comes_first_then_the_codes_seen_lately_then_what_was_before(shop: Shop) -> None:
    saved(shop.folder, *visit("P-2", pain=7), of="clonus_12", started=NOW)
    async with at_home(shop, (200, 60)) as pilot:
        shown = text(pilot.app)
        assert shown.index("TODAY") < shown.index("CODES SEEN LATELY") < shown.index("BEFORE")
        first = line_with(pilot.app, "▸")
        for told in (NOW.astimezone().strftime("%H:%M"), "P-2", "ankle L", "1 trial", "SCATS clonus 1", "pain 7"):
            assert told in first
        assert "2 sessions" in line_with(pilot.app, "at worst")
        assert "so far" not in shown
        assert "4 sessions" in lines(pilot.app)[0]


async def test_at_80_columns_a_line_tells_whose_where_what_and_how_bad(shop: Shop) -> None:
    saved(shop.folder, *visit("P-9"), of="clonus_12", started=NOW)
    async with at_home(shop) as pilot:
        row = line_with(pilot.app, "▸")
        assert all(told in row for told in ("P-9", "ankle L", "1 trial", "SCATS 1", "00:11"))


async def test_the_list_is_there_at_once_and_is_filled_in(shop: Shop) -> None:
    saved(shop.folder, *visit("P-9"), of="clonus_12", started=NOW)
    shop.library.look()
    async with ClonoscopeApp(home=shop.home()).run_test(size=(80, 24)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        screen.look()
        assert screen.session_list.row is not None
        await read(pilot, shop)
        assert "P-9" in line_with(pilot.app, "▸")
        assert "SCATS 1" in line_with(pilot.app, "▸")


async def test_an_interrupted_session_is_offered_first_and_one_key_goes_on_from_it(shop: Shop) -> None:
    saved(shop.folder, *visit("P-5"), started=NOW)
    path = saved(shop.folder, *visit("P-4"), closed=False, started=NOW - timedelta(hours=3))
    async with at_home(shop) as pilot:
        assert "INTERRUPTED  c goes on from it in a new session" in text(pilot.app)
        assert "P-4" in line_with(pilot.app, "▸")
        assert "recovered" in line_with(pilot.app, "▸")
        await pilot.press("c")
        assert "P-4" in text(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        ((_, beginning),) = shop.begun
        assert (beginning.code, beginning.continues) == ("P-4", path.name)


async def test_once_it_was_gone_on_from_it_is_not_offered_any_more(shop: Shop) -> None:
    path = saved(shop.folder, *visit("P-4"), closed=False, started=NOW - timedelta(hours=3))
    saved(shop.folder, *visit("P-4"), started=NOW, facts={"continues": path.name})
    async with at_home(shop) as pilot:
        assert "INTERRUPTED" not in text(pilot.app)
        assert "recovered" in text(pilot.app)


def test_an_interruption_is_history_after_a_day() -> None:
    def card(hours: float, state: State = State.RECOVERED) -> Card:
        return Card(Stamp(f"{hours}.clonoscope", 1, 1, 1), state, NOW - timedelta(hours=hours), 3600.0)

    known = [card(2), card(24.5), card(26), card(1, State.COMPLETE)]
    assert interrupted(known, NOW) == [card(2), card(24.5)]
    assert home_rows(known, NOW)[0] == home_rows([card(2)], NOW)[0]


async def test_a_new_session_is_for_the_code_that_was_chosen_by_hand_and_for_no_other(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        await pilot.press("n")
        dialog = pilot.app.screen
        assert isinstance(dialog, NewSessionDialog)
        assert dialog.input.value == ""
        await pilot.press("escape", "down", "n")
        dialog = pilot.app.screen
        assert isinstance(dialog, NewSessionDialog)
        assert dialog.input.value == "P-2"
        await pilot.press("enter")
        await settled(pilot)
        ((_, beginning),) = shop.begun
        assert (beginning.code, beginning.continues) == ("P-2", "")


async def test_a_name_in_place_of_a_code_is_refused_where_it_was_typed(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        await pilot.press("n", *"Anna", "space", *"Maria", "enter")
        assert isinstance(pilot.app.screen, NewSessionDialog)
        assert "reads like a name" in text(pilot.app)
        await pilot.press(*["backspace"] * 10, *"P-77", "enter")
        await settled(pilot)
        assert [beginning.code for _, beginning in shop.begun] == ["P-77"]


async def test_another_code_typed_while_going_on_takes_nothing_over(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        await pilot.press("c", "backspace", "8", "enter")
        await settled(pilot)
        ((_, beginning),) = shop.begun
        assert (beginning.code, beginning.continues, beginning.setup.site) == ("P-8", "", "")


async def test_without_a_kit_it_is_said_how_one_is_made(shop: Shop) -> None:
    shop.kits = ()
    async with at_home(shop) as pilot:
        await pilot.press("k")
        assert "no kit yet: s finds sensors" in text(pilot.app)


async def test_a_deleted_session_is_in_the_trash_and_u_brings_it_back(shop: Shop) -> None:
    before = names(shop)
    async with at_home(shop) as pilot:
        await pilot.press("end", "x")
        assert "is in the trash; u brings it back" in text(pilot.app)
        assert "P-3" not in text(pilot.app)
        assert names(shop) == before[1:]
        assert [path.name for path in (shop.folder / TRASH).iterdir()] == before[:1]
        await pilot.press("end", "delete", "u", "u")
        assert names(shop) == before
        assert "P-3" in text(pilot.app)


async def test_what_cannot_be_deleted_is_told_in_one_sentence_and_nothing_is_lost(shop: Shop) -> None:
    (shop.folder / TRASH).symlink_to(shop.root)
    async with at_home(shop) as pilot:
        await pilot.press("end", "x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, FailureDialog)
        assert "where the trash should be" in pilot.app.screen.sentence
        assert len(names(shop)) == 3


async def test_a_session_is_copied_to_a_folder_that_is_typed(shop: Shop) -> None:
    target = shop.root / "stick"
    target.mkdir()
    async with at_home(shop, (200, 60)) as pilot:
        await pilot.press("end", "y")
        dialog = pilot.app.screen
        assert isinstance(dialog, PathDialog)
        dialog.input.value = str(target)[:-2]
        await pilot.pause()
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert [path.name for path in target.iterdir()] == names(shop)[:1]
        assert "copied to" in text(pilot.app)
        await pilot.press("y")
        dialog = pilot.app.screen
        assert isinstance(dialog, PathDialog)
        dialog.input.value = str(target)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, FailureDialog)
        assert "exists already" in pilot.app.screen.sentence


async def test_a_session_is_exported_to_the_file_that_is_named_and_its_holes_are_told(shop: Shop) -> None:
    async with at_home(shop, (200, 60)) as pilot:
        await pilot.press("end", "e")
        await pilot.pause()
        path = str(shop.root / "out.csv")
        field = pilot.app.screen.query_one(Input)
        field.value = path
        await pilot.press("enter")
        await settled(pilot)
        assert shop.exported == [(shop.folder / names(shop)[0], Path(path))]
        assert "two holes are in it" in text(pilot.app)


async def test_what_is_to_be_known_of_an_export_is_read_in_full_at_80_columns(shop: Shop) -> None:
    async with at_home(shop, (80, 24)) as pilot:
        await pilot.press("end", "e")
        await pilot.pause()
        path = str(shop.root / "out.csv")
        pilot.app.screen.query_one(Input).value = path
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, NoticeDialog)
        assert "two holes are in it" in text(pilot.app)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_a_session_of_a_known_code_can_take_over_what_was_said_of_it(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        await pilot.press("d")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, LiveScreen)
        found = screen.view.earlier("P-1")
        assert found is not None
        assert (found.visit.diagnosis, found.day) == (
            "stroke",
            (NOW - timedelta(days=3)).astimezone().date().isoformat(),
        )


async def test_no_session_is_analysed_while_another_one_is_recorded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_home(shop) as pilot:
        home = pilot.app.screen
        assert isinstance(home, HomeScreen)
        await pilot.press("d")
        await settled(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)
        started: list[object] = []
        monkeypatch.setattr(shop.librarian, "start", started.append)
        home.load()
        assert started == []
        await pilot.press("q")
        await settled(pilot)
        assert len(started) > 0


async def test_a_finished_export_waits_for_the_home_screen_and_covers_no_session(shop: Shop) -> None:
    async with at_home(shop, (80, 24)) as pilot:
        home = pilot.app.screen
        assert isinstance(home, HomeScreen)
        await pilot.press("d")
        await settled(pilot)
        home.tell(("exported to out.csv", "two holes are in it " * 9))
        home.tell(RecordingError("out.csv: the disk is full"))
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        await pilot.press("q")
        await settled(pilot)
        assert "exported to out.csv" in text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert "the disk is full" in text(pilot.app)


async def test_keys_that_come_faster_than_the_screen_open_nothing_and_are_completed(shop: Shop) -> None:
    async with at_home(shop, (200, 60)) as pilot:

        def type_at_once(*keys: str) -> None:
            for key in keys:
                pilot.app.post_message(Key(key, "/" if key == "slash" else key if len(key) == 1 else None))

        type_at_once("slash", "d", "n")
        await settled(pilot)
        assert shop.begun == []
        await pilot.press("escape", "o")
        type_at_once(*(("slash" if c == "/" else c) for c in str(shop.folder)[:-3]), "tab")
        await settled(pilot)
        assert isinstance(pilot.app.screen, PathDialog)
        assert pilot.app.screen.input.value == f"{shop.folder}/"


async def test_one_comes_back_from_a_session_and_the_folder_is_looked_at_again(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        await pilot.press("end", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ReplayScreen)
        assert not shop.librarian.works
        saved(shop.folder, *visit("P-6"), started=NOW)
        await pilot.press("g", "q")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HomeScreen)
        await read(pilot, shop)
        assert "P-6" in text(pilot.app)
        assert pilot.app.screen.view.glyphs is GlyphSet.BLOCK


async def test_what_cannot_be_opened_is_told_in_one_sentence(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        await pilot.press("o", *"broken.csv", "enter")
        await settled(pilot)
        assert "▲ broken.csv: the header is missing; see docs/streams.md" in text(pilot.app)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, HomeScreen)


async def test_a_file_that_is_no_session_says_why_when_it_is_opened(shop: Shop) -> None:
    (shop.folder / "2020-01-01_000000.clonoscope").write_bytes(b"no database")
    async with at_home(shop, (120, 40)) as pilot:
        await pilot.press("end")
        assert "unreadable" in line_with(pilot.app, "▸")
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, FailureDialog)
        assert "is not a Clonoscope session" in pilot.app.screen.sentence
        await pilot.press("enter", "c")
        assert isinstance(pilot.app.screen, FailureDialog)
        assert shop.opened == []


async def test_a_session_that_is_still_being_recorded_is_listed_and_is_not_gone_on_from(shop: Shop) -> None:
    writer = SessionWriter(shop.folder / "2999-01-01_000000.clonoscope", (), start_ns=0, started_utc=NOW, facts={})
    try:
        async with at_home(shop, (120, 40)) as pilot:
            assert "recording" in line_with(pilot.app, "▸")
            await pilot.press("c")
            assert "is still being recorded" in text(pilot.app)
            await pilot.press("x")
            assert isinstance(pilot.app.screen, FailureDialog)
            assert "is being recorded" in pilot.app.screen.sentence
    finally:
        writer.close()


async def test_a_look_that_finds_nothing_new_changes_nothing_on_the_screen(shop: Shop) -> None:
    (shop.folder / "2020-01-01_000000.clonoscope").write_bytes(b"no database")
    async with at_home(shop) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        before, version = text(pilot.app), shop.library.version
        screen.load()
        await read(pilot, shop)
        assert text(pilot.app) == before
        assert shop.library.version == version
        saved(shop.folder, *visit("P-8"), started=NOW)
        screen.load()
        await read(pilot, shop)
        assert "P-8" in text(pilot.app)


async def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.folder.write_text("a file")
    async with at_home(shop, (200, 60)) as pilot:
        assert "▲" in text(pilot.app)
        assert "cannot be read (Not a directory); choose another with --sessions" in text(pilot.app)
        assert "No session yet" not in text(pilot.app)


async def test_what_is_being_opened_is_said_until_it_is_open(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    go = Event()

    def compare(code: str) -> Trend:
        go.wait(30.0)
        return trend_of(code, ())

    monkeypatch.setattr(shop, "compare", compare)
    async with at_home(shop) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        await pilot.press("down", "t")
        screen.key_line.hush()
        screen.look()
        await pilot.pause()
        assert "opening the sessions of P-" in text(pilot.app)
        await pilot.press("d")
        screen.look()
        await pilot.pause()
        assert "still opening the sessions of P-" in text(pilot.app)
        go.set()
        await settled(pilot)
        assert isinstance(pilot.app.screen, TrendScreen)
        await pilot.press("q")
        await read(pilot, shop)
        assert "opening" not in lines(pilot.app)[-1]


async def test_a_second_key_does_not_open_a_second_session(shop: Shop) -> None:
    async with at_home(shop) as pilot:
        assert isinstance(pilot.app.screen, HomeScreen)
        pilot.app.screen.action_demo()
        pilot.app.screen.action_demo()
        await settled(pilot)
        assert len(shop.begun) == 1


async def test_text_by_strangers_is_shown_as_harmless_text(shop: Shop) -> None:
    evil = "[red][@click=app.quit]x\x1b]52;c;aGk=\x07\u202e.clonoscope"
    shutil.copy(shop.folder / names(shop)[0], shop.folder / evil)
    (shop.folder / f"2{evil}").write_bytes(b"no database")
    shop.kits = (evil,)
    async with at_home(shop, (200, 60)) as pilot:
        for keys in ((), ("n",), ("escape", "k"), ("escape", "end", "y"), ("escape", "slash", *"52;c")):
            await pilot.press(*keys)
            await pilot.pause()
            assert "\x1b" not in text(pilot.app)
            assert "\u202e" not in text(pilot.app)
        assert "FOUND 2 OF 5" in text(pilot.app)
        assert "[@click=app.quit]x" in text(pilot.app)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("glyph_set", list(GlyphSet))
async def test_every_size_and_glyph_set_keeps_its_columns(
    shop: Shop, size: tuple[int, int], glyph_set: GlyphSet
) -> None:
    async with at_home(shop, size, view=View(glyphs=glyph_set)) as pilot:
        rows = lines(pilot.app)
        assert {len(row) for row in rows} == {size[0]}
        assert "not a diagnosis" in rows[0]
        assert "P-1" in text(pilot.app)
        assert rows[-1].rstrip().endswith("? help")


@cache
def many() -> tuple[Card, ...]:
    """Three thousand sessions of three hundred codes over two years."""
    return tuple(
        Card(
            Stamp(f"{k:05d}.clonoscope", 1, 1, 1),
            State.COMPLETE,
            NOW - timedelta(hours=6 * k),
            600.0,
            ("left_foot",),
            code=f"P-{k % 300:04d}",
            limbs=("left ankle",),
            trials=3,
            findings=Findings(3, str(k % 4), f"SCATS clonus {k % 4}"),
        )
        for k in range(3000)
    )


async def test_the_worst_grade_of_a_code_is_so_far_while_a_session_of_it_is_not_analysed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [replace(card, findings=None) if number == 300 else card for number, card in enumerate(many())]
    async with at_home(shop, (120, 40)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        monkeypatch.setattr(shop.library, "cards", lambda: known)
        shop.library.version += 1
        screen.look()
        await pilot.pause()
        told = [line for line in lines(pilot.app) if "at worst" in line]
        assert [("so far" in line) for line in told] == ["P-0000" in line for line in told]
        assert sum("so far" in line for line in told) == 1


async def test_of_thousands_only_the_rows_in_sight_are_drawn(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    async with at_home(shop) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        monkeypatch.setattr(shop.library, "cards", lambda: list(many()))
        shop.library.version += 1
        screen.look()
        monkeypatch.setattr(
            "tui.widgets.session_list.tested", lambda card: drawn.append(card.name) or "3 trials"  # type: ignore[func-returns-value]
        )  # fmt: skip
        await pilot.press("end")
        assert 0 < len(drawn) <= 20
        assert "3,000 sessions" in text(pilot.app)
        await pilot.press("slash", *"p-0123")
        assert "FOUND 10 OF 3,000" in text(pilot.app)

"""Claims about the sensors screen, over the virtual radio: found, chosen, placed, tried, saved, started."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from analysis.live import LiveSession
from analysis.session import Session
from sensors.drivers.movella_dot import MovellaDotDriver
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_file import load_kit, save_kit
from sensors.packet import OperatorEntry, Packet
from sensors.placement import Placement
from sensors.session_file import SessionReader
from tests.room import DELAYED, LEFT, RIGHT, STRANGER, Advertiser, Clonic, RoomRadio, Still, room
from tests.tui.eyes import line_with, text
from tui.actions import SENSORS
from tui.app import ClonoscopeApp
from tui.beginning import NOTHING, Beginning
from tui.preparation import Preparation
from tui.screens.dialogs import FailureDialog
from tui.screens.help import HelpScreen
from tui.screens.live import LiveScreen
from tui.screens.place_dialog import PlaceDialog
from tui.screens.sensors import SensorsScreen

PATIENCE_S = 30.0
A_NEW_LINK_S = 1.0
"""What a link that is made anew takes at the least (docs/performance.md); one that goes on takes a tenth of that."""
SAMPLE_BYTES = 40
"""A Movella DOT's packets with a sample are no shorter, and its answers are."""
FOOT = KitSensor(Placement("foot", "left"), Identity("movella_dot", LEFT), 60.0)
AT_THE_RIGHT = Identity("movella_dot", RIGHT)
ABSENT = KitSensor(Placement("jaw"), Identity("movella_dot", "D4:22:CD:00:00:09"), 60.0)


def left() -> Clonic:
    return Clonic(LEFT)


def right() -> Still:
    return Still(RIGHT)


def polar() -> Advertiser:
    return Advertiser(DELAYED, b"Polar Sense 12AB34CD", 0xFEEE, battery_percent=76)


def evil() -> Advertiser:
    return Advertiser(STRANGER, b"Polar Sense [/]\x1b[31mEVIL", 0xFEEE)


@dataclass
class Ward:
    """One app on the sensors screen, and the folders that it writes to."""

    pilot: Pilot[None]
    folder: Path
    begun: list[LiveSession]

    @property
    def shown(self) -> str:
        return text(self.pilot.app)

    async def until(self, holds: str | Callable[[], bool]) -> None:
        """Wait for a text, or for something to be true."""
        async with asyncio.timeout(PATIENCE_S):
            while not (holds() if callable(holds) else holds in self.shown):
                await self.pilot.pause(0.05)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def line(self, words: str) -> str:
        return line_with(self.pilot.app, words)


@asynccontextmanager
async def ward(
    folder: Path,
    make_radio: Callable[[], RoomRadio],
    size: tuple[int, int] = (80, 24),
    kit: Kit | None = None,
    beginning: Beginning = NOTHING,
) -> AsyncIterator[Ward]:
    begun: list[LiveSession] = []
    preparation = Preparation(
        make_radio, folder / "kits", folder / "sessions", kit, on_begin=begun.append, beginning=beginning
    )
    async with ClonoscopeApp(preparation).run_test(size=size) as pilot:
        yield Ward(pilot, folder, begun)
    for live in begun:
        live.stop()
    preparation.roll_call.stop()


async def test_sensors_are_listed_with_what_they_tell_and_strangers_are_counted(tmp_path: Path) -> None:
    stranger = lambda: Advertiser(STRANGER, b"Somebody's watch", 0x1812)  # noqa: E731
    async with ward(tmp_path, room(left, polar, stranger)) as here:
        await here.until("Movella DOT")
        await here.until("1 other device not shown")
        assert "12AB34CD  ▂▄▆█  76 %" in here.line("Polar Verity Sense")
        assert "delayed" in here.line("Polar Verity Sense")
        assert "Somebody" not in here.shown
        assert "0/0 streaming" in here.shown


async def test_a_name_with_control_codes_and_markup_is_drawn_as_plain_text(tmp_path: Path) -> None:
    async with ward(tmp_path, room(evil), (120, 30)) as here:
        await here.until("Polar Sense [/] [31mEVIL")
        assert "\x1b" not in here.shown


async def test_a_sensor_that_is_placed_streams_and_is_saved_as_a_kit(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left)) as here:
        await here.until("Movella DOT")
        await here.press("enter")
        assert isinstance(here.pilot.app.screen, PlaceDialog)
        await here.press("right", "f", "k", "enter")
        await here.until("right knee")
        await here.until("1/1 streaming")
        await here.until("60.0 Hz")
        await here.until("nothing is short")
        await here.press("k")
        await here.press(*"Ward3", "enter")
        await here.until("saved as")
        await here.until("kit Ward3")
        (sensor,) = load_kit(tmp_path / "kits", "Ward3").sensors
        assert (sensor.placement, sensor.identity.address, sensor.rate_hz) == (Placement("knee", "right"), LEFT, 60.0)
        await here.press("r")
        await here.until("kit Ward3, changed")
        assert "30 Hz" in here.line("right knee")


async def test_a_kit_of_the_same_name_is_replaced_only_when_that_is_wanted(tmp_path: Path) -> None:
    save_kit(tmp_path / "kits", Kit("a", (ABSENT,)))
    async with ward(tmp_path, room(left)) as here:
        await here.until("Movella DOT")
        await here.press("enter", "enter", "k", "a", "enter")
        await here.until("There is a kit a already")
        await here.press("escape")
        assert load_kit(tmp_path / "kits", "a").sensors == (ABSENT,)
        await here.press("k", "a", "enter", "y")
        await here.until("saved as")
        assert load_kit(tmp_path / "kits", "a").sensors[0].placement == Placement("ankle", "left")


async def test_a_name_that_no_kit_may_have_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left)) as here:
        await here.until("Movella DOT")
        await here.press("enter", "enter", "k", "slash", "x", "enter")
        await here.until("a kit's name has none of")
        await here.press("enter")
        assert isinstance(here.pilot.app.screen, SensorsScreen)
        assert not (tmp_path / "kits").exists()


async def test_the_row_of_the_sensor_that_is_shaken_lights_up(tmp_path: Path) -> None:
    async with ward(tmp_path, room(right, left)) as here:
        await here.until(lambda: here.shown.count("Movella DOT") >= 2)
        await here.press("space", "down", "space")
        await here.until("2/2 streaming")
        screen = here.pilot.app.screen
        assert isinstance(screen, SensorsScreen)
        await here.until(lambda: any(row.shaken for row in screen.sensor_list.rows))
        (shaken,) = (row for row in screen.sensor_list.rows if row.shaken)
        assert shaken.identity.address == LEFT


async def test_a_sensor_that_comes_closer_moves_up_and_the_cursor_stays_with_the_one_it_was_on(tmp_path: Path) -> None:
    made: list[Clonic] = []

    def kept() -> Clonic:
        made.append(left())
        made[-1].reception.rssi_dbm = -80
        return made[-1]

    async with ward(tmp_path, room(kept, right), kit=Kit("Ward 3", (ABSENT,))) as here:
        screen = here.pilot.app.screen
        assert isinstance(screen, SensorsScreen)

        def listed() -> list[str]:
            return [row.identity.address for row in screen.sensor_list.rows]

        await here.until(lambda: listed() == [ABSENT.identity.address, RIGHT, LEFT])
        await here.press("down")
        assert "▸" in here.line(RIGHT[-8:])
        made[0].reception.rssi_dbm = -30
        await here.until(lambda: listed() == [ABSENT.identity.address, LEFT, RIGHT])
        assert "▸" in here.line(RIGHT[-8:])


async def test_sensors_that_can_agree_on_one_clock_do_so_with_one_key_and_the_kit_remembers_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MovellaDotDriver, "agrees_s", 0.4)

    def sooner(made: Clonic | Still) -> Clonic | Still:
        made.sync_s = 0.2
        return made

    feet = Kit("Ward 3", (FOOT, replace(FOOT, placement=Placement("foot", "right"), identity=AT_THE_RIGHT)))
    async with ward(tmp_path, room(lambda: sooner(left()), lambda: sooner(right())), kit=feet) as here:
        await here.until("2/2 streaming")
        await here.press("y")
        await here.until("2 sensors agree on one clock")
        await here.until("agreeing on one clock")
        await here.until("in sync ±")
        await here.until("nothing is short")
        await here.press("k", "enter")
        await here.until("saved as")
        assert load_kit(tmp_path / "kits", "Ward 3").synchronised
        await here.press("y")
        await here.until("each sensor keeps a clock of its own")
        await here.until("kit Ward 3, changed")
        await here.until(lambda: "2/2 streaming" in here.shown and "in sync ±" not in here.shown)


async def test_sensors_of_saved_kits_stand_above_strangers_with_their_places_and_are_worn_there(tmp_path: Path) -> None:
    save_kit(tmp_path / "kits", Kit("Ward 3", (FOOT,)))

    def weak() -> Clonic:
        made = left()
        made.reception.rssi_dbm = -85
        return made

    async with ward(tmp_path, room(right, weak)) as here:
        await here.until(lambda: here.shown.count("Movella DOT") >= 2)
        screen = here.pilot.app.screen
        assert isinstance(screen, SensorsScreen)
        assert [row.identity.address for row in screen.sensor_list.rows] == [LEFT, RIGHT]
        assert "left foot" in here.line(LEFT[-8:])
        assert "0/0 streaming" in here.shown
        await here.press("home", "space")
        await here.until("1/1 streaming")
        assert screen.preparation.placed().keys() == {FOOT.placement}


async def test_a_sensor_that_can_blink_does_and_one_that_cannot_is_to_be_shaken(tmp_path: Path) -> None:
    made: list[Clonic] = []

    def kept() -> Clonic:
        made.append(left())
        return made[-1]

    async with ward(tmp_path, room(kept, polar)) as here:
        await here.until("Movella DOT")
        await here.until("Polar Verity Sense")
        screen = here.pilot.app.screen
        assert isinstance(screen, SensorsScreen)
        labels = [row.label for row in screen.sensor_list.rows]
        for _ in range(labels.index("Movella DOT")):
            await here.press("down")
        await here.press("b")
        await here.until(lambda: made[0].identified == 1)
        await here.press("down", "b")
        await here.until("Polar Verity Sense cannot blink; shake it")


async def test_a_session_may_start_with_a_sensor_missing_and_its_file_says_so(tmp_path: Path) -> None:
    kit = Kit("Ward 3", (FOOT, ABSENT))
    async with ward(tmp_path, room(left), kit=kit) as here:
        await here.until("1/2 streaming")
        assert "▲ missing" in here.line("jaw")
        await here.until("▲ jaw is not streaming (not heard)")
        await here.press("v", *"P-0417", "enter")
        await here.until("P-0417 · kit Ward 3")
        await here.press("s")
        await here.until(lambda: isinstance(here.pilot.app.screen, LiveScreen))
        await here.until("LEFT FOOT")
        (live,) = here.begun
        await here.until(lambda: live.snapshot().sensors[0].honesty.rate_hz is not None)
        live.stop()
    (saved,) = (tmp_path / "sessions").glob("*.clonoscope")
    with SessionReader(saved) as session:
        visits = [a.detail for a in session.arrivals() if isinstance(a, OperatorEntry) and a.kind == "visit"]
        assert visits == [{"code": "P-0417"}], "what was said before the session begins it"
        assert session.meta["short at start"] == "jaw is not streaming (not heard)"
        assert session.meta["kit"] == "Ward 3"


async def test_a_session_goes_on_with_the_links_that_it_finds_and_its_file_holds_what_it_showed(
    tmp_path: Path,
) -> None:
    made: list[Clonic] = []

    def kept() -> Clonic:
        made.append(left())
        return made[-1]

    async with ward(tmp_path, room(kept), kit=Kit("Ward 3", (FOOT,))) as here:
        await here.until("1/1 streaming")
        connection = made[0]._connection
        await here.press("s")
        await here.until(lambda: isinstance(here.pilot.app.screen, LiveScreen))
        (live,) = here.begun
        await here.until(lambda: any(not episode.running for episode in live.snapshot().episodes))
        assert made[0]._connection is connection
        live.stop()
        assert not made[0].connected
    shown = live.snapshot()
    (saved,) = (tmp_path / "sessions").glob("*.clonoscope")
    with SessionReader(saved) as session:
        arrivals = list(session.arrivals())
        again = Session(session.sensors, session.start_ns)
    samples = [a for a in arrivals if isinstance(a, Packet) and len(a.data) >= SAMPLE_BYTES]
    assert (samples[0].arrival_ns - again.start_ns) / 1e9 < A_NEW_LINK_S
    for arrival in arrivals:
        again.handle(arrival)
    again.finish()
    assert again.snapshot().episodes == shown.episodes
    assert again.snapshot().sensors[0].honesty.battery_percent == shown.sensors[0].honesty.battery_percent == 87


async def test_a_session_that_cannot_be_saved_does_not_begin_and_the_sensors_stream_on(tmp_path: Path) -> None:
    made: list[Clonic] = []

    def kept() -> Clonic:
        made.append(left())
        return made[-1]

    (tmp_path / "sessions").write_text("no folder")
    async with ward(tmp_path, room(kept), kit=Kit("Ward 3", (FOOT,))) as here:
        await here.until("1/1 streaming")
        connection = made[0]._connection
        await here.press("s")
        await here.until(lambda: isinstance(here.pilot.app.screen, FailureDialog))
        await here.press("enter")
        await here.until("1/1 streaming")
        assert made[0]._connection is connection
        assert here.begun == []
    assert not made[0].connected


async def test_what_is_chosen_is_held_while_the_session_begins_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = Event()
    begin = Preparation.begin

    def slowly(preparation: Preparation) -> LiveSession:
        go.wait(PATIENCE_S)
        return begin(preparation)

    monkeypatch.setattr(Preparation, "begin", slowly)
    async with ward(tmp_path, room(left), kit=Kit("Ward 3", (FOOT,))) as here:
        await here.until("1/1 streaming")
        screen = here.pilot.app.screen
        assert isinstance(screen, SensorsScreen)
        await here.press("s")
        before = screen.preparation.placed()
        for key in ("space", "enter", "r", "y", "b", "k", "v"):
            await here.press(key)
            assert isinstance(here.pilot.app.screen, SensorsScreen)
            assert "starting the session" in here.shown
        assert screen.preparation.placed() == before
        go.set()
        await here.until(lambda: bool(here.begun))
        assert [sensor.rate_hz for sensor in here.begun[0].source.sensors] == [60.0]


async def test_a_session_does_not_begin_without_bluetooth_and_the_screen_says_why(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left, powered=False), kit=Kit("Ward 3", (FOOT,))) as here:
        await here.until("Bluetooth is switched off")
        await here.press("s")
        await here.until(lambda: isinstance(here.pilot.app.screen, FailureDialog))
        await here.until("Bluetooth is switched off")
    assert here.begun == []
    assert not (tmp_path / "sessions").exists()


async def test_a_session_that_was_asked_for_a_code_says_whose_it_is(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left), kit=Kit("Ward 3", (FOOT,)), beginning=NOTHING.of("P-0417")) as here:
        await here.until("1/1 streaming")
        await here.press("s")
        await here.until(lambda: bool(here.begun))
        (live,) = here.begun
        await here.until(lambda: live.snapshot().visit is not None)
        saving = live.snapshot().saving
        assert saving is not None
    with SessionReader(saving.path) as session:
        assert [(entry.kind, entry.detail) for entry in session.entries()] == [("visit", {"code": "P-0417"})]
        assert session.meta["kit"] == "Ward 3"


async def test_what_has_no_place_cannot_start_and_is_told_how_to_get_one(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left)) as here:
        await here.until("Movella DOT")
        await here.press("s")
        await here.until("no sensor is chosen; choose one with space")
        await here.press("space", "s")
        await here.until("has no place yet; give it one with enter")
        assert here.begun == []


async def test_bluetooth_that_is_switched_off_is_one_sentence_in_place_of_the_list(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left, powered=False)) as here:
        await here.until("▲ no sensor can be searched: Bluetooth is switched off")


async def test_bluetooth_that_is_switched_on_while_the_screen_is_open_is_used(tmp_path: Path) -> None:
    radios = chain([room(left, powered=False)], repeat(room(left)))
    async with ward(tmp_path, lambda: next(radios)()) as here:
        await here.until("Bluetooth is switched off")
        await here.until("Movella DOT")


async def test_a_layout_that_cannot_be_used_is_named_before_all_else(tmp_path: Path) -> None:
    preparation = Preparation(
        room(left), tmp_path, tmp_path, on_begin=lambda _: None, notices=("a.toml: label is missing; it is left out",)
    )
    async with ClonoscopeApp(preparation).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "▲ a.toml: label is missing; it is left out" in text(pilot.app)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, SensorsScreen)
    preparation.roll_call.stop()


async def test_a_place_moves_to_the_sensor_that_was_given_it_last_and_can_be_taken_away(tmp_path: Path) -> None:
    async with ward(tmp_path, room(left, right)) as here:
        await here.until(lambda: here.shown.count("Movella DOT") >= 2)
        screen = here.pilot.app.screen
        assert isinstance(screen, SensorsScreen)

        def worn() -> dict[str, str]:
            return {place.label: c.identity.address for place, c in screen.preparation.placed().items()}

        await here.press("enter", "enter")
        (first,) = worn().values()
        await here.press("down", "enter")
        await here.until("Where is it worn?")
        dialog = here.pilot.app.screen
        assert isinstance(dialog, PlaceDialog)
        assert dialog.body_map.at == Placement("ankle", "right")
        await here.press("left", "enter")
        (second,) = worn().values()
        assert {first, second} == {LEFT, RIGHT}
        await here.press("enter", "escape")
        assert worn() == {"left ankle": second}
        await here.press("enter", "delete")
        assert worn() == {}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_no_column_touches_the_next_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with ward(tmp_path, room(left, polar), size, Kit("Ward 3", (FOOT, ABSENT))) as here:
        await here.until("1/2 streaming")
        await here.until("12AB34CD")
        heading = here.line("PLACE")
        for words in ("left foot", "jaw", "12AB34CD"):
            line = here.line(words)
            assert len(line) == size[0]
            for column in ("SENSOR", "SERIAL", "SIG", "STATE"):
                assert line[heading.index(column) - 1] == " ", (line, column)


Check = Callable[[Ward], Awaitable[None]]


CHECKS: dict[str, Check] = {
    "sensors.place": lambda here: here.until("Where is it worn?"),
    "sensors.choose": lambda here: here.until("takes part; enter says where"),
    "sensors.blink": lambda here: here.until("blinks once it streams"),
    "sensors.rate": lambda here: here.until("60 Hz"),
    "sensors.next": lambda here: here.until(lambda: "▸" in here.line(RIGHT[-8:])),
    "sensors.previous": lambda here: here.until(lambda: "▸" in here.line(RIGHT[-8:])),
    "sensors.sync": lambda here: here.until("choose two sensors of a family that can: Capture2Go, Movella DOT"),
    "sensors.start": lambda here: here.until("no sensor is chosen"),
    "sensors.visit": lambda here: here.until("a code, never a name"),
    "sensors.save": lambda here: here.until("no sensor is chosen"),
    "app.theme": lambda here: here.until("theme: light"),
    "app.glyphs": lambda here: here.until("glyphs: block"),
    "app.help": lambda here: here.until(lambda: isinstance(here.pilot.app.screen, HelpScreen)),
    "sensors.back": lambda here: here.until(lambda: not here.pilot.app.is_running),
}


def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == {action.name for action in SENSORS}


KEYS = [(action.name, key) for action in SENSORS for key in action.keys.split(",")]


@pytest.mark.parametrize(("name", "key"), KEYS)
async def test_every_key_does_what_its_line_says(tmp_path: Path, name: str, key: str) -> None:
    async with ward(tmp_path, room(left, right)) as here:
        await here.until(lambda: here.shown.count("Movella DOT") >= 2)
        await here.press(key)
        await CHECKS[name](here)

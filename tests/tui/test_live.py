"""Claims about the live screen: every key, and what must be seen without one."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from analysis.alerts import Fault, FaultKind, ListedFault
from analysis.episode import Change
from analysis.snapshot import Saving
from sensors.failure import StorageError
from tests.tui.eyes import line_with, lines, live, look, text
from tests.tui.fake import FakeEngine, episode
from tui.actions import LIVE
from tui.screens import live as live_screen
from tui.screens.choice_dialog import ChoiceDialog
from tui.screens.dialogs import FailureDialog, NoteDialog, QuestionDialog
from tui.screens.faults_dialog import FaultsDialog
from tui.screens.help import HelpScreen
from tui.screens.live import LiveScreen
from tui.screens.setup_dialog import SetupDialog
from tui.screens.visit_dialog import VisitDialog


@dataclass(frozen=True)
class At:
    """Where a check stands: after the key, on a session in which the left foot has its third clonus."""

    pilot: Pilot[None]
    screen: LiveScreen
    engine: FakeEngine


Check = Callable[[At], Awaitable[None]]


async def arm(at: At) -> None:
    assert at.engine.entries[-1].kind == "arm"
    assert "ARMED" in text(at.pilot.app)
    await at.pilot.press("space")
    assert at.engine.entries[-1].kind == "disarm"
    await look(at.pilot)
    assert "not armed: space arms" in text(at.pilot.app)


async def mark(at: At) -> None:
    assert at.engine.entries[-1].kind == "mark"
    assert at.screen.snapshot.marks[-1].at_s == at.engine.now_s
    assert "marked" in text(at.pilot.app)


async def undo(at: At) -> None:
    assert at.engine.entries == []
    assert "there is nothing to take back" in text(at.pilot.app)
    await at.pilot.press("m", "u")
    assert [e.kind for e in at.engine.entries] == ["mark", "undo"]
    assert "the last entry is taken back" in text(at.pilot.app)


async def confirm(at: At) -> None:
    assert (at.engine.entries[-1].kind, at.engine.entries[-1].detail) == ("confirm", {"episode": "left_foot/3"})
    assert "✓ confirmed" in text(at.pilot.app)


async def reject(at: At) -> None:
    assert (at.engine.entries[-1].kind, at.engine.entries[-1].sensor) == ("reject", "left_foot")
    assert "✗ rejected" in text(at.pilot.app)
    assert "◇ clonus" in text(at.pilot.app)


async def note(at: At) -> None:
    assert isinstance(at.pilot.app.screen, NoteDialog)
    await at.pilot.press("o", "n", " ", "q", "enter")
    assert at.engine.entries[-1].detail == {"episode": "left_foot/3", "text": "on q"}
    await look(at.pilot)
    assert "· on q" in text(at.pilot.app)


async def older(at: At) -> None:
    assert at.screen.view.episode == "left_foot/2"
    await at.pilot.press("x")
    assert at.engine.entries[-1].detail == {"episode": "left_foot/2"}


async def newer(at: At) -> None:
    assert at.screen.view.episode == "left_shank/3"
    assert line_with(at.pilot.app, "rhythmic").startswith("▸")


async def freeze(at: At) -> None:
    assert "FROZEN at 00:21 · recording goes on" in text(at.pilot.app)
    at.engine.now_s = 29.0
    await look(at.pilot)
    assert "since  1.2 s" in text(at.pilot.app)
    assert "REC 00:29" in text(at.pilot.app)
    await at.pilot.press("f")
    await look(at.pilot)
    assert "FROZEN" not in text(at.pilot.app)
    assert "12.4 MB" in text(at.pilot.app)


async def zoom_in(at: At) -> None:
    assert at.screen.view.span_s == 3.0
    assert "3 s of trace" in text(at.pilot.app)


async def zoom_out(at: At) -> None:
    assert at.screen.view.span_s == 5.0
    assert "-4 s" in text(at.pilot.app)


async def scale_up(at: At) -> None:
    assert "+500" in text(at.pilot.app)
    await at.pilot.press("tab", "up")
    assert "left foot ±1000 deg/s" in text(at.pilot.app)


async def scale_down(at: At) -> None:
    assert "+50 ┤" in text(at.pilot.app)


async def scale_auto(at: At) -> None:
    assert "scales follow" in text(at.pilot.app)


async def next_sensor(at: At) -> None:
    assert at.screen.view.sensor == "left_foot"
    assert "▸ LEFT FOOT" in text(at.pilot.app)


async def previous_sensor(at: At) -> None:
    assert at.screen.view.sensor == "right_shank"


async def no_sensor(at: At) -> None:
    await at.pilot.press("tab", "escape")
    assert at.screen.view.sensor is None


async def page_down(at: At) -> None:
    assert at.screen.board.first == 0


async def mute(at: At) -> None:
    assert "choose a sensor first" in text(at.pilot.app)
    await at.pilot.press("tab", "s")
    assert (at.engine.entries[-1].kind, at.engine.entries[-1].sensor) == ("mute", "left_foot")
    await look(at.pilot)
    assert "◇ clonus" in text(at.pilot.app)
    await at.pilot.press("s")
    assert at.engine.entries[-1].kind == "unmute"


async def glyphs(at: At) -> None:
    assert at.screen.view.glyphs.value == "block"
    assert "▀" in text(at.pilot.app)
    await at.pilot.press("g")
    assert "* CLONUS" in text(at.pilot.app)
    assert text(at.pilot.app).isascii()


async def theme(at: At) -> None:
    assert at.pilot.app.theme == "light"


async def bell(at: At) -> None:
    assert at.screen.view.bell
    await at.pilot.press("b")
    assert "the bell is off" in text(at.pilot.app)


async def show_help(at: At) -> None:
    assert isinstance(at.pilot.app.screen, HelpScreen)
    assert "Arm a trial" in text(at.pilot.app)
    await at.pilot.press("j", "k", "escape")
    assert at.screen.is_current


async def end(at: At) -> None:
    assert isinstance(at.pilot.app.screen, QuestionDialog)
    assert "End the session?" in text(at.pilot.app)
    await at.pilot.press("escape")
    assert not at.engine.ended
    await at.pilot.press("q", "enter")
    await at.pilot.app.workers.wait_for_complete()
    assert at.engine.ended


def opens(kind: type[Screen[Any]]) -> Check:
    """Return the check that a key opens a dialog, which tests/tui/test_guided.py goes through."""

    async def check(at: At) -> None:
        assert isinstance(at.pilot.app.screen, kind)
        assert at.engine.entries == []

    return check


def says(sentence: str) -> Check:
    """Return the check that a key, for which there is no trial yet, says so and enters nothing."""

    async def check(at: At) -> None:
        assert sentence in text(at.pilot.app)
        assert at.engine.entries == []

    return check


async def go_on(at: At) -> None:
    assert at.engine.entries[-1].kind == "arm"
    await at.pilot.press("f5")
    assert len(at.engine.entries) == 1


CHECKS: dict[str, Check] = {
    "test.setup": opens(SetupDialog),
    "test.side": says("set up a test of one side first"),
    "test.visit": opens(VisitDialog),
    "test.scale": opens(ChoiceDialog),
    "test.answers": opens(ChoiceDialog),
    "trial.go_on": go_on,
    "trial.stretched": says("arm a trial first"),
    "trial.swap": says("there is no trial of one side"),
    "trial.repeat": says("no trial yet"),
    "trial.pain": says("no trial yet"),
    "trial.override": says("no trial yet"),
    "trial.spasm": says("no trial yet"),
    "trial.voluntary": says("no trial yet"),
    "trial.arm": arm,
    "trial.mark": mark,
    "trial.undo": undo,
    "episode.confirm": confirm,
    "episode.reject": reject,
    "episode.note": note,
    "episode.previous": older,
    "episode.next": newer,
    "view.freeze": freeze,
    "view.zoom_in": zoom_in,
    "view.zoom_out": zoom_out,
    "view.scale_up": scale_up,
    "view.scale_down": scale_down,
    "view.scale_auto": scale_auto,
    "sensor.next": next_sensor,
    "sensor.previous": previous_sensor,
    "sensor.none": no_sensor,
    "sensor.page_down": page_down,
    "sensor.page_up": page_down,
    "sensor.mute": mute,
    "fault.list": opens(FaultsDialog),
    "fault.seen": says("no fault that was not seen"),
    "app.glyphs": glyphs,
    "app.theme": theme,
    "app.bell": bell,
    "app.help": show_help,
    "session.end": end,
}
KEYS = [(action.name, key) for action in LIVE for key in action.keys.split(",")]


@pytest.mark.parametrize(("name", "key"), KEYS)
async def test_every_key_does_what_its_line_says(name: str, key: str) -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, screen):
        await pilot.press(key)
        await pilot.pause()
        await CHECKS[name](At(pilot, screen, engine))


async def test_control_q_asks_like_q() -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, _):
        await pilot.press("ctrl+q")
        assert isinstance(pilot.app.screen, QuestionDialog)
        await pilot.press("ctrl+q")
        assert not engine.ended


async def test_keys_on_an_episode_say_when_there_is_none() -> None:
    engine = FakeEngine(4, 1.0)
    async with live(engine) as (pilot, _):
        for key in ("enter", "x", "n", "left_square_bracket"):
            await pilot.press(key)
            assert "no episode yet" in text(pilot.app)
        assert engine.entries == []


async def test_the_alert_is_label_shade_list_and_bell_in_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 4.40)
    async with live(engine) as (pilot, screen):
        rung: list[str] = []
        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(text(pilot.app)))
        screen.view.bell = True
        assert "CLONUS" not in text(pilot.app)
        assert "beats?" in text(pilot.app)
        engine.now_s = 4.45
        await look(pilot)
        assert "◆ CLONUS      3 beats" in text(pilot.app)
        assert "◆ clonus" in text(pilot.app)
        assert len(rung) == 1
        await look(pilot)
        assert len(rung) == 1


async def test_news_from_the_session_s_thread_is_shown_at_once() -> None:
    engine = FakeEngine(4, 20.40)
    async with live(engine) as (pilot, screen):
        assert screen.frames is not None
        screen.frames.stop()
        engine.now_s = 20.5
        teller = threading.Thread(target=engine.tell, args=(Change.RAISED, episode("left_foot", 3, 3)))
        teller.start()
        teller.join()
        await pilot.pause()
        assert "◆ CLONUS" in text(pilot.app)


async def test_a_session_that_was_told_of_after_its_screen_closed_does_no_harm() -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine):
        pass
    engine.tell(Change.RAISED, episode("left_foot", 3, 3))


async def test_a_fault_rings_no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 24.0)
    async with live(engine) as (pilot, screen):
        rung: list[int] = []
        monkeypatch.setattr(pilot.app, "bell", lambda: rung.append(1))
        screen.view.bell = True
        engine.now_s = 26.0
        await look(pilot)
        assert "▲ LOST 1.0 s" in text(pilot.app)
        assert "▲ 1 fault" in text(pilot.app)
        assert rung == []


@pytest.mark.parametrize(
    ("saving", "words"),
    [
        (None, "not recorded"),
        (Saving(Path("x"), 12_400_000, 0.2, 31_000_000_000), "● REC 00:21  12.4 MB  31 GB free"),
        (Saving(Path("x"), 1000, 7.0, None), "7 s behind"),
        (Saving(Path("x"), 1000, 7.0, 0, "no space left on the disk"), "▲ NOT SAVED no space left on the disk"),
    ],
)
async def test_the_session_line_says_how_saving_goes(saving: Saving | None, words: str) -> None:
    engine = FakeEngine(4, 21.2)
    engine.saving = saving
    async with live(engine) as (pilot, _):
        assert words in text(pilot.app)


async def test_a_fault_of_the_session_stands_in_the_session_line(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)
    whole = engine.snapshot()
    storage = Fault(FaultKind.STORAGE, None, 20.0, "the disk is 6 s behind")
    monkeypatch.setattr(engine, "snapshot", lambda: replace(whole, faults=(storage,)))
    async with live(engine) as (pilot, _):
        assert "▲ STORAGE the disk is 6 s behind" in text(pilot.app)


async def test_without_a_recording_the_session_ends_without_a_question() -> None:
    engine = FakeEngine(4, 21.2)
    engine.saving = None
    async with live(engine) as (pilot, _):
        await pilot.press("q")
        await pilot.app.workers.wait_for_complete()
        assert engine.ended


async def test_a_file_that_could_not_be_closed_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)

    def stop() -> None:
        raise StorageError("x.clonoscope: the last 3 s could not be saved; the disk is full")

    monkeypatch.setattr(engine, "stop", stop)
    async with live(engine) as (pilot, _):
        await pilot.press("q", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(pilot.app.screen, FailureDialog)
        assert "the last 3 s could not be saved" in text(pilot.app)
        await pilot.press("enter")
    assert pilot.app.return_code == 0


async def test_a_failure_in_the_session_is_told_once() -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, screen):
        engine.failure = "the source ended: the adapter was pulled out"
        await look(pilot)
        assert "the adapter was pulled out" in text(pilot.app)
        await pilot.press("escape")
        await look(pilot)
        assert pilot.app.screen is screen


async def test_a_failure_that_changes_its_words_stands_in_the_way_once() -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine, (200, 60)) as (pilot, screen):
        for k in range(20):
            engine.failure = f"the analysis failed on packet {k}"
            await look(pilot)
            screen.frame()
        assert len(pilot.app.screen_stack) == 3
        assert "failed on packet 0" in text(pilot.app)
        await pilot.press("enter")
        await look(pilot)
        assert pilot.app.screen is screen
        assert "● REC 00:21  ▲▲ FAILED the analysis failed on packet 19" in text(pilot.app)


async def test_what_is_not_saved_is_said_before_any_milder_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)
    engine.saving = Saving(Path("x"), 1000, 7.0, 0, "the disk is full")
    disk = Fault(FaultKind.DISK, None, 20.0, "only 90 MB free")
    whole = replace(engine.snapshot(), faults=(disk,))
    monkeypatch.setattr(engine, "snapshot", lambda: whole)
    async with live(engine) as (pilot, _):
        assert "▲ NOT SAVED the disk is full" in text(pilot.app)
        engine.failure = "the analysis failed"
        await look(pilot)
        await pilot.press("escape")
        await look(pilot)
        assert "▲ NOT SAVED the disk is full" in text(pilot.app)


@pytest.mark.parametrize("key", ["space", "m", "s"])
async def test_a_session_that_is_over_records_nothing_more_and_says_so(key: str) -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, _):
        await pilot.press("tab")
        engine.ended = True
        await pilot.press(key)
        assert "the session is over; nothing more is recorded" in text(pilot.app)
        assert engine.entries == []


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_a_session_that_ended_by_itself_says_that_it_is_over_and_how_to_leave(size: tuple[int, int]) -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine, size) as (pilot, screen):
        await look(pilot)
        assert "the session is over" not in text(pilot.app)
        engine.ended = True
        screen.show(screen.take())
        await look(pilot)
        assert lines(pilot.app)[-1].startswith("  q leave, the session is over   ")


async def test_a_session_that_is_over_still_takes_words_on_its_episodes() -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, _):
        engine.ended = True
        await pilot.press("enter")
        assert "left foot, 7 beats: confirmed" in text(pilot.app)
        await pilot.press("u")
        assert "the last entry is taken back" in text(pilot.app)


async def test_a_session_that_has_not_begun_says_that_nothing_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)
    monkeypatch.setattr(engine, "submit", lambda *_, **__: False)
    async with live(engine) as (pilot, _):
        await pilot.press("m")
        assert "not recorded" in text(pilot.app)


async def test_an_entry_that_cannot_be_kept_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)

    def refuse(*_: object, **__: object) -> bool:
        raise StorageError("x.clonoscope: the file is gone; look for it in the trash")

    monkeypatch.setattr(engine, "submit", refuse)
    async with live(engine) as (pilot, screen):
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, FailureDialog)
        assert "the file is gone" in text(pilot.app)
        await pilot.press("enter")
        await look(pilot)
        assert screen.is_current
        assert "rejected" not in text(pilot.app)


async def test_whatever_fails_while_closing_the_screen_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)

    def stop() -> None:
        raise RuntimeError("Event loop is closed")

    monkeypatch.setattr(engine, "stop", stop)
    async with live(engine) as (pilot, screen):
        await pilot.press("q", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(pilot.app.screen, FailureDialog)
        assert "RuntimeError: Event loop is closed" in text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert not screen.is_running
    assert pilot.app.return_code == 0


async def test_what_is_opened_while_the_file_is_closing_does_not_keep_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeEngine(4, 21.2)
    closed = threading.Event()
    monkeypatch.setattr(engine, "stop", closed.wait)
    async with live(engine) as (pilot, screen):
        await pilot.press("q", "enter", "question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        engine.failure = "the last second could not be saved"
        closed.set()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(pilot.app.screen, FailureDialog)
        await pilot.press("enter")
        await pilot.pause()
        assert not screen.is_running


def braille(drawn: list[str]) -> int:
    """Return how many cells show a trace; the zero line alone is left out."""
    return sum(0x2800 < ord(cell) < 0x2900 and cell not in "⠤⠒⠉⣀" for line in drawn for cell in line)


async def test_a_frozen_view_outlasts_what_the_session_keeps_of_its_traces() -> None:
    engine = FakeEngine(1, 21.2)
    async with live(engine) as (pilot, screen):
        await pilot.press("f")
        frozen = [strip.text for strip in screen.board._strips]
        assert braille(frozen) > 50
        trace = engine._trace(0, False)
        for second in range(22, 250):
            trace.write(float(second), trace.rate, [0.0] * 100)
        assert trace.oldest > 22 * trace.rate
        await look(pilot)
        screen.board.repaint()
        assert [strip.text for strip in screen.board._strips] == frozen
        await pilot.press(*["minus"] * 12)
        await look(pilot)
        assert screen.view.span_s == 60.0
        assert braille([strip.text for strip in screen.board._strips]) > 50


async def test_pages_turn_where_sensors_find_no_room() -> None:
    engine = FakeEngine(64, 21.2)
    async with live(engine, (80, 24)) as (pilot, _):
        await pilot.press("pagedown")
        await look(pilot)
        assert "RIGHT FOOT 3" in text(pilot.app)
        await pilot.press("pageup")
        await look(pilot)
        assert "◆ CLONUS" in text(pilot.app)
        await pilot.press("k")
        await look(pilot)
        assert "▸ RIGHT HAND 8" in text(pilot.app)


def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == {action.name for action in LIVE}


async def test_a_window_that_shrinks_below_a_dialog_is_known_to_be_too_small_afterwards() -> None:
    async with live(FakeEngine(4, 21.2), (120, 40)) as (pilot, _):
        await pilot.press("question_mark")
        await pilot.resize_terminal(50, 15)
        await pilot.press("escape")
        await pilot.pause()
        assert "needs 60 x 20" in text(pilot.app)


LOST = Fault(FaultKind.LOST, "right_shank", 20.0, "out of range")
STORAGE = Fault(FaultKind.STORAGE, None, 20.0, "the disk is full")
BATTERY = Fault(FaultKind.BATTERY, "left_foot", 5.0, "12 % left")


def with_faults(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, *listed: ListedFault) -> None:
    whole = replace(engine.snapshot(), listed=listed)
    monkeypatch.setattr(engine, "snapshot", lambda: whole)


async def test_faults_are_counted_by_the_sign_of_the_worst_that_was_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, _):
        for listed, words in (
            ((), "  0 faults"),
            ((ListedFault(STORAGE), ListedFault(LOST)), " ▲▲▲ 2 faults"),
            ((ListedFault(STORAGE, 21.0), ListedFault(LOST)), " ▲▲ 2 faults"),
            ((ListedFault(BATTERY),), " ▲ 1 fault"),
            ((ListedFault(BATTERY, 21.0),), " ▲ 1 fault seen"),
        ):
            with_faults(engine, monkeypatch, *listed)
            await look(pilot)
            assert words in text(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_bell_that_is_off_is_shown(size: tuple[int, int]) -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine, size) as (pilot, _):
        assert "bell off" in text(pilot.app)
        await pilot.press("b")
        await pilot.press("m")
        await look(pilot)
        assert "bell off" not in text(pilot.app)


async def test_the_list_says_of_each_fault_what_where_since_when_and_whether_it_was_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeEngine(4, 21.2)
    over = replace(LOST, until_s=20.9)
    with_faults(engine, monkeypatch, ListedFault(STORAGE), ListedFault(over, times=3), ListedFault(BATTERY, 7.0))
    async with live(engine, (80, 24)) as (pilot, screen):
        await look(pilot)
        assert "w faults" in text(pilot.app)
        await pilot.press("w")
        await pilot.pause()
        shown = text(pilot.app)
        assert "▲▲▲ STORAGE · session · since 00:20 · lasts 1 s · new" in shown
        assert "▲▲  LOST · right shank · since 00:20 · over after 0.9 s · 3 times · new" in shown
        assert "▲   BATTERY · left foot · since 00:05 · lasts 16 s · seen 00:07" in shown
        assert "the disk is full" in shown
        await pilot.press("i")
        assert [entry.kind for entry in engine.entries] == ["acknowledge"]
        await pilot.press("escape")
        assert pilot.app.screen is screen


async def test_faults_of_a_session_that_is_over_are_past_and_nothing_asks_to_have_seen_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeEngine(4, 21.2)
    with_faults(engine, monkeypatch, ListedFault(STORAGE), ListedFault(replace(LOST, until_s=20.9)))
    async with live(engine, (120, 40)) as (pilot, _):
        engine.ended = True
        await look(pilot)
        assert " 2 past faults" in text(pilot.app)
        assert "▲" not in text(pilot.app).splitlines()[0]
        assert "w faults" not in text(pilot.app).splitlines()[-1][:40]
        await pilot.press("i")
        await look(pilot)
        assert "the session is over, and its faults are past" in text(pilot.app)
        await pilot.press("w")
        await pilot.pause()
        shown = text(pilot.app)
        assert "Past faults" in shown
        assert "▲▲▲ STORAGE · session · since 00:20 · to the end" in shown
        assert "LOST · right shank · since 00:20 · over after 0.9 s" in shown
        assert "new" not in shown
        assert "all seen" not in shown
        await pilot.press("i", "escape")
    assert engine.entries == []


async def test_a_session_that_does_not_answer_goes_stale_with_its_age_and_is_no_live_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (pilot, screen):
        await look(pilot)
        monkeypatch.setattr(live_screen, "STANDS_STILL_S", 3.0)
        monkeypatch.setattr(live_screen, "monotonic", lambda: 100.0)
        screen._moved = (engine.now_s, 95.0)
        await look(pilot)
        shown = text(pilot.app)
        assert "▲▲▲ STOPPED no answer for 5 s" in shown
        assert "no data 5." in shown
        engine.now_s += 0.1
        await look(pilot)
        assert "STOPPED" not in text(pilot.app)

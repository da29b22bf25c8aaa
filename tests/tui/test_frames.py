"""Claims about frames: a slow terminal costs frames and nothing else."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from queue import Queue
from threading import Event, Thread
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from textual.drivers._writer_thread import WriterThread
from textual.geometry import Region
from textual.screen import Screen

from tests.tui.eyes import live, text
from tests.tui.fake import FakeEngine, FakeReview
from tui import frames, terminal
from tui.app import ClonoscopeApp
from tui.collector import settle
from tui.frames import MOST_WAITING, OLDER_EVERY_FRAMES, FrameClock, waiting_writes
from tui.screens import watching
from tui.widgets.board import Board
from tui.widgets.painted import Painted


def test_textual_still_keeps_its_writes_where_we_look() -> None:
    writer = WriterThread(open("/dev/null", "w"))  # noqa: PTH123, SIM115 - closed below, never started
    assert isinstance(writer._queue, Queue)
    writer._file.close()


async def test_a_frame_is_left_out_while_the_terminal_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine(4, 4.40)
    async with live(engine) as (pilot, screen):
        assert screen.frames is not None
        monkeypatch.setattr(frames, "waiting_writes", lambda _: MOST_WAITING + 1)
        engine.now_s = 4.5
        screen.frames.now()
        await pilot.pause()
        assert "CLONUS" not in text(pilot.app)
        assert screen.frames.skipped >= 1
        monkeypatch.undo()
        screen.frames.now()
        await pilot.pause()
        assert "CLONUS" in text(pilot.app)


def test_without_the_private_queue_no_frame_is_left_out() -> None:
    assert waiting_writes(SimpleNamespace(_driver=None)) == 0  # type: ignore[arg-type]
    waiting: Queue[str] = Queue()
    waiting.put("frame")
    waiting.put("frame")
    driver = SimpleNamespace(_writer_thread=SimpleNamespace(_queue=waiting))
    assert waiting_writes(SimpleNamespace(_driver=driver)) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("shown", [FakeEngine(4, 21.2), FakeReview()])
async def test_a_screen_is_painted_by_one_clock(
    shown: FakeEngine | FakeReview, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks: list[FrameClock] = []

    class Counted(FrameClock):
        def __init__(self, screen: Screen[Any], paint: Callable[[], None]) -> None:
            super().__init__(screen, paint)
            clocks.append(self)

    monkeypatch.setattr(watching, "FrameClock", Counted)
    async with ClonoscopeApp(shown).run_test() as pilot:
        await pilot.pause()
        assert len(clocks) == 1


@pytest.mark.parametrize("shown", [FakeEngine(4, 21.2), FakeReview()])
async def test_what_paints_itself_has_neither_border_nor_padding_for_its_lines_go_out_as_they_are(
    shown: FakeEngine | FakeReview,
) -> None:
    async with ClonoscopeApp(shown).run_test() as pilot:
        await pilot.pause()
        painted = list(pilot.app.screen.query(Painted))
        assert len(painted) > 5
        assert [widget for widget in painted if any(widget.gutter)] == []
        board = pilot.app.screen.query_one(Board)
        width, height = board.size
        (line,) = board.render_lines(Region(3, 1, 5, 1))
        assert line.text == board.render_line(1).text[3:8]
        assert [len(line.text) for line in board.render_lines(Region(0, 0, width, height + 2))] == [width] * (
            height + 2
        )


async def test_a_frame_like_the_last_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(FakeEngine(4, 21.2)) as (_, screen):
        screen.board.paint()
        refreshed = Event()
        monkeypatch.setattr(screen.board, "refresh", refreshed.set)
        assert screen.board.paint() is False
        assert not refreshed.is_set()


class Timetable:
    """A screen whose frames fall due when a test says so, and a terminal that is waited for as long as it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s, self.waited_s = 1000.0, 0.0
        self.painted_s: list[float] = []
        self.afterwards: list[Callable[[], None]] = []
        self.app = SimpleNamespace(_driver=None)
        monkeypatch.setattr(frames, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(terminal, "waited_s", lambda _: self.waited_s)
        self.clock = FrameClock(self, lambda: self.painted_s.append(self.now_s))  # type: ignore[arg-type]

    def set_interval(self, _: float, __: Callable[[], None]) -> None:
        """The test calls `now` itself."""

    def call_after_refresh(self, callback: Callable[[], None]) -> None:
        self.afterwards.append(callback)

    def run(self, seconds: float, taking_s: float = 0.0) -> int:
        """Let time pass in steps of 50 ms on a terminal that takes so long for a frame; return the frames painted."""
        before = len(self.painted_s)
        for _ in range(round(seconds / 0.05)):
            self.now_s += 0.05
            painted = len(self.painted_s)
            self.clock.now()
            if len(self.painted_s) > painted:
                self.waited_s += taking_s
        return len(self.painted_s) - before


def test_the_slower_the_terminal_the_fewer_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    timetable = Timetable(monkeypatch)
    timetable.run(1.0)
    assert timetable.run(3.0) == 60
    assert timetable.run(3.0, taking_s=0.01) == 60
    assert 14 <= timetable.run(3.0, taking_s=0.1) <= 21
    assert 2 <= timetable.run(3.0, taking_s=1.0) <= 3
    timetable.run(1.5)
    assert timetable.run(3.0) == 60


def test_a_write_that_goes_on_keeps_back_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    timetable = Timetable(monkeypatch)
    timetable.clock.now()
    for _ in range(100):
        timetable.now_s += 0.05
        timetable.waited_s += 0.05
        timetable.clock.now()
    assert len(timetable.painted_s) == 1
    assert timetable.clock.skipped == 100


def test_garbage_waits_for_the_end_of_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    monkeypatch.setattr(gc, "collect", swept.append)
    monkeypatch.setattr("tui.frames.settle", lambda: swept.append(-1))
    timetable = Timetable(monkeypatch)
    for _ in range(OLDER_EVERY_FRAMES[1] + 1):
        before = len(swept)
        timetable.clock.now()
        timetable.now_s += 0.05
        assert len(swept) == before, "a frame is no time for it"
        timetable.afterwards.pop()()
    assert swept[0] == -1
    assert swept[-1] == 2
    assert swept.count(1) == OLDER_EVERY_FRAMES[1] // OLDER_EVERY_FRAMES[0] - 1
    assert swept.count(0) > 10 * swept.count(1)


def test_settling_spares_the_collector_what_is_there_to_stay() -> None:
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > before
        assert gc.get_threshold() > thresholds
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a driver of its own")
def test_the_time_a_terminal_is_waited_for_is_known_while_it_goes_on() -> None:
    reading, writing = os.pipe()
    output = terminal.LossyOutput(writing)
    writer = Thread(target=lambda: [output.write(bytes(65536)) for _ in range(3)])
    writer.start()
    try:
        deadline_s = monotonic() + 10.0
        while (waited_s := output.waited_s) < 0.1:
            assert monotonic() < deadline_s
        assert output.waited_s > waited_s
    finally:
        left = 3 * 65536
        while left:
            left -= len(os.read(reading, left))
        writer.join()
        os.close(reading)
        os.close(writing)
    assert output.waited_s == output.waited_s >= 0.1


async def test_an_unchanged_widget_is_not_drawn_to_the_terminal_again() -> None:
    engine = FakeEngine(4, 21.2)
    async with live(engine) as (_, screen):
        screen.board.paint()
        strips = list(screen.board._strips)
        engine.now_s += 0.1
        screen.board.snapshot = engine.snapshot()
        assert screen.board.paint() is True
        kept = [old is new for old, new in zip(strips, screen.board._strips, strict=True)]
        assert any(kept)
        assert not all(kept)
        assert not screen.episode_list.paint()

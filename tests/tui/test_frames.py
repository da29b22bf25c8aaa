"""Claims about frames: a slow terminal costs frames and nothing else."""

from __future__ import annotations

import gc
from collections.abc import Callable
from queue import Queue
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from textual.drivers._writer_thread import WriterThread
from textual.screen import Screen

from tests.tui.eyes import live, text
from tests.tui.fake import FakeEngine, FakeReview
from tui import frames
from tui.app import ClonoscopeApp
from tui.frames import MOST_WAITING, FrameClock, waiting_writes
from tui.screens import watching

settle = frames.settle


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


async def test_a_frame_like_the_last_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(FakeEngine(4, 21.2)) as (_, screen):
        screen.board.paint()
        refreshed = Event()
        monkeypatch.setattr(screen.board, "refresh", refreshed.set)
        assert screen.board.paint() is False
        assert not refreshed.is_set()


def test_settling_spares_the_collector_what_is_there_to_stay() -> None:
    before = gc.get_freeze_count()
    settle()
    assert gc.get_freeze_count() > before
    gc.unfreeze()

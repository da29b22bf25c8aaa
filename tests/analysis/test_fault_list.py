"""Faults as they are told: by priority, listed until seen and over, never flashing, and kept with the session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.alerts import Fault, FaultKind, Priority
from analysis.fault_list import ACKNOWLEDGE, FaultList
from analysis.faults import FaultWatch, HostWatch
from analysis.live import LiveSession
from analysis.record import record_of
from analysis.review import Review
from sensors.driver import Sensor
from sensors.packet import Arrival, LinkChange, LinkState, OperatorEntry
from sensors.session_file import SessionReader, SessionWriter
from sensors.timeline import Honesty
from tui import plain

LOST = Fault(FaultKind.LOST, "left_foot", 10.0, "out of range")
LOW = Fault(FaultKind.BATTERY, "left_foot", 5.0, "12 % left")


def over(fault: Fault, until_s: float) -> Fault:
    return Fault(fault.kind, fault.sensor, fault.since_s, fault.text, until_s)


def test_the_kinds_are_ordered_by_priority_and_each_has_one() -> None:
    priorities = [list(Priority).index(kind.priority) for kind in FaultKind]
    assert priorities == sorted(priorities)
    assert set(priorities) == {0, 1, 2}


def test_a_fault_that_was_acknowledged_stays_while_it_lasts_and_then_goes() -> None:
    faults = FaultList()
    faults.hear(LOST)
    faults.acknowledge(12.0)
    (row,) = faults.listed
    assert (row.fault, row.acknowledged_s) == (LOST, 12.0)
    faults.hear(over(LOST, 13.0))
    assert faults.listed == ()


def test_a_fault_that_came_and_went_unseen_stays_until_it_is_acknowledged() -> None:
    faults = FaultList()
    faults.hear(LOST)
    faults.hear(over(LOST, 11.0))
    (row,) = faults.listed
    assert row.is_new
    assert row.fault.until_s == 11.0
    faults.acknowledge(20.0)
    assert faults.listed == ()


def test_a_fault_that_comes_again_is_new_again_and_counted_in_one_row() -> None:
    faults = FaultList()
    for second in range(100):
        faults.hear(Fault(FaultKind.LOST, "left_foot", float(second), "out of range"))
        faults.hear(Fault(FaultKind.LOST, "left_foot", float(second), "out of range", second + 0.6))
    (row,) = faults.listed
    assert (row.times, row.fault.since_s) == (100, 99.0)
    faults.acknowledge(100.0)
    faults.hear(LOST)
    (row,) = faults.listed
    assert row.is_new
    assert row.times == 1


def test_the_worst_fault_is_listed_first() -> None:
    faults = FaultList()
    faults.hear(LOW)
    faults.hear(LOST)
    assert [row.fault.kind for row in faults.listed] == [FaultKind.LOST, FaultKind.BATTERY]


@given(st.lists(st.booleans(), min_size=50, max_size=200))
def test_no_fault_flashes_faster_than_twice_a_second_however_it_comes_and_goes(down: list[bool]) -> None:
    watch = FaultWatch("left_foot")
    shown: list[bool] = []
    for k, is_down in enumerate(down):
        state = LinkState.LOST if is_down else LinkState.STREAMING
        watch.hear(LinkChange("left_foot", state, "out of range", 0))
        list(watch.look(10.0 + k / 10, Honesty(heard_s=10.0 + k / 10)))
        shown.append(watch.worst is not None)
    begun = [k for k, (before, now) in enumerate(zip([False, *shown], shown, strict=False)) if now and not before]
    assert all(later - earlier >= 5 for earlier, later in pairwise(begun))


def test_a_computer_that_slept_and_a_program_that_stood_still_are_told() -> None:
    watch = HostWatch()
    assert list(watch.look(1.0, 101.0, 0.0)) == []
    (slept,) = watch.look(1.1, 101.1, 42.0)
    assert (slept.kind, slept.sensor, slept.priority) == (FaultKind.CLOCK, None, Priority.MEDIUM)
    assert "slept for 42 s" in slept.text
    (over,) = watch.look(11.2, 102.2, 42.0)
    assert over.until_s is not None
    (still,) = watch.look(11.3, 107.3, 42.0)
    assert "stood still for 5 s" in still.text


def test_plain_lines_tell_the_priority_without_colour() -> None:
    assert (
        plain.line(Fault(FaultKind.STORAGE, None, 1.0, "disk full"))
        == "00:01.00  FAULT !!! session        STORAGE: disk full"
    )
    assert plain.line(LOST) == "00:10.00  FAULT !!  left foot      LOST: out of range"
    assert plain.line(LOW) == "00:05.00  FAULT !   left foot      BATTERY: 12 % left"


class Gone:
    """A source whose sensor is lost at once, and which then waits for a word, or fails."""

    name = "gone"
    sensors = (Sensor("left_foot", "stream", 100.0),)
    start_ns = 0
    begins_s = 0.0

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.now_s = 5.0
        self.waiting = Event()

    def now_ns(self) -> int:
        return round(self.now_s * 1e9)

    async def __aiter__(self) -> AsyncIterator[Arrival]:
        import asyncio

        yield LinkChange("left_foot", LinkState.LOST, "out of range", 1_000_000_000)
        self.waiting.set()
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()


def recorded(path: Path, source: Gone) -> LiveSession:
    writer = SessionWriter(path, source.sensors, start_ns=0, started_utc=datetime.now(UTC), facts={})
    live = LiveSession(source, writer)
    live.start()
    assert source.waiting.wait(60.0)
    return live


def test_an_acknowledgement_is_kept_in_the_session_file(tmp_path: Path) -> None:
    path = tmp_path / "s.clonoscope"
    live = recorded(path, Gone())
    assert any(row.is_new for row in live.snapshot().listed)
    assert live.submit(ACKNOWLEDGE)
    live.stop()
    (row,) = live.snapshot().listed
    assert row.acknowledged_s == 5.0
    with SessionReader(path) as saved:
        assert [a.kind for a in saved.arrivals() if isinstance(a, OperatorEntry)] == [ACKNOWLEDGE]
        assert [a.detail["kind"] for a in saved.alerts()] == ["LOST"]


@pytest.mark.parametrize("error", [RuntimeError("a defect"), OSError("gone")])
def test_a_recording_that_stopped_is_a_high_fault_in_the_file_the_review_and_the_record(
    tmp_path: Path, error: Exception
) -> None:
    path = tmp_path / "s.clonoscope"
    live = recorded(path, Gone(error))
    assert live.wait(60.0)
    assert live.failure is not None
    assert FaultKind.STOPPED in {fault.kind for fault in live.snapshot().faults}
    with SessionReader(path) as saved:
        assert saved.closed
        (stopped,) = (fault for fault in Review(saved).faults if fault.sensor is None)
        assert (stopped.kind, stopped.priority) == (FaultKind.STOPPED, Priority.HIGH)
        assert stopped in record_of(saved).faults

"""The equipment watched: each fault comes once, goes once, and says what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.alerts import Fault, FaultKind
from analysis.faults import FaultWatch, StorageWatch
from analysis.snapshot import Saving
from sensors.packet import LinkChange, LinkState
from sensors.timeline import Honesty

FINE = Honesty(heard_s=10.0, battery_percent=80.0)


def looks(watch: FaultWatch, *moments: tuple[float, Honesty]) -> list[Fault]:
    return [fault for now_s, honesty in moments for fault in watch.look(now_s, honesty)]


def test_a_sensor_that_sends_has_no_fault() -> None:
    watch = FaultWatch("left_foot")
    assert looks(watch, (10.0, FINE), (10.4, FINE)) == []
    assert watch.worst is None


def test_silence_becomes_a_fault_since_the_last_packet_and_ends_with_the_next() -> None:
    watch = FaultWatch("left_foot")
    began, over = looks(watch, (10.0, FINE), (10.6, FINE), (11.0, FINE), (11.3, replace(FINE, heard_s=11.3)))
    assert (began.kind, began.since_s, began.until_s) == (FaultKind.LOST, 10.0, None)
    assert over == replace(began, until_s=11.3)
    assert watch.worst is None


def test_a_family_that_sends_seldom_is_given_its_time() -> None:
    watch = FaultWatch("left_foot")
    seldom = replace(FINE, silence_s=2.5)
    assert looks(watch, (10.0, seldom), (12.4, seldom)) == []
    assert [fault.kind for fault in looks(watch, (12.6, seldom))] == [FaultKind.LOST]


@pytest.mark.parametrize("state", [LinkState.LOST, LinkState.STALLED, LinkState.GIVEN_UP])
def test_the_link_says_why_a_sensor_is_lost(state: LinkState) -> None:
    watch = FaultWatch("left_foot")
    watch.hear(LinkChange("left_foot", state, "out of range", 0))
    (fault,) = looks(watch, (10.1, FINE))
    assert fault.text == "out of range"


def test_a_sensor_that_never_sent_is_told_after_a_while() -> None:
    watch = FaultWatch("left_foot")
    assert looks(watch, (2.9, Honesty())) == []
    (fault,) = looks(watch, (3.1, Honesty()))
    assert fault.kind is FaultKind.LOST


def test_a_stream_that_ended_is_no_fault() -> None:
    watch = FaultWatch("left_foot")
    watch.hear(LinkChange("left_foot", LinkState.ENDED, "the recording ends here", 0))
    assert looks(watch, (60.0, FINE)) == []


def test_a_loss_near_its_limit_does_not_come_and_go() -> None:
    watch = FaultWatch("left_foot")
    shares = (94.0, 95.5, 94.5, 96.0, 98.5)
    moments = [(10.0 + 0.3 * k, share) for k, share in enumerate(shares)]
    faults = looks(watch, *((s, replace(FINE, heard_s=s, recent_percent=share)) for s, share in moments))
    assert [(fault.kind, fault.until_s is None) for fault in faults] == [
        (FaultKind.LOSS, True),
        (FaultKind.LOSS, False),
    ]


def test_a_low_battery_is_told_once() -> None:
    watch = FaultWatch("left_foot")
    levels = (20.0, 14.9, 15.2, 14.0)
    (fault,) = looks(watch, *((10.0, replace(FINE, battery_percent=level)) for level in levels))
    assert fault.kind is FaultKind.BATTERY
    assert "charge the sensor" in fault.text


def test_a_restart_stays_in_sight_for_ten_seconds() -> None:
    watch = FaultWatch("left_foot")
    again = replace(FINE, resets=1)
    moments = [(10.0 + t, replace(again, heard_s=10.0 + t)) for t in (0.0, 5.0, 9.9, 10.1)]
    began, over = looks(watch, *moments)
    assert (began.kind, over.until_s) == (FaultKind.CLOCK, 20.1)


def test_one_unreadable_packet_is_no_fault_and_ten_are() -> None:
    watch = FaultWatch("left_foot")
    assert looks(watch, (10.0, replace(FINE, unreadable=1)), (10.1, replace(FINE, unreadable=9))) == []
    (fault,) = looks(watch, (10.2, replace(FINE, unreadable=10)))
    assert fault.kind is FaultKind.UNREADABLE


def test_a_full_disk_is_told_also_where_it_was_nearly_full_before() -> None:
    watch = StorageWatch()
    saving = Saving(Path("session.clonoscope"), free_bytes=480_000_000)
    (nearly,) = watch.look(1.0, saving)
    (full,) = watch.look(2.0, replace(saving, free_bytes=0, trouble="the disk is full; make room"))
    assert (nearly.kind, full.kind) == (FaultKind.DISK, FaultKind.STORAGE)
    assert watch.worst == full
    over = list(watch.look(3.0, replace(saving, free_bytes=10**10)))
    assert {fault.kind for fault in over} == {FaultKind.DISK, FaultKind.STORAGE}
    assert watch.worst is None


def test_the_worst_fault_is_shown_first() -> None:
    watch = FaultWatch("left_foot")
    looks(watch, (10.6, replace(FINE, battery_percent=5.0)))
    assert watch.worst is not None
    assert watch.worst.kind is FaultKind.LOST

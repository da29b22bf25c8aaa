"""The operator's entries: applied in order, and taken back in the opposite one."""

from __future__ import annotations

from analysis.journal import Journal
from analysis.snapshot import Mark, Verdict
from sensors.packet import OperatorEntry


def journal(*entries: OperatorEntry) -> Journal:
    book = Journal()
    for entry in entries:
        book.enter(entry, entry.arrival_ns / 1e9)
    return book


def entry(kind: str, at_s: float = 0.0, sensor: str | None = None, **detail: str) -> OperatorEntry:
    return OperatorEntry(kind, round(at_s * 1e9), sensor, detail)


def test_a_mark_stands_at_the_key_press() -> None:
    assert journal(entry("mark", 1.5, text="cough")).marks == (Mark(1.5, "cough"),)


def test_undo_takes_back_the_last_thing_said_and_then_the_one_before() -> None:
    said = [
        entry("mark", 1.0),
        entry("confirm", 2.0, episode="left_foot/1"),
        entry("note", 3.0, episode="a/1", text="x"),
    ]
    assert journal(*said, entry("undo")).notes == {}
    once_more = journal(*said, entry("undo"), entry("undo"))
    assert (once_more.verdicts, len(once_more.marks)) == ({}, 1)
    assert journal(*said, *[entry("undo")] * 5).marks == ()


def test_a_verdict_replaces_the_one_before() -> None:
    both = journal(entry("confirm", episode="a/1"), entry("reject", episode="a/1"))
    assert both.verdicts == {"a/1": Verdict.REJECTED}


def test_a_mute_is_not_undone_with_the_words() -> None:
    assert journal(entry("mark"), entry("mute", sensor="a"), entry("undo")).muted == {"a"}
    assert journal(entry("mute", sensor="a"), entry("unmute", sensor="a")).muted == frozenset()


def test_notes_are_cleaned_at_the_border() -> None:
    assert journal(entry("note", episode="a/1", text="\x1b]0;owned\x07fine")).notes == {"a/1": "]0;owned fine"}


def test_kinds_of_a_newer_version_are_left_alone() -> None:
    assert journal(entry("telepathy", text="?")).marks == ()

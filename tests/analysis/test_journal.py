"""The operator's entries: applied in order, taken back in the opposite one, and never moved to another episode."""

from __future__ import annotations

from analysis.episode import Context, Episode
from analysis.journal import Journal, about
from analysis.snapshot import Mark, Verdict
from sensors.packet import OperatorEntry


def episode(number: int, onset_s: float, sensor: str = "left_foot") -> Episode:
    beats = tuple(onset_s + k * 0.18 for k in range(5))
    return Episode(sensor, number, "gyro", beats, onset_s + 0.5, 100.0, "deg/s", 0.9, Context.PROVOKED, running=False)


FIRST, SECOND = episode(1, 5.0), episode(2, 20.0)


def journal(*entries: OperatorEntry) -> Journal:
    book = Journal()
    for entry in entries:
        book.enter(entry, entry.arrival_ns / 1e9)
    return book


def entry(kind: str, at_s: float = 0.0, sensor: str | None = None, **detail: str) -> OperatorEntry:
    return OperatorEntry(kind, round(at_s * 1e9), sensor, detail)


def word(kind: str, on: Episode, text: str = "") -> OperatorEntry:
    return OperatorEntry(kind, 0, on.sensor, {"episode": on.id, "text": text, **about(on)})


def test_a_mark_stands_at_the_key_press() -> None:
    assert journal(entry("mark", 1.5, text="cough")).marks == (Mark(1.5, "cough"),)


def test_undo_takes_back_the_last_thing_said_and_then_the_one_before() -> None:
    said = (entry("mark", 1.0), word("confirm", FIRST), word("note", SECOND, "x"))
    assert journal(*said, entry("undo")).words_on((FIRST, SECOND)) == ({FIRST.id: Verdict.CONFIRMED}, {})
    once_more = journal(*said, entry("undo"), entry("undo"))
    assert (once_more.words_on((FIRST, SECOND)), len(once_more.marks)) == (({}, {}), 1)
    empty = journal(*said, *[entry("undo")] * 5)
    assert (empty.marks, empty.can_undo) == ((), False)


def test_what_was_said_before_a_seal_stands() -> None:
    book = journal(word("confirm", FIRST))
    book.seal()
    assert not book.can_undo
    book.enter(entry("undo"), 0.0)
    assert book.words_on((FIRST,))[0] == {FIRST.id: Verdict.CONFIRMED}


def test_a_later_verdict_stands() -> None:
    book = journal(word("confirm", FIRST), word("reject", FIRST))
    assert book.words_on((FIRST,))[0] == {FIRST.id: Verdict.REJECTED}


def test_a_word_stays_with_its_episode_when_another_detector_numbers_anew() -> None:
    book = journal(word("reject", SECOND), word("note", SECOND, "hand slipped"))
    renumbered = (episode(1, 2.0), episode(2, 5.0), episode(3, 20.1))
    assert book.words_on(renumbered) == ({"left_foot/3": Verdict.REJECTED}, {"left_foot/3": "hand slipped"})
    assert book.words_on((episode(2, 20.0, "right_foot"),)) == ({}, {})


def test_a_mute_is_not_undone_with_the_words() -> None:
    assert journal(entry("mark"), entry("mute", sensor="a"), entry("undo")).muted == {"a"}
    assert journal(entry("mute", sensor="a"), entry("unmute", sensor="a")).muted == frozenset()


def test_notes_are_cleaned_at_the_border() -> None:
    book = journal(word("note", FIRST, "\x1b]0;owned\x07fine"))
    assert book.words_on((FIRST,))[1] == {FIRST.id: "]0;owned fine"}


def test_kinds_of_a_newer_version_are_left_alone() -> None:
    assert journal(entry("telepathy", text="?")).marks == ()

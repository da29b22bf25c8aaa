"""Claims about the library: its cards tell what the files hold, and its index is never more than a shortcut to them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from analysis import card_reading, corrections, library_index
from analysis.card import Card, Findings, State
from analysis.card_reading import analysed, context_of, findings_of, read_card
from analysis.librarian import Librarian
from analysis.library import Library
from analysis.record import record_of
from analysis.review import Review
from sensors.failure import RecordingError
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.session_file import SessionWriter, add_entry
from sensors.trash import discard
from tests.analysis.saved import STARTED, saved, visit

DONE_WITHIN_S = 60.0


def library(folder: Path) -> Library:
    return Library(folder / "sessions", folder / "cache" / "index.json")


def done(found: Library) -> Library:
    librarian = Librarian(found)
    librarian.start()
    assert librarian.wait(DONE_WITHIN_S)
    return found


def by_name(cards: list[Card]) -> dict[str, Card]:
    return {card.name: card for card in cards}


def test_a_card_tells_whose_session_it_is_what_was_tested_and_how_it_ended(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-0417", pain=4), ("arm", 10.0, {"site": "ankle", "side": "right"}), of="clonus_12")
    card = read_card(path)
    assert (card.state, card.code, card.limbs, card.trials, card.pain) == (
        State.COMPLETE,
        "P-0417",
        ("left ankle", "right ankle"),
        2,
        4,
    )
    assert (card.started_utc, len(card.sensors), card.bytes) == (STARTED, 4, path.stat().st_size)
    assert card.duration_s == pytest.approx(11.99, abs=0.01)
    assert card.findings is None


def test_what_was_taken_back_or_called_off_is_not_on_the_card(tmp_path: Path) -> None:
    path = saved(tmp_path, ("visit", 0.0, {"code": "P-1"}), ("visit", 1.0, {"code": "P-2"}), ("undo", 2.0, {}),
                 ("arm", 3.0, {"site": "knee", "side": "left"}), ("disarm", 4.0, {}))  # fmt: skip
    card = read_card(path)
    assert (card.code, card.limbs, card.trials, card.pain) == ("P-1", (), 0, None)


def test_a_session_of_a_killed_program_is_put_in_order_and_said_to_be_recovered(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1"), closed=False)
    card = read_card(path)
    assert card.state is State.RECOVERED
    assert card.is_interrupted


def test_a_session_that_is_being_recorded_is_listed_and_never_kept_in_the_index(tmp_path: Path) -> None:
    found = library(tmp_path)
    path = found.folder / "2026-11-22_093000.clonoscope"
    writer = SessionWriter(path, (), start_ns=0, started_utc=STARTED, facts={})
    try:
        (card,) = found.refresh()
        assert card.state is State.RECORDING
        assert json.loads(found.index.read_text())["sessions"] == []
    finally:
        writer.close()
    (card,) = found.refresh()
    assert card.state is State.COMPLETE


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.write_bytes(b"no database"), "is not a Clonoscope session"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.symlink_to(path.parent / "elsewhere"), "is a link"),
        (lambda path: path.symlink_to(path), "is a link"),
    ],
)
def test_what_is_no_session_says_why_and_keeps_no_other_from_being_listed(tmp_path: Path, make: Any, why: str) -> None:
    found = library(tmp_path)
    good = saved(found.folder, *visit("P-1"))
    make(found.folder / "2026-01-01_000000.clonoscope")
    first, second = found.refresh()
    assert (first.name, first.code) == (good.name, "P-1")
    assert second.state is State.UNREADABLE
    assert why in second.trouble


def test_the_worst_grade_of_a_card_is_that_of_the_sessions_record(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1"), of="clonus_12")
    found = analysed(path, lambda: None)
    with closing(open_recording(path)) as recording:
        record = record_of(recording)
    (graded,) = record.trials
    worst = next(grade for grade in graded.grades if grade.rule_set == card_reading.GRADED_BY)
    assert (found.grade, found.grade_label) == (worst.value, worst.label) == ("1", "SCATS clonus 1")
    assert found.episodes == len(record.standing) == 1


def test_a_card_tells_of_a_corrected_session_what_its_record_tells(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1"), of="clonus_12")
    with closing(open_recording(path)) as recording:
        (found,) = record_of(recording).episodes
    longer = corrections.with_edges(found, offset_s=found.onset_s + 4.0)
    add_entry(path, OperatorEntry(corrections.KIND, 10**11, found.sensor, longer.as_detail()))
    with closing(open_recording(path)) as recording:
        (graded,) = record_of(recording).trials
    told = analysed(path, lambda: None)
    worst = next(grade for grade in graded.grades if grade.rule_set == card_reading.GRADED_BY)
    assert (told.episodes, told.grade, told.grade_label) == (1, "2", worst.label)


def test_a_trial_that_was_set_aside_has_no_part_in_the_worst_grade(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1")[:-1], ("reject", 9.5, {"reason": "spasm", "trial": 1}), of="clonus_12")
    assert analysed(path, lambda: None) == Findings(episodes=1)


def test_what_a_review_found_is_what_an_analysis_finds(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1"), of="clonus_12")
    with closing(open_recording(path)) as recording:
        review = Review(recording)
        assert findings_of(review.snapshot_at(review.duration_s)) == analysed(path, lambda: None)


def test_a_session_that_cannot_be_analysed_says_so_once(tmp_path: Path) -> None:
    found = library(tmp_path)
    path = saved(found.folder)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM sensor")
    (card,) = done(found).cards()
    assert card.findings is not None
    assert "holds no sensor that can be read" in card.findings.trouble
    assert found.to_analyse() == []


def test_the_librarian_fills_in_cards_and_the_next_library_knows_them_without_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library(tmp_path)
    saved(found.folder, *visit("P-1"), of="clonus_12")
    found.look()
    (before,) = found.cards()
    assert (before.state, before.started_utc, before.code) == (State.UNREAD, STARTED, "")
    (card,) = done(found).cards()
    assert card.findings == Findings(1, "1", "SCATS clonus 1")
    assert stat.S_IMODE(found.index.stat().st_mode) == 0o600
    monkeypatch.setattr("analysis.library.read_card", lambda _: pytest.fail("was read again"))
    again = library(tmp_path)
    assert again.refresh() == [card]
    assert again.to_analyse() == []


def test_findings_of_another_detector_are_found_anew_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library(tmp_path)
    saved(found.folder, *visit("P-1"), of="clonus_12")
    (card,) = done(found).cards()
    monkeypatch.setattr(library_index, "maker", lambda: "another")
    again = library(tmp_path)
    again.look()
    (known,) = again.cards()
    assert (known.code, known.state, known.findings) == (card.code, State.COMPLETE, None)


def test_a_word_said_afterwards_makes_the_file_another_one(tmp_path: Path) -> None:
    found = library(tmp_path)
    path = saved(found.folder, *visit("P-1"), of="clonus_12")
    done(found)
    add_entry(path, OperatorEntry("reject", round(12e9), None, {"trial": 1, "reason": "spasm"}))
    (card,) = done(found).cards()
    assert card.findings == Findings(episodes=1)


def test_what_was_found_in_a_review_needs_no_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = library(tmp_path)
    path = saved(found.folder, *visit("P-1"))
    monkeypatch.setattr("analysis.librarian.analysed", lambda *_: pytest.fail("was analysed"))
    librarian = Librarian(found)
    librarian.start({path.name: Findings(2, "3", "SCATS clonus 3"), "gone.clonoscope": Findings()})
    assert librarian.wait(DONE_WITHIN_S)
    (card,) = found.cards()
    assert card.findings == Findings(2, "3", "SCATS clonus 3")


def test_a_librarian_that_is_stopped_puts_off_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = library(tmp_path)
    for k in range(3):
        saved(found.folder, *visit(f"P-{k}"), started=STARTED + timedelta(days=k))
    librarian = Librarian(found)

    def endless(_path: Path, breathe: Any) -> Findings:
        librarian.stop()
        while True:
            breathe()

    monkeypatch.setattr("analysis.librarian.analysed", endless)
    librarian.start()
    assert librarian.wait(DONE_WITHIN_S)
    assert len(found.to_analyse()) == 3
    assert {card.state for card in found.cards()} == {State.COMPLETE}


def test_a_defect_that_one_session_uncovers_costs_only_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library(tmp_path)
    bad, good = (saved(found.folder, *visit("P-1"), started=STARTED + timedelta(days=k)) for k in (0, 1))
    as_it_is, read = card_reading.analysed, card_reading.read_card

    def defective(path: Path, *rest: Any) -> Any:
        if path == bad:
            raise ZeroDivisionError
        return as_it_is(path, *rest)

    monkeypatch.setattr("analysis.librarian.analysed", defective)
    cards = by_name(done(found).cards())
    assert (cards[good.name].findings, getattr(cards[bad.name].findings, "trouble", "")[-50:]) == (
        Findings(),
        "alysis failed (ZeroDivisionError); please report it"[-50:],
    )
    monkeypatch.setattr("analysis.library.read_card", lambda path: read(good) if path == good else 1 // 0)
    found.index.unlink()
    states = {name: card.state for name, card in by_name(library(tmp_path).refresh()).items()}
    assert states == {good.name: State.COMPLETE, bad.name: State.UNREADABLE}


def test_an_index_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    found = library(tmp_path)
    saved(found.folder, *visit("P-1"))
    (tmp_path / "cache").write_text("a file where the folder should be")
    (card,) = found.refresh()
    assert card.code == "P-1"
    assert found.trouble is not None
    assert "is read anew each time" in found.trouble


def test_a_session_that_continues_another_one_takes_over_its_visit_and_setup(tmp_path: Path) -> None:
    path = saved(tmp_path, *visit("P-1"), of="clonus_12")
    context = context_of(path)
    assert context.visit is not None
    assert (context.visit.code, context.visit.diagnosis) == ("P-1", "stroke")
    assert (context.setup.label, context.setup.attempt) == ("left ankle", 2)
    with pytest.raises(RecordingError):
        context_of(tmp_path / "absent.clonoscope")


# An index that is broken, foreign or hostile


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Library:
    found = library(tmp_path_factory.mktemp("indexed"))
    saved(found.folder, *visit("P-1"))
    found.refresh()
    return found


def read_anew(found: Library) -> list[Card]:
    return Library(found.folder, found.index).refresh()


def as_json(found: Library) -> Any:
    return json.loads(found.index.read_text())


HOSTILE: list[tuple[str, Any]] = [
    ("name", "../../etc/passwd.clonoscope"),
    ("name", "other.txt"),
    ("name", 7),
    ("size", -1),
    ("size", True),
    ("mtime_ns", 10**4000),
    ("inode", 1.5),
    ("state", "recording"),
    ("state", "unreadable"),
    ("state", ["complete"]),
    ("started_utc", "yesterday"),
    ("started_utc", "2026-11-22T09:30:00"),
    ("started_utc", "0001-01-01T00:00:00+00:00"),
    ("started_utc", 12),
    ("duration_s", float("nan")),
    ("duration_s", 1e999),
    ("duration_s", "long"),
    ("sensors", "left_foot"),
    ("sensors", ["x"] * 1001),
    ("code", "P\x1b[31m"),
    ("code", "x" * 81),
    ("limbs", ["left\u202eankle"]),
    ("pain", "much"),
    ("continues", "/etc/passwd"),
    ("continues", "a\x1b.clonoscope"),
    ("findings", [1, "2"]),
    ("findings", [1, "2", "\n", False, False, ""]),
    ("findings", [1, "2", "SCATS clonus 2", "no", False, ""]),
    ("more", "than we wrote"),
]


@pytest.mark.parametrize(("key", "value"), HOSTILE)
def test_one_hostile_value_and_all_of_the_index_is_discarded_with_nothing_lost(
    indexed: Library, key: str, value: Any
) -> None:
    known = read_anew(indexed)
    whole = as_json(indexed)
    whole["sessions"][0][key] = value
    indexed.index.write_text(json.dumps(whole))
    assert library_index.load_index(indexed.index, indexed.folder) == {}
    assert read_anew(indexed) == known
    assert library_index.load_index(indexed.index, indexed.folder) == by_name(known)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"[" * 100_000,
        b"9" * 5000,
        b'{"schema":"clonoscope.library/1"}',
        b"\xed\xa0\x80",
    ],
)
def test_what_is_no_index_is_discarded(indexed: Library, text: bytes) -> None:
    indexed.index.write_bytes(text)
    assert library_index.load_index(indexed.index, indexed.folder) == {}
    assert [card.code for card in read_anew(indexed)] == ["P-1"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(value=JSON, data=st.data())
def test_whatever_stands_in_an_index_it_is_believed_whole_or_not_at_all(
    indexed: Library, value: Any, data: st.DataObject
) -> None:
    known = read_anew(indexed)
    whole = as_json(indexed)
    places: list[tuple[Any, Any]] = [(whole, key) for key in whole]
    places += [(whole["sessions"], 0), *((whole["sessions"][0], key) for key in whole["sessions"][0])]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = value
    indexed.index.write_text(json.dumps(whole))
    loaded = library_index.load_index(indexed.index, indexed.folder)
    assert all(card.state in library_index.KEPT for card in loaded.values())
    assert by_name(read_anew(indexed)).keys() == by_name(known).keys()
    indexed.index.unlink()
    assert read_anew(indexed) == known


def test_an_index_that_somebody_else_may_have_written_is_not_believed(indexed: Library) -> None:
    read_anew(indexed)
    assert library_index.load_index(indexed.index, indexed.folder)
    indexed.index.chmod(0o666)
    assert library_index.load_index(indexed.index, indexed.folder) == {}
    indexed.index.chmod(0o600)
    real = indexed.index.rename(indexed.index.with_name("real.json"))
    indexed.index.symlink_to(real)
    assert library_index.load_index(indexed.index, indexed.folder) == {}
    read_anew(indexed)
    assert not indexed.index.is_symlink()


def test_the_index_of_another_folder_is_not_believed(indexed: Library, tmp_path: Path) -> None:
    read_anew(indexed)
    assert library_index.load_index(indexed.index, tmp_path) == {}


# Whatever happens to the files


class Files(RuleBasedStateMachine):
    """Sessions are added, removed, replaced, changed, copied and broken; a warm library always equals a cold one."""

    def __init__(self) -> None:
        super().__init__()
        self.codes = 0

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="library-"))
        self.warm = library(self.root)
        self.warm.folder.mkdir()

    def teardown(self) -> None:
        if hasattr(self, "root"):
            shutil.rmtree(self.root)

    @property
    def files(self) -> list[Path]:
        return sorted(self.warm.folder.glob("*.clonoscope"))

    def new(self, folder: Path) -> Path:
        self.codes += 1
        return saved(folder, ("visit", 0.0, {"code": f"P-{self.codes}"}), started=STARTED + timedelta(days=self.codes))

    @rule()
    def add(self) -> None:
        self.new(self.warm.folder)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.files))
        try:
            add_entry(path, OperatorEntry("visit", 10, None, {"code": f"Q-{len(self.files)}"}))
        except RecordingError:
            assert path.read_bytes() == b"broken"

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        discard(self.warm.folder, data.draw(st.sampled_from(self.files)).name)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def put_another_in_its_place(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.files))
        self.new(self.root / "elsewhere").replace(path)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def break_one(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.files)).write_bytes(b"broken")

    @rule()
    def begin_again(self) -> None:
        self.warm = library(self.root)

    @invariant()
    def warm_equals_cold(self) -> None:
        if hasattr(self, "root"):
            cold = Library(self.warm.folder, self.root / "cold.json")
            assert self.warm.refresh() == cold.refresh()
            assert sorted(card.name for card in self.warm.cards()) == [path.name for path in self.files]
            cold.index.unlink(missing_ok=True)


TestFiles = Files.TestCase
TestFiles.settings = settings(max_examples=12, stateful_step_count=8, deadline=None)

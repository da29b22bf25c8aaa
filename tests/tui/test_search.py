"""Claims about what typed words find, and what a typed path goes on to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.card import Card, Findings, State
from sensors.session_folder import Stamp
from tui.library import graded, limbs
from tui.paths import Candidate, candidates, completed, typed_path
from tui.search import Searched, asks_for_grade

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOON.astimezone().date()


def card(code: str, days: int, tested: tuple[str, ...], grade: str = "", state: State = State.COMPLETE) -> Card:
    when = NOON - timedelta(days=days)
    name = f"{when:%Y-%m-%d_%H%M%S}.clonoscope"
    return Card(Stamp(name, 1, 1, 1), state, when, 60.0, code=code, limbs=tested, findings=Findings(1, grade))


CARDS = (
    card("P-0417", 0, ("left ankle", "right wrist"), "2"),
    card("P-0301", 1, ("right ankle",), "3"),
    card("K_12", 12, ("left wrist",), "0", State.RECOVERED),
    card("", 400, ()),
)


def found(typed: str) -> list[str]:
    searched = Searched()
    searched.put(CARDS)
    return [one.code for one in searched.found(typed, TODAY)]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", ["P-0417", "P-0301", "K_12", ""]),
        ("p-0", ["P-0417", "P-0301"]),
        ("0417", ["P-0417"]),
        ("ankle", ["P-0417", "P-0301"]),
        ("left ankle", ["P-0417"]),
        ("right ankle", ["P-0301"]),
        ("left wrist", ["K_12"]),
        ("today", ["P-0417"]),
        ("yesterday", ["P-0301"]),
        ("2026-11-1", ["K_12"]),
        ("2025", [""]),
        ("grade 3", ["P-0301"]),
        ("grade 2+", ["P-0417", "P-0301"]),
        ("scats:0", ["K_12"]),
        ("Grade2+ Ankle P-0417", ["P-0417"]),
        ("recovered", ["K_12"]),
        ("nowhere", []),
        ("grade", []),
        ("p-0417 p-0301", []),
    ],
)
def test_typed_words_find(typed: str, codes: list[str]) -> None:
    assert found(typed) == codes


@given(st.text(max_size=40))
def test_whatever_is_typed_finds_some_of_what_there_is(typed: str) -> None:
    assert set(found(typed)) <= {one.code for one in CARDS}


def test_a_session_that_changed_is_found_by_what_it_is_now() -> None:
    searched = Searched()
    searched.put(CARDS)
    searched.put([card("P-9", 0, ("left ankle",))])
    assert [one.code for one in searched.found("p-9", TODAY)] == ["P-9"]
    assert searched.found("0417", TODAY) == []


def test_a_grade_in_a_search_needs_the_analysis() -> None:
    assert asks_for_grade("ankle grade 2+")
    assert asks_for_grade("scats:1")
    assert not asks_for_grade("ankle 2026")


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (Findings(1, "2", "SCATS clonus at least 2", at_least=True), "SCATS ≥2"),
        (Findings(1, "1", "SCATS clonus 1, borderline with 2", is_borderline=True), "SCATS 1?"),
        (Findings(1), ""),
        (None, "…"),
    ],
)
def test_a_grade_in_few_cells_keeps_its_doubts(findings: Findings | None, told: str) -> None:
    assert graded(Card(Stamp("x", 1, 1, 1), State.COMPLETE, trials=1, findings=findings)) == told


def test_the_sides_of_a_site_stand_together() -> None:
    assert limbs(("left ankle", "jaw", "right ankle", "left wrist")) == "ankle L R, jaw, wrist L"
    assert limbs(()) == ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("streams/gait_1.csv", "streams/gait_2.csv", "streams/notes.txt", "streams/.hidden.csv", "study/x.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(text: str, *suffixes: str) -> list[str]:
    return [one.label for one in candidates(text, suffixes or (".csv",))]


def test_a_path_goes_on_to_folders_and_to_files_that_can_be_opened(folder: Path) -> None:
    assert names(f"{folder}/") == ["streams/", "study/"]
    assert names(f"{folder}/STUD") == ["study/"]
    assert names(f"{folder}/streams/") == ["gait_1.csv", "gait_2.csv"]
    assert names(f"{folder}/streams/.h") == [".hidden.csv"]
    assert names(f"{folder}/streams/n", ".txt") == ["notes.txt"]
    assert names(f"{folder}/absent/") == []
    assert names("\0") == []


def test_a_path_is_completed_as_far_as_that_is_certain(folder: Path) -> None:
    def complete(text: str) -> str:
        return completed(text, candidates(text, (".csv",)))

    assert complete(f"{folder}/s") == f"{folder}/st"
    assert complete(f"{folder}/stu") == f"{folder}/study/"
    assert complete(f"{folder}/streams/g") == f"{folder}/streams/gait_"
    assert complete(f"{folder}/absent") == f"{folder}/absent"
    assert completed("x", [Candidate(Path("x\x1b[2J.csv"))]) == "x"


def test_a_tilde_is_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert typed_path(" ~/study/x.csv ") == folder / "study" / "x.csv"
    assert names("~/stu") == ["study/"]
    assert typed_path("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")

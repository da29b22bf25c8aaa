"""CSV for spreadsheets: formulas are disarmed, and what streams cannot hold is not written."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.exports.csv import FORMAT
from analysis.exports.format import Exported, beside
from analysis.exports.tables import Cell, disarmed
from analysis.exports.tables import written as written_cell
from tests.analysis.exports.material import exported, from_csv, without_identity


def rows(path: Path, word: str) -> list[dict[str, str]]:
    with beside(path, word).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(folder: Path, what: Exported) -> Path:
    FORMAT.write(what, folder / "a.csv")
    return folder / "a.csv"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert disarmed(text) == f"'{text}"
    assert disarmed(f"a{text}") == f"a{text}"


def test_formulas_are_disarmed_in_texts_and_numbers_stay_numbers(tmp_path: Path) -> None:
    samples = exported().samples[0]
    path = written(tmp_path, replace(exported(), samples=(replace(samples, name='=HYPERLINK("a",1)'),)))
    (mark,) = (row for row in rows(path, "events") if row["kind"] == "mark")
    assert mark["text"] == "'=1+coughed"
    (name,) = from_csv(path)
    assert name == "'=HYPERLINK(_a__1)"
    assert float(rows(path, "trials")[0]["decay"]) < 0


def test_sensors_whose_names_become_alike_are_told_apart(tmp_path: Path) -> None:
    one, two, *_ = exported().samples
    path = written(tmp_path, replace(exported(), samples=(replace(one, name="a,b"), replace(two, name='a"b'))))
    assert set(from_csv(path)) == {"a_b", "a_b 2"}


def test_the_trial_stands_with_its_grades_and_who_made_them(tmp_path: Path) -> None:
    (trial,) = rows(written(tmp_path, exported()), "trials")
    assert (trial["site"], trial["side"], trial["examiner"], trial["pain"]) == ("ankle", "left", "PT-2", "3")
    assert (trial["beats"], trial["beats_at_least"], trial["override"]) == ("35", "true", "as Dr. K says")
    assert trial["beats_in_10_s_at_least"] == "true"
    assert (trial["grade_scats_clonus"], trial["detector"]) == ("2", "beat-machine")
    assert (trial["grade_scats_clonus_at_least"], trial["grade_sustained_10_beats_at_least"]) == ("true", "false")
    assert "the duration is a lower bound" in trial["graded_scats_clonus"]
    facts = {(row["about"], row["what"]): row["value"] for row in rows(tmp_path / "a.csv", "session")}
    assert facts["visit", "code"] == "P-0417"
    assert facts["rule set scats_clonus", "name"] == "SCATS clonus, version 1"
    assert float(facts["sensor left_foot", "received_percent"]) == pytest.approx(89.43, abs=0.01)
    assert facts["session", "purpose"] == "a measurement aid, not a diagnosis"


def test_every_beat_of_an_episode_stands_with_its_verdict(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path, exported()), "episodes")
    (episode,) = exported().record.episodes
    assert [float(t) for t in row["beat_times_s"].split()] == pytest.approx(episode.beat_times_s, abs=1e-6)
    assert (row["verdict"], row["note"]) == ("confirmed", "Anna watched")


def test_an_empty_table_still_has_its_columns(tmp_path: Path) -> None:
    record = replace(without_identity().record, trials=(), episodes=())
    path = written(tmp_path, replace(without_identity(), record=record))
    assert rows(path, "trials") == rows(path, "episodes") == []
    assert beside(path, "episodes").read_text().startswith("episode,sensor,channel,onset_s")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1_763_800_000.1234567, "1763800000.123457"),
        (-0.00000001, "0"),
        (0.1, "0.1"),
        (-3, "-3"),
        (True, "true"),
        (None, "-"),
        ("a\tb\nc", "a b c"),
    ],
)
def test_numbers_are_written_to_the_millionth_and_texts_in_one_line(cell: Cell, text: str) -> None:
    assert written_cell(cell, "-") == text

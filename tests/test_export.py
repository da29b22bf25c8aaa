"""`clonoscope export` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.analysis.exports.material import STREAMS, session
from tui.cli import main

CLONUS = STREAMS / "clonus_12.csv"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *(str(argument) for argument in arguments)])


def test_the_path_is_printed_last_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    result = export(CLONUS, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{path}\n", "")
    analysed = CliRunner().invoke(main, ["analyze", str(path), "--json"])
    assert json.loads(analysed.stdout)["episodes"][0]["beats"] == 12


def test_what_a_format_did_to_the_values_is_told(tmp_path: Path) -> None:
    result = export(session(tmp_path), "-o", tmp_path / "out.edf")
    assert result.exit_code == 0
    assert "clonoscope: a step of the values is left_foot" in result.stderr
    assert (
        "clonoscope: where a sensor did not measure, its counts are -32768, outside of the declared range"
        in result.stderr
    )


def test_the_format_that_is_named_goes_before_the_ending(tmp_path: Path) -> None:
    assert export(CLONUS, "--format", "fhir", "-o", tmp_path / "results.txt").exit_code == 0
    assert json.loads((tmp_path / "results.txt").read_text())["resourceType"] == "Bundle"
    assert export(CLONUS, "--format", "csv", "-o", tmp_path / "plain").exit_code == 0
    assert (tmp_path / "plain").read_text().startswith("time_s,sensor,")
    assert (tmp_path / "plain.episodes").exists()


def test_an_ending_that_no_format_has_is_told(tmp_path: Path) -> None:
    result = export(CLONUS, "-o", tmp_path / "out.xlsx")
    assert result.exit_code == 1
    assert result.stderr == (
        f"clonoscope: {tmp_path / 'out.xlsx'}: no format is known by the ending .xlsx; say which, by --format "
        "bids|csv|edf|fhir|parquet|xdf\n"
    )


@pytest.mark.parametrize(
    "arguments", [[], [str(CLONUS)], ["-o", "out.csv"], [str(CLONUS), "-o", "out", "--format", "hdf5"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert export(*arguments).exit_code == 2


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = export(CLONUS, "-o", tmp_path / "none" / "out.csv")
    assert result.stderr == f"clonoscope: {tmp_path / 'none'}: there is no such folder; make it, or choose another\n"
    assert result.exit_code == 1


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_a_place_is_no_name(name: str) -> None:
    result = export(CLONUS, "-o", name, "--force")
    assert (result.exit_code, result.stderr) == (1, f"clonoscope: {name}: is no name for an export; choose one\n")


def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    result = export(CLONUS, "-o", tmp_path / "out.csv", "--force")
    assert result.exit_code == 1
    assert "is a folder; name a file in it" in result.stderr


def test_without_an_identity_nothing_of_the_files_name_is_told_inside(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert export(session(tmp_path), "--deidentify", "-o", path).exit_code == 0
    assert "Ward7" not in path.read_text()
    assert "P-0417" not in path.read_text()


def test_ones_own_rule_sets_grade_too(tmp_path: Path) -> None:
    from tests.analysis.test_rule_file import BANDS
    from tui.places import rules_folder

    rules_folder().mkdir(parents=True)
    (rules_folder() / "mine.toml").write_text(BANDS, encoding="utf-8")
    assert export(session(tmp_path), "-o", tmp_path / "out.csv").exit_code == 0
    assert "grade_ward_3_beats" in (tmp_path / "out.trials.csv").read_text()


def test_no_format_is_loaded_before_it_is_asked_for() -> None:
    """What a package costs is paid by who exports, not by who opens the dashboard."""
    loaded = "import sys, tui.cli; print([m for m in sys.modules if m.startswith(('analysis', 'pyarrow', 'numpy'))])"
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == "[]"

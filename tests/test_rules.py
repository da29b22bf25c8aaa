"""`clonoscope rules` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.rule_file import bundled
from tests.analysis.test_rule_file import BANDS, BUNDLED, CHECKLIST, QUESTIONNAIRE
from tui.cli import main
from tui.places import kits_folder, rules_folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def rules(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rules", *(str(argument) for argument in arguments)])


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_rule_set_is_listed_with_version_and_source_and_where_ones_own_go() -> None:
    result = rules()
    assert (result.exit_code, result.stderr) == (0, "")
    for found in bundled():
        assert f"{found.key}: {found.name}, version {found.version}\n  {found.source}\n" in result.stdout
    assert str(rules_folder()) in result.stdout.splitlines()[-1]
    assert rules_folder().parent == kits_folder().parent


def test_ones_own_are_listed_and_what_cannot_be_used_is_said() -> None:
    rules_folder().mkdir(parents=True)
    written(rules_folder(), BANDS)
    (rules_folder() / "wrong.toml").write_text("kind = 1", encoding="utf-8")
    result = rules()
    assert result.exit_code == 0
    assert "ward_3_beats: Ward 3 beats in 10 s, version 2026-11, your own\n" in result.stdout
    (warning,) = result.stderr.splitlines()
    assert warning.startswith(f"clonoscope: {rules_folder() / 'wrong.toml'}: kind must be")
    assert warning.endswith("this rule set is left out")


def test_a_file_is_checked_and_shown_with_examples(tmp_path: Path) -> None:
    lines = rules(written(tmp_path, BANDS)).stdout.splitlines()
    assert lines[:3] == [
        "ward_3_beats: Ward 3 beats in 10 s, version 2026-11",
        "  agreed by the team of ward 3",
        "  For follow-up only.",
    ]
    assert "  B: 10 to 39 beats" in lines
    examples = lines[lines.index("Examples") + 1 :]
    assert [example.partition(":")[0].strip() for example in examples] == [
        "no beats, nothing answered",
        "10 beats",
        "at least 10 beats",
        "25 beats",
        "40 beats",
        "at least 40 beats",
        "80 beats",
    ]
    assert examples[1].endswith(
        "B (10 to 39 beats), borderline with A (fewer than 10 beats): within 1 beat of the cut-off at 10 beats"
    )
    assert "at least B" in examples[2]
    assert "at least C" not in examples[5]


def test_questions_are_shown_with_what_they_decide(tmp_path: Path) -> None:
    checked = rules(written(tmp_path, CHECKLIST)).stdout
    assert "not graded: findings are lacking; to be answered: Is the skin" in checked
    assert "every question answered with yes: Ready to stretch ready (the next stretch may be given)" in checked
    asked = rules(written(tmp_path, QUESTIONNAIRE)).stdout
    assert "answer -1: Change since last visit -1 (fewer)" in asked


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: str(path.stem))
def test_each_bundled_file_under_another_key_can_be_ones_own(tmp_path: Path, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert rules(written(tmp_path, text.replace(f'key = "{path.stem}"', 'key = "my_own"', 1))).exit_code == 0
    copied = rules(written(tmp_path, text))
    assert copied.exit_code == 1
    assert copied.stdout == ""
    assert f'key "{path.stem}" is that of a bundled rule set, which stays; choose another' in copied.stderr


def test_what_is_wrong_with_a_file_is_one_line(tmp_path: Path) -> None:
    wrong = rules(written(tmp_path, BANDS.replace("from = 10", "from = 11")))
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert wrong.stderr == (
        f"clonoscope: {tmp_path / 'mine.toml'}: band 2.from leaves a gap: the values before this band have no grade; "
        "write from = 10\n"
    )
    assert rules(tmp_path / "none.toml").exit_code == 1
    assert rules(tmp_path).exit_code == 1

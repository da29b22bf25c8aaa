"""What a command writes for certain people can be opened by them, and lies open nowhere."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensors.session_file import SessionReader
from sensors.session_verify import verify
from tests.analysis.saved import saved, visit
from tui.cli import main

pyrage = pytest.importorskip("pyrage", reason="the extra `encryption` is not installed")


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return saved(tmp_path / "sessions", *visit("P-1"), of="clonus_12")


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def noted(session: Path) -> int:
    """Return how many entries the audit log has."""
    (told,) = [finding.text for finding in verify(session).findings if "entries, none altered" in finding.text]
    return int(told.split()[0])


def test_an_export_of_several_files_is_one_that_only_its_recipient_opens(session: Path, tmp_path: Path) -> None:
    mine = pyrage.x25519.Identity.generate()
    folder = tmp_path / "out"
    folder.mkdir()
    told = run("export", session, "-o", folder / "out.csv", "--encrypt-to", mine.to_public())
    assert told.exit_code == 0, told.output
    assert [path.name for path in folder.iterdir()] == ["out.csv.tar.age"]
    assert told.output.splitlines()[-1] == str(folder / "out.csv.tar.age")
    packed = pyrage.decrypt((folder / "out.csv.tar.age").read_bytes(), [mine])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        names = {Path(name).name for name in archive.getnames()}
    assert {"out.csv", "out.episodes.csv"} <= names
    again = run("export", session, "-o", folder / "out.csv", "--encrypt-to", mine.to_public())
    assert (again.exit_code, "exists already" in again.output) == (1, True)


def test_a_report_is_sealed_as_one_file(session: Path, tmp_path: Path) -> None:
    mine = pyrage.x25519.Identity.generate()
    told = run("report", session, "-o", tmp_path / "r.html", "--encrypt-to", mine.to_public())
    assert told.exit_code == 0, told.output
    assert not (tmp_path / "r.html").exists()
    page = pyrage.decrypt((tmp_path / "r.html.age").read_bytes(), [mine]).decode()
    assert "P-1" in page
    assert b"P-1" not in (tmp_path / "r.html.age").read_bytes()


def test_what_is_no_public_key_is_refused_before_anything_is_written(session: Path, tmp_path: Path) -> None:
    told = run("export", session, "-o", tmp_path / "out.edf", "--encrypt-to", "somebody")
    assert told.exit_code == 1
    assert "somebody" in told.output
    assert not list(tmp_path.glob("out*"))


def test_exports_and_reports_are_noted_in_the_session_which_stays_whole(session: Path, tmp_path: Path) -> None:
    before = noted(session)
    assert run("export", session, "-o", tmp_path / "out.xdf").exit_code == 0
    assert run("report", session, "-o", tmp_path / "r.md").exit_code == 0
    verdict = verify(session)
    assert verdict.whole
    assert noted(session) == before + 2
    with SessionReader(session) as read:
        assert list(read.arrivals())

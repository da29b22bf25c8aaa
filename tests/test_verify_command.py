"""`clonoscope verify` tells people and programs whether files are whole."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from tests.sensors.numbered import arrival
from tests.sensors.saved import alter, save
from tui.cli import main


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["verify", *map(str, arguments)])
    return result.exit_code, result.output


def test_each_file_gets_its_findings_and_one_that_is_not_whole_fails_them_all(tmp_path: Path) -> None:
    whole, altered = (save(tmp_path / f"{name}.clonoscope", [arrival(0)]) for name in ("whole", "altered"))
    assert run(whole)[0] == 0
    alter(altered, "UPDATE packets SET last_ns = last_ns + 1")
    status, output = run(whole, altered)
    assert status == 1
    assert output.count("!!  ") == 3
    assert "!!  checksums  1 of 1 rows are not as they were written" in output
    status, output = run(altered, "--json")
    (found,) = json.loads(output)["files"]
    assert (status, found["whole"], len(found["chain"])) == (1, False, 64)
    assert {f["subject"] for f in found["findings"] if f["whole"] is False} == {"checksums", "sequence", "content"}


def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    status, output = run(tmp_path / "none.clonoscope")
    assert status == 1
    assert output == f"clonoscope: {tmp_path / 'none.clonoscope'}: there is no such file; check the name\n"

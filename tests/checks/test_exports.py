"""One checker for every export format: adding a format adds its tests."""

from __future__ import annotations

import errno
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from analysis.exports.format import Exported, ExportError, Format, format_of, formats
from analysis.exports.placing import check_free, export
from sensors.failure import StorageError
from tests.analysis.exports.material import (
    HOLE_S,
    READ_BACK,
    SECRETS,
    everything,
    exported,
    session,
    without_identity,
)
from tui.cli import main

EVERY = pytest.mark.parametrize("name", sorted(formats()))
WITH_SAMPLES = pytest.mark.parametrize("name", sorted(READ_BACK))
PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
RECORDING = Path("a recording")


def named(name: str, folder: Path) -> Path:
    return folder / f"out{formats()[name].suffixes[0]}"


def written(name: str, folder: Path, what: Exported | None = None) -> Path:
    path = named(name, folder)
    export(what or exported(), formats()[name], path, RECORDING, force=False)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *(str(argument) for argument in arguments)])


def test_only_results_without_samples_need_no_independent_reader() -> None:
    assert {name for name, chosen in formats().items() if chosen.has_samples} == set(READ_BACK)


@EVERY
def test_a_format_says_what_it_holds_and_lacks_and_so_does_the_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    chosen = formats()[name]
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}` "))
    assert chosen.holds in row
    assert chosen.lacks in row
    listed = run("--list").stdout
    assert f"lacks {chosen.lacks}" in " ".join(listed.split())
    assert max(map(len, listed.splitlines())) <= 80
    assert name in run("--help").stdout


@EVERY
def test_a_format_is_chosen_by_the_ending_of_the_name(name: str) -> None:
    for suffix in formats()[name].suffixes:
        assert format_of(Path(f"out{suffix.upper()}")).name == name


@EVERY
def test_all_that_is_written_is_named_and_for_its_owner_alone(tmp_path: Path, name: str) -> None:
    path = written(name, tmp_path)
    assert set(tmp_path.iterdir()) == set(formats()[name].names(path))
    for made in tmp_path.rglob("*"):
        assert stat.S_IMODE(made.stat().st_mode) == (0o700 if made.is_dir() else 0o600)


@EVERY
def test_the_same_session_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
        written(name, folder)
    assert everything(folders[0]) == everything(folders[1])


@WITH_SAMPLES
def test_an_independent_reader_finds_every_sample_and_the_hole(tmp_path: Path, name: str) -> None:
    found = READ_BACK[name](written(name, tmp_path))
    held = exported().samples
    assert set(found) == {samples.name for samples in held}
    for samples in held:
        times, values = found[samples.name]
        assert abs(len(times) - len(samples)) <= (2 if name == "edf" else 0)
        assert values.shape == (len(times), 6)
        gaps_s = np.diff(times)[np.diff(times) > 0.015]
        assert gaps_s == pytest.approx([HOLE_S + 0.01] if samples.holes else [], abs=0.011)
        near = np.searchsorted(samples.times, times - 0.005).clip(0, len(samples) - 1)
        assert np.abs(samples.times[near] - times).max() <= (0.006 if name == "edf" else 1e-6)


@EVERY
def test_a_deidentified_export_holds_nothing_of_who_where_and_when(tmp_path: Path, name: str) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "scrubbed").mkdir()
    written(name, tmp_path / "plain")
    written(name, tmp_path / "scrubbed", without_identity())
    told, scrubbed = everything(tmp_path / "plain"), everything(tmp_path / "scrubbed")
    assert sum(secret.encode() in told for secret in SECRETS) >= 4
    assert [secret for secret in SECRETS if secret.lower().encode() in scrubbed.lower()] == []


@EVERY
def test_what_exists_is_kept_unless_it_is_forced(tmp_path: Path, name: str) -> None:
    recording = session(tmp_path)
    folder = tmp_path / "out"
    folder.mkdir()
    path = named(name, folder)
    assert run(recording, "-o", path).exit_code == 0
    before = everything(folder)
    refused = run(recording, "-o", path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"clonoscope: {path}: exists already; choose another name, or replace it with --force\n"
    assert everything(folder) == before
    assert run(recording, "-o", path, "--force").exit_code == 0
    assert everything(folder) == before


@EVERY
def test_a_name_that_is_taken_beside_the_main_one_is_kept_too(tmp_path: Path, name: str) -> None:
    for taken in formats()[name].names(named(name, tmp_path)):
        taken.write_text("mine")
        with pytest.raises(ExportError, match=rf"{taken.name}: exists already"):
            check_free(formats()[name], named(name, tmp_path), RECORDING, force=False)
        taken.unlink()


@EVERY
def test_without_a_recording_one_sentence_is_told(tmp_path: Path, name: str) -> None:
    result = run(tmp_path / "none.csv", "-o", named(name, tmp_path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"clonoscope: {tmp_path / 'none.csv'}: there is no such file; check the name\n"
    assert list(tmp_path.iterdir()) == []


@contextmanager
def files_of_at_most(count: int) -> Iterator[None]:
    """The system refuses to write more than so many bytes to a file, as a disk does that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@EVERY
def test_where_there_is_no_room_nothing_half_written_is_left(tmp_path: Path, name: str) -> None:
    held = exported()
    with (
        files_of_at_most(2000),
        pytest.raises(StorageError, match=r"out.*: cannot be written \(.+\); make room, or choose another place"),
    ):
        export(held, formats()[name], named(name, tmp_path), RECORDING, force=False)
    assert list(tmp_path.iterdir()) == []


@EVERY
def test_an_export_that_fails_leaves_the_one_before(tmp_path: Path, name: str) -> None:
    path = written(name, tmp_path)
    before = everything(tmp_path)

    def fail(what: Exported, where: Path) -> tuple[str, ...]:
        formats()[name].write(what, where)
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(StorageError, match="Input/output error"):
        export(exported(), replace(formats()[name], write=fail), path, RECORDING, force=True)
    assert everything(tmp_path) == before


@EVERY
def test_the_recording_itself_is_never_written_over(tmp_path: Path, name: str) -> None:
    recording = session(tmp_path)
    chosen: Format = formats()[name]
    for path in (recording, tmp_path):
        with pytest.raises(ExportError, match="holds the recording itself; choose another name"):
            export(exported(), chosen, path, recording, force=True)
    assert recording.stat().st_size > 100_000


@WITH_SAMPLES
def test_a_session_without_samples_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    empty = replace(exported(), samples=())
    with pytest.raises(ExportError, match="holds no samples; export its results with --format fhir"):
        export(empty, formats()[name], named(name, tmp_path), RECORDING, force=False)
    assert list(tmp_path.iterdir()) == []

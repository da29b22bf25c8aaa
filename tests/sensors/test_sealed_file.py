"""What is sealed for somebody can be opened by them, and by nobody else."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

import pyrage
import pytest

from sensors.failure import StorageError
from sensors.sealed_file import recipients_of, sealed

COLLEAGUE, STRANGER = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
TO = [str(COLLEAGUE.to_public())]
CONTENT = b"onset_s,beats\n3.21,10\n" * 10_000


def test_a_sealed_file_takes_the_place_of_the_open_one(tmp_path: Path) -> None:
    path = tmp_path / "visit.csv"
    path.write_bytes(CONTENT)
    out = sealed(path, TO)
    assert list(tmp_path.iterdir()) == [out]
    assert out.name == "visit.csv.age"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert pyrage.decrypt(out.read_bytes(), [COLLEAGUE]) == CONTENT
    assert b"onset" not in out.read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(out.read_bytes(), [STRANGER])


def test_a_folder_is_sealed_as_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    (folder / "sub-01").mkdir(parents=True)
    (folder / "sub-01" / "motion.tsv").write_bytes(CONTENT)
    out = sealed(folder, TO)
    assert list(tmp_path.iterdir()) == [out]
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(out.read_bytes(), [COLLEAGUE]))) as archive:
        assert archive.getnames() == ["dataset/sub-01/motion.tsv"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["age1notakey"], "age1notakey: is no age recipient; ask them for their public key"),
        (["anna@example.org"], "is no age recipient"),
        (["ssh-ed25519 nonsense"], "is no age recipient"),
        ([], "nobody to seal it for is named"),
    ],
)
def test_whom_it_is_for_is_looked_at_before_anything_is_done(tmp_path: Path, names: list[str], told: str) -> None:
    path = tmp_path / "visit.csv"
    path.write_bytes(CONTENT)
    with pytest.raises(StorageError, match=told):
        sealed(path, names)
    assert path.read_bytes() == CONTENT
    assert len(recipients_of(TO)) == 1


def test_what_cannot_be_written_leaves_the_open_file_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "visit.csv"
    path.write_bytes(CONTENT)
    (tmp_path / ".visit.csv.age.new").mkdir()
    with pytest.raises(StorageError, match="could not be sealed"):
        sealed(path, TO)
    assert path.read_bytes() == CONTENT

"""An encrypted session is recorded, read, added to and proven like any other, and tells nobody anything."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.failure import RecordingError, StorageError
from sensors.packet import OperatorEntry
from sensors.passphrase import FILE_VARIABLE, PASSPHRASE, VARIABLE
from sensors.session_file import SessionReader, SessionWriter, add_entry, note_use, recover, summary
from sensors.session_salvage import salvage
from sensors.session_verify import verify
from tests.sensors.numbered import SENSORS, START_NS, STARTED_UTC, arrival, until
from tests.sensors.saved import read

SECRET = "it's a long 'secret'; -- \u00e9"  # noqa: S105
ARRIVALS = [arrival(number) for number in range(900)]
NOTE = OperatorEntry("note", START_NS, None, {"text": "afterwards"})


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (VARIABLE, FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sensors.session_database._encrypted", set())
    PASSPHRASE.forget()
    yield
    PASSPHRASE.forget()


def writer_at(path: Path) -> SessionWriter:
    return SessionWriter(
        path, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={"source": "numbered"}, passphrase=SECRET
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "session.clonoscope"
    writer = writer_at(path)
    for one in ARRIVALS:
        writer.record(one)
    writer.close()
    return path


def test_with_its_passphrase_it_is_a_session_like_any_other(path: Path) -> None:
    PASSPHRASE.say(SECRET)
    assert read(path) == (ARRIVALS, 0)
    add_entry(path, NOTE)
    assert note_use(path, "export", {"format": "csv"})
    assert read(path) == ([*ARRIVALS, NOTE], 0)
    assert verify(path).whole
    assert summary(path).closed
    assert list(path.parent.iterdir()) == [path]


def test_a_killed_recording_is_put_in_order_and_neither_file_nor_journal_shows_anything(tmp_path: Path) -> None:
    path, copy = tmp_path / "session.clonoscope", tmp_path / "copy.clonoscope"
    writer = writer_at(path)
    for one in ARRIVALS:
        writer.record(one)
    until(lambda: writer.acknowledged == writer.recorded)
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", f"{copy}{ending}")
        data = Path(f"{copy}{ending}").read_bytes()
        assert not [word for word in (b"SQLite", b"left_foot", b"CREATE", b"note ", b"notify") if word in data]
    writer.close()
    PASSPHRASE.say(SECRET)
    recover(copy)
    assert read(copy) == (ARRIVALS, 0)
    assert [f.subject for f in verify(copy).findings if f.whole is False] == ["end"]


def test_without_its_passphrase_it_is_told_in_one_sentence(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(RecordingError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: is encrypted, or is no session; say where its passphrase is with ")
    PASSPHRASE.say("another one")
    with pytest.raises(RecordingError, match="does not open with this passphrase; it is another one, or the file is"):
        read(path)
    with pytest.raises(RecordingError, match="does not open with this passphrase"):
        recover(path)
    with pytest.raises(RecordingError, match="does not open with this passphrase"):
        add_entry(path, NOTE)
    with pytest.raises(RecordingError, match="is encrypted, or is no session; nothing is saved of it"):
        salvage(path, path.with_name("out.clonoscope"))
    assert path.read_bytes() == before


def test_it_is_asked_for_once_and_only_where_it_is_needed(path: Path, tmp_path: Path) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("asked")
        return SECRET

    PASSPHRASE.ask = ask
    open_one = tmp_path / "open.clonoscope"
    SessionWriter(open_one, SENSORS, start_ns=START_NS, started_utc=STARTED_UTC, facts={}).close()
    assert read(open_one) == ([], 0)
    assert not asked
    assert read(path) == read(path) == (ARRIVALS, 0)
    assert asked == ["asked"]


def test_scripts_say_it_in_a_file_or_in_the_environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    assert read(path) == (ARRIVALS, 0)
    PASSPHRASE.forget()
    monkeypatch.delenv(VARIABLE)
    kept = path.with_name("passphrase")
    kept.write_text(f"{SECRET}\n", "utf-8")
    monkeypatch.setenv(FILE_VARIABLE, str(kept))
    assert read(path) == (ARRIVALS, 0)
    PASSPHRASE.forget()
    kept.unlink()
    with pytest.raises(StorageError, match="there is no such file; CLONOSCOPE_PASSPHRASE_FILE names it"):
        read(path)


def test_a_passphrase_that_keeps_nobody_out_is_refused() -> None:
    with pytest.raises(StorageError, match="too short; choose at least 8 characters"):
        PASSPHRASE.say("1234567")


def test_a_flipped_bit_in_an_encrypted_file_is_found(path: Path) -> None:
    PASSPHRASE.say(SECRET)
    spoiled = bytearray(path.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    path.write_bytes(spoiled)
    assert not verify(path).whole


def test_a_session_can_be_read_and_listed_while_it_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "session.clonoscope"
    PASSPHRASE.say(SECRET)
    writer = writer_at(path)
    for number in range(1):
        writer.record(arrival(number))
        until(lambda: writer.acknowledged == writer.recorded)
        with SessionReader(path) as session:
            assert list(session.arrivals()) == [arrival(seen) for seen in range(number + 1)]
        with pytest.raises(RecordingError, match="is being recorded"):
            recover(path)
    writer.close()
    assert verify(path).whole


def test_noise_is_not_called_damaged_and_text_not_encrypted(tmp_path: Path) -> None:
    noise, text = tmp_path / "noise.clonoscope", tmp_path / "text.clonoscope"
    noise.write_bytes(os.urandom(8192))
    text.write_text("time_s,sensor\n" * 1000)
    with pytest.raises(RecordingError, match="is encrypted, or is no session"):
        read(noise)
    with pytest.raises(RecordingError, match="is not a Clonoscope session"):
        read(text)


def test_without_the_extra_it_is_said_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.session_database._encrypted", set())
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    PASSPHRASE.say(SECRET)
    with pytest.raises(RecordingError, match=r"needs the extra `encryption` to be read or made; install it: pipx"):
        read(path)
    with pytest.raises(StorageError, match="cannot be made; needs the extra `encryption`"):
        writer_at(path.with_name("another.clonoscope"))
    assert list(path.parent.iterdir()) == [path]

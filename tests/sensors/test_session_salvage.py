"""What is still there of a spoiled file is saved into a new one, to the byte, and what is not is said."""

from __future__ import annotations

import os
import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.failure import RecordingError, StorageError
from sensors.packet import Arrival, OperatorEntry, Packet
from sensors.session_file import SessionReader, add_entry
from sensors.session_rows import Row
from sensors.session_salvage import Salvage, salvage
from sensors.session_store import SessionStore
from sensors.session_verify import verify
from tests.sensors.numbered import SENSORS, START_NS, arrival, until
from tests.sensors.saved import read, save, writer_at
from tui.cli import main

ARRIVALS = [arrival(number) for number in range(3000)]
PLACES = {repr(one): place for place, one in enumerate(ARRIVALS)}
AFTERWARDS = OperatorEntry("note", START_NS, None, {"text": "afterwards"})
LONG = Packet("left_foot", "notify", os.urandom(200_000), START_NS)
"""A packet that goes on over fifty pages."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = save(tmp_path_factory.mktemp("original") / "session.clonoscope", ARRIVALS)
    add_entry(path, AFTERWARDS)
    return path


@pytest.fixture
def path(tmp_path: Path, original: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "session.clonoscope"))


def saved(path: Path) -> tuple[list[Arrival], Salvage]:
    """What is in the new file; the original must be as it was, and the new file sound."""
    out = path.with_name("out.clonoscope")
    out.unlink(missing_ok=True)
    before = {entry: entry.read_bytes() for entry in path.parent.glob("session*")}
    told = salvage(path, out)
    assert {entry: entry.read_bytes() for entry in path.parent.glob("session*")} == before
    assert {"structure", "checksums"}.isdisjoint(f.subject for f in verify(out).findings if f.whole is False)
    arrivals, damaged = read(out)
    assert damaged == 0
    assert told.packets == sum(isinstance(one, Packet) for one in arrivals)
    return arrivals, told


def places(found: list[Arrival]) -> list[int]:
    numbers = [PLACES[repr(one)] for one in found if one != AFTERWARDS]
    assert numbers == sorted(set(numbers))
    return numbers


def test_of_a_whole_file_everything_is_saved(path: Path) -> None:
    arrivals, told = saved(path)
    assert arrivals == [*ARRIVALS, AFTERWARDS]
    assert told.lost == ()
    assert [f.subject for f in verify(told.path).findings if f.whole is False] == ["end"]
    with SessionReader(told.path) as session:
        assert session.sensors == SENSORS
        assert session.meta["salvaged_from"] == "session.clonoscope"
        assert session.recovered_s == pytest.approx(told.held_s, abs=1e-3)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9, 0.99])
def test_of_a_file_cut_short_everything_before_the_cut_is_saved(path: Path, part: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    arrivals, told = saved(path)
    assert len(places(arrivals)) > (part - 0.12) * len(ARRIVALS)
    assert told.lost


def test_of_a_file_without_its_beginning_what_follows_is_saved(path: Path) -> None:
    spoiled = path.read_bytes()
    path.write_bytes(bytes(4096 * 8) + spoiled[4096 * 8 :])
    arrivals, told = saved(path)
    assert len(places(arrivals)) > 0.8 * len(ARRIVALS)
    assert "when it began cannot be told any more" in told.lost
    assert any(sentence.startswith("what sensor left_foot was cannot be told any more") for sentence in told.lost)


@pytest.mark.parametrize("kind", [b"", b"\x05", b"\x0d", b"\x0d\0\0\0\0\0\0\0", b"\x0a"])
def test_pages_whose_head_alone_is_damaged_lose_nothing(path: Path, kind: bytes) -> None:
    spoiled = bytearray(path.read_bytes())
    noise = random.Random(11)
    for page in range(9, len(spoiled) // 4096):
        if spoiled[page * 4096] == 0x0D:
            spoiled[page * 4096 : page * 4096 + 8] = (kind + noise.randbytes(8))[:8]
    path.write_bytes(spoiled)
    arrivals, told = saved(path)
    assert len(places(arrivals)) == len(ARRIVALS)
    assert told.lost == ()


def test_what_is_missing_is_told_by_its_time(path: Path) -> None:
    spoiled = bytearray(path.read_bytes())
    middle = len(spoiled) // 8192
    spoiled[middle * 4096 : (middle + 1) * 4096] = bytes(4096)
    path.write_bytes(spoiled)
    arrivals, told = saved(path)
    kept = set(places(arrivals))
    missing = len(ARRIVALS) - len(kept)
    assert 0 < missing < 300
    (sentence,) = told.lost
    first_s, last_s = float(sentence.split()[1]), float(sentence.split()[3])
    assert sentence == f"between {first_s:.2f} and {last_s:.2f} s {missing} arrivals are missing"
    lost = [one for number, one in enumerate(ARRIVALS) if number not in kept]
    assert first_s <= (lost[0].arrival_ns - START_NS) / 1e9 + 0.01
    assert last_s >= (lost[-1].arrival_ns - START_NS) / 1e9 - 0.01


def test_a_row_over_many_pages_is_saved(tmp_path: Path) -> None:
    arrivals, _ = saved(save(tmp_path / "session.clonoscope", [arrival(0), LONG, arrival(1)]))
    assert arrivals == [arrival(0), LONG, arrival(1)]


def test_a_journal_is_read_where_the_file_cannot_be_put_in_order(tmp_path: Path) -> None:
    path, copy = tmp_path / "a" / "session.clonoscope", tmp_path / "b" / "session.clonoscope"
    copy.parent.mkdir()
    writer = writer_at(path)
    for one in ARRIVALS[:600]:
        writer.record(one)
    until(lambda: writer.acknowledged == writer.recorded)
    shutil.copy(path, copy)
    shutil.copy(f"{path}-wal", f"{copy}-wal")
    writer.close()
    spoiled = bytearray(copy.read_bytes())
    spoiled[:4096] = os.urandom(4096)
    copy.write_bytes(spoiled)
    arrivals, told = saved(copy)
    assert arrivals == ARRIVALS[:600]
    assert told.lost == ("nothing tells whether anything came after 1.50 s",)


def test_a_journal_of_another_session_is_left_aside(path: Path, tmp_path: Path) -> None:
    writer = writer_at(tmp_path / "other" / "other.clonoscope")
    writer.record(Packet("left_foot", "notify", b"not ours", START_NS))
    until(lambda: writer.acknowledged)
    writer._store.finish = lambda: None  # type: ignore[method-assign] # keeps its journal
    shutil.copy(f"{tmp_path}/other/other.clonoscope-wal", f"{path}-wal")
    arrivals, _ = saved(path)
    assert arrivals == [*ARRIVALS, AFTERWARDS]
    writer.close()


def test_a_salvage_that_finds_no_room_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_store: SessionStore, _rows: list[Row]) -> None:
        raise StorageError("out.clonoscope: the disk is full; make room, nothing is lost yet")

    monkeypatch.setattr(SessionStore, "commit", full)
    with pytest.raises(StorageError) as refused:
        salvage(path, path.with_name("out.clonoscope"))
    assert str(refused.value) == (
        "out.clonoscope: the disk is full; make room and save it again, session.clonoscope is as it was"
    )
    assert list(path.parent.iterdir()) == [path]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.floats(0.0, 1.0),
    noise=st.lists(st.tuples(st.integers(0, 2**31), st.binary(min_size=1, max_size=64)), max_size=6),
)
def test_whatever_is_spoiled_only_what_was_written_comes_back(
    tmp_path: Path, original: Path, cut: float, noise: list[tuple[int, bytes]]
) -> None:
    spoiled = bytearray(original.read_bytes()[: int(cut * original.stat().st_size)])
    for place, data in noise if spoiled else []:
        start = place % len(spoiled)
        spoiled[start : start + len(data)] = data[: len(spoiled) - start]
    path = tmp_path / "session.clonoscope"
    path.write_bytes(spoiled)
    with suppress(RecordingError):
        places(saved(path)[0])


def test_the_command_says_what_it_saved_and_never_overwrites(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100_000])
    out = path.with_name("session-recovered.clonoscope")
    first = CliRunner().invoke(main, ["recover", str(path)])
    assert first.exit_code == 0
    lines = first.output.splitlines()
    assert lines[0].endswith(" s")
    assert any("nothing tells whether anything came after" in line for line in lines)
    assert lines[-1] == str(out)
    second = CliRunner().invoke(main, ["recover", str(path)])
    assert second.exit_code == 1
    assert second.output == f"clonoscope: {out}: exists already; choose another name for {out.name}\n"
    with pytest.raises(StorageError):
        salvage(path, path)

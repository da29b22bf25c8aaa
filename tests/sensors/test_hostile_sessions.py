"""Session files in which every row is intact and too much: refused, or read, in bounded time and memory."""

from __future__ import annotations

import sqlite3
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sensors.driver import Sensor
from sensors.failure import RecordingError
from sensors.packet import OperatorEntry
from sensors.recordings import open_recording
from sensors.session_content import ROWS_A_PAGE
from sensors.session_file import SessionWriter
from sensors.session_rows import LARGEST_ROW_BYTES, LAYOUT_FACT, Row, sealed
from sensors.streams.recorded import MOST_SENSORS
from tests.sensors.numbered import START_NS, STARTED_UTC
from tests.sensors.test_layout import EXAMPLE

MOST_BYTES = 64_000_000
LONGEST_S = 5.0


def stuffed(folder: Path, rows: Iterable[Row]) -> Path:
    """A session of one sensor, and in it whatever somebody put in afterwards."""
    path = folder / "stuffed.clonoscope"
    sensor = Sensor("left_foot", "simulated", 100.0)
    SessionWriter(path, (sensor,), start_ns=START_NS, started_utc=STARTED_UTC, facts={}).close(10.0)
    with closing(sqlite3.connect(path)) as connection, connection:
        for row in rows:
            places = ",".join("?" * len(row.values))
            connection.execute(f"INSERT OR REPLACE INTO {row.table} VALUES ({places})", row.values)  # noqa: S608
    return path


@contextmanager
def bounded(most_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Fail where what is done inside takes long, or much memory."""
    began_s = time.process_time()
    tracemalloc.start()
    try:
        yield
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < most_bytes
    assert time.process_time() - began_s < LONGEST_S


def sensors(count: int, family: str = "simulated") -> Iterator[Row]:
    return (sealed("sensor", 2 + n, f"sensor_{n}", family, 100.0, 1, 1, "") for n in range(count))


def test_a_session_has_only_so_many_sensors(tmp_path: Path) -> None:
    with bounded(), pytest.raises(RecordingError, match="holds 5001 sensors, and a session has at most 64"):
        open_recording(stuffed(tmp_path, sensors(5_000)))


def test_every_sensor_with_a_layout_of_full_length_is_read_in_time(tmp_path: Path) -> None:
    text = f"{EXAMPLE}\n# {'-' * (60_000 - len(EXAMPLE))}"
    rows = [sealed("meta", f"{LAYOUT_FACT}workshop_imu", text), *sensors(MOST_SENSORS - 1, "workshop_imu")]
    path = stuffed(tmp_path, rows)
    with bounded(), closing(open_recording(path)) as recording:
        assert len(recording.sensors) == MOST_SENSORS


def test_a_layout_of_tables_in_tables_without_end_is_refused_at_once(tmp_path: Path) -> None:
    rows = [sealed("meta", f"{LAYOUT_FACT}deep", "a." * 32_000 + "a = 1"), *sensors(60, "deep")]
    path = stuffed(tmp_path, rows)
    with bounded(), pytest.raises(RecordingError, match="more than 200 points"):
        open_recording(path)


def test_facts_without_number_are_read_in_time(tmp_path: Path) -> None:
    path = stuffed(tmp_path, (sealed("meta", f"fact {n}", "x" * 200) for n in range(8_000)))
    with bounded(), closing(open_recording(path)) as recording:
        assert [sensor.key for sensor in recording.sensors] == ["left_foot"]


def test_entries_as_large_as_a_row_may_be_cost_a_page_of_rows_at_a_time(tmp_path: Path) -> None:
    large = '{"text": "' + "x" * 1_900_000 + '"}'
    path = stuffed(tmp_path, (sealed("entry", n, "note", None, START_NS + n, large) for n in range(80)))
    with bounded(ROWS_A_PAGE * LARGEST_ROW_BYTES), closing(open_recording(path)) as recording:
        texts = [str(one.detail["text"]) for one in recording.arrivals() if isinstance(one, OperatorEntry)]
    assert len(texts) == 80
    assert max(map(len, texts)) <= 1000

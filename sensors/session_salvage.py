"""Saving into a new file what can still be read of a session file that is cut, damaged, or lacks its journal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sensors.audit_log import END, SALVAGED, AuditEntry, ChainEnd, Detail, audit_entry_of
from sensors.failure import RecordingError, StorageError
from sensors.packet_log import DamagedError
from sensors.page_carver import Carver, FilePages, LogPages
from sensors.plain_file import opened
from sensors.sequence_count import Hole, SequenceCount
from sensors.session_content import bytes_in, number_in
from sensors.session_place import JOURNALS, bytes_on_disk, expect_file, journals, looks_encrypted
from sensors.session_rows import (
    FIRST_AFTERWARDS,
    RECORDED,
    SETTLED_LATER,
    Row,
    Value,
    arrivals_of,
    meta_of,
    meta_row,
    sensor_of,
    sequence_of,
)
from sensors.session_store import SessionStore

ROWS_A_COMMIT = 4096
ONE_STRETCH_S = 0.25
"""Holes no further apart are told as one: a row holds what one sensor sent in that time."""
MOST_NAMED = 5
"""Stretches of lost time that are named before "and N more"."""

_Found = dict[tuple[str, Value], Row]


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was saved: the new file, its packets and seconds; `lost` says in a sentence each what was not."""

    path: Path
    packets: int
    held_s: float
    lost: tuple[str, ...]


def salvage(path: Path, out: Path) -> Salvage:
    """Write what can be read of `path` and its journal to the new file `out`; the original is only read.

    A row is taken where its checksum fits, and no other. The whole of it is held in memory. Raises RecordingError
    where nothing of a session is in the file, StorageError where `out` cannot be made.
    """
    expect_file(path)
    found, notes = _rows_in(path)
    recorded = sorted((row for row in found.values() if row.table in RECORDED), key=sequence_of)
    if not recorded and not any(table == "sensor" for table, _ in found):
        if looks_encrypted(path):
            raise RecordingError(f"{path}: is encrypted, or is no session; nothing is saved of it, copy it again")
        raise RecordingError(f"{path}: holds nothing of a session that could be saved; look for another copy")
    told = _Told(found, recorded)
    store = SessionStore(out, [row for row in found.values() if row.table in ("sensor", "meta") if _lasts(row)])
    try:
        for start in range(0, len(recorded), ROWS_A_COMMIT):
            store.commit(recorded[start : start + ROWS_A_COMMIT])
        store.commit([*_log(found), _salvaged(told, path, recorded)])
        store.finish_with(meta_row("recovered_s", f"{told.held_s:.3f}"), meta_row("salvaged_from", path.name))
    except StorageError as error:
        store.close()
        for part in (out, *journals(out)):
            part.unlink(missing_ok=True)
        raise StorageError(
            f"{str(error).partition(';')[0]}; make room and save it again, {path.name} is as it was"
        ) from None
    store.close()
    return Salvage(out, told.packets, told.held_s, (*notes, *told.lost()))


def _lasts(row: Row) -> bool:
    """Whether a row, once written, is never written anew; so two that differ are of two sessions."""
    return row.table != "meta" or row.values[0] not in SETTLED_LATER


def _log(found: _Found) -> list[Row]:
    return sorted((row for row in found.values() if row.table == "audit"), key=sequence_of)


def _salvaged(told: _Told, path: Path, recorded: list[Row]) -> Row:
    """Return the entry of the audit log on the salvage itself."""
    last = told.log[-1] if told.log else None
    end = ChainEnd(last.number, last.chain) if last is not None else ChainEnd()
    detail: Detail = {"from": path.name, "rows": len(recorded), "packets": told.packets}
    return end.extended(SALVAGED, detail, datetime.now(UTC))[0]


def _rows_in(path: Path) -> tuple[_Found, tuple[str, ...]]:
    """Return all rows that are as they were written, and a sentence where the journal is another session's."""
    log = path.with_name(path.name + JOURNALS[0])
    with ExitStack() as stack:
        pages = FilePages(stack.enter_context(opened(path)), path.stat().st_size)
        in_file = _carved(path, pages)
        in_log: _Found = {}
        if log.is_file():
            in_log = _carved(path, LogPages(stack.enter_context(opened(log)), log.stat().st_size, pages))
    if any(in_file[key] != in_log[key] for key in in_file.keys() & in_log.keys() if _lasts(in_log[key])):
        return in_file, (f"{log.name} is not the journal of this file and was left aside",)
    return {**in_file, **in_log}, ()


def _carved(path: Path, pages: FilePages | LogPages) -> _Found:
    """Return the rows on all images of some pages; a later image of a row takes the place of an earlier one.

    Raises RecordingError where they are longer than what they came from, as rows are that lie over one another.
    """
    carver, most_bytes = Carver(pages), bytes_on_disk(path)
    found: _Found = {}
    size = 0
    doubtful: set[int] = set()
    for again in (False, True):
        for place, (number, page) in enumerate(pages.images()):
            if again:
                rows: Iterable[Row] = carver.rows_anywhere(number, page) if place in doubtful else ()
            else:
                rows, all_of_them = carver.rows(number, page)
                if not all_of_them:
                    doubtful.add(place)
            for row in rows:
                key = (row.table, row.values[0])
                before = found.get(key)
                if again and before is not None:
                    continue
                size += bytes_in(row.values) - (bytes_in(before.values) if before is not None else 0)
                if size > most_bytes:
                    why = "holds more than there is room for in it"
                    raise RecordingError(f"{path}: {why}; do not trust it, ask who made it")
                found[key] = row
    return found


class _Told:
    """What the saved rows say of themselves and of what is missing between them."""

    def __init__(self, found: _Found, recorded: list[Row]) -> None:
        self.log = tuple(_entries(_log(found)))
        self.packets = 0
        self._facts = dict(meta_of(row.values) for (table, _), row in found.items() if table == "meta")
        self._listed = set(_keys(row for (table, _), row in found.items() if table == "sensor"))
        self._unlisted: dict[str, int] = {}
        self._times: list[tuple[int, int]] = []
        self._count = SequenceCount()
        for row in recorded:
            self._take(row)
        ends = [entry for entry in self.log if entry.action == END]
        self._ended = bool(ends)
        self._count.end(ends[-1].number_in("last", -1) if ends else None)
        self._not_storable = ends[-1].number_in("not_storable", 0) if ends else 0
        first_ns = min((at_ns for _, at_ns in self._times), default=0)
        start_ns = number_in(self._facts.get("start_ns", ""))
        self._start_ns = first_ns if start_ns is None else start_ns
        self.held_s = self._seconds(max((at_ns for _, at_ns in self._times), default=self._start_ns))

    def _take(self, row: Row) -> None:
        number = sequence_of(row)
        if row.table == "alert":
            self._count.add((number,))
            return
        try:
            numbered = arrivals_of(row.table, row.values)
        except DamagedError:
            return
        if number < FIRST_AFTERWARDS:
            self._count.add([one.sequence for one in numbered])
            self._times.append((numbered[-1].sequence, numbered[-1].arrival.arrival_ns))
        if row.table == "packets":
            self.packets += len(numbered)
            sensor = numbered[0].arrival.sensor or ""
            if sensor not in self._listed:
                self._unlisted[sensor] = self._unlisted.get(sensor, 0) + len(numbered)

    def lost(self) -> Iterator[str]:
        """Say in a sentence each what is missing."""
        if self._count.missing > self._not_storable:
            stretches = list(self._stretches())
            for first_s, last_s, arrivals in stretches[:MOST_NAMED]:
                yield f"between {first_s:.2f} and {last_s:.2f} s {arrivals:,} arrivals are missing"
            if len(stretches) > MOST_NAMED:
                rest = stretches[MOST_NAMED:]
                yield f"in {len(rest)} more stretches {sum(r[2] for r in rest):,} arrivals are missing"
        if not self._ended:
            yield f"nothing tells whether anything came after {self.held_s:.2f} s"
        if "started_utc" not in self._facts:
            yield "when it began cannot be told any more"
        for sensor, packets in self._unlisted.items():
            yield f"what sensor {sensor} was cannot be told any more, so its {packets:,} packets are kept but not shown"

    def _stretches(self) -> Iterator[tuple[float, float, int]]:
        """Yield from when to when something is missing, and how many arrivals; holes that overlap are one."""
        self._times.sort()
        numbers = [number for number, _ in self._times]
        current: tuple[float, float, int] | None = None
        for hole in self._count.holes:
            first_s, last_s = self._around(hole, numbers)
            if current is not None and first_s <= current[1] + ONE_STRETCH_S:
                current = (current[0], max(current[1], last_s), current[2] + hole.numbers)
                continue
            if current is not None:
                yield current
            current = (first_s, last_s, hole.numbers)
        if current is not None:
            yield current

    def _around(self, hole: Hole, numbers: list[int]) -> tuple[float, float]:
        """Return the times of what is there before and behind a hole."""
        behind = bisect_right(numbers, hole.first)
        before_ns = self._times[behind - 1][1] if behind else self._start_ns
        behind_ns = self._times[behind][1] if behind < len(numbers) else None
        before_s = self._seconds(before_ns)
        return before_s, self.held_s if behind_ns is None else max(before_s, self._seconds(behind_ns))

    def _seconds(self, at_ns: int) -> float:
        return (at_ns - self._start_ns) / 1e9


def _keys(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        with suppress(DamagedError):
            yield sensor_of(row.values).key


def _entries(rows: Iterable[Row]) -> Iterator[AuditEntry]:
    for row in rows:
        with suppress(DamagedError):
            yield audit_entry_of(row.values)

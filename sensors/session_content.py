"""What a session file holds, put together from its rows; how the rows are asked for is the session file's business.

A row that is not as it was written is left out and counted, and so is a stretch of the file that cannot be read.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from types import MappingProxyType
from typing import TypeVar

from sensors.driver import Sensor
from sensors.packet import Arrival, OperatorEntry, Packet
from sensors.packet_log import DamagedError, Numbered
from sensors.session_rows import (
    COLUMNS,
    LAYOUT_FACT,
    RECORDED,
    Row,
    ShownAlert,
    Value,
    alert_of,
    arrivals_of,
    meta_of,
    sensor_of,
    sequence_of,
)

ROWS_A_PAGE = 64
"""Rows read at once: a second of sixteen sensors. Between pages nothing is locked, so a writer may go on."""
BYTES_A_PAGE = 1 << 20
"""A page ends with the row that reaches this: a second of sixteen sensors is 50 kB, but a row of a stranger 4 MB."""
MOST_SMALL_ROWS = 4096
"""Rows of `meta` or `sensor` that are read: a session has at most 64 sensors, and a few facts for each."""
MOST_SMALL_BYTES = 16 << 20
"""And their bytes: 64 layouts of full length are 4 MB."""
MOST_WAITING_BYTES = 32 << 20
"""What waits for numbers below it: packets of 4.3 s, which are 200 kB of sixteen sensors."""
BYTES_A_PACKET = 256
"""What keeping a packet costs beside its bytes."""
MOST_DAMAGES = 1000
"""Stretches of a table that cannot be read, after which the rest is left: pages can be made to hold as many as there
are numbers."""
ROWS_AT_AN_EDGE = 64
"""Rows in which the earliest and the latest arrival are looked for; each sensor has one in every commit."""
LAST_SEQUENCE = 2**63 - 1
"""The largest number that a row can have."""

_TIMES: Mapping[str, str] = {"packets": "first_ns, last_ns", "link": "at_ns", "entry": "at_ns"}
_Found = TypeVar("_Found")
Ask = Callable[[str, tuple[Value, ...]], Iterator[tuple[Value, ...]]]
"""Puts a question in SQL; raises DamagedError as soon as the file cannot be read on."""


class OverfullError(DamagedError):
    """A table has more rows than any session's."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The arrival times of the first and the last thing that happened."""

    first_ns: int
    last_ns: int


class _Waiting:
    """Arrivals that come out by their numbers; where too much would wait, the lowest number goes before its turn."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Arrival]] = []
        self._added = self._bytes = 0

    def add(self, numbered: Numbered) -> None:
        self._added += 1
        self._bytes += _cost(numbered.arrival)
        heapq.heappush(self._heap, (numbered.sequence, self._added, numbered.arrival))

    def below(self, sequence: int | None) -> Iterator[Arrival]:
        """Take out what comes before a number, or everything."""
        while self._heap and (sequence is None or self._heap[0][0] < sequence or self._bytes > MOST_WAITING_BYTES):
            arrival = heapq.heappop(self._heap)[2]
            self._bytes -= _cost(arrival)
            yield arrival


def _cost(arrival: Arrival) -> int:
    return BYTES_A_PACKET + (len(arrival.data) if isinstance(arrival, Packet) else 0)


class SessionContent:
    """Everything that one session file holds; the arrivals can be read again and again. A Recording.

    `layouts` are the texts of the layouts that its sensors need, by family. `overfull` says that it has more facts or
    sensors than any session has; those beyond are left out, and counted as one damage.
    """

    def __init__(self, name: str, ask: Ask) -> None:
        self.name = name
        self._ask = ask
        self._damaged: set[tuple[str, Value]] = set()
        self.overfull = False
        facts = (self._intact("meta", values, meta_of) for values in self._all("meta"))
        known = dict(fact for fact in facts if fact is not None)
        self.layouts = {
            key.removeprefix(LAYOUT_FACT): known.pop(key) for key in list(known) if key.startswith(LAYOUT_FACT)
        }
        self.meta: Mapping[str, str] = MappingProxyType(known)
        listed = (self._intact("sensor", values, sensor_of) for values in self._all("sensor"))
        self.sensors: tuple[Sensor, ...] = tuple(sensor for sensor in listed if sensor is not None)
        span = self._span()
        start_ns = number_in(self.meta.get("start_ns", ""))
        self.start_ns = start_ns if start_ns is not None else span.first_ns if span else 0
        self.begins_s = (span.first_ns - self.start_ns) / 1e9 if span else 0.0
        self.duration_s = (span.last_ns - self.start_ns) / 1e9 if span else 0.0

    @property
    def started_utc(self) -> datetime | None:
        """When the session began; None where that cannot be read any more."""
        try:
            return datetime.fromisoformat(self.meta["started_utc"]).astimezone(UTC)
        except (KeyError, ValueError, OverflowError):
            return None

    @property
    def closed(self) -> bool:
        """Whether the session was ended properly; else it is being recorded, or was interrupted."""
        return self.meta.get("closed") == "1"

    @property
    def recovered_s(self) -> float | None:
        """The seconds found when an interrupted session was put in order; None for any other."""
        try:
            seconds = float(self.meta["recovered_s"])
        except (KeyError, ValueError):
            return None
        return seconds if isfinite(seconds) else None

    @property
    def damaged(self) -> int:
        """Rows and stretches of rows found damaged so far; complete once `arrivals` has been read to its end."""
        return len(self._damaged)

    def arrivals(self) -> Iterator[Arrival]:
        """Yield what had arrived when the first was asked for, in the order in which it was recorded."""
        last = self.newest
        rows = heapq.merge(*(self._rows(table, last) for table in _TIMES), key=sequence_of)
        waiting = _Waiting()
        for row in rows:
            yield from waiting.below(sequence_of(row))
            for numbered in self._arrivals_of(row):
                waiting.add(numbered)
        yield from waiting.below(None)

    def alerts(self) -> Iterator[ShownAlert]:
        """Yield the alerts as they were shown, in order."""
        for row in self._rows("alert", self.newest):
            alert = self._intact("alert", row.values, alert_of)
            if alert is not None:
                yield alert

    def entries(self) -> Iterator[OperatorEntry]:
        """Yield what the operator did, in order, without reading a packet."""
        for row in self._rows("entry", self.newest):
            for numbered in self._arrivals_of(row):
                if isinstance(numbered.arrival, OperatorEntry):
                    yield numbered.arrival

    def alert_count(self) -> int:
        """Return how many alerts were shown, without reading them."""
        try:
            ((count,),) = self._ask("SELECT count(*) FROM alert", ())
        except DamagedError:
            return sum(1 for _ in self.alerts())
        return count if isinstance(count, int) else 0

    def recorded_rows(self, last: int) -> Iterator[Row]:
        """Yield everything recorded up to sequence number `last`, as stored and by sequence number.

        What cannot be read is counted in `damaged`; whether the rows are as they were written is not looked at.
        """
        return heapq.merge(*(self._rows(table, last) for table in RECORDED), key=sequence_of)

    def _arrivals_of(self, row: Row) -> list[Numbered]:
        return self._intact(row.table, row.values, lambda values: arrivals_of(row.table, values)) or []

    def _intact(
        self, table: str, values: tuple[Value, ...], meaning: Callable[[tuple[Value, ...]], _Found]
    ) -> _Found | None:
        """Return what a row means, or count it."""
        try:
            return meaning(values)
        except DamagedError:
            self._damaged.add((table, values[0]))
            return None

    def _all(self, table: str) -> Iterator[tuple[Value, ...]]:
        """Yield the rows of a small table, as far as it can be read."""
        try:
            yield from small_table(self._ask, table)
        except OverfullError:
            self.overfull = True
            self._damaged.add((table, None))
        except DamagedError:
            self._damaged.add((table, None))

    @property
    def newest(self) -> int:
        """Return the last sequence number of this moment, so that a file that still grows is read as of now."""
        try:
            found = self._ask(
                "SELECT max(seq) FROM packets UNION ALL SELECT max(seq) FROM link "
                "UNION ALL SELECT max(seq) FROM entry UNION ALL SELECT max(seq) FROM alert",
                (),
            )
            return max((seq for (seq,) in found if isinstance(seq, int)), default=-1)
        except DamagedError:
            return LAST_SEQUENCE

    def _rows(self, table: str, last: int) -> Iterator[Row]:
        """Yield the rows of a table up to sequence number `last`, going round what cannot be read."""
        first: int | None = 0
        damages = 0
        while first is not None and first <= last and damages < MOST_DAMAGES:
            page, readable = self._page(table, first, last, ROWS_A_PAGE)
            yield from page
            if page:
                first = sequence_of(page[-1]) + 1
            if not readable:
                damages += 1
                first = self._beyond_damage(table, first, last)
            elif not page:
                return

    def _page(self, table: str, first: int, last: int, count: int) -> tuple[list[Row], bool]:
        """Return up to `count` rows from `first` on, fewer of long ones, and whether nothing stood in the way."""
        question = f"SELECT {', '.join(COLUMNS[table])} FROM {table} WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"  # noqa: S608
        page: list[Row] = []
        size = 0
        try:
            for values in self._ask(question, (first, last, count)):
                row = Row(table, values)
                if sequence_of(row) < first:  # the pages lead in a circle
                    return page, False
                page.append(row)
                first = sequence_of(row) + 1
                size += bytes_in(values)
                if size >= BYTES_A_PAGE:
                    break
        except DamagedError:
            return page, False
        return page, True

    def _beyond_damage(self, table: str, first: int, last: int) -> int | None:
        """Return the first sequence number behind a damage at `first` from which can be read; None: there is none."""
        self._damaged.add((table, first))
        unreadable, step = 0, 1
        while first + step <= last and not self._page(table, first + step, last, 1)[1]:
            unreadable, step = step, 2 * step
        if first + step > last:
            return None
        while step - unreadable > 1:
            middle = (unreadable + step) // 2
            if self._page(table, first + middle, last, 1)[1]:
                step = middle
            else:
                unreadable = middle
        return first + step

    def _span(self) -> _Span | None:
        """Return from when to when something happened, by a look at both ends."""
        times: list[int] = []
        try:
            for table, columns in _TIMES.items():
                for order in ("ASC", "DESC"):
                    edge = self._ask(f"SELECT {columns} FROM {table} ORDER BY seq {order} LIMIT ?", (ROWS_AT_AN_EDGE,))  # noqa: S608
                    times += [value for row in edge for value in row if isinstance(value, int)]
        except DamagedError:
            times = [arrival.arrival_ns for arrival in self.arrivals()]
        return _Span(min(times), max(times)) if times else None


def small_table(ask: Ask, table: str) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of `meta` or `sensor` by key; raises DamagedError, OverfullError where they are too many."""
    size = 0
    question = f"SELECT {', '.join(COLUMNS[table])} FROM {table} ORDER BY 1 LIMIT ?"  # noqa: S608
    for number, values in enumerate(ask(question, (MOST_SMALL_ROWS + 1,))):
        size += bytes_in(values)
        if number == MOST_SMALL_ROWS or size > MOST_SMALL_BYTES:
            raise OverfullError(table)
        yield values


def bytes_in(values: tuple[Value, ...]) -> int:
    """Return about how long a row's texts and bytes are."""
    return sum(len(value) for value in values if isinstance(value, str | bytes))


def number_in(text: str) -> int | None:
    """Return the whole number of at most 64 bits, or thereabouts, that a fact is; None where it is none."""
    is_one = text.removeprefix("-").isdecimal() and len(text) <= len(str(LAST_SEQUENCE))
    return int(text) if is_one else None

"""The audit log of a session: who started, said, changed, ended and exported it, each entry bound to all before it.

An entry's chain is the SHA-256 over the chain before it and over what it says, so that none can be changed, taken out
or put in between without a break. Nothing in here touches a disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sensors.packet import OperatorEntry
from sensors.packet_log import DamagedError, Numbered
from sensors.session_rows import (
    FIRST_AFTERWARDS,
    SETTLED_LATER,
    Row,
    ShownAlert,
    Value,
    checked,
    framed,
    json_object,
    json_text,
    rows_of,
    sealed,
    sequence_of,
)
from sensors.wording import clean

START, END, RECOVERED, SALVAGED = "start", "end", "recovered", "salvaged"
"""What the program itself does; what the operator does is called as its entry's kind."""
BEFORE_THE_FIRST = bytes(32)
NOT_A_TEXT = b"\xff"
"""What goes into a digest for a row that was damaged so that it cannot be framed."""
LONGEST_CODE = 64
MOST_ENTRIES = 100_000
"""Of a log that are read: an entry a second for a day. Of those that vouch for the content there are two or three."""
MOST_VOUCHERS = 1000
MOST_BREAKS = 1000

Detail = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing done to a session: when, what, by which examiner's code where that is known, and its particulars."""

    number: int
    at_utc: str
    action: str
    examiner: str | None
    detail: Mapping[str, object]
    chain: bytes

    def number_in(self, name: str, otherwise: int = -1) -> int:
        """Return a number in the particulars, such as `last`; `otherwise` where there is none that can be right."""
        number = self.detail.get(name)
        return number if isinstance(number, int) and -1 <= number < FIRST_AFTERWARDS else otherwise


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a chain stands: the number of its last entry (-1 before the first), and that entry's chain."""

    number: int = -1
    chain: bytes = BEFORE_THE_FIRST

    def extended(
        self, action: str, detail: Detail, at_utc: datetime, examiner: str | None = None
    ) -> tuple[Row, ChainEnd]:
        """Return the row of the next entry, and where the chain stands with it; raises like `sealed`."""
        told: tuple[Value, ...] = (
            self.number + 1,
            at_utc.astimezone(UTC).isoformat(timespec="milliseconds"),
            action,
            examiner,
            json_text(detail),
        )
        chain = next_chain(self.chain, told)
        return sealed("audit", *told, chain), ChainEnd(self.number + 1, chain)


def next_chain(before: bytes, told: Sequence[Value]) -> bytes:
    """SHA-256 over the chain before, and the entry's values framed as for a checksum."""
    digest = hashlib.sha256(before)
    for piece in framed(told):
        digest.update(piece)
    return digest.digest()


class ContentDigest:
    """A running SHA-256 over rows: the table's name and the values without their CRC, framed as for a checksum."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.rows = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Take the rows in this order."""
        for row in rows:
            self.rows += 1
            try:
                told = b"".join(framed((row.table, *row.values[:-1])))
            except UnicodeEncodeError:
                told = NOT_A_TEXT
            self._digest.update(told)

    def hex(self) -> str:
        """Return the digest of what was taken so far."""
        return self._digest.copy().hexdigest()


def digest_of(rows: Iterable[Row]) -> str:
    """Return the digest of some rows."""
    digest = ContentDigest()
    digest.add(rows)
    return digest.hex()


def facts_digest(meta: Iterable[Row], sensors: Iterable[Row]) -> str:
    """Return the digest of what was known of a session at its start: its facts by name, then its sensors by number."""
    facts = sorted((row for row in meta if row.values[0] not in SETTLED_LATER), key=lambda row: str(row.values[0]))
    return digest_of((*facts, *sensors))


class AuditedRows:
    """Turns what happens in a session into rows, and keeps the chain and the digest of its content as it goes."""

    def __init__(self, started_utc: datetime, start_ns: int) -> None:
        self._started_utc, self._start_ns = started_utc, start_ns
        self._end = ChainEnd()
        self._content = ContentDigest()
        self._examiner: str | None = None
        self._taken = self._unstorable = 0

    def first_row(self, session: str, facts: str) -> Row:
        """Return the entry on the start; `facts` is the digest of what was known then."""
        row, self._end = self._end.extended(START, {"session": session, "facts": facts}, self._started_utc)
        return row

    def rows_of(self, happenings: Sequence[Numbered | ShownAlert]) -> tuple[list[Row], int]:
        """Return what happened as rows, an audit row for each of the operator's entries among them.

        The second value is how many of the happenings cannot be stored at all.
        """
        rows, unstorable = rows_of(happenings)
        self._taken += len(happenings)
        self._unstorable += unstorable
        rows.sort(key=sequence_of)
        self._content.add(rows)
        said = {row.values[0]: row for row in rows if row.table == "entry"}
        audit = [
            self._of_entry(one.arrival, said[one.sequence])
            for one in happenings
            if isinstance(one, Numbered) and isinstance(one.arrival, OperatorEntry) and one.sequence in said
        ]
        return [*rows, *audit], unstorable

    def _of_entry(self, entry: OperatorEntry, stored: Row) -> Row:
        self._examiner = examiner_in(entry) or self._examiner
        at_utc = self._started_utc + timedelta(microseconds=(entry.arrival_ns - self._start_ns) // 1000)
        row, self._end = self._end.extended(entry.kind, about(stored), at_utc, self._examiner)
        return row

    def last_rows(self) -> list[Row]:
        """Return the entry on the end, which vouches for everything recorded."""
        detail: Detail = {
            "rows": self._content.rows,
            "last": self._taken - 1,
            "not_storable": self._unstorable,
            "content": self._content.hex(),
        }
        row, self._end = self._end.extended(END, detail, datetime.now(UTC))
        return [row]


def examiner_in(entry: OperatorEntry) -> str | None:
    """Return the examiner's code that an entry of the operator names."""
    code = entry.detail.get("examiner")
    return clean(code, LONGEST_CODE) if isinstance(code, str) and code else None


def about(entry: Row) -> Detail:
    """Return what an audit entry says of a row in `entry`: its number, and the digest of all it holds."""
    number = entry.values[0]
    return {"entry": number if isinstance(number, int) else None, "sha256": digest_of((entry,))}


def audit_entry_of(values: tuple[Value, ...]) -> AuditEntry:
    """Return an entry of the audit log; raise DamagedError where the row is not as it was written."""
    match checked(values):
        case (int(number), str(at_utc), str(action), (str() | None) as examiner, str(detail), bytes(chain)):
            code = None if examiner is None else clean(examiner)
            return AuditEntry(number, clean(at_utc), clean(action), code, json_object(detail), chain)
    raise DamagedError("not an entry of the audit log")


@dataclass(frozen=True, slots=True)
class Voucher:
    """What an entry on an end says of everything recorded up to the number `last`."""

    action: str
    last: int
    not_storable: int
    content: str


class ReadLog:
    """What a log says in one pass over its rows, by number from the first on; `said` is the digest of each entry.

    `overfull` says that it is longer than any session's, and was not read to its end.
    """

    def __init__(self, rows: Iterable[tuple[Value, ...]]) -> None:
        self.rows = self.damaged = 0
        self.overfull = False
        self.broken: list[int] = []
        self.start: AuditEntry | None = None
        self.vouchers: list[Voucher] = []
        self.said: dict[int, str] = {}
        self.end = ChainEnd()
        for values in rows:
            if self.rows == MOST_ENTRIES or len(self.vouchers) == MOST_VOUCHERS or len(self.broken) == MOST_BREAKS:
                self.overfull = True
                break
            self._follow(values)
            try:
                self._take(audit_entry_of(values))
            except DamagedError:
                self.damaged += 1
            self.rows += 1

    def _follow(self, values: tuple[Value, ...]) -> None:
        """Note where an entry does not follow from the one before."""
        *told, chain, _crc = values
        number = told[0] if isinstance(told[0], int) else self.end.number + 1
        try:
            follows = number == self.end.number + 1 and next_chain(self.end.chain, told) == chain
        except UnicodeEncodeError:
            follows = False
        if not follows:
            self.broken.append(number)
        self.end = ChainEnd(number, chain if isinstance(chain, bytes) else BEFORE_THE_FIRST)

    def _take(self, entry: AuditEntry) -> None:
        if entry.action == START and not self.rows:
            self.start = entry
        if entry.action in (END, RECOVERED):
            last, not_storable = entry.number_in("last"), entry.number_in("not_storable")
            self.vouchers.append(Voucher(entry.action, last, not_storable, _digest_in(entry, "content")))
        if "entry" in entry.detail:
            number = entry.detail["entry"]
            self.said[number if isinstance(number, int) else -1 - self.rows] = _digest_in(entry, "sha256")


def _digest_in(entry: AuditEntry, name: str) -> str:
    digest = entry.detail.get(name)
    return digest[:LONGEST_CODE] if isinstance(digest, str) else ""

"""Proving a session file whole: structure, checksums, sequence, content, audit log and its end, a finding each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sensors.audit_log import ContentDigest, ReadLog, about, facts_digest
from sensors.failure import RecordingError
from sensors.packet_log import DamagedError
from sensors.sequence_count import SequenceCount
from sensors.session_content import LAST_SEQUENCE, SessionContent, small_table
from sensors.session_examined import AUDITED_SINCE, Examined
from sensors.session_place import has_journal
from sensors.session_rows import (
    COLUMNS,
    FIRST_AFTERWARDS,
    FORMAT_VERSION,
    Row,
    Value,
    alert_of,
    arrivals_of,
    sequence_of,
)
from sensors.wording import clean

PATIENCE_S = 5.0
"""What a look at a small file may take, and for each of its bytes a microsecond more: a tenth of what slow disks do."""
LONGEST_COMPLAINT = 200
MOST_NAMED = 5
"""Numbers that a sentence names before it goes on with "and N more"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `whole` is None where there is nothing to prove, such as the log of a file without one."""

    subject: str
    whole: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one file; `chain` is the last link of its audit log in hexadecimal, empty without one."""

    path: Path
    findings: tuple[Finding, ...]
    chain: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing at all is missing or altered."""
        return all(finding.whole is not False for finding in self.findings)


class _Told:
    """What the rows of a file say, in one pass over them."""

    def __init__(self, session: SessionContent, log: ReadLog) -> None:
        """Keep the digest of everything recorded up to each number that the log vouches for.

        `unlike` is the first of the operator's entries that the log does not tell of as it is; `untold` are the
        digests in the log of those that are not there.
        """
        self.rows = self.packets = self.damaged = 0
        self.sequence = SequenceCount(MOST_NAMED)
        self.newest = -1
        self.unlike: int | None = None
        self.untold = dict(log.said)
        self.digests: dict[int, str] = {}
        digest, waiting = ContentDigest(), sorted({voucher.last for voucher in log.vouchers})
        for row in session.recorded_rows(LAST_SEQUENCE):
            number = sequence_of(row)
            while waiting and waiting[0] < number:
                self.digests[waiting.pop(0)] = digest.hex()
            digest.add((row,))
            self._take(row)
        self.digests |= dict.fromkeys(waiting, digest.hex())

    def _take(self, row: Row) -> None:
        number = sequence_of(row)
        self.rows += 1
        if row.table == "entry" and self.untold.pop(number, None) != about(row)["sha256"] and self.unlike is None:
            self.unlike = number
        try:
            numbers = [alert_of(row.values).sequence] if row.table == "alert" else _numbers(row)
        except DamagedError:
            self.damaged += 1
            return
        if row.table == "packets":
            self.packets += len(numbers)
        if number < FIRST_AFTERWARDS:
            self.sequence.add(numbers)
            self.newest = max(self.newest, number)


def _numbers(row: Row) -> list[int]:
    return [numbered.sequence for numbered in arrivals_of(row.table, row.values)]


def verify(path: Path) -> Verdict:
    """Look at every byte of a session file; raises RecordingError only where there is no file to look at."""
    try:
        file = Examined(path, patience_s=PATIENCE_S + _bytes(path) / 1e6)
    except RecordingError as error:
        if not path.is_file():
            raise
        return Verdict(path, (Finding("structure", False, str(error).removeprefix(f"{path}: ")),))
    try:
        log = ReadLog(_audit_rows(file))
        findings = _findings(file, log)
    except RecordingError as error:
        return Verdict(path, (Finding("structure", False, str(error).removeprefix(f"{path}: ")),))
    finally:
        file.database.close()
    return Verdict(path, tuple(findings), log.end.chain.hex() if log.rows and not log.overfull else "")


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _findings(file: Examined, log: ReadLog) -> list[Finding]:
    session = SessionContent(file.path.name, file.ask)
    told = _Told(session, log)
    told.damaged += session.damaged + log.damaged
    told.sequence.end(log.vouchers[-1].last if log.vouchers else None)
    return [
        _structure(file),
        _checksums(told),
        _sequence(told, log),
        _content(file, told, log),
        _log(file, session, told, log),
        _end(file, session),
    ]


def _audit_rows(file: Examined) -> Iterator[tuple[Value, ...]]:
    if file.version >= AUDITED_SINCE:
        with suppress(DamagedError):
            yield from file.ask(f"SELECT {', '.join(COLUMNS['audit'])} FROM audit ORDER BY id")  # noqa: S608


def _structure(file: Examined) -> Finding:
    """Pages, tables and the file's length."""
    try:
        ((first,),) = file.ask("PRAGMA integrity_check(1)")
        ((pages,),) = file.ask("PRAGMA page_count")
        ((page_bytes,),) = file.ask("PRAGMA page_size")
    except (DamagedError, ValueError):
        return Finding("structure", False, "pages of it are damaged; `clonoscope recover` saves what can be read")
    held = file.path.stat().st_size
    expected = int(str(pages)) * int(str(page_bytes))  # SQLCipher tells the latter as a text
    if first != "ok":
        found = clean(first, LONGEST_COMPLAINT) if isinstance(first, str) else "is not in order"
        return Finding("structure", False, f"{found}; `clonoscope recover` saves what can be read")
    if held != expected and not has_journal(file.path):
        return Finding("structure", False, f"it is {held:,} bytes long and should be {expected:,}; copy it again")
    if file.version > FORMAT_VERSION:
        return Finding("structure", None, f"format {file.version}, newer than this program: what it added is not known")
    return Finding("structure", True, f"format {file.version}, {held:,} bytes, each page in order")


def _checksums(told: _Told) -> Finding:
    if told.damaged:
        return Finding("checksums", False, f"{told.damaged} of {told.rows:,} rows are not as they were written")
    return Finding("checksums", True, f"{told.rows:,} rows with {told.packets:,} packets are as they were written")


def _sequence(told: _Told, log: ReadLog) -> Finding:
    """Each number once; those that were given to what could not be stored are known from the end's entry."""
    found = told.sequence
    allowed = log.vouchers[-1].not_storable if log.vouchers else 0
    if found.twice:
        return Finding("sequence", False, f"{found.twice} numbers are given twice")
    if found.missing > max(allowed, 0):
        named = ", ".join(map(str, found.holes))
        more = f" and {found.stretches - MOST_NAMED} more stretches" if found.stretches > MOST_NAMED else ""
        return Finding("sequence", False, f"{found.missing:,} numbers are missing: {named}{more}")
    if found.missing:
        return Finding("sequence", True, f"{found.missing} arrivals could not be stored, and nothing else is missing")
    return Finding("sequence", True, "each number is there once")


def _content(file: Examined, told: _Told, log: ReadLog) -> Finding:
    """What the log vouches for is there to the byte: the facts since the start, the recording since its end."""
    if file.version < AUDITED_SINCE:
        return Finding("content", None, f"format {file.version} has no digest of its content")
    meta, sensors = _small(file, "meta"), _small(file, "sensor")
    if log.start is None:
        return Finding("content", False, "the entry on its start is missing, so nothing vouches for it")
    if log.start.detail.get("facts") != facts_digest(meta, sensors):
        return Finding("content", False, "what was known at its start (facts, sensors) has been altered")
    for voucher in log.vouchers:
        if told.digests.get(voucher.last) != voucher.content:
            return Finding("content", False, f"what was recorded is not what was there at its {voucher.action}")
    if not log.vouchers:
        return Finding("content", False, "nothing vouches for its end; it is being recorded, or was interrupted")
    if log.vouchers[-1].last < told.newest:
        return Finding("content", False, f"something was recorded into it after its {log.vouchers[-1].action}")
    return Finding("content", True, f"all of it was there at its {log.vouchers[-1].action}, and is the same")


def _small(file: Examined, table: str) -> list[Row]:
    try:
        return [Row(table, values) for values in small_table(file.ask, table)]
    except DamagedError:
        return []


def _log(file: Examined, session: SessionContent, told: _Told, log: ReadLog) -> Finding:
    """The chain holds, it is this session's, and it has each of the operator's entries."""
    if file.version < AUDITED_SINCE:
        return Finding("audit log", None, f"none: format {file.version} was written before there was one")
    if log.broken:
        named = ", ".join(map(str, log.broken[:MOST_NAMED]))
        return Finding("audit log", False, f"the chain breaks at entry {named}: something was altered or taken out")
    if log.overfull:
        return Finding("audit log", False, f"it goes on after {log.rows:,} entries, as no session's does")
    if log.start is None or log.start.detail.get("session") != session.meta.get("session"):
        return Finding("audit log", False, "it is not this session's")
    if told.unlike is not None:
        return Finding("audit log", False, f"entry {told.unlike} of the operator is not as the log says")
    if told.untold:
        return Finding("audit log", False, f"{len(told.untold)} entries of the operator that it tells of are missing")
    return Finding("audit log", True, f"{log.rows} entries, none altered, the last {log.end.chain.hex()[:16]}")


def _end(file: Examined, session: SessionContent) -> Finding:
    if file.stale_journal:
        return Finding("end", False, "the journal beside it is older than the file; see whose it is, and move it away")
    if has_journal(file.path):
        return Finding("end", False, "a journal lies beside it: it is being recorded, or was interrupted")
    if session.closed:
        return Finding("end", True, "ended properly")
    if session.recovered_s is not None:
        held = f"{session.recovered_s:.1f} s"
        return Finding("end", False, f"was interrupted, and put in order with {held}; its last moment may be missing")
    return Finding("end", False, "was interrupted, and the journal beside it was not copied with it")

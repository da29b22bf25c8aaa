"""What looks at a session file to save, prove or lock it: `recover`, `verify`, the audit log, seals and encryption."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyrage

from sensors.audit_log import BEFORE_THE_FIRST, ReadLog, next_chain
from sensors.passphrase import PASSPHRASE
from sensors.sealed_file import recipients_of, sealed
from sensors.session_rows import Value
from sensors.session_rows import sealed as sealed_row
from sensors.session_salvage import salvage
from sensors.session_verify import verify
from tests.fuzz import sessions
from tests.fuzz.sessions import NAME, changed, edits, filled, recorded
from tests.fuzz.streams import refused
from tests.fuzz.target import Bytes, Target, pieces

PASSWORD = "correct horse battery"  # noqa: S105 - of a file made here
FRAME = 24 + 4096


def salvaging() -> list[Target]:
    """Return one for a file, one for its journal and one for rows."""
    original, empty = recorded(sessions.ARRIVALS), recorded(0)
    journal = _journal_of(original)
    return [
        Target("salvage_bytes", lambda data, folder: _saved(folder, changed(original, data)), edits(original)),
        Target("salvage_log", lambda data, folder: _saved(folder, empty, changed(journal, data)), edits(journal)),
        Target(
            "salvage_rows", lambda data, folder: _saved(folder, filled(empty, data, folder)), tuple(sessions.rows())
        ),
    ]


def _journal_of(original: bytes) -> bytes:
    """Return a journal that has every page of a file."""
    head = b"".join(part.to_bytes(4, "big") for part in (0x377F0682, 3007000, 4096, 0, 1, 2, 0, 0))
    frames = [head]
    for number in range(len(original) // 4096):
        frame = b"".join(part.to_bytes(4, "big") for part in (number + 1, 0, 1, 2, 0, 0))
        frames.append(frame + original[4096 * number : 4096 * (number + 1)])
    return b"".join(frames)


def _saved(folder: Path, raw: bytes, journal: bytes | None = None) -> None:
    """Save a file: it stays as it is, and what is made of it is sound."""
    path, out = folder / NAME, folder / "out.clonoscope"
    path.write_bytes(raw)
    if journal is not None:
        path.with_name(f"{NAME}-wal").write_bytes(journal)
    refused(lambda: _sound(salvage(path, out).path))
    assert path.read_bytes() == raw


def _sound(out: Path) -> None:
    sessions.read(out)
    assert [f.text for f in verify(out).findings if f.subject == "structure" and not f.whole] == []


def proving() -> list[Target]:
    """Return one for bytes, one for rows, and one for the audit log, each of whose entries has a right chain."""
    original, empty = recorded(sessions.ARRIVALS), recorded(0)
    said = pieces(b"start", b"E-07", json.dumps({"session": "1", "facts": "0"}).encode())
    ended = pieces(b"end", b"", json.dumps({"last": 3, "not_storable": 0, "content": "0", "rows": 2}).encode())
    noted = pieces(b"note", b"", json.dumps({"entry": 1, "sha256": "0"}).encode())
    return [
        Target("verify_bytes", lambda data, folder: _proven(folder, changed(original, data)), edits(original)),
        Target(
            "verify_rows", lambda data, folder: _proven(folder, filled(empty, data, folder)), tuple(sessions.rows())
        ),
        Target("audit_log", _log, (said, said + noted + ended)),
    ]


def _proven(folder: Path, raw: bytes) -> None:
    path = folder / NAME
    path.write_bytes(raw)
    refused(lambda: _told(path))
    assert path.read_bytes() == raw


def _told(path: Path) -> None:
    verdict = verify(path)
    assert all(finding.text.isprintable() and finding.text for finding in verdict.findings)
    assert verdict.chain == "" or verdict.chain.isalnum()


def _log(data: bytes, _folder: Path) -> None:
    source, chain = Bytes(data), BEFORE_THE_FIRST
    rows: list[tuple[Value, ...]] = []
    while source:
        told = (len(rows), "2026-11-28T10:00:00.000+00:00", source.text(), source.text() or None, source.text())
        chain = next_chain(chain, told)
        rows.append(sealed_row("audit", *told, chain).values)
    read = ReadLog(rows)
    assert read.broken == []
    assert read.rows == len(rows) or read.overfull
    assert all(isinstance(number, int) and isinstance(digest, str) for number, digest in read.said.items())


def sealing() -> list[Target]:
    """Return one for whom a file is sealed, one for what is, and one for an encrypted session."""
    identity = pyrage.x25519.Identity.generate()
    keys = str(identity.to_public())
    original = recorded(40, PASSWORD)
    rsa = b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== someone@example.org"
    return [
        Target("recipients", _recipients, (keys.encode(), b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== me", rsa)),
        Target("sealed", partial(_sealed, identity), (pieces(b"visit.csv", b"onset_s,beats"), pieces(b"a b", b""))),
        Target("encrypted", lambda data, folder: _encrypted(folder, changed(original, data)), edits(original)),
    ]


def _recipients(data: bytes, _folder: Path) -> None:
    refused(lambda: recipients_of([data.decode("utf-8", "replace")]))


def _sealed(identity: pyrage.x25519.Identity, data: bytes, folder: Path) -> None:
    source = Bytes(data)
    name = source.text().replace("/", "").replace("\0", "")[:40] or "a"
    path, content = folder / f"x{name}", source.piece()
    path.write_bytes(content)
    out = sealed(path, [str(identity.to_public())])
    assert pyrage.decrypt(out.read_bytes(), [identity]) == content
    assert list(folder.iterdir()) == [out]


def _encrypted(folder: Path, raw: bytes) -> None:
    path = folder / NAME
    path.write_bytes(raw)
    PASSPHRASE.say(PASSWORD)
    looks: tuple[Callable[[], object], ...] = (lambda: sessions.read(path), lambda: _told(path))
    try:
        for look in looks:
            refused(look)
    finally:
        PASSPHRASE.forget()
    assert path.read_bytes() == raw

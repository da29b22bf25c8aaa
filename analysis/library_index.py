"""Library index: the cards of a sessions folder as one JSON text, believed only where every part of it is as written.

It is never the master: whatever is amiss with it, all of it is discarded, and the files are read again.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from analysis.card import Card, Findings, State
from analysis.card_reading import maker
from analysis.wordings import usual
from sensors.failure import LONGEST_SENTENCE, StorageError
from sensors.private_file import read_text, write_text
from sensors.session_folder import Stamp, is_session_name
from sensors.wording import clean

SCHEMA = "clonoscope.library/1"
LARGEST_BYTES = 256 * 1024 * 1024
"""Four hundred thousand sessions."""
KEPT = (State.COMPLETE, State.RECOVERED)
"""A session that is being recorded changes, and one that cannot be read may become readable: neither is kept."""
LONGEST_TEXT = 80
MOST_TEXTS = 1000
_LARGEST = 1 << 64


class ForeignIndexError(ValueError):
    """The index is broken, of another format, folder or user, or was tampered with."""


def save_index(path: Path, folder: Path, cards: Iterable[Card]) -> None:
    """Write the index whole or not at all, for its owner only; raises StorageError."""
    rows = [_row(card) for card in cards if card.state in KEPT]
    whole = {"schema": SCHEMA, "folder": str(folder.absolute()), "maker": maker(), "sessions": rows}
    write_text(path, json.dumps(whole, separators=(",", ":")))


def load_index(path: Path, folder: Path) -> dict[str, Card]:
    """Return the cards by name as they were saved, without findings of another maker; none where it is not ours."""
    try:
        _expect_own(path)
        whole = json.loads(read_text(path, LARGEST_BYTES), parse_constant=_refuse)
        return _cards(whole, folder)
    except (OSError, StorageError, ValueError, OverflowError, RecursionError):
        return {}


def _expect_own(path: Path) -> None:
    """Raise ForeignIndexError where somebody else may have written the file."""
    status = path.lstat()
    mine = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
    if not stat.S_ISREG(status.st_mode) or not mine:
        raise ForeignIndexError("another user may have written it")


def _refuse(constant: str) -> NoReturn:
    raise ForeignIndexError(f"{constant} is no number of ours")


def _row(card: Card) -> dict[str, Any]:
    stamp = card.stamp
    return {
        "name": stamp.name,
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "inode": stamp.inode,
        "state": card.state.value,
        "started_utc": card.started_utc.isoformat() if card.started_utc is not None else None,
        "duration_s": card.duration_s,
        "sensors": card.sensors,
        "alerts": card.alerts,
        "code": card.code,
        "limbs": card.limbs,
        "trials": card.trials,
        "pain": card.pain,
        "bytes": card.bytes,
        "continues": card.continues,
        "findings": astuple(card.findings) if card.findings is not None else None,
    }


def _cards(whole: object, folder: Path) -> dict[str, Card]:
    match whole:
        case {"schema": schema, "folder": where, "maker": str(made_by), "sessions": list(rows), **rest} if (
            schema == SCHEMA and where == str(folder.absolute()) and not rest
        ):
            current = made_by == maker()
            cards = [_card(row, current) for row in rows]
            return {card.name: card for card in cards}
    raise ForeignIndexError("not an index of this folder")


def _card(row: object, current: bool) -> Card:
    match row:
        case {
            "name": str(name),
            "size": size,
            "mtime_ns": mtime_ns,
            "inode": inode,
            "state": str(state),
            "started_utc": started_utc,
            "duration_s": int() | float() as duration_s,
            "sensors": sensors,
            "alerts": alerts,
            "code": code,
            "limbs": limbs,
            "trials": trials,
            "pain": pain,
            "bytes": count,
            "continues": str(continues),
            "findings": findings,
            **rest,
        } if not rest and is_session_name(name) and state in KEPT and isfinite(duration_s):
            return Card(
                Stamp(name, _count(size), _count(mtime_ns), _count(inode)),
                State(state),
                None if started_utc is None else _moment(started_utc),
                float(duration_s),
                _texts(sensors),
                _count(alerts),
                _text(code),
                _texts(limbs),
                _count(trials),
                None if pain is None else _count(pain),
                _count(count),
                continues if continues == "" or is_session_name(_text(continues)) else _refuse(continues),
                findings=_findings(findings) if findings is not None and current else None,
            )
    raise ForeignIndexError("not a session as it is kept")


def _findings(row: object) -> Findings:
    match row:
        case [episodes, grade, label, bool(at_least), bool(borderline), trouble]:
            texts = (_text(grade), _text(label))
            return Findings(_count(episodes), *texts, at_least, borderline, _text(trouble, LONGEST_SENTENCE))
    raise ForeignIndexError("no findings")


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None and usual(moment) is not None:
            return moment
    raise ForeignIndexError("not a time")


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ForeignIndexError("not a count")
    return value


def _text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Return a text that is as harmless as those that are written; the usual ones are known at a glance."""
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable() and "  " not in value and value == value.strip()
        if (plain and len(value) <= longest) or clean(value, longest) == value:
            return value
    raise ForeignIndexError("not a harmless text")


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_TEXTS:
        raise ForeignIndexError("not a list of texts")
    return tuple(_text(one) for one in value)

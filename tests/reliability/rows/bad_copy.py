"""Copies of a closed and of an interrupted session are cut, flipped, overwritten, left without their journal or with an
old one; each is opened, and saved with `recover` into a new file.

Whatever comes back must be what was sent, in order, from either; the original must stay as it is; and a copy that lost
something must say so. Of a copy cut to its first pages nothing is left.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from statistics import median

import sensors.write_behind as write_behind
from sensors.failure import RecordingError
from sensors.packet import Arrival
from sensors.session_file import SessionReader
from sensors.session_salvage import salvage
from sensors.session_verify import verify
from tests.reliability.load import arrival
from tests.reliability.recorder import new_writer
from tests.reliability.row import Scale, Tally
from tests.sensors.numbered import until

NAME = "Bad copies: cut, flipped, overwritten, journal missing or old"
ARRIVALS = 3_000
ARRIVALS_A_COMMIT = 100
SENT = {repr(arrival(number)): number for number in range(ARRIVALS)}


def run(scale: Scale, folder: Path) -> Tally:
    """40 copies in the suite, 500 for the page."""
    closed, interrupted, old = _originals(folder)
    tally, dice, shares = Tally(), random.Random(5), list[float]()
    damages: list[Callable[[Path, random.Random], None]] = [_cut, _flip, _overwrite, _no_journal, _old_journal(old)]
    place = folder / "copy"
    for number in range(scale.of(40, 500)):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for part in (closed, interrupted)[number // len(damages) % 2].parent.iterdir():
            shutil.copy(part, place)
        damage = damages[number % len(damages)]
        damage(place / "session.clonoscope", dice)
        failure, share = _looked_at(place)
        shares.append(share)
        tally.note(failure is None, f"copy {number}, {damage.__name__}: {failure}")
    saved = f"in the median {100 * median(shares):.1f} % saved, at worst {100 * min(shares):.0f} %"
    tally.lost = f"what the bytes lack: {saved}"
    return tally


def _originals(folder: Path) -> tuple[Path, Path, Path]:
    """Return a closed session, one with its journal beside it, and the journal of its beginning."""
    path = folder / "closed" / "session.clonoscope"
    before = write_behind.COMMIT_EVERY_S, write_behind.CHECKPOINT_EVERY_S
    write_behind.COMMIT_EVERY_S, write_behind.CHECKPOINT_EVERY_S = 0.005, 1e9
    old, copies = folder / "old-wal", folder / "interrupted"
    copies.mkdir()
    try:
        writer = new_writer(path)
        for number in range(ARRIVALS):
            writer.record(arrival(number))
            if number % ARRIVALS_A_COMMIT == ARRIVALS_A_COMMIT - 1:
                until(lambda: writer.acknowledged == writer.recorded)
            if number == ARRIVALS // 3:
                shutil.copy(f"{path}-wal", old)
                writer._checkpoint_due = 0.0
        for part in (path, path.with_name(f"{path.name}-wal")):
            shutil.copy(part, copies)
        writer.close(30.0)
    finally:
        write_behind.COMMIT_EVERY_S, write_behind.CHECKPOINT_EVERY_S = before
    return path, copies / path.name, old


def _cut(path: Path, dice: random.Random) -> None:
    os.truncate(path, dice.randrange(path.stat().st_size))


def _flip(path: Path, dice: random.Random) -> None:
    _changed(path, dice, dice.randint(1, 20), lambda byte: byte ^ 1 << dice.randrange(8), 1)


def _overwrite(path: Path, dice: random.Random) -> None:
    _changed(path, dice, dice.randint(1, 4), lambda _: dice.randrange(256), 4096)


def _changed(path: Path, dice: random.Random, times: int, to: Callable[[int], int], length: int) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(times):
        start = dice.randrange(len(data))
        for place in range(start, min(start + length, len(data))):
            data[place] = to(data[place])
    path.write_bytes(data)


def _no_journal(path: Path, _dice: random.Random) -> None:
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)


def _old_journal(old: Path) -> Callable[[Path, random.Random], None]:
    def journal_of_its_beginning(path: Path, _dice: random.Random) -> None:
        shutil.copy(old, f"{path}-wal")

    return journal_of_its_beginning


def _looked_at(place: Path) -> tuple[str | None, float]:
    """Return what is wrong with how a copy was treated, and the share of the session that was saved."""
    path, out = place / "session.clonoscope", place / "out.clonoscope"
    before = {part: part.read_bytes() for part in place.glob("session.clonoscope*")}
    opened: list[Arrival] = []
    try:
        with SessionReader(path) as session:
            opened = list(session.arrivals())
    except RecordingError as error:
        if "\n" in str(error):
            return f"is told in more than a line: {error}", 0.0
    for index in place.glob("*-shm"):
        index.unlink()
    try:
        told = salvage(path, out)
        with SessionReader(out) as session:
            saved = list(session.arrivals())
    except RecordingError:
        return (None if not opened else "was opened, and nothing of it could be saved"), 0.0
    if {part: part.read_bytes() for part in place.glob("session.clonoscope*")} != before:
        return "the original was changed", 0.0
    failure = _not_sent(opened) or _not_sent(saved)
    if failure is None and len(saved) < len(opened):
        failure = f"{len(opened)} arrivals were read, and {len(saved)} saved"
    if failure is None and len(saved) < ARRIVALS and not told.lost:
        failure = f"{ARRIVALS - len(saved)} arrivals are missing, and nobody was told"
    wrong = {finding.subject for finding in verify(out).findings if finding.whole is False}
    if failure is None and wrong & {"structure", "checksums"}:
        failure = "the new file is damaged"
    return failure, len(saved) / ARRIVALS


def _not_sent(found: list[Arrival]) -> str | None:
    numbers = [SENT.get(repr(one), -1) for one in found]
    return None if numbers == sorted(set(numbers)) and -1 not in numbers else "what comes back was not sent like that"

"""A session is read again and again while it is recorded and checkpointed; each view must be what was sent so far.

Every other reader stays for a while in the middle of its reading.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import sensors.write_behind as write_behind
from sensors.failure import RecordingError
from sensors.session_file import SessionReader
from sensors.session_verify import verify
from tests.reliability.load import PACKETS_A_SECOND, arrival, fault_in
from tests.reliability.misbehaving import Load
from tests.reliability.recorder import new_writer
from tests.reliability.row import Scale, Tally

NAME = "Reading a session while it is recorded"
CHECKPOINT_EVERY_S = 0.5


def run(scale: Scale, folder: Path) -> Tally:
    """Look 20 times at one session in the suite, 50 times at each of 20 for the page."""
    tally, recorded = Tally(), 0
    before, write_behind.CHECKPOINT_EVERY_S = write_behind.CHECKPOINT_EVERY_S, CHECKPOINT_EVERY_S
    try:
        for number in range(scale.of(1, 20)):
            recorded += _looked_at(folder / f"{number}.clonoscope", scale.of(20, 50), tally)
    finally:
        write_behind.CHECKPOINT_EVERY_S = before
    tally.lost = f"nothing in {recorded / PACKETS_A_SECOND:.0f} s"
    return tally


def _looked_at(path: Path, looks: int, tally: Tally) -> int:
    """Record a session and look at it so often meanwhile; return how many arrivals it has."""
    load, held = Load(new_writer(path)), 0
    for look in range(looks):
        load.until(lambda: False, 0.02)
        failure, held = _view(path, load, max(load.writer.acknowledged, held), lingers=look % 2 == 1)
        tally.note(failure is None, f"{path.name}, look {look}: {failure}")
    load.writer.close(30.0)
    verdict = verify(path)
    tally.note(verdict.whole, "; ".join(finding.text for finding in verdict.findings if finding.whole is False))
    return load.number


def _view(path: Path, load: Load, least: int, *, lingers: bool) -> tuple[str | None, int]:
    """Return what is wrong with what a reader sees, and how much that is."""
    try:
        with SessionReader(path) as session:
            arrivals = session.arrivals()
            found = list(islice(arrivals, 100)) if lingers else []
            if lingers:
                load.until(lambda: False, 0.05)
            found += arrivals
            damaged = session.damaged
    except RecordingError as error:
        return str(error), least
    if lingers and found[:100] != [arrival(number) for number in range(len(found[:100]))]:
        return "the beginning changed while it was read", least
    return (f"{damaged} rows are damaged" if damaged else fault_in(found, least)), len(found)

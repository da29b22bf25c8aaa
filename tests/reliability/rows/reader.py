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
    """Look 20 times in the suite, 1,000 times for the page."""
    tally = Tally()
    before, write_behind.CHECKPOINT_EVERY_S = write_behind.CHECKPOINT_EVERY_S, CHECKPOINT_EVERY_S
    path = folder / "session.clonoscope"
    load = Load(new_writer(path))
    try:
        held = 0
        for look in range(scale.of(20, 1_000)):
            load.until(lambda: False, 0.02)
            confirmed = load.writer.acknowledged
            failure, held = _view(path, load, max(confirmed, held), lingers=look % 2 == 1)
            tally.note(failure is None, str(failure))
    finally:
        write_behind.CHECKPOINT_EVERY_S = before
        load.writer.close(30.0)
    whole = verify(path)
    tally.note(whole.whole, "; ".join(f.text for f in whole.findings if f.whole is False))
    tally.lost = f"nothing in {load.number / PACKETS_A_SECOND:.0f} s"
    return tally


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

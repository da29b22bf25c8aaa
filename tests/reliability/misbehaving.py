"""A program that records while its disk misbehaves: `python -m tests.reliability.misbehaving MANNER FOLDER SEED`.

It runs under the shim, is its own judge, and prints what happened as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sensors.write_behind as write_behind
from sensors.failure import ClonoscopeError
from sensors.session_file import SessionReader, SessionWriter
from sensors.session_verify import verify
from tests.reliability.load import PACKETS_A_SECOND, arrival, fault_in
from tests.reliability.recorder import new_writer
from tests.reliability.shim import Faults

STEP_S = 0.005
GIVE_UP_S = 60.0
AFTER_FREEING_S = 15.0
BALLAST = "ballast"


class Load:
    """Feeds a writer in real time, and knows how long one arrival took at most."""

    def __init__(self, writer: SessionWriter) -> None:
        self.writer = writer
        self.number = 0
        self.slowest_s = 0.0
        self.behind_s = 0.0
        self._begun = time.monotonic()

    def until(self, over: Callable[[], bool], seconds: float) -> float:
        """Go on until `over()`, at most for so long; return the seconds it took."""
        begun = time.monotonic()
        while not over() and time.monotonic() - begun < seconds:
            while self.number < (time.monotonic() - self._begun) * PACKETS_A_SECOND:
                one = arrival(self.number)
                before = time.monotonic()
                self.writer.record(one)
                self.slowest_s = max(self.slowest_s, time.monotonic() - before)
                self.number += 1
            self.behind_s = max(self.behind_s, self.writer.status.behind_s)
            time.sleep(STEP_S)
        return time.monotonic() - begun


def full(load: Load, faults: Faults, dice: random.Random) -> dict[str, float]:
    """Fill the disk at a random moment, and free it later."""
    load.until(lambda: False, dice.uniform(0.05, 0.6))
    faults.set(full=1)
    heard_s = load.until(lambda: load.writer.status.trouble is not None, GIVE_UP_S)
    load.until(lambda: False, dice.uniform(0.1, 1.0))
    faults.set(full=0)
    caught_up_s = load.until(lambda: load.writer.status.trouble is None, AFTER_FREEING_S)
    return {"heard_s": heard_s, "caught_up_s": caught_up_s}


def crammed(load: Load, _faults: Faults, _dice: random.Random) -> dict[str, float]:
    """Record into a small file system until it is full, and make room by deleting the ballast in it."""
    load.until(lambda: load.writer.status.trouble is not None, GIVE_UP_S)
    heard = load.writer.status.trouble or ""
    load.until(lambda: False, 0.5)
    (load.writer.status.path.parent / BALLAST).unlink()
    caught_up_s = load.until(lambda: load.writer.status.trouble is None, AFTER_FREEING_S)
    return {"caught_up_s": caught_up_s, "told": float("disk is full" in heard)}


def failing(load: Load, faults: Faults, dice: random.Random) -> dict[str, float]:
    """Let every n-th sync fail, checkpoints' too."""
    faults.set(syncs=0, fail_every=dice.choice((2, 3, 7)))
    load.until(lambda: False, 1.5)
    failed = faults.get("failed")
    faults.set(fail_every=0)
    return {"failed": failed}


def stalling(load: Load, faults: Faults, dice: random.Random) -> dict[str, float]:
    """Let a sync take three seconds, once in a while."""
    faults.set(syncs=0, stall_every=dice.choice((2, 3, 4)), stall_ms=3000)
    load.until(lambda: faults.get("stalled") > 0, GIVE_UP_S)
    load.until(lambda: False, 3.5)
    stalled = faults.get("stalled")
    faults.set(stall_every=0)
    return {"stalled": stalled}


MANNERS = {"full": full, "crammed": crammed, "failing": failing, "stalling": stalling}


def main(manner: str, folder: Path, seed: int) -> None:
    """Record, misbehave, end, and look at each sample."""
    write_behind.RETRY_EVERY_S = 0.1
    if manner == "failing":
        write_behind.COMMIT_EVERY_S = 0.03
    write_behind.CHECKPOINT_EVERY_S = 2 * write_behind.COMMIT_EVERY_S
    faults = Faults(folder.parent / "faults")
    path = folder / "session.clonoscope"
    load = Load(new_writer(path))
    told: dict[str, object] = dict(MANNERS[manner](load, faults, random.Random(seed)))
    failure: str | None = None
    try:
        load.writer.close(30.0)
        with SessionReader(path) as session:
            found = list(session.arrivals())
        failure = fault_in(found, load.number)
        whole = verify(path)
        if failure is None and not whole.whole:
            failure = "; ".join(f.text for f in whole.findings if f.whole is False)
    except ClonoscopeError as error:
        failure = str(error)
    told |= {"failure": failure, "slowest_s": load.slowest_s, "behind_s": load.behind_s, "arrivals": load.number}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))

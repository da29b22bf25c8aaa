"""A recording is traced write by write; at each moment the power is cut, and what a disk may then hold is opened.

What was not synced is gone, is there up to a moment, or is there in part: out of order, torn at 512 bytes. Of three
recordings one has a disk on which every fifth sync fails and forgets what was to be written. The same for putting an
interrupted session in order and for adding to it afterwards. Everything confirmed before the cut must be there.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from sensors.failure import RecordingError
from sensors.packet import Arrival
from sensors.session_file import SessionReader, has_journal, recover
from tests.reliability.load import fault_in
from tests.reliability.power_cut import Disk, Operation, Survival, read_trace
from tests.reliability.recorder import PROGRESS
from tests.reliability.row import Scale, Tally
from tests.reliability.shim import ROOT, Faults, environment

NAME = "Power cut at every write, unsynced writes dropped, reordered, torn"
SECONDS = 1.2
COMMIT_EVERY_S = 0.02
SYNCS_TO_BEGIN = 20
"""So many are left alone: a disk that fails while a file is made is told at once, and nothing is recorded."""
ADDED = 4
MEND = """
import sys
from pathlib import Path
from sensors.packet import OperatorEntry
from sensors.session_file import add_entry, recover
path = Path(sys.argv[1])
recover(path)
for number in range(int(sys.argv[2])):
    add_entry(path, OperatorEntry("note", 0, None, {"text": f"afterwards {number}"}))
"""

Check = Callable[[Path, int], str | None]


def run(scale: Scale, folder: Path) -> Tally:
    """Cut the power at some moments in the suite, at each several times for the page."""
    tally = Tally()
    cuts = scale.of(100, 4_000)
    for number, fail_every in enumerate((0, 0, 5)[: scale.of(1, 3)] + (5,) * scale.of(1, 0)):
        operations, start = _recording(folder / f"recording-{number}", fail_every)
        _cut_everywhere(operations, start, cuts // 3, _recorded, tally, folder / "image", number)
    operations, start = _mending(folder / "mending")
    _cut_everywhere(operations, start, cuts // 3, _mended, tally, folder / "image", 100)
    tally.lost = "nothing that was confirmed"
    return tally


def _recording(folder: Path, fail_every: int) -> tuple[list[Operation], Path]:
    """Record under the shim; return what was done, and a copy of the folder from before."""
    before = _fresh(folder / "before")
    root, trace, faults = _fresh(folder / "disk"), folder / "trace", Faults(folder / "faults")
    faults.set(fail_every=fail_every, syncs=-SYNCS_TO_BEGIN)
    command = [sys.executable, "-m", "tests.reliability.recorder"]
    command += [str(root / "session.clonoscope"), str(root / "progress")]
    told = environment(root, trace=trace, faults=folder / "faults")
    subprocess.run([*command, str(SECONDS), str(COMMIT_EVERY_S), "4"], cwd=ROOT, env=told, check=True)
    return read_trace(trace), before


def _mending(folder: Path) -> tuple[list[Operation], Path]:
    """Put a session in order that the power was cut from, and add to it."""
    operations, start = _recording(folder / "first", 0)
    disk = Disk(start)
    for operation in operations[: len(operations) // 2]:
        disk.do(operation)
    root, before = _fresh(folder / "disk"), _fresh(folder / "before")
    for path, data in disk.cut(Survival.BEGINNING, random.Random(7)).items():
        for place in (root, before):
            (place / path.name).write_bytes(data)
    command = [sys.executable, "-c", MEND, str(root / "session.clonoscope"), str(ADDED)]
    subprocess.run(command, cwd=ROOT, env=environment(root, trace=folder / "trace"), check=True)
    for path in before.iterdir():
        shutil.copy(path, root)
    return read_trace(folder / "trace"), root


def _cut_everywhere(
    operations: list[Operation], start: Path, cuts: int, check: Check, tally: Tally, image: Path, seed: int
) -> None:
    dice = random.Random(seed)
    disk, confirmed = Disk(start), -1
    share = cuts / len(operations)
    for moment, operation in enumerate(operations):
        disk.do(operation)
        if operation.path.name == "progress" and operation.kind == "W":
            confirmed = PROGRESS.unpack(operation.data)[1]
        for survival in _chosen(share, dice):
            _lay(image, disk.cut(survival, dice))
            failure = check(image / "session.clonoscope", confirmed)
            tally.note(failure is None, f"recording {seed}, moment {moment}, {survival.value} survives: {failure}")


def _chosen(share: float, dice: random.Random) -> Iterator[Survival]:
    """Yield as many ways of a cut as there should be at one moment, on the average."""
    for _ in range(int(share) + (dice.random() < share % 1)):
        yield dice.choice((Survival.NOTHING, Survival.BEGINNING, Survival.ANYTHING, Survival.ANYTHING))


def _lay(image: Path, files: dict[Path, bytes]) -> None:
    _fresh(image)
    for path, data in files.items():
        (image / path.name).write_bytes(data)


def _recorded(path: Path, confirmed: int) -> str | None:
    """What the next start of the program finds; -1 says that the recording had not begun yet."""
    try:
        return fault_in(_opened(path), max(confirmed, 0))
    except RecordingError as error:
        return str(error) if confirmed >= 0 else None


def _opened(path: Path) -> list[Arrival]:
    if has_journal(path):
        recover(path)
    with SessionReader(path) as session:
        found = list(session.arrivals())
        if session.damaged:
            raise RecordingError(f"{session.damaged} rows are damaged")
    return found


def _mended(path: Path, _confirmed: int) -> str | None:
    """Everything from before must be there, and of what was added its beginning."""
    try:
        found = _opened(path)
    except RecordingError as error:
        return str(error)
    added = [one for one in found if getattr(one, "kind", None) == "note"]
    texts = [getattr(one, "detail", {}).get("text") for one in added]
    if texts != [f"afterwards {number}" for number in range(len(texts))]:
        return f"words added afterwards are {texts}"
    return fault_in([one for one in found if one not in added], _held(path.parents[1] / "mending" / "before"))


def _held(folder: Path) -> int:
    """How many arrivals the interrupted session held before it was mended."""
    copy = folder.with_name("copy")
    if not copy.exists():
        shutil.copytree(folder, copy)
        recover(copy / "session.clonoscope")
    with SessionReader(copy / "session.clonoscope") as session:
        return sum(1 for _ in session.arrivals())


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

"""What a disk can hold after a power cut: rebuilt from the trace of what a program did to it.

A write is on the disk for certain once its file was synced, a file's name once its folder was. What was not can be
gone; be there up to a moment; or be there in part, in any order, torn at the size of a sector.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SECTOR_BYTES = 512
_RECORD = struct.Struct("<IIQQ")


class Survival(Enum):
    """What survives of that which was not synced."""

    NOTHING = "nothing"
    BEGINNING = "up to a moment"
    ANYTHING = "anything, torn and out of order"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done: C created, W written, T cut to `place`, S synced, F failed to sync, U unlinked."""

    kind: str
    path: Path
    place: int = 0
    data: bytes = b""


def read_trace(path: Path) -> list[Operation]:
    """Return what the shim wrote down, in order."""
    data = path.read_bytes()
    found: list[Operation] = []
    at = 0
    while at < len(data):
        kind, path_bytes, place, data_bytes = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        name = data[at : at + path_bytes].decode()
        at += path_bytes
        content = data[at : at + data_bytes]
        at += data_bytes
        found.append(Operation(chr(kind), Path(name), place, content))
    return found


class _File:
    """A file's bytes that are on the disk for certain, and what was done to it since."""

    def __init__(self, data: bytes = b"") -> None:
        self.safe = bytearray(data)


class Disk:
    """Takes operations one by one; at each moment the power can be cut."""

    def __init__(self, folder: Path) -> None:
        """Begin with what is in `folder`, all of it safe."""
        self._named = {path: _File(path.read_bytes()) for path in folder.iterdir() if path.is_file()}
        self._safe_names = dict(self._named)
        self._waiting: list[tuple[Operation, _File]] = []

    def do(self, operation: Operation) -> None:
        """Take the next operation."""
        match operation.kind:
            case "C":
                self._named[operation.path] = _File()
                self._waiting.append((operation, self._named[operation.path]))
            case "U":
                file = self._named.pop(operation.path, None)
                if file is not None:
                    self._waiting.append((operation, file))
            case "W" | "T" if operation.path in self._named:
                self._waiting.append((operation, self._named[operation.path]))
            case "S" | "F":
                self._settle(operation.path, done=operation.kind == "S")

    def _settle(self, path: Path, *, done: bool) -> None:
        """A sync of a file or folder; one that failed leaves the writes in memory only, and later syncs miss them."""
        target = self._named.get(path)
        left: list[tuple[Operation, _File]] = []
        for operation, file in self._waiting:
            named = operation.kind in "CU"
            concerned = operation.path.parent == path if named else file is target
            if not concerned:
                left.append((operation, file))
            elif done and named:
                _rename(self._safe_names, operation, file)
            elif done:
                _apply(file.safe, operation)
        self._waiting = left

    def cut(self, survival: Survival, dice: random.Random) -> dict[Path, bytes]:
        """Return the files that are there when the power comes back."""
        names = dict(self._safe_names)
        data = {id(file): bytearray(file.safe) for file in (*names.values(), *(file for _, file in self._waiting))}
        for operation, file in self._surviving(survival, dice):
            if operation.kind in "CU":
                _rename(names, operation, file)
            else:
                _apply(data[id(file)], operation)
        return {path: bytes(data[id(file)]) for path, file in names.items()}

    def _surviving(self, survival: Survival, dice: random.Random) -> Iterator[tuple[Operation, _File]]:
        if survival is Survival.NOTHING:
            return
        if survival is Survival.BEGINNING:
            yield from self._waiting[: dice.randint(0, len(self._waiting))]
            return
        for operation, file in self._waiting:
            if operation.kind != "W":
                if dice.random() < 0.5:
                    yield operation, file
                continue
            for start in range(0, len(operation.data), SECTOR_BYTES):
                if dice.random() < 0.5:
                    part = operation.data[start : start + SECTOR_BYTES]
                    yield Operation("W", operation.path, operation.place + start, part), file


def _rename(names: dict[Path, _File], operation: Operation, file: _File) -> None:
    if operation.kind == "C":
        names[operation.path] = file
    else:
        names.pop(operation.path, None)


def _apply(data: bytearray, operation: Operation) -> None:
    place, written = operation.place, operation.data
    if operation.kind == "T":
        del data[place:]
        data.extend(bytes(place - len(data)))
        return
    if place > len(data):
        data.extend(bytes(place - len(data)))
    data[place : place + len(written)] = written

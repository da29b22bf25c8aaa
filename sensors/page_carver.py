"""Rows of a session file taken straight from its bytes, without SQLite: from every page that is still there.

The layout of pages, cells, records and journal frames is that of https://www.sqlite.org/fileformat2.html. Whatever
is found is believed only where the row's own checksum fits, so a guess costs nothing but time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO

from sensors.file_marks import PLAIN_FILE
from sensors.packet_log import DamagedError
from sensors.session_rows import LARGEST_ROW_BYTES, Row, Value, checked

PAGE_BYTES = 4096
"""What our files are made of; another size is believed where the header tells one."""
FILE_HEADER_BYTES = 100
LOG_HEADER = struct.Struct(">8I")
LOG_MAGIC = (0x377F0682, 0x377F0683)
FRAME_HEADER = struct.Struct(">6I")
TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_SHAPES: Mapping[str, tuple[type | tuple[type, ...], ...]] = {
    "meta": (str, str, int),
    "sensor": (int, str, str, float, int, int, str, int),
    "packets": (int, str, int, int, int, bytes, int),
    "link": (int, str, str, str, int, int),
    "entry": (int, str, (str, type(None)), int, str, int),
    "alert": (int, str, int),
    "audit": (int, str, str, (str, type(None)), str, bytes, int),
}
_RATE = 3
"""Where a sensor's row has its rate; SQLite keeps a whole real number as an integer."""
_WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

FOLLOWED_A_PAGE = 16
"""Pages in which long rows go on that are read for each page looked at: twice as many as ours can need, whose longest
rows lie eight on a page. Rows of a stranger may share them, and one file be read a thousand times over."""
FOLLOWED_AT_LEAST = LARGEST_ROW_BYTES // PAGE_BYTES

Image = tuple[int, bytes]
"""A page's number, from 1 on, and its bytes at one time."""


class FilePages:
    """The pages of a file that is open, read as they are asked for; what is cut or cannot be read is zeros."""

    def __init__(self, file: BinaryIO, bytes_: int) -> None:
        self._file = file
        self._size = _page_bytes(_read(file, 0, FILE_HEADER_BYTES))
        self._count = -(-bytes_ // self._size)

    def page(self, number: int) -> bytes | None:
        """Return a page; None where the file has none of that number."""
        if not 1 <= number <= self._count:
            return None
        return _read(self._file, (number - 1) * self._size, self._size).ljust(self._size, b"\0")

    def images(self) -> Iterator[Image]:
        """Yield all pages."""
        return ((number, self.page(number) or b"") for number in range(1, self._count + 1))


class LogPages:
    """The pages of an open journal over those of its file; frames of an earlier round of it are left out."""

    def __init__(self, file: BinaryIO, bytes_: int, beneath: FilePages) -> None:
        self._file = file
        self._beneath = beneath
        self._size = 0
        self._frames: list[tuple[int, int]] = []
        head = _read(file, 0, LOG_HEADER.size)
        if len(head) == LOG_HEADER.size:
            magic, _, size, _, *salts, _, _ = LOG_HEADER.unpack(head)
            if magic in LOG_MAGIC and 512 <= size <= 65536:
                self._size = size
                self._frames = list(_frames(file, bytes_, size, salts))
        self._latest = dict(self._frames)

    def page(self, number: int) -> bytes | None:
        """Return a page as it was last; None where there is none of that number."""
        return self._at(self._latest[number]) if number in self._latest else self._beneath.page(number)

    def images(self) -> Iterator[Image]:
        """Yield what the journal holds, oldest first."""
        return ((number, self._at(place)) for number, place in self._frames)

    def _at(self, place: int) -> bytes:
        return _read(self._file, place, self._size).ljust(self._size, b"\0")


def _frames(file: BinaryIO, bytes_: int, size: int, salts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the number of each frame's page, and where its bytes begin."""
    for place in range(LOG_HEADER.size, bytes_ - FRAME_HEADER.size, FRAME_HEADER.size + size):
        head = _read(file, place, FRAME_HEADER.size)
        if len(head) == FRAME_HEADER.size:
            number, _, *frame_salts, _, _ = FRAME_HEADER.unpack(head)
            if frame_salts == salts:
                yield number, place + FRAME_HEADER.size


def _read(file: BinaryIO, place: int, count: int) -> bytes:
    """Return what can be read; a disk that fails at this place has nothing there."""
    with suppress(OSError):
        file.seek(place)
        return file.read(count)
    return b""


def _page_bytes(head: bytes) -> int:
    told = int.from_bytes(head[16:18], "big")
    size = 65536 if told == 1 else told
    plausible = head.startswith(PLAIN_FILE) and 512 <= size <= 65536 and size & (size - 1) == 0
    return size if plausible else PAGE_BYTES


class Carver:
    """Takes rows out of pages; `pages` has those in which long rows go on."""

    def __init__(self, pages: FilePages | LogPages) -> None:
        self._pages = pages
        self._continued: set[int] = set()
        self._may_follow = FOLLOWED_AT_LEAST

    def rows(self, number: int, page: bytes) -> tuple[list[Row], bool]:
        """Return the rows on one page that are as they were written, and whether all that it tells of are."""
        self._may_follow += FOLLOWED_A_PAGE
        start = FILE_HEADER_BYTES if number == 1 else 0
        kind = page[start]
        if kind not in (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR):
            return [], False
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        pointers = start + (12 if kind == INDEX_INTERIOR else 8)
        rows: list[Row] = []
        for index in range(min(count, len(page) // 4)):
            place = int.from_bytes(page[pointers + 2 * index : pointers + 2 * index + 2], "big")
            row = self._row(kind, page, place)
            if row is not None:
                rows.append(row)
        return rows, len(rows) == count > 0

    def rows_anywhere(self, number: int, page: bytes) -> Iterator[Row]:
        """Yield the rows on a page whose head is damaged, by trying every byte of it.

        A page in which a row found before goes on has none.
        """
        if number in self._continued or not any(page):
            return
        for place in range(len(page) - 4):
            for kind in (TABLE_LEAF, INDEX_LEAF):
                row = self._row(kind, page, place)
                if row is not None:
                    yield row

    def _row(self, kind: int, page: bytes, place: int) -> Row | None:
        """Return the row whose cell begins at `place`, None where there is none that can be believed."""
        with suppress(DamagedError, IndexError, UnicodeDecodeError, struct.error):
            if kind == INDEX_INTERIOR:
                place += 4
            length, place = _varint(page, place)
            key: int | None = None
            if kind == TABLE_LEAF:
                key, place = _varint(page, place)
            if not 4 <= length <= LARGEST_ROW_BYTES:
                return None
            head_bytes, _ = _varint(page, place)
            if not 4 <= head_bytes <= 40:
                return None
            payload, continued = self._payload(kind, page, place, length)
            row = _believed(_values(payload), key)
            if row is not None:
                self._continued |= continued
            return row
        return None

    def _payload(self, kind: int, page: bytes, place: int, length: int) -> tuple[bytes, set[int]]:
        """Return a record's bytes and the pages on which it goes on."""
        usable = len(page)
        most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
        if length <= most:
            return page[place : place + length], set()
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        if local > most:
            local = least
        parts, left = [page[place : place + local]], length - local
        following = int.from_bytes(page[place + local : place + local + 4], "big")
        continued: set[int] = set()
        while left > 0:
            self._may_follow -= 1
            more = self._pages.page(following) if following not in continued and self._may_follow >= 0 else None
            if more is None:
                raise DamagedError("the row goes on where nothing is")
            continued.add(following)
            parts.append(more[4 : 4 + left])
            left -= len(parts[-1])
            following = int.from_bytes(more[:4], "big")
        return b"".join(parts), continued


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and the place behind it."""
    value = 0
    for _ in range(8):
        byte = data[place]
        place += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place
    value = value << 8 | data[place]
    return value - (1 << 64) if value >> 63 else value, place + 1


def _values(payload: bytes) -> list[Value]:
    """Return the values of a record; raises where the bytes are none."""
    end, place = _varint(payload, 0)
    kinds: list[int] = []
    while place < end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    values: list[Value] = []
    place = end
    for kind in kinds:
        value, place = _value(payload, kind, place)
        values.append(value)
    if place != len(payload):
        raise DamagedError("not a record")
    return values


def _value(payload: bytes, kind: int, place: int) -> tuple[Value, int]:
    if kind in _WIDTHS:
        end = place + _WIDTHS[kind]
        return int.from_bytes(payload[place:end], "big", signed=True), end
    match kind:
        case 0:
            return None, place
        case 7:
            return struct.unpack_from(">d", payload, place)[0], place + 8
        case 8 | 9:
            return kind - 8, place
        case 10 | 11:
            raise DamagedError("not a kind of value")
    end = place + (kind - 12) // 2
    raw = payload[place:end]
    return (raw.decode() if kind % 2 else raw), end


def _believed(values: list[Value], key: int | None) -> Row | None:
    """Return the row that the values are, if they have the shape of one and its checksum fits."""
    if key is not None and values and values[0] is None:
        values[0] = key
    for table, shape in _SHAPES.items():
        if table == "sensor" and len(values) == len(shape) and isinstance(values[_RATE], int):
            values[_RATE] = float(values[_RATE] or 0)
        if len(values) == len(shape) and all(map(isinstance, values, shape)) and (table == "meta") == (key is None):
            row = tuple(values)
            checked(row)
            return Row(table, row)
    return None

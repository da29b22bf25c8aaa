"""The bytes of an EDF+ file: its header, and data records with the times and annotations that stand in them.

By "EDF+, an EDF alike standard format" (Kemp and Olivan, Clin Neurophysiol 2003; 114: 1755-1761). Written here and not
by a package, because those at hand write no EDF+D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sensors.wording import clean

LARGEST = 32767
"""Values run from minus this to this; the one below stands for "no value", outside of the range that is declared."""
NO_VALUE = -32768
RECORD_S = 1
LONGEST_TEXT = 200
LABEL, TRANSDUCER = 16, 80
"""Characters of these fields."""
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class Signal:
    """One channel; `limit` is the physical value, as it is written, that LARGEST stands for."""

    label: str
    transducer: str
    unit: str
    limit: str
    samples: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """A text at `onset_s`, counted from the start that the header names."""

    onset_s: float
    duration_s: float
    text: str

    def encoded(self) -> bytes:
        """Return it as a time-stamped list of one; control characters would end it early."""
        lasted = f"\x15{_seconds(self.duration_s)}" if self.duration_s else ""
        return f"{self.onset_s:+.6f}{lasted}\x14{clean(self.text, LONGEST_TEXT)}\x14\x00".encode()


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.6f}".rstrip("0").rstrip(".")


def limit_of(largest: float) -> str | None:
    """Return the least number of at most seven characters that is not below `largest`; None where there is none."""
    for decimals in range(5, -1, -1):
        scale = 10**decimals
        text = f"{-(-max(largest, 1e-3) * scale // 1) / scale:.{decimals}f}"
        if len(text) <= 7:
            return text
    return None


def header(
    signals: Sequence[Signal], annotation_bytes: int, records: int, started: datetime | None, patient: str, kind: str
) -> bytes:
    """Return the header; without `started` the date is that which stands for an unknown one."""
    date, time, day = "01.01.85", "00.00.00", "X"
    if started is not None:
        date, time = started.strftime("%d.%m.%y"), started.strftime("%H.%M.%S")
        day = f"{started.day:02d}-{_MONTHS[started.month - 1]}-{started.year}"
    every = [*signals, Signal("EDF Annotations", "", "", "", annotation_bytes // 2)]
    fixed = (
        ("0", 8),
        (f"{patient or 'X'} X X X", 80),
        (f"Startdate {day} X X Clonoscope", 80),
        (date, 8),
        (time, 8),
        (str(256 * (1 + len(every))), 8),
        (kind, 44),
        (str(records), 8),
        (str(RECORD_S), 8),
        (str(len(every)), 4),
    )
    fields = (
        ([s.label for s in every], LABEL),
        ([s.transducer for s in every], TRANSDUCER),
        ([s.unit for s in every], 8),
        ([f"-{s.limit}" if s.limit else "-1" for s in every], 8),
        ([s.limit or "1" for s in every], 8),
        ([str(-LARGEST if s.limit else NO_VALUE) for s in every], 8),
        ([str(LARGEST)] * len(every), 8),
        ([""] * len(every), 80),
        ([str(s.samples) for s in every], 8),
        ([""] * len(every), 32),
    )
    texts = [f"{text:<{width}}" for text, width in fixed]
    texts += [f"{text:<{width}}" for column, width in fields for text in column]
    return "".join(texts).encode("ascii")


def annotation_channel(onsets_s: Sequence[float], annotations: Sequence[Annotation]) -> list[bytes]:
    """Return, record by record, the time at which it begins and such annotations as have room; all are of one length.

    Annotations need not stand in the record of their time, so that one crowded second makes no other longer.
    """
    keepers = [f"{onset_s:+.6f}\x14\x14\x00".encode() for onset_s in onsets_s]
    waiting = [annotation.encoded() for annotation in annotations]
    longest = max(map(len, waiting), default=0)
    room = longest + -(-sum(map(len, waiting)) // len(keepers))
    width = max(map(len, keepers)) + room
    width += width % 2
    waiting.reverse()
    channel = []
    for keeper in keepers:
        said = keeper
        while waiting and len(said) + len(waiting[-1]) <= width:
            said += waiting.pop()
        channel.append(said.ljust(width, b"\x00"))
    return channel

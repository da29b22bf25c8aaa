"""Transport: how a controller of the program's own is reached, as it is written after `--radio`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sensors.failure import SourceError

if TYPE_CHECKING:
    from sensors.link import Radio

STACK = "bumble:"
SPELLINGS = {
    "usb": re.compile(r"\d{1,2}|[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(#\d{1,2}|/\w+)?"),
    "serial": re.compile(r"[^,\0]+(,\d{4,8})?"),
    "tcp-client": re.compile(r"[\w.-]+:\d{1,5}"),
    "unix-client": re.compile(r"[^\0]+"),
}
"""What stands after each kind of transport: of all that bumble knows, those that reach a controller from here."""
HOW_TO_SPELL = (
    "write bumble:usb:0, bumble:usb:VENDOR:PRODUCT, bumble:serial:DEVICE, bumble:tcp-client:HOST:PORT or "
    "bumble:unix-client:PATH"
)
LAST_PORT = 65535
PLUG_IN = "plug it in"
START = "start what serves it"


@dataclass(frozen=True, slots=True)
class Transport:
    """One transport: `kind` is a key of SPELLINGS, `where` what stands after it."""

    kind: str
    where: str

    @classmethod
    def of(cls, spelled: str) -> Self | None:
        """Return the transport that is spelled like that, None where it is none."""
        kind, _, where = spelled.removeprefix(STACK).partition(":")
        if not spelled.startswith(STACK) or kind not in SPELLINGS or not SPELLINGS[kind].fullmatch(where):
            return None
        if kind == "tcp-client" and int(where.rpartition(":")[2]) > LAST_PORT:
            return None
        return cls(kind, where)

    def __str__(self) -> str:
        return f"{self.kind}:{self.where}"

    @property
    def is_dongle(self) -> bool:
        """Whether something is plugged in, and not served at a socket."""
        return self.kind in ("usb", "serial")

    @property
    def remedy(self) -> str:
        """What to do where nothing is there."""
        return PLUG_IN if self.is_dongle else START


def own_radio(transport: Transport) -> Callable[[], Radio]:
    """Return what makes the radio at `transport`; raises SourceError where what drives it is not installed."""
    try:
        from sensors.own_radio.radio import OwnRadio
    except ModuleNotFoundError as error:
        raise SourceError(f"--radio needs {error.name}, which is not installed; install clonoscope[radio]") from None
    return lambda: OwnRadio(transport)

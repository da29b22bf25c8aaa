"""Keep bumble from composing debug texts that nobody reads, and from writing its warnings across the screen."""

from __future__ import annotations

import logging
import sys
from typing import Any

from bumble import att, hci, l2cap

MODULES = ("att", "controller", "device", "gatt_client", "gatt_server", "hci", "host", "l2cap")
"""They call `logger.debug(f"... {color(...)} ... {packet}")` for each packet whatever the level of the log, which takes
half of the processor time of a packet."""

PACKETS = (hci.HCI_Packet, hci.HCI_Command, hci.HCI_Event, hci.HCI_AclDataPacket, att.ATT_PDU, l2cap.L2CAP_PDU)


def _plain(text: str, *_: Any, **__: Any) -> str:
    return text


def _brief(packet: object) -> str:
    return type(packet).__name__


def quieten() -> None:
    """Make bumble's debug texts cheap for the rest of the process, unless its debug log is wanted."""
    log = logging.getLogger("bumble")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    if log.isEnabledFor(logging.DEBUG):
        return
    for name in MODULES:
        module = sys.modules.get(f"bumble.{name}")
        if module is not None and "color" in vars(module):
            vars(module)["color"] = _plain
    for packet in PACKETS:
        packet.__str__ = _brief  # type: ignore[method-assign]

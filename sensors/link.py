"""Bluetooth, as far as this version goes: whether there is a radio to use. The only file that imports bleak."""

from __future__ import annotations

import asyncio

from bleak import BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakError

LOOK_S = 1.0
"""Long enough for the operating system to say that it has no radio."""


async def _look() -> None:
    async with BleakScanner():
        await asyncio.sleep(LOOK_S)


def radio_trouble() -> str | None:
    """Return what keeps Bluetooth from being used, in one phrase, or None where a scan can be started."""
    try:
        asyncio.run(_look())
    except BleakBluetoothNotAvailableError as error:
        return f"Bluetooth is not available: {error}"
    except BleakError as error:
        return f"Bluetooth cannot be used: {error}"
    except OSError as error:
        return f"no Bluetooth service answers: {error.strerror or error}"
    return None

"""Reasons for which a link is over, in words that a clinician can act on: what failed, or else what is likely."""

from __future__ import annotations

from collections.abc import Collection

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from sensors.adapters import ADAPTER_VARIABLE, SENSORS_AN_ADAPTER
from sensors.wireless import LinkRefusedError
from sensors.wording import clean

NEARLY_EMPTY_PERCENT = 10.0
"""A sensor that goes with no more than this left is taken to have been switched off by its battery."""
SMALLEST_BYTES = 20
"""What one packet holds on a link where nothing larger was agreed, which is all that very old adapters can."""

WANT_PAIRING = frozenset({0x05, 0x0C, 0x0F})
"""ATT errors: too little authentication, too short a key, no encryption (Bluetooth Core 5.4, vol. 3, F 3.4.1.1)."""
NOT_PAIRED = "Not paired"
"""What BlueZ says instead of them."""
NOT_POWERED = "org.bluez.Error.NotReady"
"""What BlueZ says of a link that is to be made by an adapter which is switched off."""
NO_ANSWER = "Bluetooth does not answer; switch it off and on"
BACK = "Bluetooth is back; waiting for the sensor"


def reason_of(error: BaseException) -> str:
    """Return why a link failed, in words that a clinician can act on."""
    if (of_the_radio := _radio_reason(error)) is not None:
        return of_the_radio
    match error:
        case LinkRefusedError():
            return str(error)
        case BleakCharacteristicNotFoundError():
            return "not the sensor that it seems, or its firmware is too old; update it"
        case BleakDeviceNotFoundError() | TimeoutError():
            return "out of range or switched off; bring the sensor closer and wake it"
        case BleakError() if _unpaired(error):
            return "the sensor refuses until it is paired; pair it in the Bluetooth settings"
        case BleakGATTProtocolError():
            return "the sensor refuses; it may be held by another program, switch it off and on"
        case PermissionError() | BleakError() if _denied(error):
            return "permission denied; allow this program to use Bluetooth"
        case BleakError() if "progress" in str(error).lower():
            return "Bluetooth is busy; another program may be scanning"
        case _:
            return f"the link failed ({clean(str(error) or type(error).__name__, 60)})"


def _radio_reason(error: BaseException) -> str | None:
    """Return what is wrong with the computer's Bluetooth, None where it is not that."""
    match error:
        case BleakBluetoothNotAvailableError() if error.reason.name.startswith("NO_"):
            return "this computer has no Bluetooth adapter that can be used; plug one in"
        case BleakBluetoothNotAvailableError() if error.reason.name.startswith("DENIED"):
            return "permission denied; allow this program to use Bluetooth"
        case BleakBluetoothNotAvailableError() | BleakError() if _switched_off(error):
            return "Bluetooth is switched off or absent; switch it on"
        case FileNotFoundError() | ConnectionError() | BleakError() if _unanswered(error):
            return "no Bluetooth service answers; install or start it"
        case BleakError() if str(error).startswith("adapter '"):
            return f"this computer has no such adapter; correct {ADAPTER_VARIABLE} (`bluetoothctl list` names them)"
        case _:
            return None


def _switched_off(error: BleakError) -> bool:
    return isinstance(error, BleakBluetoothNotAvailableError) or NOT_POWERED in str(error)


def _unanswered(error: OSError | BleakError) -> bool:
    return isinstance(error, OSError) or "ServiceUnknown" in str(error)


def _denied(error: PermissionError | BleakError) -> bool:
    said = str(error).lower()
    return isinstance(error, PermissionError) or "permission" in said or "denied" in said


def _unpaired(error: BleakError) -> bool:
    refused = isinstance(error, BleakGATTProtocolError) and error.code in WANT_PAIRING
    return refused or NOT_PAIRED in str(error)


def defect_of(what: str, error: Exception) -> str:
    """Return what is said of an exception that nobody expected."""
    return f"{what} failed ({type(error).__name__}); report this as a defect"


def why_no_data(unreadable_bytes: Collection[int], carried_bytes: int) -> str:
    """Return why a sensor that was started sends nothing that can be read: `carried_bytes` is what the link carries.

    Firmware either cuts what does not fit the link, or sends none of it.
    """
    if carried_bytes in unreadable_bytes:
        return f"its packets do not fit this link ({carried_bytes} bytes); use a newer Bluetooth adapter"
    if carried_bytes <= SMALLEST_BYTES:
        return "connected, but no data came; use a newer adapter, or switch it off and on"
    return "connected, but no data came; switch the sensor off and on"


def why_gone(battery_percent: float | None, sensors: int, adapters: int) -> str:
    """Return why a sensor that streamed is gone, by what its battery last had and how many sensors share adapters."""
    if battery_percent is not None and battery_percent <= NEARLY_EMPTY_PERCENT:
        return f"its battery had {battery_percent:.0f} % left and may be empty; charge the sensor"
    if sensors > (most := SENSORS_AN_ADAPTER * adapters):
        on = "one adapter" if adapters == 1 else f"{adapters} adapters"
        return f"out of range, or too many on {on} ({sensors}); bring it closer or use {most}"
    return "out of range or switched off; bring the sensor closer"

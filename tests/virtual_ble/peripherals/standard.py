"""Services of the Bluetooth SIG that several sensors have."""

from __future__ import annotations

from collections.abc import Callable

from bumble.gatt import Service

from tests.virtual_ble.peripherals.peripheral import characteristic


def battery_service(percent: Callable[[], int]) -> Service:
    """Return the Battery Service, whose level is asked of `percent`."""
    return Service("180f", [characteristic("2a19", read=lambda: bytes((percent(),)))])


def device_information(**texts: str) -> Service:
    """Return the Device Information service with `model`, `serial`, `firmware` or `maker`."""
    numbers = {"model": "2a24", "serial": "2a25", "firmware": "2a26", "maker": "2a29"}

    def said(text: str) -> Callable[[], bytes]:
        return lambda: text.encode()

    return Service("180a", [characteristic(numbers[what], read=said(text)) for what, text in texts.items()])

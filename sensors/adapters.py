"""Adapters: which of the computer's Bluetooth adapters are used, and which of them connects which sensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from os import environ
from typing import Generic, TypeVar

ADAPTER_VARIABLE = "CLONOSCOPE_ADAPTER"
"""An environment variable that names the adapters to use, such as "hci1" or "hci0,hci1", where there are several."""
SENSORS_AN_ADAPTER = 4
"""How many streaming sensors one adapter carries reliably; more is possible, and said."""
UNHEARD_DBM = -127
"""Where no strength is told: the weakest that Bluetooth can."""

Adapter = str | None
"""An adapter by its name; None: the system's first."""
T = TypeVar("T")
D = TypeVar("D")


def adapters() -> tuple[Adapter, ...]:
    """Return the adapters that are named in ADAPTER_VARIABLE (Linux), else the system's first."""
    names = [name.strip() for name in environ.get(ADAPTER_VARIABLE, "").split(",")]
    return tuple(dict.fromkeys(name for name in names if name)) or (None,)


def on_adapter(factory: Callable[..., T], adapter: Adapter) -> Callable[..., T]:
    """Return a factory of scanners or clients that uses an adapter."""
    return partial(factory, bluez={"adapter": adapter}) if adapter else factory


class Shares(Generic[D]):
    """Which adapter hears a sensor as which device, and who connects it: the one that connects the fewest others.

    One that has just tried in vain comes last: it may hear a sensor no more that it heard once.
    """

    def __init__(self, used: Sequence[Adapter]) -> None:
        self.used = tuple(used)
        self._heard: dict[str, dict[Adapter, tuple[D, int]]] = {}
        self._given: dict[str, Adapter] = {}
        self._in_vain: dict[str, Adapter] = {}

    def hear(self, address: str, adapter: Adapter, device: D, rssi_dbm: int | None) -> None:
        """Take note of a sensor that an adapter hears."""
        strength = UNHEARD_DBM if rssi_dbm is None else rssi_dbm
        self._heard.setdefault(address, {})[adapter] = (device, strength)

    def give(self, address: str) -> tuple[Adapter, D]:
        """Return the adapter that is to connect a sensor, and its device there; it must have been heard."""
        self._given.pop(address, None)
        connecting = list(self._given.values())
        heard = self._heard[address]
        failed = {self._in_vain[address]} if address in self._in_vain else set()
        adapter = min(heard, key=lambda one: (one in failed, connecting.count(one), -heard[one][1]))
        self._given[address] = adapter
        return adapter, heard[adapter][0]

    def take_back(self, address: str, in_vain: bool) -> None:
        """The sensor is connected no more; `in_vain` where it never streamed."""
        adapter = self._given.pop(address, None)
        self._in_vain.pop(address, None)
        if in_vain:
            self._in_vain[address] = adapter

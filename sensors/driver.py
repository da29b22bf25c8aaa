"""Driver: what one sensor family sends and what it must be told. Pure: it never touches the radio or a clock.

To add a family, write one file in `sensors/drivers/` with a subclass of `Driver`. It must define `family`, `tick` and
`decode`; it may define the rest. The checkers in `tests/checks/` then run over it.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

import sensors.drivers
from sensors.packet import Packet

Floats = NDArray[np.float64]
Ticks = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tick:
    """A device clock: seconds a tick, and the width of the counter in bits (None: it never wraps).

    `session_time` marks ticks that already are session time, as in a recorded stream: no clock has to be fitted.
    `tolerance` is how far the device's rate may be off, as a fraction: crystals of such sensors are within 50 ppm,
    ceramic resonators within 500. `uncertainty_s` is how well a time is known at best, where nothing but samples can be
    counted; 0 where the sensor sends ticks.
    """

    seconds: float
    bits: int | None = None
    session_time: bool = False
    tolerance: float = 500e-6
    uncertainty_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Readings:
    """The samples of one packet.

    `ticks` (n,) device ticks as sent, `acc` (n, 3) m/s² with gravity, `gyro` (n, 3) deg/s; None where the packet does
    not carry that quantity. `saturated` counts samples at the end of the sensor's range. `common_clock` names the clock
    that the sensor has in common with others from now on, "" where it has one of its own; None: not told.
    """

    ticks: Ticks
    acc: Floats | None = None
    gyro: Floats | None = None
    battery_percent: float | None = None
    saturated: int = 0
    common_clock: str | None = None

    @classmethod
    def none(cls, battery_percent: float | None = None, common_clock: str | None = None) -> Readings:
        """Return the readings of a packet without samples: an answer, or a battery level."""
        return cls(np.empty(0, dtype=np.int64), battery_percent=battery_percent, common_clock=common_clock)


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor of a session: `key` is its unique name there, such as "left_foot"."""

    key: str
    family: str
    rate_hz: float
    has_acc: bool = True
    has_gyro: bool = True
    address: str = ""

    @property
    def label(self) -> str:
        """The name by limb and side as the screen shows it: "left foot"."""
        return self.key.replace("_", " ")

    @property
    def delayed(self) -> bool:
        """Whether its family sends about once a second: it is recorded, but gives no live beat."""
        driver = families().get(self.family)
        return driver is not None and driver.delayed


SILENCE_S = 0.5
"""What sensors that send many times a second may keep silent: more than a radio's usual delay."""


class Driver(ABC):
    """One sensor family. An instance belongs to one sensor and may keep the bytes of an unfinished frame."""

    family: ClassVar[str]
    tick: ClassVar[Tick]
    rates_hz: ClassVar[tuple[float, ...]] = ()
    silence_s: ClassVar[float] = SILENCE_S
    """How long a sensor that streams may keep silent between two packets before the time in between counts as lost."""
    delayed: ClassVar[bool] = False
    """Whether it sends so seldom that it can be recorded, but gives no live beat."""

    @abstractmethod
    def decode(self, packet: Packet) -> Readings:
        """Return the packet's samples; raise BadPacketError where the bytes are not this family's."""

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Packets of an undisturbed stream, in order, for the checkers."""
        return ()


@cache
def families() -> dict[str, type[Driver]]:
    """Return every driver class in `sensors/drivers/` by its family name."""
    found: dict[str, type[Driver]] = {}
    for module in pkgutil.iter_modules(sensors.drivers.__path__):
        loaded = importlib.import_module(f"sensors.drivers.{module.name}")
        for member in vars(loaded).values():
            if isinstance(member, type) and issubclass(member, Driver) and member.__module__ == loaded.__name__:
                found[member.family] = member
    return found

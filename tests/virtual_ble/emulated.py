"""One emulated sensor of every Bluetooth family, for suites that run over all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.virtual_ble.peripherals import metamotion, polar
from tests.virtual_ble.peripherals.capture2go import Capture2Go
from tests.virtual_ble.peripherals.metamotion import MetaMotion
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.peripherals.movesense import Movesense
from tests.virtual_ble.peripherals.myo import Myo
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.peripherals.peripheral import Peripheral
from tests.virtual_ble.peripherals.polar import Polar
from tests.virtual_ble.peripherals.shimmer3r import Shimmer3R
from tests.virtual_ble.peripherals.thingy52 import Thingy52
from tests.virtual_ble.peripherals.witmotion import WitMotion

WRAPS_SOON = 2_000_000
"""µs before the end of a 32-bit count, so that every stream runs over it."""


@dataclass(frozen=True, slots=True)
class Emulated:
    """How to make one, called with its address; `blinks` tells whether it was made to blink, None where it cannot.

    `battery_percent` is what the driver should make of its battery.
    """

    make: Callable[..., Peripheral]
    battery_percent: float
    blinks: Callable[[Any], object] | None = None


EMULATED = {
    "movella_dot": Emulated(partial(MovellaDot, clock_us=2**32 - WRAPS_SOON), 87, lambda dot: dot.identified),
    "witmotion": Emulated(WitMotion, 100),
    "open_imu": Emulated(partial(OpenImu, clock_us=2**32 - WRAPS_SOON), 100, lambda board: board.blinked_s),
    "metamotion": Emulated(
        partial(MetaMotion, tick=2**32 - 1500, board=metamotion.S, left_streaming=True), 93, lambda board: board.blinked
    ),
    "movesense": Emulated(partial(Movesense, clock_ms=2**32 - 2000), 64),
    "shimmer3r": Emulated(partial(Shimmer3R, clock=2**24 - 65536), 100, lambda shimmer: shimmer.toggled == 8),
    "capture2go": Emulated(Capture2Go, 71, lambda sensor: sensor.flashed),
    "polar_sense": Emulated(partial(Polar, left_streaming=True), 55),
    "polar_h10": Emulated(partial(Polar, model=polar.H10), 55),
    "polar_oh1": Emulated(partial(Polar, model=polar.OH1), 55),
    "thingy52": Emulated(Thingy52, 87, lambda thingy: thingy.lights),
    "myo": Emulated(Myo, 87, lambda myo: myo.vibrated),
}

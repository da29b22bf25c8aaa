"""Standing: the strongest first, in an order that stands still while somebody points at it."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

from sensors.identity import Identity

SMOOTHED_OVER_S = 2.0
"""Time constant of the strengths that are compared: single advertisements differ by 10 dB and more."""
CLEARLY_DB = 6.0
"""How much stronger a sensor must be than the one above it to pass it: what half the distance makes."""
UNHEARD_DBM = -127.0
"""Where no strength is told: the weakest that Bluetooth can (Core 5.4, vol. 4 part E, 7.7.65.2)."""


class Standing:
    """One list's order. A sensor that is new takes its place by its strength; one that is gone loses it."""

    def __init__(self) -> None:
        self._strength_dbm: dict[Identity, float] = {}
        self._order: list[Identity] = []
        self._at_s = 0.0

    def order(self, heard: Mapping[Identity, int | None], now_s: float) -> list[Identity]:
        """Return the sensors that are heard, with what strength in dBm, in the order that they have at `now_s`."""
        told = {one: UNHEARD_DBM if dbm is None else float(dbm) for one, dbm in heard.items()}
        weight = 1.0 - exp(-max(0.0, now_s - self._at_s) / SMOOTHED_OVER_S)
        self._at_s = now_s
        before = self._strength_dbm
        self._strength_dbm = {one: (1.0 - weight) * before.get(one, dbm) + weight * dbm for one, dbm in told.items()}
        self._order = [one for one in self._order if one in told]
        self._let_pass()
        for one in told.keys() - before.keys():
            self._seat(one)
        return list(self._order)

    def _let_pass(self) -> None:
        """Let each sensor pass those before it that are clearly weaker."""
        strength_dbm = self._strength_dbm
        for start in range(1, len(self._order)):
            place = start
            while place and strength_dbm[self._order[place]] > strength_dbm[self._order[place - 1]] + CLEARLY_DB:
                self._order[place - 1 : place + 1] = self._order[place], self._order[place - 1]
                place -= 1

    def _seat(self, one: Identity) -> None:
        """Put a new sensor before the first that is weaker, or in the order of addresses where they are alike."""

        def before(other: Identity) -> bool:
            return (-self._strength_dbm[one], one.address) < (-self._strength_dbm[other], other.address)

        place = next((place for place, other in enumerate(self._order) if before(other)), len(self._order))
        self._order.insert(place, one)

"""Pace: when the samples of a packet were taken, where the packet tells only the time of its first or its last one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sensors.driver import Ticks

BELIEVED = 0.25
"""How far a measured period may stray from the nominal one, as a fraction: crystals and oscillators of such sensors are
within 10 %, a stamp in whole milliseconds blurs a short packet by some more, and a lost packet doubles the step."""


@dataclass(slots=True)
class Pace:
    """The period of one sensor's samples in ticks, measured from packet to packet; `bits` is the counter's width.

    Samples lie evenly between the stamps of two packets that follow each other. The first packet, one after a loss and
    one that comes twice are laid out with the period known so far, so that a repeat gives the same ticks again.
    """

    nominal: float
    bits: int | None = None
    _period: float = field(init=False)
    _stamp: int | None = field(init=False, default=None)
    _count: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        self._period = self.nominal

    def ticks(self, last: int, count: int) -> Ticks:
        """Return the ticks (count,) of a packet whose last sample was taken at tick `last`."""
        self._measure(last, count)
        return self._cut(last - np.rint(self._period * np.arange(count - 1, -1, -1)).astype(np.int64))

    def ticks_from(self, first: int, count: int) -> Ticks:
        """Return the ticks (count,) of a packet whose first sample was taken at tick `first`."""
        self._measure(first, self._count)
        self._count = count
        return self._cut(first + np.rint(self._period * np.arange(count)).astype(np.int64))

    def _measure(self, stamp: int, samples: int) -> None:
        """Take the period from a stamp that comes `samples` after the one before."""
        if self._stamp is not None:
            step = stamp - self._stamp
            measured = (step if self.bits is None else step % (1 << self.bits)) / samples
            if abs(measured - self.nominal) <= BELIEVED * self.nominal:
                self._period = measured
        self._stamp = stamp

    def _cut(self, ticks: Ticks) -> Ticks:
        return ticks if self.bits is None else ticks % (1 << self.bits)

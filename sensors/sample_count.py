"""SampleCount: ticks for a sensor that sends no time, counted from sample to sample."""

from __future__ import annotations

import numpy as np

from sensors.driver import Tick, Ticks

COUNTED = Tick(seconds=1e-6, tolerance=0.05, uncertainty_s=0.030)
"""Ticks are microseconds that begin with the host's time of the first arrival, so that a restart goes on forward.

Rates are what the maker names them, and some percent off; a rate that is learnt from arrivals, and samples dropped
without a word, leave a time uncertain by about a connection interval."""
SILENCE_US = 500_000
"""A silence after which samples were lost: 0.24 s was seen with everything sent afterwards, and a sensor that cannot
send has no room for more than a few notifications."""


class SampleCount:
    """One sensor's count. The first packet's arrival is the time of its last sample; after that, samples are counted.

    Only where there is nothing to count by - before the rate is known, and over a silence - the count goes on with the
    arrivals. Samples lost without a silence, and packets that come twice, cannot be seen: their ticks shift by as much.
    """

    def __init__(self, rate_hz: float) -> None:
        """`rate_hz` is what to count by until the sensor has told its rate."""
        self._period_us = round(1e6 / rate_hz)
        self._rate_told = False
        self._last_tick: int | None = None
        self._last_arrival_us = 0

    def tell_rate(self, rate_hz: float) -> None:
        """Count by what the sensor says, and no longer by the arrivals."""
        self._period_us = round(1e6 / rate_hz)
        self._rate_told = True

    def ticks(self, samples: int, arrival_ns: int) -> Ticks:
        """Return the ticks (n,) of the samples of the next packet."""
        arrival_us = arrival_ns // 1000
        elapsed_us, self._last_arrival_us = arrival_us - self._last_arrival_us, arrival_us
        counted_us = samples * self._period_us
        if self._last_tick is None:
            self._last_tick = arrival_us
        elif self._rate_told and elapsed_us <= SILENCE_US:
            self._last_tick += counted_us
        else:
            self._last_tick += max(counted_us, elapsed_us)
        return self._last_tick - self._period_us * np.arange(samples - 1, -1, -1, dtype=np.int64)

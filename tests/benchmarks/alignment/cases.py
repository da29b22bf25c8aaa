"""The clocks and radios that are measured: every kind of tick that a family has, and what goes wrong with it."""

from __future__ import annotations

from sensors.driver import Tick
from sensors.sample_count import COUNTED
from tests.benchmarks.alignment.case import BURSTS, Air, Case, Event

MICROSECONDS = Tick(1e-6, 32)
SHIMMER = Tick(1 / 32768, 24)
METAMOTION = Tick(48 / 32768, 32)
NANOSECONDS = Tick(1e-9)
MILLISECONDS = Tick(1 / 1024_000, 42)
PPM = 1e-6

WITH_TICKS = (
    Case("µs clock, +200 ppm", MICROSECONDS, 60.0, rate_error=0.0, drift=200 * PPM),
    Case("µs clock, -200 ppm", MICROSECONDS, 60.0, rate_error=0.0, drift=-200 * PPM),
    Case("32 bits wrap", MICROSECONDS, 60.0, rate_error=0.0, drift=50 * PPM, first_tick=2**32 - 30_000_000),
    Case("24 bits wrap", SHIMMER, 102.4, drift=-50 * PPM, first_tick=2**24 - 30 * 32768),
    Case("ticks of 1.46 ms", METAMOTION, 100.0, drift=100 * PPM),
    Case("stamps of 1 ms, eight samples", MILLISECONDS, 104.0, 8, drift=-100 * PPM, stamp_s=1e-3),
    Case("bursts, +200 ppm", NANOSECONDS, 100.0, 4, drift=200 * PPM, air=BURSTS),
    Case("bursts, -200 ppm", NANOSECONDS, 100.0, 4, drift=-200 * PPM, air=BURSTS),
    Case("30 ms interval, a third lost", MICROSECONDS, 100.0, 2, drift=200 * PPM, air=Air(0.030, loss=0.33)),
    Case("restart at 30 s", MICROSECONDS, 100.0, 2, drift=100 * PPM, events=(Event(30.0, restart=True, away_s=2.0),)),
    Case("wild tick, 0.9 s ahead", MICROSECONDS, 100.0, 2, drift=100 * PPM, events=(Event(20.0, wild_s=0.9),)),
    Case("wild tick, 9 min ahead", MICROSECONDS, 100.0, 2, drift=100 * PPM, events=(Event(20.0, wild_s=536.0),)),
    Case("wild tick, 0.9 s back", MICROSECONDS, 100.0, 2, drift=100 * PPM, events=(Event(20.0, wild_s=-0.9),)),
    Case("20 s out of range", MICROSECONDS, 100.0, 2, drift=200 * PPM, events=(Event(25.0, away_s=20.0),)),
)
HARD = (
    Case("a packet every 1.2 s", NANOSECONDS, 52.0, 62, drift=30 * PPM, air=Air(interval_s=0.03)),
    Case("20 ms packets in step with 15 ms events", MICROSECONDS, 100.0, 2, drift=200 * PPM, rate_error=200 * PPM),
    Case("40 ms packets in step with 30 ms bursts", NANOSECONDS, 100.0, 4, 200 * PPM, 200 * PPM, BURSTS),
)
"""The worst there is: one packet a second shows little of the least delay, and where packets and connection events keep
step it wanders by the 5 or 10 ms by which they can miss each other."""
DROPPED = (Event(30.0, dropped=3),)
COUNTING = (
    Case("counted, rate as told", COUNTED, 100.0, 4, rate_error=0.0, air=BURSTS),
    Case("counted, 0.65 % slow", COUNTED, 100.0, 4, rate_error=-0.0065, air=BURSTS),
    Case("counted, 1 % fast", COUNTED, 100.0, rate_error=0.01),
    Case("counted, 3 % slow", COUNTED, 100.0, rate_error=-0.03),
    Case("counted, 3 % fast, bursts", COUNTED, 100.0, 4, rate_error=0.03, air=BURSTS),
    Case("counted, 12 samples dropped at 30 s", COUNTED, 100.0, 4, rate_error=-0.0065, air=BURSTS, events=DROPPED),
)
EVERY = WITH_TICKS + HARD + COUNTING

"""Scanning: one adapter's scan, begun anew where it may have ended without a word, and what keeps it from that.

No system tells a program that its scan has ended because Bluetooth was switched off, and none goes on with it by itself
when Bluetooth is on again: that nothing is heard is the only sign.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import Protocol

from sensors.reasons import NO_ANSWER, defect_of, reason_of

FIRST_WAIT_S = 0.3
LONGEST_WAIT_S = 10.0
"""Waits between attempts double from the first to the longest, so that what returns is back within seconds."""
JITTER = 0.3
"""Share by which waits vary, so that sensors that were lost together do not come back in step."""
SILENT_S = 20.0
"""A scan that hears nobody for so long is begun anew; the sleepiest sensors advertise every few seconds."""
LONGEST_SILENT_S = 60.0
"""The same where the one before heard nobody either: everybody may be connected, and no other device near."""
LOOK_S = 1.0
"""How often that is looked at, and how long a scan has to hear somebody once a link is over: the scan may be, too."""
START_S = 10.0
RELEASE_S = 4.0
"""What letting go may take: BlueZ gives other programs two seconds before it does so."""

log = logging.getLogger(__name__)


def spread(wait_s: float) -> float:
    """Return a wait that varies about this one."""
    return wait_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spread, not secrecy


class Scanner(Protocol):
    """What scans."""

    async def start(self) -> None:
        """Begin to hear."""

    async def stop(self) -> None:
        """Hear no more."""


class LastingScan:
    """A scan by what `make` makes: a new one each time. `failures` are what that raises.

    `connecting` is held while a scan is begun anew, so that no connection is made meanwhile. `trouble` is what keeps
    the scan from being begun, in one phrase; None while it runs.
    """

    def __init__(
        self, make: Callable[[], Scanner], connecting: asyncio.Lock, failures: tuple[type[Exception], ...]
    ) -> None:
        self.trouble: str | None = None
        self._make = make
        self._connecting = connecting
        self._failures = failures
        self._scanner: Scanner | None = None
        self._heard_ns = self._suspected_ns = self._begun_ns = 0

    async def begin(self) -> None:
        """Begin to hear; raises what the scanner raises."""
        scanner = self._make()
        self._begun_ns = self._heard_ns = monotonic_ns()
        await scanner.start()
        self._scanner = scanner

    async def end(self) -> None:
        """Hear no more."""
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            with suppress(*self._failures, TimeoutError):
                async with asyncio.timeout(RELEASE_S):
                    await scanner.stop()

    def hear(self) -> None:
        """Take note that somebody was heard."""
        self._heard_ns = monotonic_ns()

    def suspect(self) -> None:
        """Take note of something that the end of Bluetooth would explain."""
        self._suspected_ns = monotonic_ns()

    async def keep(self, tell: Callable[[], None]) -> None:
        """Keep the scan going until cancelled; `tell` is called whenever there is another trouble, or none any more."""
        silent_s = SILENT_S
        while True:
            await self._silence(silent_s)
            silent_s = SILENT_S if self._heard_ns > self._begun_ns else min(2 * silent_s, LONGEST_SILENT_S)
            wait_s = FIRST_WAIT_S
            while await self._begin_anew(tell) is not None:
                await asyncio.sleep(spread(wait_s))
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _silence(self, silent_s: float) -> None:
        """Wait until nobody was heard for so long, or for as long as a look since the scan was suspected."""
        while True:
            await asyncio.sleep(LOOK_S)
            now_ns = monotonic_ns()
            suspected = self._suspected_ns > self._heard_ns and now_ns - self._suspected_ns >= LOOK_S * 1e9
            if suspected or now_ns - self._heard_ns >= silent_s * 1e9:
                return

    async def _begin_anew(self, tell: Callable[[], None]) -> str | None:
        """End the scan and begin another one; return what keeps it from that."""
        before, self.trouble = self.trouble, await self._trouble()
        if self.trouble != before:
            tell()
        return self.trouble

    async def _trouble(self) -> str | None:
        try:
            async with self._connecting:
                await self.end()
                async with asyncio.timeout(START_S):
                    await self.begin()
        except TimeoutError:
            return NO_ANSWER
        except self._failures as error:
            return reason_of(error)
        except Exception as error:
            log.exception("the scan could not be begun anew")
            return defect_of("listening", error)
        return None

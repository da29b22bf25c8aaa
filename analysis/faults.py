"""The watch over the equipment: which faults there are, from what the timelines and links tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analysis.alerts import Fault, FaultKind
from analysis.snapshot import Saving
from sensors.packet import LinkChange, LinkState
from sensors.timeline import Honesty

FIRST_PACKET_S = 3.0
"""What a sensor gets to send its first packet after the session has started."""
LOSS_PERCENT = 95.0
"""Below this share of samples received in the last ten seconds a beat in twenty may be missed."""
LOSS_OVER_PERCENT = 98.0
"""The share from which the loss counts as over; apart from LOSS_PERCENT so that the fault does not come and go."""
BATTERY_PERCENT = 15.0
BATTERY_OVER_PERCENT = 20.0
STORAGE_BEHIND_S = 5.0
"""Seconds of packets waiting for the disk from which the operator hears of it."""
LEAST_FREE_BYTES = 500_000_000
"""Below this the disk counts as nearly full: hours of recording fit into it, but not every disk shrinks only by us."""
PASSING_S = 10.0
"""How long a fault that has no end of its own, such as a restarted sensor clock, stays in sight."""
DOWN = frozenset({LinkState.LOST, LinkState.WAITING, LinkState.GIVEN_UP, LinkState.ENDED})
"""States in which no packet is on its way."""
UNREADABLE_PACKETS = 10
"""Unreadable packets within PASSING_S from which they are a fault: a lone one is not."""
WEAK_PERCENT = 98.0
"""Below this share received in the last ten seconds the link is weak, though no beat is missed yet."""
WEAK_OVER_PERCENT = 99.0
LEAST_SHOWN_S = 0.5
"""What comes and goes at every look would flash at 5 Hz; with this a fault comes at most twice a second."""
STOOD_STILL_S = 2.0
"""A pause of the whole program from which it is told; the watch is ten times a second."""
SLEPT_S = 1.0
"""A step between the clock that counts a computer's sleep and the one that does not, from which it has slept."""


class _Watch:
    """Faults that begin and end. `sensor` is None for those of the session as a whole."""

    def __init__(self, sensor: str | None) -> None:
        self._sensor = sensor
        self._faults: dict[FaultKind, Fault] = {}
        self._begun_s: dict[FaultKind, float] = {}
        self._over_s: dict[FaultKind, float] = {}
        self._defects: dict[FaultKind, str] = {}

    def hear_defect(self, kind: FaultKind, text: str) -> None:
        """Take note that a part of the program failed on what is watched."""
        self._defects[kind] = text

    @property
    def worst(self) -> Fault | None:
        """The fault to show where there is room for one: the kinds are declared from worst to mildest."""
        return next((self._faults[kind] for kind in FaultKind if kind in self._faults), None)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault that lasts, in no order."""
        return tuple(self._faults.values())

    def _settle(self, kind: FaultKind, now_s: float, text: str | None, since_s: float | None = None) -> Iterator[Fault]:
        """Begin the fault where there is a text for it, end it where there is none; follow a text that changes."""
        known = self._faults.get(kind)
        if text is not None:
            self._over_s.pop(kind, None)
            if known is None:
                known = Fault(kind, self._sensor, now_s if since_s is None else since_s, text)
                self._begun_s[kind] = now_s
                yield known
            self._faults[kind] = known if known.text == text else replace(known, text=text)
        elif known is not None:
            over_s = self._over_s.setdefault(kind, now_s)
            if now_s - self._begun_s[kind] >= LEAST_SHOWN_S:
                del self._faults[kind], self._over_s[kind]
                yield replace(known, until_s=over_s)

    def _passing(self, kind: FaultKind, now_s: float, text: str | None) -> Iterator[Fault]:
        """Keep a fault without an end of its own in sight for a while."""
        known = self._faults.get(kind)
        if text is not None or (known is not None and now_s - known.since_s > PASSING_S):
            yield from self._settle(kind, now_s, text)


class FaultWatch(_Watch):
    """The faults of one sensor. `look` is called several times a second with the account of the moment."""

    def __init__(self, sensor: str, begins_s: float = 0.0) -> None:
        super().__init__(sensor)
        self._begins_s = begins_s
        self._link: LinkChange | None = None
        self._resets = 0
        self._unreadable = 0
        self._unreadable_from_s: float | None = None

    def hear(self, change: LinkChange) -> None:
        """Take note of what the sensor's link says about itself."""
        self._link = change

    @property
    def is_down(self) -> bool:
        """Whether the link itself says that nothing is to be expected for now."""
        return self._link is not None and self._link.state in DOWN

    def look(self, now_s: float, honesty: Honesty) -> Iterator[Fault]:
        """Yield the faults that began or ended since the last look."""
        yield from self._lost(now_s, honesty)
        heard = honesty.heard_s is not None and FaultKind.LOST not in self._faults
        bad = honesty.recent_percent < (LOSS_OVER_PERCENT if FaultKind.LOSS in self._faults else LOSS_PERCENT)
        text = f"only {honesty.recent_percent:.0f} % received; bring the sensor closer"
        yield from self._settle(FaultKind.LOSS, now_s, text if bad and heard else None)
        weak = honesty.recent_percent < (WEAK_OVER_PERCENT if FaultKind.WEAK in self._faults else WEAK_PERCENT)
        text = "a weak link, some packets are missing; bring the sensor closer"
        yield from self._settle(FaultKind.WEAK, now_s, text if weak and heard and not bad else None)
        battery = honesty.battery_percent
        low = BATTERY_OVER_PERCENT if FaultKind.BATTERY in self._faults else BATTERY_PERCENT
        empty = battery is not None and battery < low
        yield from self._settle(FaultKind.BATTERY, now_s, f"{battery:.0f} % left; charge the sensor" if empty else None)
        restarted = honesty.resets > self._resets
        self._resets = honesty.resets
        yield from self._passing(FaultKind.CLOCK, now_s, "the sensor restarted" if restarted else None)
        if self._unreadable_from_s is None:
            self._unreadable_from_s = now_s
        garbled = honesty.unreadable - self._unreadable >= UNREADABLE_PACKETS
        if garbled or now_s - self._unreadable_from_s > PASSING_S:
            self._unreadable, self._unreadable_from_s = honesty.unreadable, now_s
        unreadable = "packets cannot be read; switch the sensor off and on" if garbled else None
        unreadable = self._defects.pop(FaultKind.UNREADABLE, unreadable)
        yield from self._passing(FaultKind.UNREADABLE, now_s, unreadable)
        yield from self._passing(FaultKind.FAILED, now_s, self._defects.pop(FaultKind.FAILED, None))

    def _lost(self, now_s: float, honesty: Honesty) -> Iterator[Fault]:
        ended = self._link is not None and self._link.state is LinkState.ENDED
        heard_s = honesty.heard_s
        silent = now_s - self._begins_s > FIRST_PACKET_S if heard_s is None else now_s - heard_s > honesty.silence_s
        link = self._link
        said = link is not None and link.state in (LinkState.LOST, LinkState.STALLED, LinkState.GIVEN_UP)
        text: str | None = None
        if (silent or said) and not ended:
            text = link.reason if link is not None and link.state is not LinkState.STREAMING else "no data"
        yield from self._settle(FaultKind.LOST, now_s, text, heard_s if heard_s is not None else self._begins_s)


class StorageWatch(_Watch):
    """The faults of the session file: a disk that refuses or is behind, is nearly full, or is a bad place for it."""

    def __init__(self) -> None:
        super().__init__(None)

    def look(self, now_s: float, saving: Saving) -> Iterator[Fault]:
        """Yield the faults that began or ended since the last look."""
        yield from self._settle(FaultKind.STORAGE, now_s, saving.trouble)
        behind = saving.trouble is None and saving.behind_s > STORAGE_BEHIND_S
        late = f"the disk is {saving.behind_s:.0f} s behind; nothing is lost yet"
        yield from self._settle(FaultKind.BEHIND, now_s, late if behind else None)
        scarce = saving.free_bytes is not None and saving.free_bytes < LEAST_FREE_BYTES
        text = f"the session folder {saving.risk}" if saving.risk is not None else None
        if scarce:
            text = f"only {(saving.free_bytes or 0) / 1e6:.0f} MB free; make room"
        yield from self._settle(FaultKind.DISK, now_s, text)


class HostWatch(_Watch):
    """The faults of the program and its computer: what failed, and time in which nobody listened."""

    def __init__(self) -> None:
        super().__init__(None)
        self._looked_s: float | None = None
        self._asleep_s: float | None = None

    def look(self, now_s: float, clock_s: float, asleep_s: float) -> Iterator[Fault]:
        """Yield the faults that began or ended since the last look.

        `clock_s` is a clock that goes on by itself, and `asleep_s` what the computer has slept altogether.
        """
        text = None
        if self._asleep_s is not None and asleep_s - self._asleep_s > SLEPT_S:
            text = f"the computer slept for {asleep_s - self._asleep_s:.0f} s; what was sent meanwhile is lost"
        elif self._looked_s is not None and clock_s - self._looked_s > STOOD_STILL_S:
            text = f"the program stood still for {clock_s - self._looked_s:.0f} s; look whether data are missing"
        self._looked_s, self._asleep_s = clock_s, asleep_s
        yield from self._passing(FaultKind.CLOCK, now_s, text)
        yield from self._passing(FaultKind.FAILED, now_s, self._defects.pop(FaultKind.FAILED, None))
        if (text := self._defects.get(FaultKind.STOPPED)) is not None:
            yield from self._settle(FaultKind.STOPPED, now_s, text)

"""Preparation: which sensors are to take part, at which rate, and where they are worn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from analysis.live import LiveSession
from analysis.patient import Visit
from sensors.agreement import able, agreeing_labels
from sensors.discovery import MakeRadio
from sensors.failure import SourceError
from sensors.handover import Handover
from sensors.identity import Identity
from sensors.kit import Kit, KitError, KitSensor, kit_name, wireless_driver
from sensors.kit_file import kit_names, save_kit
from sensors.placement import SIDES, Placement
from sensors.roll_call import Roll, RollCall
from tui.beginning import NOTHING, Beginning
from tui.kits import begun, known_places
from tui.preflight import shortfalls
from tui.sensor_row import Choice, Row
from tui.standing import Standing

FIRST = Placement("ankle", "left")
"""Where the first sensor is likely to be worn."""


class Preparation:
    """What the sensors screen changes. `kits` and `sessions` are folders; a `kit` to begin with may be given.

    `on_begin` is told of the session that is begun, before it starts; `beginning` is what that starts with. `notices`
    are to be read before all else.
    """

    def __init__(
        self,
        make_radio: MakeRadio,
        kits: Path,
        sessions: Path,
        kit: Kit | None = None,
        *,
        on_begin: Callable[[LiveSession], None],
        notices: Sequence[str] = (),
        beginning: Beginning = NOTHING,
    ) -> None:
        self._saved_as = kit.name if kit is not None else ""
        self.kits = kits
        self.notices = tuple(notices)
        self.roll_call = RollCall(make_radio)
        self._session: LiveSession | None = None
        self._on_begin = on_begin
        self._beginning = beginning
        self.sessions = sessions
        self._choices = [Choice(s.identity, s.rate_hz, s.placement) for s in kit.sensors] if kit is not None else []
        self.synchronised = kit is not None and kit.synchronised
        self._saved = self._content
        self._known = known_places(kits)
        self._connected: dict[Identity, float] = {}
        self._standing = Standing()

    @property
    def visit(self) -> Visit | None:
        """Whom the session will belong to, where that is known already."""
        return self._beginning.visit

    @visit.setter
    def visit(self, visit: Visit) -> None:
        self._beginning = replace(self._beginning, visit=visit)

    @property
    def saved_as(self) -> str:
        """The name of the kit that was opened or saved last; empty where there was none."""
        return self._saved_as

    @property
    def name(self) -> str:
        """What is prepared, in a few words: the kit's name, and whether it is as it was saved."""
        if not self._saved_as:
            return "not saved"
        return self._saved_as if self._saved == self._content else f"{self._saved_as}, changed"

    @property
    def _content(self) -> tuple[bool, tuple[Choice, ...]]:
        """What is kept in a kit."""
        return self.synchronised, tuple(self._choices)

    @property
    def roll(self) -> Roll:
        """What the radio tells at this moment."""
        return self.roll_call.roll

    def rows(self) -> list[Row]:
        """Return the chosen sensors in the order of their choice, then those of saved kits, and then the others.

        Where they are not chosen the strongest are first.
        """
        roll = self.roll
        agreeing = self._agreeing()
        chosen = [self._chosen_row(choice, roll, choice.identity in agreeing) for choice in self._choices]
        taken = {row.heard.identity for row in chosen if row.heard is not None} | {row.identity for row in chosen}
        self._connect(chosen)
        others = {heard.identity: heard for heard in roll.heard if heard.identity not in taken}
        order = self._standing.order({one: heard.rssi_dbm for one, heard in others.items()}, monotonic())
        rows = [Row(o, others[o].label, others[o].delayed, others[o], known=self._known_place(o)) for o in order]
        return chosen + sorted(rows, key=lambda row: row.known is None)

    def _known_place(self, heard: Identity) -> Placement | None:
        """Return where a saved kit says that a sensor is worn, None where none knows it."""
        return next((place for identity, place in self._known.items() if identity.is_same(heard)), None)

    def _agreeing(self) -> set[Identity]:
        """Return the chosen sensors that are to go by one clock with others."""
        if not self.synchronised:
            return set()
        return {one for group in able([choice.identity for choice in self._choices]).values() for one in group}

    def synchronise(self) -> str:
        """Have the chosen sensors agree on one clock where they can, or no more; return what is to be said of it."""
        self.synchronised = not self.synchronised
        if not self.synchronised:
            return "each sensor keeps a clock of its own"
        if not (agreeing := self._agreeing()):
            self.synchronised = False
            return f"choose two sensors of a family that can: {', '.join(agreeing_labels())}"
        takes_s = max(wireless_driver(one.family).agrees_s or 0.0 for one in agreeing)
        return f"{len(agreeing)} sensors agree on one clock; they are let go for {takes_s:.0f} s and come back"

    def _chosen_row(self, choice: Choice, roll: Roll, to_agree: bool) -> Row:
        driver = wireless_driver(choice.identity.family)
        heard = next((one for one in roll.heard if choice.identity.is_same(one.identity)), None)
        linked = next((one for one in self._connected if choice.identity.is_same(one)), None)
        attendance = None if linked is None else roll.attending.get(linked)
        shaken = linked is not None and roll.shaken == linked
        return Row(choice.identity, driver.label, driver.delayed, heard, choice, attendance, shaken, to_agree)

    def _connect(self, rows: list[Row]) -> None:
        """Have the chosen sensors stream that are heard, at the rates that are chosen."""
        wanted = {}
        for row in rows:
            choice = row.choice
            linked = next((one for one in self._connected if row.identity.is_same(one)), None)
            identity = linked or (row.heard.identity if row.heard is not None else None)
            if choice is not None and identity is not None:
                wanted[identity] = choice.rate_hz
        for identity in self._connected.keys() - wanted.keys():
            self.roll_call.leave(identity)
        for identity, rate_hz in wanted.items():
            if self._connected.get(identity) != rate_hz:
                self.roll_call.choose(identity, rate_hz)
        self._connected = wanted
        self.roll_call.synchronise(self.synchronised)

    def toggle(self, row: Row) -> bool:
        """Choose a sensor, or leave it out; return whether it is chosen now."""
        if row.choice is not None:
            self._choices.remove(row.choice)
            return False
        place = row.known if row.known not in self.placed() else None
        self._choices.append(Choice(row.identity, wireless_driver(row.identity.family).default_rate_hz, place))
        return True

    def place(self, row: Row, placement: Placement | None) -> None:
        """Say where a sensor is worn; one that was worn there before has no place any more."""
        if row.choice is None:
            self.toggle(row)
        for number, choice in enumerate(self._choices):
            if choice.identity == row.identity:
                self._choices[number] = replace(choice, placement=placement)
            elif placement is not None and choice.placement == placement:
                self._choices[number] = replace(choice, placement=None)

    def placed(self) -> dict[Placement, Choice]:
        """Return which sensor is worn where."""
        return {choice.placement: choice for choice in self._choices if choice.placement is not None}

    def suggested(self) -> Placement:
        """Return where the next sensor is likely to be worn: opposite the last one, as both sides are compared."""
        placed = self.placed()
        for place in reversed(placed):
            opposite = Placement(place.site, next(side for side in SIDES if side != place.side))
            if place.side and opposite not in placed:
                return opposite
        return FIRST

    def next_rate(self, row: Row) -> float:
        """Take the next of the rates that the sensor's family offers; choose the sensor if it is not."""
        rates_hz = wireless_driver(row.identity.family).rates_hz
        if row.choice is None:
            self.toggle(row)
            return self._choices[-1].rate_hz
        rate_hz = rates_hz[(rates_hz.index(row.choice.rate_hz) + 1) % len(rates_hz)]
        self._choices[self._choices.index(row.choice)] = replace(row.choice, rate_hz=rate_hz)
        return rate_hz

    def blink(self, row: Row) -> bool:
        """Make a sensor blink, choosing it if it is not; return whether its family can."""
        if wireless_driver(row.identity.family)().identify() is None:
            return False
        if row.choice is None:
            self.toggle(row)
        self.roll_call.blink(next((one for one in self._connected if row.identity.is_same(one)), row.identity))
        return True

    def kit(self, name: str) -> Kit:
        """Return what is chosen as a kit; raises KitError where something is amiss with it."""
        if not self._choices:
            raise KitError("no sensor is chosen; choose one with space, and give it its place with enter")
        unplaced = [choice for choice in self._choices if choice.placement is None]
        if unplaced:
            who = f"{wireless_driver(unplaced[0].identity.family).label} {unplaced[0].identity.shown}"
            raise KitError(f"{who} has no place yet; give it one with enter, or leave it out with space")
        sensors = (KitSensor(c.placement, c.identity, c.rate_hz) for c in self._choices if c.placement is not None)
        return Kit(name, tuple(sensors), self.synchronised)

    def is_taken(self, text: str) -> bool:
        """Whether another kit is saved under that name."""
        name = kit_name(text)
        others = {known.casefold() for known in kit_names(self.kits)} - {self._saved_as.casefold()}
        return name.casefold() in others

    def save(self, text: str) -> Path:
        """Save what is chosen as a kit of that name; raises KitError or StorageError."""
        kit = self.kit(kit_name(text))
        path = save_kit(self.kits, kit)
        self._saved_as, self._saved = kit.name, self._content
        self._known = known_places(self.kits)
        return path

    def begin(self) -> LiveSession:
        """Begin a session with those chosen, over the links that they have; raises KitError, SourceError, StorageError.

        Everything goes on as it was where it cannot begin.
        """
        kit = self.kit(self.name)
        short = shortfalls(self.rows(), self.sessions)
        if self.roll.trouble is not None:
            raise SourceError(self.roll.trouble)
        self._session = live = begun(kit, Handover(kit, self.roll_call), short, self.sessions, self._beginning)
        self._on_begin(live)
        live.start()
        return live

    def close(self) -> None:
        """Let go of every sensor, but for those of a session that goes on; returns when that is done."""
        if self._session is None or self._session.ended:
            self.roll_call.stop()

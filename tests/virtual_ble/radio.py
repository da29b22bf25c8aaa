"""The air between one adapter and its sensors: connection events and their loss, range, and the supervision timeout.

As in Bluetooth itself, a connection loses nothing, doubles nothing and keeps the order: a packet is late, or the whole
link dies. What else goes wrong with notifications is firmware's work and lives in `faults.py`.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

from tests.virtual_ble.faults import NotificationFaults

if TYPE_CHECKING:
    from tests.virtual_ble.controller import Chip

ESTABLISH_S = 0.045
"""Six of the shortest connection intervals: a new link on which nothing has come back by then never was one."""


@dataclass(slots=True)
class Reception:
    """How well one sensor is heard; may be changed at any time, and outlives a reboot of the sensor."""

    interval_s: float = 0.0
    """Connection interval; 0 carries each packet at once, as no radio does."""
    phase: float = 0.0
    """Where in the interval this sensor's connection events lie, 0 to 1."""
    packets_per_event: int = 6
    """Per direction; a link-layer packet holds one notification."""
    event_loss: float = 0.0
    """Probability that nothing gets through in one connection event; means nothing without an interval."""
    supervision_s: float = 0.42
    """After so long without a word, both sides take the link for dead; this is BlueZ's default."""
    rssi_dbm: int = -55
    deaf: bool = False
    """Advertises, but never hears an adapter that wants to connect."""
    faults: NotificationFaults | None = None


class OneWay:
    """One direction of one connection: packets wait for a connection event, in order."""

    def __init__(self, radio: Radio, sender: Chip, receiver: Chip, connection: Connection) -> None:
        self._radio = radio
        self._sender, self._receiver = sender, receiver
        self._connection = connection
        self._reception = sender.reception or receiver.reception or Reception()
        self._waiting: deque[bytes] = deque()
        self._next_event: asyncio.Handle | None = None
        self._unheard_since: float | None = None

    def send(self, packet: bytes) -> None:
        """Take one L2CAP packet; its credit goes back to the sender's host once it has been on the air."""
        self._waiting.append(packet)
        self.resume()

    def resume(self) -> None:
        """See to it that what waits is tried at the next connection event."""
        if self._next_event is not None or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        if interval := self._reception.interval_s:
            phase = self._reception.phase
            event = math.floor(loop.time() / interval - phase) + 1
            self._next_event = loop.call_at((event + phase) * interval, self._event)
        else:
            self._next_event = loop.call_soon(self._event)

    def close(self) -> None:
        """Forget what waits: the link is gone."""
        self._waiting.clear()
        if self._next_event is not None:
            self._next_event.cancel()

    def _event(self) -> None:
        self._next_event = None
        if self._radio.is_silent(self._sender) or self._radio.is_silent(self._receiver):
            return  # until one of them is heard again, or the supervision timeout closes this
        if self._event_is_lost():
            self._radio.events_lost += 1
        else:
            fits = self._reception.packets_per_event if self._reception.interval_s else len(self._waiting)
            for _ in range(min(fits, len(self._waiting))):
                self._carry(self._waiting.popleft())
        self.resume()

    def _event_is_lost(self) -> bool:
        if not self._reception.interval_s or not self._radio.happens(self._reception.event_loss):
            self._unheard_since = None
            return False
        now = asyncio.get_running_loop().time()
        self._unheard_since = self._unheard_since or now
        if now - self._unheard_since >= self._reception.supervision_s:
            self._radio.lose(self._sender, self._connection)
        return True

    def _carry(self, packet: bytes) -> None:
        faults = self._sender.reception and self._sender.reception.faults
        for arriving in faults.apply(packet) if faults else (packet,):
            self._receiver.on_link_acl_data(self._connection.self_address, PhysicalTransport.LE, arriving)
        self._sender.return_credit(self._connection)


class Radio(LocalLink):
    """Everything on the air of one test. `seed` decides which connection events are lost."""

    controllers: set[Chip]  # type: ignore[assignment] # every controller on this air is a Chip

    def __init__(self, seed: int = 1) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.events_lost = 0
        self._random = random.Random(seed)
        self._silent: dict[Controller, list[asyncio.TimerHandle]] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self.told: dict[bytes, Callable[[], float]] = {}
        """What sensors tell each other past the computer: the clock of who leads, by the name that they know it by."""

    def close(self) -> None:
        """Take everything off the air."""
        for timer in self._timers:
            timer.cancel()
        for chip in tuple(self.controllers):
            chip.leave()

    def happens(self, probability: float) -> bool:
        """Draw once."""
        return probability > 0.0 and self._random.random() < probability

    def chip_at(self, address: hci.Address) -> Chip | None:
        """Return whoever uses `address` now."""
        return next((chip for chip in self.controllers if address in (chip.random_address, chip.public_address)), None)

    def is_silent(self, chip: Controller) -> bool:
        """Tell whether nothing gets to or from the chip."""
        return chip in self._silent

    # Range

    def silence(self, chip: Chip) -> None:
        """Take the chip out of range. Nobody is told: both sides find out by the supervision timeout."""
        if chip in self._silent:
            return
        wait_s = chip.reception.supervision_s if chip.reception else 0.0
        self._silent[chip] = [
            self._later(wait_s, self._part, self._ends(chip, connection)) for connection in chip.le_connections.values()
        ]

    def unsilence(self, chip: Chip) -> None:
        """Bring the chip back into range; a link that the supervision timeout has not closed yet goes on."""
        for timer in self._silent.pop(chip, ()):
            timer.cancel()
        for one in self.controllers:
            one.resume()

    def lose(self, chip: Chip, connection: Connection) -> None:
        """End the link of which `connection` is one end, as after too long a silence."""
        self._part(self._ends(chip, connection))

    def take_away(self, chip: Chip) -> None:
        """Take the chip's power: its links are lost, and it is on the air no more."""
        for connection in tuple(chip.le_connections.values()):
            self.lose(chip, connection)
        chip.leave()

    def _ends(self, chip: Chip, connection: Connection) -> list[tuple[Chip, Connection]]:
        ends = [(chip, connection)]
        other = self.chip_at(connection.peer_address)
        if other is not None and (theirs := other.le_connections.get(connection.self_address)) is not None:
            ends.append((other, theirs))
        return ends

    def _part(self, ends: list[tuple[Chip, Connection]]) -> None:
        for chip, connection in ends:
            chip.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def _later(self, delay_s: float, call: Callable[..., None], *arguments: Any) -> asyncio.TimerHandle:
        def act() -> None:
            self._timers.discard(timer)
            call(*arguments)

        timer = asyncio.get_running_loop().call_later(delay_s, act)
        self._timers.add(timer)
        return timer

    # What bumble's chips send beside data

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        if self.is_silent(sender_controller):
            return
        loop = asyncio.get_running_loop()
        for chip in self.controllers:
            if chip is not sender_controller and not self.is_silent(chip) and chip.listens_to(packet):
                loop.call_soon(chip.on_ll_advertising_pdu, packet)
        if isinstance(packet, ll.ConnectInd):
            self._later(ESTABLISH_S, self._give_up_unanswered, sender_controller, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        sender, receiver = self.chip_at(sender_address), self.chip_at(receiver_address)
        if sender is None or receiver is None or self.is_silent(sender) or self.is_silent(receiver):
            return
        asyncio.get_running_loop().call_soon(receiver.on_ll_control_pdu, sender_address, packet)

    def _give_up_unanswered(self, central: Chip, request: ll.ConnectInd) -> None:
        connection = central.le_connections.get(request.advertiser_address)
        peer = self.chip_at(request.advertiser_address)
        if connection is not None and (peer is None or request.initiator_address not in peer.le_connections):
            central.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR)

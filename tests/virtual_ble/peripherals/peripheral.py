"""What every emulated sensor is: firmware on a real GATT server on a chip, with a switch and a place in the room."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from bleak.assigned_numbers import AdvertisementDataType as Kind
from bumble import att, hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host

from tests.virtual_ble.controller import MTU, Chip
from tests.virtual_ble.peripherals.metronome import Metronome
from tests.virtual_ble.radio import Radio, Reception

ADVERTISING_MS = 30.0


def structure(kind: Kind, data: bytes) -> bytes:
    """Return one structure of advertising data."""
    return bytes((len(data) + 1, kind)) + data


FLAGS = structure(Kind.FLAGS, b"\x06")


def characteristic(
    uuid: str,
    *,
    read: Callable[[], bytes] | None = None,
    write: Callable[[bytes], None] | None = None,
    unconfirmed: bool = False,
    notifies: bool = False,
    indicates: bool = False,
) -> Characteristic[bytes]:
    """Return a characteristic that can do what is given, and says so; `unconfirmed` also takes quick writes."""
    properties = Characteristic.Properties(0)
    if read is not None:
        properties |= Characteristic.Properties.READ
    if write is not None:
        properties |= Characteristic.Properties.WRITE
    if unconfirmed:
        properties |= Characteristic.Properties.WRITE_WITHOUT_RESPONSE
    if notifies:
        properties |= Characteristic.Properties.NOTIFY
    if indicates:
        properties |= Characteristic.Properties.INDICATE
    value: CharacteristicValue[bytes] = CharacteristicValue(
        read=None if read is None else lambda _connection: read(),
        write=None if write is None else lambda _connection, data: write(data),
    )
    permissions = Characteristic.Permissions.READABLE if read else Characteristic.Permissions(0)
    if write:
        permissions |= Characteristic.Permissions.WRITEABLE
    return Characteristic(uuid, properties, permissions, value)


class Refused(att.ATT_Error):
    """The firmware answers a read or write with an ATT error."""

    def __init__(self, code: att.ErrorCode) -> None:
        super().__init__(error_code=code)


class Peripheral(ABC):
    """One sensor. What flash remembers is set in `__init__`, what a reboot forgets in `boot`."""

    default_name: ClassVar[bytes]

    def __init__(self, address: str, name: bytes | None = None) -> None:
        self.address = address
        self.name = self.default_name if name is None else name
        self.reception = Reception()
        self.max_mtu = MTU
        self.transmit_queue = 100
        """Notifications that wait at most; real firmware holds fewer, but is never held up by a busy test machine."""
        self.boots = 0
        self.measured = 0
        """Samples taken so far: the number of the next one."""
        self.taken_s: list[float] = []
        """When each of them was taken."""
        self.sent = 0
        self.overruns = 0
        """Notifications that were sent, and that found the queue full."""
        self._radio: Radio | None = None
        self._device: Device | None = None
        self._chip: Chip | None = None
        self._connection: Connection | None = None
        self._sampling: Metronome | None = None
        self._advertising: asyncio.Task[None] | None = None
        self._counted = asyncio.Event()
        self._unconfirmed: set[asyncio.Task[None]] = set()

    # What a family is

    @abstractmethod
    def table(self) -> list[Service]:
        """Return the GATT table, made anew at each boot."""

    def advertisement(self) -> bytes:
        """Return the advertising data."""
        return FLAGS

    def scan_response(self) -> bytes:
        """Return what an active scan gets to hear in addition."""
        return structure(Kind.COMPLETE_LOCAL_NAME, self.name)

    @abstractmethod
    def boot(self) -> None:
        """Forget everything that is not in flash."""

    def link_lost(self) -> None:
        """Do what the firmware does when the link ends: by default, stop sampling."""
        self.stop_sampling()

    # Its life

    @property
    def connected(self) -> bool:
        """Tell whether the sensor takes itself to be connected."""
        return self._connection is not None

    async def switch_on(self, radio: Radio) -> None:
        """Boot, and advertise until somebody connects and again after that."""
        self.boots += 1
        self._radio = radio
        self.boot()
        self._chip = chip = Chip(f"{type(self).__name__} {self.address}", radio, self.reception)
        self._device = device = Device(
            config=DeviceConfiguration(name=type(self).__name__, address=hci.Address(self.address)),
            host=Host(controller_source=chip, controller_sink=chip),
        )
        device.gatt_server.max_mtu = self.max_mtu
        device.add_services(self.table())
        device.on(Device.EVENT_CONNECTION, self._on_connection)
        await device.power_on()
        await self.advertise()

    async def switch_off(self) -> None:
        """Pull the battery: no goodbye on the air, and nothing remembered but flash."""
        self.stop_sampling()
        self._forget_unconfirmed()
        self._connection = None
        if self._radio is not None and self._chip is not None and self._device is not None:
            self._radio.silence(self._chip)
            if self._advertising is not None:
                await self._advertising
            await self._device.power_off()
            self._chip.leave()
        self._chip = self._device = None

    async def reboot(self) -> None:
        """Switch off and on again, faster than the other side can notice."""
        await self.switch_off()
        if self._radio is not None:
            await self.switch_on(self._radio)

    async def advertise(self) -> None:
        """Advertise from now on."""
        if self._device is not None:
            await self._device.start_advertising(
                advertising_data=self.advertisement(),
                scan_response_data=self.scan_response(),
                advertising_interval_min=ADVERTISING_MS,
                advertising_interval_max=ADVERTISING_MS,
            )

    async def hang_up(self) -> None:
        """End the link in due form, as a button or an empty battery makes it."""
        if self._connection is not None:
            await self._connection.disconnect()

    def walk_away(self) -> None:
        """Leave the range of the radio; the sensor works on, and nobody is told."""
        if self._radio is not None and self._chip is not None:
            self._radio.silence(self._chip)

    def come_back(self) -> None:
        """Return into range."""
        if self._radio is not None and self._chip is not None:
            self._radio.unsilence(self._chip)

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        connection.once(Connection.EVENT_DISCONNECTION, lambda _reason: self._on_disconnection(connection))

    def _on_disconnection(self, connection: Connection) -> None:
        if connection is self._connection:
            self._connection = None
            self._forget_unconfirmed()
            self.link_lost()
            self._advertising = asyncio.create_task(self.advertise())

    def _forget_unconfirmed(self) -> None:
        for asking in self._unconfirmed:
            asking.cancel()

    # What firmware does

    def start_sampling(self, rate_hz: float, take: Callable[[int], None]) -> None:
        """Call `take` with 0, 1, 2, … at `rate_hz` from now on, in place of any sampling so far."""
        self.stop_sampling()
        self._sampling = Metronome(rate_hz, take)

    def stop_sampling(self) -> None:
        """Take no more samples."""
        if self._sampling is not None:
            self._sampling.stop()
            self._sampling = None

    @property
    def sampling(self) -> bool:
        """Tell whether samples are being taken."""
        return self._sampling is not None

    def next_number(self) -> int:
        """Count one sample, and return its number."""
        self.taken_s.append(now_s() if self._sampling is None else self._sampling.due_s)
        self.measured += 1
        self._counted.set()
        return self.measured - 1

    async def takes(self, samples: int) -> None:
        """Wait until so many more samples have been taken."""
        enough = self.measured + samples
        while self.measured < enough:
            self._counted.clear()
            await self._counted.wait()

    @property
    def payload(self) -> int:
        """How many bytes a notification holds on the link as it is."""
        return (att.ATT_DEFAULT_MTU if self._connection is None else self._connection.att_mtu) - 3

    def is_subscribed(self, source: Characteristic[bytes]) -> bool:
        """Tell whether somebody has asked for notifications of `source`."""
        if self._device is None or self._connection is None:
            return False
        subscriptions = self._device.gatt_server.subscribers.get(self._connection, {})
        return bool(subscriptions.get(source.handle, b"\0")[0])

    def notify(self, source: Characteristic[bytes], value: bytes) -> None:
        """Notify, or indicate, whoever subscribed; it is cut to the MTU, and lost where the queue is full."""
        device, connection = self._device, self._connection
        if device is None or connection is None or not self.is_subscribed(source):
            return
        queue = device.host.get_data_packet_queue(connection.handle)
        if queue is None or queue.pending >= self.transmit_queue:
            self.overruns += 1
            return
        fitting = value[: connection.att_mtu - 3]
        self.sent += 1
        if source.properties & Characteristic.Properties.INDICATE:
            asking = asyncio.create_task(device.indicate_subscriber(connection, source, fitting))
            self._unconfirmed.add(asking)
            asking.add_done_callback(self._unconfirmed.discard)
            return
        notification = att.ATT_Handle_Value_Notification(attribute_handle=source.handle, attribute_value=fitting)
        device.gatt_server.send_gatt_pdu(connection, bytes(notification))


def now_s() -> float:
    """Return the time that all clocks of the emulated world derive from."""
    return asyncio.get_running_loop().time()

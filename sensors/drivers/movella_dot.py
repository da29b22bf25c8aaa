"""Movella DOT, once Xsens DOT: one sample a notification, in physical units, on a microsecond clock of its own.

Source: Movella, "DOT BLE Services Specification" XD0506P rev C (July 2023). Little-endian throughout.
"""

from __future__ import annotations

import struct
from collections.abc import Generator

import numpy as np

from sensors.driver import Readings, Tick
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import (
    Advertisement,
    CommonClock,
    Conversation,
    LinkRefusedError,
    Pause,
    Read,
    Step,
    WirelessDriver,
    Write,
)

NAMES = frozenset({"Movella DOT", "Xsens DOT"})
"""The name from firmware 2 on, and the one before it."""
COMPANY = 0x0886
"""Movella's company identifier in the manufacturer data."""


def _uuid(short: int) -> str:
    return f"1517{short:04x}-4947-11e9-8646-d663bd873d93"


INFORMATION = _uuid(0x1001)
CONTROL = _uuid(0x1002)
MEASUREMENT = _uuid(0x2001)
LONG_PAYLOAD = _uuid(0x2002)
MEDIUM_PAYLOAD = _uuid(0x2003)
BATTERY = _uuid(0x3001)
MESSAGE = _uuid(0x7001)
ACKNOWLEDGE = _uuid(0x7002)

ORIENTATION_AND_RATES = 26
""""Custom mode 5": what is measured, and the orientation with it."""
RATES = 21
""""Rate quantities": what is measured and nothing else; every firmware has it."""
_FIRST_FIRMWARE_TO_ASK = 2
"""Major version from which mode 26 is asked for; whether the sensor has it shows in what it says it does."""

_ORIENTED = struct.Struct("<I16x3f3f19x")  # time, quaternion, acceleration, angular velocity, unused
_RATES = struct.Struct("<I3f3f12x")  # time, acceleration, angular velocity, unused

ACC_END_MPS2 = 0.99 * 16 * 9.80665
GYRO_END_DPS = 0.99 * 2000.0
"""The ends of the range, ±16 g and ±2000 deg/s, less what the calibration on board may take off."""

_MEASUREMENT_BYTES = 3
_VALID, _STOP, _START = 1, 0, 1
_INFORMATION_BYTES = 34
_ADDRESS = slice(6)
_FIRMWARE_MAJOR = 6  # after the address
_CONTROL_BYTES = 32
_VISIT_IDENTIFY, _VISIT_RATE = 0x01, 0x10
_IDENTIFY = 1
_RATE = slice(24, 26)

SYNCHRONISATION = 2
START_SYNCHRONISATION, STOP_SYNCHRONISATION = b"\x01", b"\x02"
"""The first is followed by the address of the leading sensor, its last byte first."""
SYNCHRONISED = b"\x03\x00"
"""What the acknowledge says once the sensors have agreed; any other second byte is why they have not."""
_ACKNOWLEDGED_S = 0.5
"""How long after a message its acknowledgement is there to be read."""
_BEFORE_LEAVING_S = 0.8
"""What the maker's own server waits between the message that begins a synchronisation and letting go of the link."""


class MovellaDotDriver(WirelessDriver):
    """Acceleration and angular velocity from payload mode 26, or 21 where the firmware is older.

    The clock counts microseconds and wraps after 71.6 minutes. There is no frame counter: a step in time is the loss.
    """

    family = "movella_dot"
    label = "Movella DOT"
    tick = Tick(seconds=1e-6, bits=32)
    services = (_uuid(0x1000), _uuid(0x2000), _uuid(0x3000))
    notifies = (LONG_PAYLOAD, MEDIUM_PAYLOAD, BATTERY)
    rates_hz = (30.0, 60.0)  # 120 Hz is for recording on board; slower ones do not show clonus
    default_rate_hz = 60.0
    agrees_s = 14.0
    """They need about 12 s, alone, and are to be connected again after 14 (5.3.5 of the source)."""

    def __init__(self) -> None:
        self._mode: int | None = None
        self._synchronised = False

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By either name; where the advertisement names a company, it must be Movella."""
        companies = advertisement.manufacturer
        return advertisement.name in NAMES and (not companies or COMPANY in companies)

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with a name and Movella's company identifier; the services are not advertised."""
        return Advertisement("D4:22:CD:00:01:02", "Movella DOT", manufacturer={COMPANY: b"\x00\x00"})

    def start(self, rate_hz: float) -> Conversation:
        """End a measurement that another program left, set the rate, and measure in the best mode there is."""
        information = yield Read(INFORMATION)
        if len(information) != _INFORMATION_BYTES:
            raise LinkRefusedError("does not answer as a Movella DOT does")
        yield from self.stop()
        if not (yield from self._set_rate(round(rate_hz))):
            # A sensor synchronised by the vendor's app measures on and keeps its rate until that is ended.
            yield from self._end_synchronisation()
            if not (yield from self._set_rate(round(rate_hz))):
                raise LinkRefusedError("keeps another rate: end its synchronisation or recording in the Movella app")
        if not (yield from self._measure(information)):
            raise LinkRefusedError("does not begin to measure: take it out of its charger, or switch it off and on")

    def agree(self, clock: CommonClock) -> Conversation:
        """End what was agreed before, and begin to synchronise with the leading sensor, at the rate that is set."""
        yield from self.stop()
        yield Write(MESSAGE, message(SYNCHRONISATION, STOP_SYNCHRONISATION), may_fail=True)
        yield Pause(_ACKNOWLEDGED_S)
        yield Write(MESSAGE, message(SYNCHRONISATION, START_SYNCHRONISATION + clock.root))
        yield Pause(_BEFORE_LEAVING_S)

    def start_together(self, rate_hz: float, clock: CommonClock) -> Conversation:  # noqa: ARG002 - it was told before
        """Read at once whether the sensors have agreed; then they measure already, and their rate cannot be changed."""
        synchronised = _tells_synchronised((yield Read(ACKNOWLEDGE)))
        information = yield Read(INFORMATION)
        if not synchronised or len(information) != _INFORMATION_BYTES:
            yield from self.start(rate_hz)
            return
        if not (yield from self._measure(information)):
            yield from self.stop()
            if not (yield from self._measure(information)):
                raise LinkRefusedError(
                    "does not begin to measure after its synchronisation; switch it off and on again"
                )

    def _measure(self, information: bytes) -> Generator[Step, bytes, bool]:
        """Begin to measure in the best mode there is; tell whether the sensor does."""
        newer = information[_FIRMWARE_MAJOR] >= _FIRST_FIRMWARE_TO_ASK
        for mode in (ORIENTATION_AND_RATES, RATES) if newer else (RATES,):
            yield Write(MEASUREMENT, bytes((_VALID, _START, mode)))
            if (yield Read(MEASUREMENT)) == bytes((_VALID, _START, mode)):
                return True
        return False

    def part(self) -> Conversation:
        """End the measurement, and the synchronisation, for which the sensor goes on measuring when it is alone."""
        yield from self.stop()
        if self._synchronised:
            yield Write(MESSAGE, message(SYNCHRONISATION, STOP_SYNCHRONISATION), may_fail=True)

    def stop(self) -> Conversation:
        """End the measurement in whichever mode it runs."""
        state = yield Read(MEASUREMENT)
        if len(state) == _MEASUREMENT_BYTES and state[1] == _START:
            yield Write(MEASUREMENT, bytes((_VALID, _STOP, state[2])))

    def identify(self) -> Conversation:
        """Blink red for about ten seconds."""
        control = yield from _read_control()
        control[0], control[1] = _VISIT_IDENTIFY, _IDENTIFY
        yield Write(CONTROL, bytes(control))

    def battery(self) -> Conversation:
        """Read the level; it also comes by itself when it changes."""
        yield Read(BATTERY)

    def _set_rate(self, rate_hz: int) -> Generator[Step, bytes, bool]:
        """Set the output rate, which the sensor keeps in flash: written only where it differs. Tell if it holds."""
        wanted = struct.pack("<H", rate_hz)
        control = yield from _read_control()
        if control[_RATE] == wanted:
            return True
        control[0], control[1] = _VISIT_RATE, 0
        control[_RATE] = wanted
        yield Write(CONTROL, bytes(control))
        return (yield from _read_control())[_RATE] == wanted

    def _end_synchronisation(self) -> Conversation:
        yield Write(MESSAGE, message(SYNCHRONISATION, STOP_SYNCHRONISATION))
        yield Pause(_ACKNOWLEDGED_S)
        yield Read(ACKNOWLEDGE)
        yield from self.stop()

    @classmethod
    def may_hold_samples(cls, characteristic: str, data: bytes) -> bool:  # noqa: ARG003
        """The battery level comes by itself."""
        return characteristic != BATTERY

    def decode(self, packet: Packet) -> Readings:
        """Return the one sample of a measurement, or the battery level."""
        data = packet.data
        if packet.characteristic == LONG_PAYLOAD and len(data) == _ORIENTED.size:
            return self._sample(ORIENTATION_AND_RATES, _ORIENTED, data)
        if packet.characteristic == MEDIUM_PAYLOAD and len(data) == _RATES.size:
            return self._sample(RATES, _RATES, data)
        if packet.characteristic == BATTERY and len(data) == 2 and data[0] <= 100:
            return Readings.none(battery_percent=float(data[0]))
        if packet.characteristic == MEASUREMENT and len(data) == _MEASUREMENT_BYTES:
            self._mode = data[2] if data[1] == _START else None
            return Readings.none()
        if packet.characteristic == ACKNOWLEDGE:
            self._synchronised = _tells_synchronised(data)
            return Readings.none(common_clock=self.family if self._synchronised else "")
        if packet.characteristic == INFORMATION and len(data) == _INFORMATION_BYTES:
            self.own_address = data[_ADDRESS]
        if packet.characteristic in (INFORMATION, CONTROL):
            return Readings.none()
        raise BadPacketError("as long as no packet of its characteristic")

    def _sample(self, mode: int, layout: struct.Struct, data: bytes) -> Readings:
        # Eleven modes share the medium payload and its length; only what the sensor says it measures tells them apart.
        if self._mode not in (None, mode):
            return Readings.none()
        time, *values = layout.unpack(data)
        row = np.array(values)
        if not np.isfinite(row).all():
            raise BadPacketError("not a number in a sample")
        acc, gyro = row[None, :3], row[None, 3:]
        at_end = bool((np.abs(acc) >= ACC_END_MPS2).any() or (np.abs(gyro) >= GYRO_END_DPS).any())
        return Readings(np.array([time], dtype=np.int64), acc, gyro, saturated=int(at_end))

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Six samples at 60 Hz in mode 26, across the wrap of the clock."""
        period_us, first = 16_667, (1 << 32) - 40_000
        return tuple(
            Packet(
                "left_foot",
                LONG_PAYLOAD,
                _ORIENTED.pack((first + k * period_us) % (1 << 32), 0.25, -9.75, 1.5, 10.0 * k, 20.0, 30.0),
                (k + 1) * period_us * 1000,
            )
            for k in range(6)
        )


def message(identifier: int, data: bytes) -> bytes:
    """Pack a message: identifier, length, data, and the checksum that makes all bytes add up to zero."""
    body = bytes((identifier, len(data))) + data
    return body + bytes((-sum(body) & 0xFF,))


def _tells_synchronised(acknowledge: bytes) -> bool:
    return acknowledge == message(SYNCHRONISATION, SYNCHRONISED)


def _read_control() -> Generator[Step, bytes, bytearray]:
    """Read the whole control block: it can only be written as a whole, so what is not changed must be kept."""
    control = bytearray((yield Read(CONTROL)))
    if len(control) != _CONTROL_BYTES:
        raise LinkRefusedError("does not tell its settings: switch it off and on again")
    return control

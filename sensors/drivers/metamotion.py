"""MbientLab MetaMotion R, RL and S: acceleration and angular velocity, joined and stamped on the board itself.

Every message is `module, register, data`; a register with its highest bit set is read. By itself the board sends no
time, so the driver builds a chain on it: a buffer keeps the newest angular velocity, a fuser puts it behind each
acceleration, and an accounter puts the board's tick in front: one notification a sample.

Source: registers and layouts of the vendor's MetaWear C++ SDK (MbientLab), restated; no code of it.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from sensors.driver import Readings, Tick
from sensors.failure import BadPacketError
from sensors.packet import Packet
from sensors.wireless import Advertisement, Await, Conversation, LinkRefusedError, Step, WirelessDriver, Write

SERVICE = "326a9000-85cb-9195-d9dd-464cfbbae75a"
COMMAND = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"

ACC_MPS2 = 9.80665 / 4096
"""Acceleration in m/s² of one step of the raw value at 8 g, the same for both chips."""
GYRO_DPS = 1 / 16.4
"""Angular velocity in deg/s of one step of the raw value at 2000 deg/s, the same for both chips."""
SATURATED = 32760
"""A raw value at least this far from zero stands at the end of the sensor's range."""
TICK_S = 48 / 32768
"""The board counts a 32768 Hz crystal divided by 48."""


class Module(IntEnum):
    """The first byte of every message."""

    SWITCH = 0x01
    LED = 0x02
    ACC = 0x03
    TEMPERATURE = 0x04
    PROCESSOR = 0x09
    EVENT = 0x0A
    LOG = 0x0B
    TIMER = 0x0C
    MACRO = 0x0F
    SETTINGS = 0x11
    GYRO = 0x13
    MAGNETOMETER = 0x15
    FUSION = 0x19
    DEBUG = 0xFE


_MODULES = frozenset(Module)
_READ = 0x80
_RUN, _ENABLE, _CONFIGURE, _ACC_SAMPLE = 0x01, 0x02, 0x03, 0x04
"""Registers of both sensors; the accelerometer's samples are at the same one on both chips."""
_PLAY, _STOP, _PATTERN = 0x01, 0x02, 0x03
"""Registers of the LED."""
_CREATE, _RESULT, _NOTIFY_ONE, _REMOVE_ALL = 0x02, 0x03, 0x07, 0x08
"""Registers of the data processor."""
_LINK, _BATTERY_STATE = 0x09, 0x0C
"""Registers of the settings."""

_SAMPLE = struct.Struct("<3BI6h")  # module, register, processor, tick, acceleration, angular velocity
_SAMPLE_HEAD = bytes((Module.PROCESSOR, _RESULT))
_BATTERY = struct.Struct("<3BH")  # module, register, percent, millivolts
_BATTERY_HEAD = bytes((Module.SETTINGS, _READ | _BATTERY_STATE))
_CREATED_HEAD = bytes((Module.PROCESSOR, _CREATE))

_EVERY_RESULT = 0xFF
_SIX_BYTES, _TWELVE_BYTES = 0xA0, 0x60
"""How much of its source a processor takes: all of three values, and all of a fused six."""
_BUFFER = (0x0F, 0x05)  # kind, bytes less one
_FUSER, _FUSED_AT_MOST = 0x1B, 12
_ACCOUNTER = (0x11, 0x31, 0x03)  # kind, time in four bytes, prescaler

_GYRO_2000_DPS = 0x00
_RATE_CODES = {25.0: 0x26, 50.0: 0x27, 100.0: 0x28}
"""Output rate as both chips number it; the accelerometer of the BMI270 wants its highest bit set as well."""


@dataclass(frozen=True, slots=True)
class _Chip:
    """Where the two inertial chips that MbientLab fits differ; `direct` are (module, register) of raw streams."""

    acc_rate_flag: int
    acc_8g: int
    gyro_sample: int
    direct: tuple[tuple[Module, int], ...]


_NOT_FITTED = -1
_CHIPS = {
    (1, 0): _Chip(0x00, 0x08, 0x05, ((Module.ACC, 0x04), (Module.ACC, 0x1C), (Module.GYRO, 0x05), (Module.GYRO, 0x07))),
    (4, 1): _Chip(0x80, 0x02, 0x04, ((Module.ACC, 0x04), (Module.ACC, 0x05), (Module.GYRO, 0x04), (Module.GYRO, 0x05))),
}
"""By the implementations that accelerometer and gyroscope report: BMI160 (MetaMotion R, RL), BMI270 (MetaMotion S)."""

_CLEAR_LED = bytes((Module.LED, _STOP, 0x01))
_STILL = (
    bytes((Module.ACC, _RUN, 0x00)),
    bytes((Module.GYRO, _RUN, 0x00)),
    bytes((Module.ACC, _ENABLE, 0x00, 0x01)),
    bytes((Module.GYRO, _ENABLE, 0x00, 0x01)),
    bytes((Module.PROCESSOR, _REMOVE_ALL)),
    _CLEAR_LED,
)
"""Stop and disable both sensors, remove every processor, clear the LED. A board goes on streaming what it was told
before a link was lost, and keeps its processors, until it hears this."""

_FAST_LINK = struct.pack("<2B4H", Module.SETTINGS, _LINK, 6, 6, 0, 600)
"""Ask the host for a connection interval of 7.5 ms (6 x 1.25 ms), no skipped events, 6 s until the link counts as
lost: at a host's usual 30 to 50 ms a hundred notifications a second do not fit."""

_BLINK = struct.pack("<6B5HB", Module.LED, _PATTERN, 0, 0x02, 0x1F, 0, 0, 50, 0, 500, 0, 10)
"""Green (0) at full brightness (0x1F), dark between: rise 0, on 50, fall 0, period 500, delay 0 ms; ten times."""
_BLINK_NOW = bytes((Module.LED, _PLAY, 0x01))


class MetaMotionDriver(WirelessDriver):
    """One sample a notification, stamped by the board with a tick of 1.46 ms, so a time is at most that much early.

    Ranges are 8 g and 2000 deg/s. The raw streams that another program may have asked for carry no time: ignored.
    """

    family = "metamotion"
    label = "MbientLab MetaMotion"
    tick = Tick(seconds=TICK_S, bits=32)
    services = (SERVICE,)
    notifies = (NOTIFY,)
    rates_hz = tuple(_RATE_CODES)
    default_rate_hz = 100.0

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By the service alone: it is MbientLab's own, and users rename their boards."""
        return SERVICE in advertisement.services

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with the name that a new board has."""
        return Advertisement("C8:4B:AA:01:02:03", "MetaWear", frozenset({SERVICE}))

    def start(self, rate_hz: float) -> Conversation:
        """Clear the board, ask which chip it has, build the chain, and start both sensors."""
        yield from _tell(*_STILL)
        chip = yield from _fitted_chip()
        yield from _tell(*(bytes((module, register, 0x00)) for module, register in chip.direct))
        code = _RATE_CODES[rate_hz]
        yield from _tell(
            _FAST_LINK,
            bytes((Module.ACC, _CONFIGURE, code | chip.acc_rate_flag, chip.acc_8g)),
            bytes((Module.GYRO, _CONFIGURE, code, _GYRO_2000_DPS)),
        )
        buffer = yield from _create(Module.GYRO, chip.gyro_sample, _EVERY_RESULT, _SIX_BYTES, *_BUFFER)
        fused = (1, buffer, *bytes(_FUSED_AT_MOST - 1))
        fuser = yield from _create(Module.ACC, _ACC_SAMPLE, _EVERY_RESULT, _SIX_BYTES, _FUSER, *fused)
        stamped = yield from _create(Module.PROCESSOR, _RESULT, fuser, _TWELVE_BYTES, *_ACCOUNTER)
        yield from _tell(
            bytes((Module.PROCESSOR, _NOTIFY_ONE, stamped, 0x01)),
            bytes((Module.PROCESSOR, _RESULT, 0x01)),
            bytes((Module.ACC, _ENABLE, 0x01, 0x00)),
            bytes((Module.GYRO, _ENABLE, 0x01, 0x00)),
            bytes((Module.ACC, _RUN, 0x01)),
            bytes((Module.GYRO, _RUN, 0x01)),
        )

    def stop(self) -> Conversation:
        """Stop both sensors and take the chain down."""
        yield from _tell(*_STILL)

    def identify(self) -> Conversation:
        """Blink green for five seconds."""
        yield from _tell(_CLEAR_LED, _BLINK, _BLINK_NOW)

    def battery(self) -> Conversation:
        """Ask for the level, which comes as a notification."""
        yield Write(COMMAND, _BATTERY_HEAD)
        yield Await(NOTIFY, _BATTERY_HEAD)

    def decode(self, packet: Packet) -> Readings:
        """Return the one sample of a stamped pair, or the battery level."""
        data = packet.data
        if len(data) < 2 or data[0] not in _MODULES:
            raise BadPacketError("from no module of a MetaWear board")
        if data.startswith(_SAMPLE_HEAD):
            return _sample(data)
        if data.startswith(_BATTERY_HEAD):
            if len(data) != _BATTERY.size or data[2] > 100:
                raise BadPacketError("not a battery level")
            return Readings.none(battery_percent=float(data[2]))
        return Readings.none()

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Six samples at 100 Hz, across the wrap of the tick."""
        first = (1 << 32) - 20
        return tuple(
            Packet(
                "left_foot",
                NOTIFY,
                _SAMPLE.pack(*_SAMPLE_HEAD, 2, (first + round(k * 0.010 / TICK_S)) % (1 << 32), 0, 0, 4096, k, -k, 164),
                k * 10_000_000,
            )
            for k in range(6)
        )


def _sample(data: bytes) -> Readings:
    if len(data) != _SAMPLE.size:
        raise BadPacketError("as long as no stamped sample")
    _, _, _, tick, *values = _SAMPLE.unpack(data)
    raw = np.array([values], dtype=np.float64)
    return Readings(
        ticks=np.array([tick], dtype=np.int64),
        acc=raw[:, :3] * ACC_MPS2,
        gyro=raw[:, 3:] * GYRO_DPS,
        saturated=int((np.abs(raw) >= SATURATED).any()),
    )


def _tell(*messages: bytes) -> Conversation:
    for message in messages:
        yield Write(COMMAND, message)


def _fitted_chip() -> Generator[Step, bytes, _Chip]:
    """Ask both inertial modules for their implementation; a module that is not fitted answers with two bytes only."""
    found = []
    for module in (Module.ACC, Module.GYRO):
        question = bytes((module, _READ))
        yield Write(COMMAND, question)
        answer = yield Await(NOTIFY, question)
        if not answer:
            raise LinkRefusedError("does not answer: switch it off and on again, or charge it")
        found.append(answer[2] if len(answer) > 2 else _NOT_FITTED)
    chip = _CHIPS.get((found[0], found[1]))
    if chip is None:
        raise LinkRefusedError("not a MetaMotion R, RL or S: it lacks the gyroscope that is needed")
    return chip


def _create(*definition: int) -> Generator[Step, bytes, int]:
    """Create one processor on the board, and return the number that it got."""
    yield Write(COMMAND, _CREATED_HEAD + bytes(definition))
    answer = yield Await(NOTIFY, _CREATED_HEAD)
    if len(answer) != len(_CREATED_HEAD) + 1:
        raise LinkRefusedError("has no room to stamp its samples: reset it in the MetaBase app, then connect again")
    return answer[-1]

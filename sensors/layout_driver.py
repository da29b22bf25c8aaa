"""LayoutDriver: the driver of a sensor that a layout file describes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sensors.driver import Floats, Readings, Tick, Ticks
from sensors.failure import BadPacketError
from sensors.layout import EACH, FIRST, TIME_TYPES, VALUE_TYPES, Axes, Layout
from sensors.pace import Pace
from sensors.packet import Packet
from sensors.sample_count import COUNTED, SampleCount
from sensors.wireless import Advertisement, Conversation, WirelessDriver

NEAR_END = 32760 / 32768
"""The share of its range from which an integer value counts as saturated."""
LONGEST_WRAP_BITS = 32
"""A wider time never wraps in a session."""


class LayoutDriver(WirelessDriver):
    """Samples as its layout says; `driver_of` makes the class for one layout.

    A time of the whole packet is spread over its samples by the period measured from packet to packet. Without a time,
    samples are counted.
    """

    layout: ClassVar[Layout]

    def __init__(self) -> None:
        rate_hz = self.layout.rate_hz
        self._header, self._sample = self.layout.header, self.layout.sample
        self._pace = Pace(1 / (rate_hz * self.tick.seconds), self.tick.bits)
        self._count = SampleCount(rate_hz)
        self._count.tell_rate(rate_hz)

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """By the begin of the name and by the service, as far as the layout gives them."""
        layout = cls.layout
        return advertisement.name.startswith(layout.name) and (
            not layout.service or layout.service in advertisement.services
        )

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """One with the name and the service of the layout."""
        services = frozenset({cls.layout.service} if cls.layout.service else ())
        return Advertisement("00:00:00:00:00:00", cls.layout.name, services)

    def start(self, rate_hz: float) -> Conversation:  # noqa: ARG002 - it has one rate
        """Say nothing: it streams to whoever subscribes."""
        yield from ()

    def stop(self) -> Conversation:
        """Say nothing."""
        yield from ()

    def decode(self, packet: Packet) -> Readings:
        """Return the samples of the packet; refuse one without the marker, or cut within a sample."""
        layout, data = self.layout, packet.data
        body = len(data) - layout.header_bytes
        if packet.characteristic != layout.characteristic or not data.startswith(layout.marker):
            raise BadPacketError("not a packet of the layout")
        if body < layout.sample_bytes or body % layout.sample_bytes:
            raise BadPacketError("as long as no packet of the layout")
        rows = np.frombuffer(data, self._sample, offset=layout.header_bytes)
        acc, acc_at_end = _scaled(rows, "acc", layout.acceleration)
        gyro, gyro_at_end = _scaled(rows, "gyro", layout.rotation)
        return Readings(self._ticks(packet, rows), acc, gyro, saturated=int(np.count_nonzero(acc_at_end | gyro_at_end)))

    def _ticks(self, packet: Packet, rows: NDArray[np.void]) -> Ticks:
        time = self.layout.time
        if time is None:
            return self._count.ticks(len(rows), packet.arrival_ns)
        if time.of == EACH:
            return rows["time"].astype(np.int64)
        told = int(np.frombuffer(packet.data, self._header, count=1)["time"].astype(np.int64)[0])
        return (self._pace.ticks_from if time.of == FIRST else self._pace.ticks)(told, len(rows))

    @classmethod
    def examples(cls) -> tuple[Packet, ...]:
        """Four packets of two samples at the rate of the layout, for the checkers."""
        layout, samples = cls.layout, 2
        packets = []
        for begin in range(0, 4 * samples, samples):
            header, rows = np.zeros(1, layout.header), np.zeros(samples, layout.sample)
            ticks = np.rint(np.arange(begin, begin + samples) / (layout.rate_hz * cls.tick.seconds))
            if layout.time is not None and layout.time.of == EACH:
                rows["time"] = ticks
            elif layout.time is not None:
                header["time"] = ticks[0] if layout.time.of == FIRST else ticks[-1]
            data = layout.marker + header.tobytes()[len(layout.marker) :] + rows.tobytes()
            arrival_ns = round((begin + samples) / layout.rate_hz * 1e9)
            packets.append(Packet("left_foot", layout.characteristic, data, arrival_ns))
        return tuple(packets)


class RecordedDriver(LayoutDriver):
    """Decodes a session by the layout that it carries: on the air, only the layouts in use count."""

    @classmethod
    def recognises(cls, advertisement: Advertisement) -> bool:  # noqa: ARG003 - it is nobody's
        """Recognise nobody."""
        return False


def driver_of(layout: Layout, kind: type[LayoutDriver] = LayoutDriver) -> type[LayoutDriver]:
    """Make the driver class of a layout, of that kind."""
    return type(
        "DescribedDriver",
        (kind,),
        {
            "__doc__": f"The sensor that the layout {layout.family!r} describes.",
            "layout": layout,
            "family": layout.family,
            "label": layout.label,
            "tick": _tick(layout),
            "services": (layout.service,) if layout.service else (),
            "notifies": (layout.characteristic,),
            "rates_hz": (layout.rate_hz,),
            "default_rate_hz": layout.rate_hz,
            "has_gyro": layout.rotation is not None,
        },
    )


def _tick(layout: Layout) -> Tick:
    if layout.time is None:
        return COUNTED
    bits = 8 * np.dtype(TIME_TYPES[layout.time.type]).itemsize
    return Tick(layout.time.tick_s, bits if bits <= LONGEST_WRAP_BITS else None)


def _scaled(rows: NDArray[np.void], key: str, axes: Axes | None) -> tuple[Floats | None, NDArray[np.bool_]]:
    """Return values (n, 3) in the project's unit, and which samples (n,) stand at the end of an integer's range."""
    if axes is None:
        return None, np.zeros(len(rows), dtype=bool)
    raw = rows[key].astype(np.float64)
    if not np.isfinite(raw).all():
        raise BadPacketError("not a number in a sample")
    kind = np.dtype(VALUE_TYPES[axes.type])
    end = np.iinfo(kind).max * NEAR_END if kind.kind == "i" else np.inf
    at_end: NDArray[np.bool_] = np.abs(raw).max(axis=1) >= end
    return raw * axes.step, at_end

"""Every registered family: what its sensor notifies, answers and advertises, from bytes to the session's results."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from analysis.session import Session
from sensors.driver import Driver, Sensor, families
from sensors.failure import BadPacketError
from sensors.identity import Identity
from sensors.packet import Packet
from sensors.wireless import Advertisement, CommonClock, Conversation, LinkRefusedError, WirelessDriver
from tests.fuzz.target import Bytes, Target, pieces

APART_NS = 20_000_000
MOST_STEPS = 400
"""More than any conversation needs, with a sensor that answers anything."""
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"


def targets() -> list[Target]:
    """Return the decoders, the conversations and the advertisements."""
    found = []
    for family, driver in sorted(families().items()):
        found.append(Target(f"decode_{family}", partial(_decode, family), (_notified(driver),)))
        if issubclass(driver, WirelessDriver):
            answers = pieces(*(packet.data for packet in driver.examples()[:8]))
            found.append(Target(f"answer_{family}", partial(_converse, family), (answers,)))
    return [*found, Target("advertise", _advertise, tuple(_advertised()))]


def _characteristics(driver: type[Driver]) -> list[str]:
    known = {packet.characteristic for packet in driver.examples()} | {BATTERY}
    return sorted(known | set(getattr(driver, "notifies", ())))


def _notified(driver: type[Driver]) -> bytes:
    """Return a few of a family's packets as `_decode` reads them."""
    where = _characteristics(driver)
    packets = driver.examples()[:6]
    return b"".join(bytes([where.index(packet.characteristic)]) + pieces(packet.data) for packet in packets)


def _decode(family: str, data: bytes, _folder: Path) -> None:
    driver = families()[family]
    where, source = _characteristics(driver), Bytes(data)
    reader = driver()
    session = Session((Sensor("left_foot", family, 100.0),), 0)
    at_ns = 0
    while source:
        at_ns += APART_NS
        characteristic = where[source.number() % len(where)]
        packet = Packet("left_foot", characteristic, source.piece(), at_ns)
        session.handle(packet)
        session.advance(at_ns / 1e9)
        try:
            readings = reader.decode(packet)
        except BadPacketError:
            continue
        for values in (readings.acc, readings.gyro):
            assert values is None or values.shape == (len(readings.ticks), 3)
            assert values is None or np.isfinite(values).all()
        assert readings.battery_percent is None or 0 <= readings.battery_percent <= 100
    session.snapshot()


def _converse(family: str, data: bytes, _folder: Path) -> None:
    driver = families()[family]
    assert issubclass(driver, WirelessDriver)
    one, source = driver(), Bytes(data)
    rate_hz = one.rates_hz[source.number() % len(one.rates_hz)]
    clock = CommonClock(source.take(6), source.number(8), leads=bool(source.number() % 2))
    talks = [one.start(rate_hz), one.battery(), one.identify(), one.agree(clock), one.start_together(rate_hz, clock)]
    for talk in (*talks, one.stop(), one.part()):
        if talk is not None:
            _hold(one, talk, source)


def _hold(driver: WirelessDriver, talk: Conversation, source: Bytes) -> None:
    try:
        next(talk)
        for _ in range(MOST_STEPS):
            answer = source.piece()
            with suppress(BadPacketError):
                driver.decode(Packet("left_foot", driver.notifies[0], answer, 0))
            talk.send(answer)
    except (StopIteration, LinkRefusedError):
        return
    raise AssertionError("the conversation does not end")


def _advertised() -> list[bytes]:
    known = (d.example_advertisement() for d in families().values() if issubclass(d, WirelessDriver))
    return [_written(advertisement) for advertisement in islice(known, 32)]


def _written(advertisement: Advertisement) -> bytes:
    company, made = next(iter(advertisement.manufacturer.items()), (0, b""))
    services = [service.encode() for service in sorted(advertisement.services)]
    return pieces(advertisement.name.encode(), made, *services[:2]) + company.to_bytes(2, "little")


def _advertise(data: bytes, _folder: Path) -> None:
    source = Bytes(data)
    name, made = source.text(), source.piece()
    services = frozenset((source.text(), source.text()))
    heard = Advertisement("C0:00:00:00:00:01", name, services, {source.number(2): made}, -60)
    for family, driver in families().items():
        if issubclass(driver, WirelessDriver) and driver.recognises(heard):
            said = Identity.of(heard, family)
            assert all(text.isprintable() for text in (said.name, said.serial, said.address))

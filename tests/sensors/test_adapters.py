"""Several adapters: each listens, and sensors are shared out among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from bleak.exc import BleakError

from sensors.adapters import ADAPTER_VARIABLE, Shares, adapters
from sensors.bluetooth_source import BluetoothSource
from sensors.driver import Sensor
from sensors.failure import SourceError
from sensors.link import Radio
from tests.bluez.marks import not_on_bluez
from tests.virtual_ble.computer import Computer, OwnStack
from tests.virtual_ble.listening import Listening, listening_to
from tests.virtual_ble.peripherals.open_imu import OpenImu
from tests.virtual_ble.world import World

ADDRESSES = [f"C0:00:00:00:00:{number:02X}" for number in range(1, 7)]
SENSORS = [Sensor(f"sensor_{k}", "open_imu", 100.0, address=address) for k, address in enumerate(ADDRESSES)]


@pytest.mark.parametrize(
    ("said", "used"),
    [("", (None,)), ("hci1", ("hci1",)), (" hci0, hci1 ,", ("hci0", "hci1")), ("hci1,hci1", ("hci1",))],
)
def test_adapters_are_named_one_by_one(
    monkeypatch: pytest.MonkeyPatch, said: str, used: tuple[str | None, ...]
) -> None:
    monkeypatch.setenv(ADAPTER_VARIABLE, said)
    assert adapters() == used


def test_a_sensor_is_connected_by_who_connects_fewest_and_hears_it_best_among_those() -> None:
    shares: Shares[str] = Shares(("a", "b"))
    for sensor, in_a, in_b in (("1", -50, -70), ("2", -50, -70), ("3", -80, -40), ("4", -40, None)):
        shares.hear(sensor, "a", f"{sensor} by a", in_a)
        if in_b is not None:
            shares.hear(sensor, "b", f"{sensor} by b", in_b)
    assert shares.give("1") == ("a", "1 by a")
    assert shares.give("2") == ("b", "2 by b"), "a connects one already"
    assert shares.give("3") == ("b", "3 by b"), "both connect one, and b hears it better"
    assert shares.give("4") == ("a", "4 by a"), "nobody else hears it"
    assert shares.give("1") == ("a", "1 by a"), "a sensor does not stand in its own way"
    shares.take_back("2", in_vain=False)
    shares.take_back("3", in_vain=False)
    assert shares.give("2") == ("b", "2 by b")
    shares.take_back("2", in_vain=True)
    assert shares.give("2") == ("a", "2 by a"), "b has just tried"
    shares.take_back("2", in_vain=True)
    assert shares.give("2") == ("b", "2 by b")


class TwoAdapters:
    """A world's computer as hci0, and a second adapter on the same radio as hci1."""

    def __init__(self, world: World, second: Computer) -> None:
        self._computers: dict[str, Any] = {"hci0": world, "hci1": second}
        self.connected: Counter[str] = Counter()

    def scanner(self, *arguments: Any, bluez: dict[str, str], **options: Any) -> Any:
        return self._of(bluez).scanner_factory(*arguments, **options)

    def client(self, *arguments: Any, bluez: dict[str, str], **options: Any) -> Any:
        self.connected[bluez["adapter"]] += 1
        return self._of(bluez).client_factory(*arguments, **options)

    def _of(self, bluez: dict[str, str]) -> Any:
        return self._computers.get(bluez["adapter"], self)

    def scanner_factory(self, *_arguments: Any, **_options: Any) -> Any:
        """A scanner on an adapter that BlueZ does not know."""
        return self

    async def start(self) -> None:
        raise BleakError("adapter 'hci7' not found")

    def radio(self) -> Radio:
        return Radio(self.scanner, self.client)


@not_on_bluez("its guest has one adapter")
async def test_six_sensors_stream_over_two_adapters_three_over_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADAPTER_VARIABLE, "hci0,hci1")
    async with World(seed=41) as world:
        second = OwnStack()
        await second.switch_on(world.radio, "F0:F1:F2:F3:F4:F6")
        try:
            both = TwoAdapters(world, second)
            boards = [await world.add(OpenImu(address)) for address in ADDRESSES]
            async with listening_to(BluetoothSource("test", SENSORS, both.radio)) as heard:
                await heard.until(lambda: all(enough(heard, sensor) for sensor in SENSORS))
                assert both.connected == {"hci0": 3, "hci1": 3}
                await boards[0].hang_up()
                await heard.until(lambda: not heard.streaming(SENSORS[0]))
                await heard.until(lambda: heard.streaming(SENSORS[0]))
        finally:
            await second.close()


class OneBroken(TwoAdapters):
    """Two adapters of which the first hears and never gets a connection."""

    def client(self, *arguments: Any, bluez: dict[str, str], **options: Any) -> Any:
        async def refuse() -> None:
            raise BleakError("le-connection-abort-by-local")

        client = super().client(*arguments, bluez=bluez, **options)
        if bluez["adapter"] == "hci0":
            client.connect = refuse
        return client


@not_on_bluez("its guest has one adapter")
async def test_a_sensor_that_one_adapter_cannot_connect_is_connected_by_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ADAPTER_VARIABLE, "hci0,hci1")
    async with World(seed=43) as world:
        second = OwnStack()
        await second.switch_on(world.radio, "F0:F1:F2:F3:F4:F6")
        try:
            both = OneBroken(world, second)
            board = await world.add(OpenImu(ADDRESSES[0]))
            board.reception.rssi_dbm = -50
            async with listening_to(BluetoothSource("test", SENSORS[:1], both.radio)) as heard:
                await heard.until(lambda: enough(heard, SENSORS[0]))
            assert both.connected["hci1"] == 1
        finally:
            await second.close()


def enough(heard: Listening, sensor: Sensor) -> bool:
    return heard.streaming(sensor) and sum(1 for _ in heard.packets(sensor)) > 10


@not_on_bluez("its guest has one adapter")
async def test_an_adapter_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADAPTER_VARIABLE, "hci0,hci7")
    async with World(seed=42) as world:
        make: Callable[[], Radio] = TwoAdapters(world, OwnStack()).radio
        with pytest.raises(
            SourceError,
            match="no sensor can be searched with hci7: this computer has no such adapter; correct CLONOSCOPE_ADAPTER",
        ):
            async with make():
                raise AssertionError("nothing listens there")

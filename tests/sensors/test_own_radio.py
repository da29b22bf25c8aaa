"""A radio of the program's own: how it is named, refused, lost, got back, and let go; a socket stands for the plug."""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from time import monotonic_ns

import pytest
import usb1  # type: ignore[import-untyped]
from bumble.core import InvalidPacketError
from hypothesis import given
from hypothesis import strategies as st

from sensors.bluetooth_source import BluetoothSource
from sensors.driver import Sensor
from sensors.failure import SourceError
from sensors.own_radio import adapter, dongle
from sensors.own_radio.adapter import Adapter
from sensors.own_radio.dongle import Dongle
from sensors.own_radio.radio import OwnRadio
from sensors.own_radio.transport import SPELLINGS, STACK, Transport
from sensors.packet import LinkState
from sensors.roll_call import RollCall
from tests.virtual_ble.listening import PATIENCE_S, Listening
from tests.virtual_ble.peripherals.movella_dot import MovellaDot
from tests.virtual_ble.served import served

DOT = "D4:22:CD:00:00:01"
FOOT = Sensor("left_foot", "movella_dot", 60.0, address=DOT)
USB = Transport("usb", "0")
GONE = "the radio is gone; start what serves it again"
ENDS_WITHIN_S = 20.0
RESET_REFUSED = bytes.fromhex("04 0e 04 01 03 0c 0c")


@pytest.fixture
def socket() -> Iterator[Transport]:
    """A socket's path must be shorter than a test's folder may be."""
    with TemporaryDirectory() as folder:
        yield Transport("unix-client", f"{folder}/radio")


@asynccontextmanager
async def heard_from(transport: Transport) -> AsyncIterator[Listening]:
    """A session with one sensor over that radio; at its end everything is let go in time."""
    heard = Listening()
    session = asyncio.create_task(heard.take(BluetoothSource("test", (FOOT,), lambda: OwnRadio(transport))))
    try:
        yield heard
    finally:
        session.cancel()
        ended, _ = await asyncio.wait({session}, timeout=ENDS_WITHIN_S)
        assert ended, "the session does not end"


class Answering(asyncio.Protocol):
    """Answers whatever is said with the same; `left` is set when the other end has gone."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.left = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, _data: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(self._answer)

    def connection_lost(self, _error: Exception | None) -> None:
        self.left.set()


@asynccontextmanager
async def answering(transport: Transport, answer: bytes) -> AsyncIterator[None]:
    """Something that is no controller, where one is looked for."""
    asked = Answering(answer)
    async with await asyncio.get_running_loop().create_unix_server(lambda: asked, transport.where):
        yield
        await asked.left.wait()


def reasons(heard: Listening, state: LinkState) -> list[str]:
    return [change.reason for change in heard.changes(FOOT) if change.state is state]


# Names


@pytest.mark.parametrize(
    "spelled",
    [
        "usb:0",
        "usb:0A12:0001",
        "usb:0a12:0001#1",
        "usb:0A12:0001/00E04C239987",
        "serial:/dev/ttyACM0",
        "serial:COM3,1000000",
        "tcp-client:127.0.0.1:6402",
        "tcp-client:radio.ward-3.example:1",
        "unix-client:/run/radio",
    ],
)
def test_a_transport_is_written_as_bumble_writes_it(spelled: str) -> None:
    assert str(Transport.of(STACK + spelled)) == spelled


@pytest.mark.parametrize(
    "spelled",
    [
        "",
        "usb:0",
        "bumble",
        "bumble:",
        "bumble:usb",
        "bumble:usb:",
        "bumble:usb:first",
        "bumble:tcp-client:here",
        "bumble:tcp-client:h:99999",
        "bumble:tcp-server:_:1",
        "bumble:file:/etc/passwd",
        "bumble:unix-client:",
    ],
)
def test_what_reaches_no_controller_is_no_transport(spelled: str) -> None:
    assert Transport.of(spelled) is None


@given(st.sampled_from(["", *(f"{STACK}{kind}:" for kind in SPELLINGS)]), st.text())
def test_any_text_is_a_transport_that_is_written_so_or_none(begun: str, rest: str) -> None:
    transport = Transport.of(begun + rest)
    assert transport is None or f"{STACK}{transport}" == begun + rest


# Refusals


@pytest.mark.parametrize(
    ("transport", "remedy"),
    [
        (Transport("unix-client", "/nowhere/radio"), "start what serves it"),
        (Transport("tcp-client", "127.0.0.1:1"), "start what serves it"),
        (Transport("serial", "/dev/nothing-here"), "plug it in"),
        (Transport("serial", "/dev/null"), "plug it in"),
        (Transport("usb", "FFFF:FFFF"), "plug it in"),
    ],
    ids=str,
)
async def test_a_controller_that_is_not_there_is_one_sentence(transport: Transport, remedy: str) -> None:
    with pytest.raises(SourceError) as refused:
        await OwnRadio(transport).__aenter__()
    assert str(refused.value) == f"no sensor can be searched: no controller is there; {remedy} ({transport})"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(errno.EACCES, "no"), "permission denied"),
        (usb1.USBErrorAccess(), "permission denied"),
        (usb1.USBErrorBusy(), "in use; end the other program"),
        (OSError(errno.EBUSY, "busy"), "in use; end the other program"),
        (NotImplementedError(), "this system has no such sockets"),
        (InvalidPacketError("?"), "is no Bluetooth controller"),
    ],
)
def test_what_keeps_a_dongle_from_being_used_is_said_in_words(error: Exception, says: str) -> None:
    assert says in Dongle(USB, Adapter())._reason(error)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "no controller answers; start what serves it again"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no controller answers; start what serves it again"),
        (RESET_REFUSED, "what answers is no Bluetooth controller; check how --radio is spelled"),
    ],
)
async def test_what_is_no_controller_is_one_sentence_and_nothing_on_the_screen(
    answer: bytes, says: str, socket: Transport, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dongle, "OPEN_S", 0.3)

    async with answering(socket, answer):
        with pytest.raises(SourceError, match=says):
            await OwnRadio(socket).__aenter__()
    assert capfd.readouterr() == ("", "")


def test_without_the_extra_one_sentence_says_what_to_install() -> None:
    program = "import sys; sys.modules['bumble'] = None; from tui.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", program, "scan", "--radio", "bumble:usb:0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "clonoscope: --radio needs bumble, which is not installed; install clonoscope[radio]\n"


# Sessions


async def test_a_session_streams_over_it_and_lets_the_sensor_go(socket: Transport) -> None:
    dot = MovellaDot(DOT)
    async with served(socket, [dot]):
        async with heard_from(socket) as heard:
            await heard.until(lambda: heard.streaming(FOOT) and sum(1 for _ in heard.packets(FOOT)) > 60)
        assert not dot.sampling
        assert not dot.connected


@pytest.mark.usefixtures("at_once")
async def test_a_dongle_that_is_unplugged_is_said_and_used_again_when_it_is_back(socket: Transport) -> None:
    async with served(socket, [MovellaDot(DOT)]) as plug, heard_from(socket) as heard:
        for times in (1, 2):
            await heard.until(lambda: heard.streaming(FOOT))
            plug.unplug()
            await heard.until(lambda times=times: reasons(heard, LinkState.LOST) == times * [GONE])  # type: ignore[misc]
            await plug.plug_in()
        await heard.until(lambda: heard.streaming(FOOT))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("state", [LinkState.SEEN, LinkState.CONNECTING, LinkState.CONFIGURING, LinkState.STREAMING])
async def test_a_dongle_may_be_unplugged_at_any_moment(
    state: LinkState, socket: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(socket, [MovellaDot(DOT)]) as plug, heard_from(socket) as heard:
        await heard.until(lambda: state in heard.states(FOOT))
        plug.unplug()
        await heard.until(lambda: bool({LinkState.LOST, LinkState.WAITING} & set(heard.states(FOOT))))
        assert GONE in reasons(heard, LinkState.LOST) + reasons(heard, LinkState.WAITING)
        await plug.plug_in()
        await heard.until(lambda: heard.streaming(FOOT))
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_a_dongle_that_is_back_goes_on_listening(socket: Transport) -> None:
    async with served(socket, [MovellaDot(DOT)]) as plug, OwnRadio(socket) as radio:
        async with asyncio.timeout(PATIENCE_S):
            await radio.first(lambda sighting: sighting.family == "movella_dot")
            plug.unplug()
            while radio.trouble is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            gone_ns = monotonic_ns()
            await plug.plug_in()
            await radio.first(lambda sighting: sighting.at_ns > gone_ns)


async def test_a_session_may_end_while_its_dongle_is_unplugged(socket: Transport) -> None:
    async with served(socket, [MovellaDot(DOT)]) as plug, heard_from(socket) as heard:
        await heard.until(lambda: heard.streaming(FOOT))
        plug.unplug()
        await heard.until(lambda: LinkState.LOST in heard.states(FOOT))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("state", [LinkState.SEEN, LinkState.CONNECTING, LinkState.CONFIGURING, LinkState.STREAMING])
async def test_a_dongle_that_hangs_at_any_moment_keeps_no_session_from_ending(
    state: LinkState, socket: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "ANSWER_S", 0.5)
    async with served(socket, [MovellaDot(DOT)]) as plug, heard_from(socket) as heard:
        await heard.until(lambda: state in heard.states(FOOT))
        plug.hang()


@pytest.mark.usefixtures("at_once")
async def test_a_dongle_that_hangs_is_opened_anew(socket: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "ANSWER_S", 0.5)
    async with served(socket, [MovellaDot(DOT)]) as plug, heard_from(socket) as heard:
        await heard.until(lambda: heard.streaming(FOOT))
        plug.hang()
        await heard.until(lambda: LinkState.LOST in heard.states(FOOT))
        await heard.until(lambda: heard.streaming(FOOT))


async def test_before_a_session_a_dongle_that_is_gone_is_said_too(socket: Transport) -> None:
    async with served(socket, [MovellaDot(DOT)]) as plug:
        call = RollCall(lambda: OwnRadio(socket))
        call.start()
        try:
            await _until(lambda: len(call.roll.heard) == 1)
            plug.unplug()
            await _until(lambda: call.roll.trouble == GONE)
            await plug.plug_in()
            await _until(lambda: call.roll.trouble is None)
        finally:
            await asyncio.to_thread(call.stop)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(ENDS_WITHIN_S):
        while not holds():  # noqa: ASYNC110 - it is another thread that makes it so
            await asyncio.sleep(0.02)

"""WirelessDriver: what a Bluetooth family adds to a Driver - how it is recognised, and what is said to it.

Still pure: what must be written, read and waited for is a conversation, a generator of steps that the link carries out
(`sensors/link.py`), so a driver can be tested byte by byte without a radio. Every answer that the link gets - what was
read as well as what was notified - is also recorded as a Packet, and `decode` must learn from those packets all that it
needs (a frame layout, a battery level): a session file is decoded again without any conversation.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sensors.driver import Driver

ANSWER_S = 2.0
"""How long an answer may take: several connection intervals and a busy sensor."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a sensor says of itself before it is connected; `services` are lower-case 128-bit UUIDs.

    Few sensors tell their `battery_percent` so early.
    """

    address: str
    name: str = ""
    services: frozenset[str] = frozenset()
    manufacturer: Mapping[int, bytes] = field(default_factory=dict)
    rssi_dbm: int | None = None
    battery_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Write `data`; the conversation goes on with b"" once it is written.

    One that `may_fail` also goes on where the sensor refuses it: a wish, not a condition.
    """

    characteristic: str
    data: bytes
    with_response: bool = True
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic; the conversation goes on with its value."""

    characteristic: str


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for a notification that begins with `prefix` and holds `containing`; go on with it, or with b"" after
    `within_s`.

    Notifications from the step before on count: the answer to a Write may overtake its confirmation.
    """

    characteristic: str
    prefix: bytes = b""
    within_s: float = ANSWER_S
    containing: bytes = b""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait; the conversation goes on with b""."""

    seconds: float


Step = Write | Read | Await | Pause
Conversation = Generator[Step, bytes, None]
"""Yields steps and is sent their results. Raises LinkRefusedError where the sensor refuses what was asked."""


@dataclass(frozen=True, slots=True)
class CommonClock:
    """A clock that sensors of one family agree on: that of one of them, which `leads`.

    `root` is the leading sensor's address as it tells it itself, empty where its family does not; `number` tells this
    agreement from all others, below 2^64.
    """

    root: bytes
    number: int
    leads: bool


class LinkRefusedError(Exception):
    """A sensor will not do what it must; the text is a phrase that a clinician can act on ("in the charger")."""


class WirelessDriver(Driver):
    """One family of Bluetooth sensors. `label` names it for people; `services` and `notifies` are lower-case UUIDs.

    The link subscribes to everything in `notifies` and only then holds the conversation `start`.
    """

    label: ClassVar[str]
    services: ClassVar[tuple[str, ...]]
    notifies: ClassVar[tuple[str, ...]]
    rates_hz: ClassVar[tuple[float, ...]]
    default_rate_hz: ClassVar[float]
    has_gyro: ClassVar[bool] = True
    serial_in_name: ClassVar[re.Pattern[str] | None] = None
    """What the whole advertised name looks like where it holds the serial number, which is the group."""
    agrees_s: ClassVar[float | None] = None
    """How long its sensors must be left alone to agree on a common clock; None where they cannot."""
    own_address: bytes = b""
    """The sensor's address as its packets told it, where a common clock needs it."""

    @classmethod
    @abstractmethod
    def recognises(cls, advertisement: Advertisement) -> bool:
        """Tell whether the advertisement is this family's: by name and service where others look alike."""

    @abstractmethod
    def start(self, rate_hz: float) -> Conversation:
        """Clear what an earlier session left, configure, and make it stream at `rate_hz`, one of `rates_hz`."""

    @abstractmethod
    def stop(self) -> Conversation:
        """Make it stop streaming, so that the next session finds it as new."""

    def agree(self, clock: CommonClock) -> Conversation:  # noqa: ARG002 - where there is nothing to say
        """Begin to agree on a common clock; the link is let go then, for `agrees_s`, and `start_together` follows."""
        yield from ()

    def start_together(self, rate_hz: float, clock: CommonClock) -> Conversation:  # noqa: ARG002 - by default alone
        """As `start`, keeping the common clock; `decode` tells from the answers whether the sensor has it."""
        yield from self.start(rate_hz)

    def part(self) -> Conversation:
        """As `stop`, for good: end what was agreed, too."""
        yield from self.stop()

    def identify(self) -> Conversation | None:
        """Make it blink; None where the family cannot, and the operator is asked to shake it."""
        return None

    def battery(self) -> Conversation | None:
        """Ask for the battery level, which `decode` then finds in the answer; None where it comes by itself."""
        return None

    @classmethod
    def may_hold_samples(cls, characteristic: str, data: bytes) -> bool:  # noqa: ARG003 - all that is notified, by default
        """Tell at a glance, without decoding, a notification that holds no samples, such as a battery level.

        It is asked of every notification as it comes; a family that sends nothing else unasked need not answer.
        """
        return True

    @classmethod
    def example_advertisement(cls) -> Advertisement:
        """An advertisement of a sensor of this family, for the checkers."""
        raise NotImplementedError

"""Gathering: a kit's sensors stream, and agree on one clock, before a session begins without a sensors screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import monotonic, sleep

from sensors.agreement import able
from sensors.discovery import LOOK_FOR_S, MakeRadio
from sensors.failure import SourceError
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor, wireless_driver
from sensors.roll_call import Attendance, RollCall
from tui.wordings import counted

STREAMS_WITHIN_S = 15.0
"""What sensors get that are heard, one after the other, until they stream."""
USUALLY_BACK_S, BACK_WITHIN_S = 4.0, 20.0
"""What they take after they have agreed until they stream again and say so, and what they get."""
LOOK_EVERY_S = 0.1


def gathered(kit: Kit, make_radio: MakeRadio, say: Callable[[str], None]) -> tuple[RollCall, list[str]]:
    """Have a kit's sensors stream, and those agree on one clock that can, and `say` so.

    Returns the roll call that has their links, for a Handover, and what is to be said of sensors that are missing or
    have not agreed. Raises SourceError where Bluetooth cannot be used.
    """
    roll_call = RollCall(make_radio)
    roll_call.start()
    try:
        say(f"looking for {counted(len(kit.sensors), 'sensor')} of kit {kit.name}, for {LOOK_FOR_S:g} s at most")
        found = _found(kit, roll_call)
        _wait(roll_call, lambda: _streaming(roll_call).keys() >= found.keys(), STREAMS_WITHIN_S)
        agreeing = {one for group in able(found.keys()).values() for one in group}
        if agreeing:
            alone_s = max(wireless_driver(one.family).agrees_s or 0.0 for one in agreeing)
            ready_s = alone_s + USUALLY_BACK_S
            say(f"{counted(len(agreeing), 'sensor')} agree on one clock; ready in about {ready_s:.0f} s")
            roll_call.synchronise(True)
            _wait(roll_call, lambda: _in_sync(roll_call) >= agreeing, alone_s + BACK_WITHIN_S)
        return roll_call, list(_lacking(kit, found, roll_call, agreeing))
    except BaseException:
        roll_call.stop()
        raise


def _found(kit: Kit, roll_call: RollCall) -> Mapping[Identity, KitSensor]:
    """Choose the kit's sensors as they are heard; return which of them are."""
    found: dict[Identity, KitSensor] = {}

    def all_heard() -> bool:
        for heard in roll_call.roll.heard:
            wanted = next((one for one in kit.sensors if one.identity.is_same(heard.identity)), None)
            if wanted is not None and heard.identity not in found:
                found[heard.identity] = wanted
                roll_call.choose(heard.identity, wanted.rate_hz)
        return len(found) == len(kit.sensors)

    _wait(roll_call, all_heard, LOOK_FOR_S)
    return found


def _wait(roll_call: RollCall, holds: Callable[[], bool], within_s: float) -> None:
    """Wait until it holds, but not for ever; raises SourceError where Bluetooth cannot be used."""
    until_s = monotonic() + within_s
    while not holds() and monotonic() < until_s:
        if roll_call.roll.trouble is not None:
            raise SourceError(roll_call.roll.trouble)
        sleep(LOOK_EVERY_S)


def _streaming(roll_call: RollCall) -> Mapping[Identity, Attendance]:
    return {one: attendance for one, attendance in roll_call.roll.attending.items() if attendance.streams}


def _in_sync(roll_call: RollCall) -> set[Identity]:
    return {one for one, attendance in _streaming(roll_call).items() if attendance.honesty.common_clock}


def _lacking(
    kit: Kit, found: Mapping[Identity, KitSensor], roll_call: RollCall, agreeing: set[Identity]
) -> Iterator[str]:
    """Yield what is to be said of each sensor that was not heard, or was to agree and has not."""
    heard = found.values()
    for sensor in kit.sensors:
        if sensor not in heard:
            yield f"{sensor.placement.label} is missing ({sensor.described})"
    for identity in agreeing - _in_sync(roll_call):
        yield f"{found[identity].placement.label} is not in sync with the others"

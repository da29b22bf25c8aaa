"""Kits: what is said of them, and how a session with one begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from analysis.live import LiveSession
from sensors.discovery import LOOK_FOR_S, MakeRadio, missing
from sensors.failure import ClonoscopeError
from sensors.identity import Identity
from sensors.kit import Kit, KitSensor
from sensors.kit_file import kit_names, load_kit
from sensors.kit_source import KitSource
from sensors.placement import Placement
from tui.beginning import NOTHING, Beginning
from tui.saving import recorded
from tui.wordings import counted


def lines(folder: Path) -> Iterator[str]:
    """Yield every kit in `folder` with what is in it."""
    names = kit_names(folder)
    if not names:
        yield "no kit yet; choose sensors with `clonoscope live` and save them as one"
    for name in names:
        try:
            kit = load_kit(folder, name)
        except ClonoscopeError as error:
            yield f"{name}: cannot be used: {error}"
            continue
        yield f"{name}: {counted(len(kit.sensors), 'sensor')}"
        for sensor in kit.sensors:
            yield f"  {sensor.placement.label:<14} {sensor.described}"


def known_places(folder: Path) -> dict[Identity, Placement]:
    """Return the sensors of all saved kits with their places; a kit that cannot be read knows none."""
    known: dict[Identity, Placement] = {}
    for name in kit_names(folder):
        with suppress(ClonoscopeError):
            known.update({sensor.identity: sensor.placement for sensor in load_kit(folder, name).sensors})
    return known


def absent(kit: Kit, make_radio: MakeRadio, say: Callable[[str], None]) -> list[str]:
    """Look for a kit's sensors, and `say` so; return what is to be said of each that is not heard.

    Raises SourceError where Bluetooth cannot be used.
    """
    sought = f"looking for {counted(len(kit.sensors), 'sensor')} of kit {kit.name}, for {LOOK_FOR_S:g} s at most"
    looked = missing(make_radio, kit, listening=lambda: say(sought))
    return [f"{s.placement.label} is missing ({s.described})" for s in asyncio.run(looked)]


def begun(
    kit: Kit, source: KitSource, short: Iterable[str], sessions: Path | None, beginning: Beginning = NOTHING
) -> LiveSession:
    """Return a session with a kit, not started yet; `short`, what it lacks as it begins, is kept in its file."""
    facts = {
        "kit": kit.name,
        **{f"sensor {sensor.placement.key}": _fact(sensor) for sensor in kit.sensors},
        **({"synchronised": "asked for"} if kit.synchronised else {}),
        "short at start": "; ".join(short) or "nothing",
    }
    return recorded(source, sessions, facts, beginning)


def _fact(sensor: KitSensor) -> str:
    identity = sensor.identity
    known = {"serial": identity.serial, "address": identity.address, "name": identity.name}
    told = "".join(f", {what} {text}" for what, text in known.items() if text)
    return f"{sensor.driver.label}{told}, {sensor.rate_hz:g} Hz"

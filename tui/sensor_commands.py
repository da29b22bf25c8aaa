"""The commands about Bluetooth sensors, and what the other commands need to use them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.exits import FAILED, told
from tui.options import RADIO, Positive, synchronised

if TYPE_CHECKING:
    from analysis.live import LiveSession
    from sensors.discovery import MakeRadio
    from sensors.kit import Kit

LONGEST_SCAN_S = 600.0


@click.command(short_help="List the sensors that are switched on")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a sensor.")
@click.option("--seconds", type=Positive(LONGEST_SCAN_S), default=5.0, show_default=True, metavar="S")
@RADIO
@click.pass_obj
@told
def scan(make_radio: MakeRadio | None, as_json: bool, seconds: float) -> None:
    """List the Bluetooth sensors that are switched on around us; other devices are counted, not listed.

    \b
    Exit status: 0 where a sensor was found, 1 where none was, or Bluetooth cannot be used.
    """
    tell_layouts()
    import asyncio

    from sensors import discovery
    from tui import scanning

    def listening() -> None:
        if not as_json:
            _tell(f"listening for {seconds:g} s")

    found = asyncio.run(discovery.scan(radio(make_radio), seconds, listening))
    for line in (scanning.as_json if as_json else scanning.table)(found):
        click.echo(line)
    click.echo(scanning.tally(found, seconds), err=as_json)
    if not found.sensors:
        sys.exit(FAILED)


@click.command(short_help="List the kits and their sensors")
@told
def kits() -> None:
    """List the saved kits and the sensors in each."""
    tell_layouts()
    from tui.kits import lines
    from tui.places import kits_folder

    for line in lines(kits_folder()):
        click.echo(line)


def radio(make_radio: MakeRadio | None) -> MakeRadio:
    """Return what was put in the place of the computer's Bluetooth, or that."""
    from sensors.link import Radio

    return make_radio or Radio


def tell_layouts() -> None:
    """Let the user's own descriptions of sensors take part, and say on stderr which of them cannot."""
    from sensors.layouts import use_layouts
    from tui.places import layouts_folder

    for sentence in use_layouts(layouts_folder()):
        _tell(sentence)


def _tell(sentence: str) -> None:
    click.echo(f"clonoscope: {sentence}", err=True)


def kit_session(name: str, make_radio: MakeRadio | None, sessions: Path | None) -> Callable[[], LiveSession]:
    """Return what begins a session with a kit; it says on stderr that they are looked for, and which are missing.

    Raises KitError where there is no such kit, SourceError where Bluetooth cannot be used.
    """
    from sensors.kit_file import load_kit
    from sensors.kit_source import KitSource
    from tui.kits import absent, begun
    from tui.places import kits_folder

    tell_layouts()
    kit = load_kit(kits_folder(), name)
    wanted = synchronised()
    kit = kit if wanted is None else replace(kit, synchronised=wanted)
    if kit.synchronised:
        return _synchronised_session(kit, make_radio, sessions)
    short = absent(kit, radio(make_radio), _tell)
    for sentence in short:
        _tell(f"{sentence}; it joins when it is heard")
    return lambda: begun(kit, KitSource(kit, radio(make_radio)), short, sessions)


def _synchronised_session(kit: Kit, make_radio: MakeRadio | None, sessions: Path | None) -> Callable[[], LiveSession]:
    """Return what begins a session over links whose sensors have agreed on one clock where they can."""
    from sensors.handover import Handover
    from tui.gathering import gathered
    from tui.kits import begun

    roll_call, short = gathered(kit, radio(make_radio), _tell)
    for sentence in short:
        _tell(sentence)

    def begin() -> LiveSession:
        try:
            return begun(kit, Handover(kit, roll_call), short, sessions)
        except BaseException:
            roll_call.stop()
            raise

    return begin

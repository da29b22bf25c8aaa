"""Options: what several commands of the command line take, and the kinds of their values."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.exits import told
from tui.terminal_encoding import usual_glyphs

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

LIVE_SCENARIO = "endless"
_Command = TypeVar("_Command", bound=Callable[..., Any])


class Positive(click.FloatRange):
    """A number above 0; `nan`, which lies in every range for click, is none."""

    def __init__(self, largest: float = sys.float_info.max) -> None:
        super().__init__(min=0, max=largest, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number that was typed."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


def complete_scenario(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the scenarios that begin like that."""
    from click.shell_completion import CompletionItem

    from sensors.scenarios import SCENARIOS

    return [CompletionItem(s.name, help=s.description) for s in SCENARIOS.values() if s.name.startswith(begun)]


def complete_kit(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the kits that begin like that."""
    from click.shell_completion import CompletionItem

    from sensors.kit_file import kit_names
    from tui.places import kits_folder

    return [CompletionItem(name) for name in kit_names(kits_folder()) if name.casefold().startswith(begun.casefold())]


def _as_said_before(name: str) -> Callable[[], str | Path | None]:
    """An option of a command that was given before the command's name holds for the command too."""

    def said() -> str | Path | None:
        found: str | Path | None = click.get_current_context().find_root().params.get(name)
        return found

    return said


@told
def _use_radio(context: click.Context, parameter: click.Parameter, spelled: str | None) -> None:
    """Put the radio that was named in the place of the computer's Bluetooth, for the command and those under it."""
    if spelled is None or context.resilient_parsing:
        return
    from sensors.own_radio.transport import HOW_TO_SPELL, Transport, own_radio
    from sensors.wording import clean

    transport = Transport.of(spelled)
    if transport is None:
        raise click.BadParameter(f"{clean(spelled)!r} names no radio; {HOW_TO_SPELL}", context, parameter)
    context.obj = own_radio(transport)


RADIO = click.option(
    "--radio",
    metavar="bumble:TRANSPORT",
    expose_value=False,
    callback=_use_radio,
    help="A Bluetooth dongle of the program's own, past the system's Bluetooth, such as bumble:usb:0 (extra `radio`).",
)
SESSIONS = click.option(
    "--sessions",
    default=_as_said_before("sessions"),
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLONOSCOPE_SESSIONS",
    help="Folder for saved sessions (default: the platform's folder for a program's data).",
)
PLAIN = click.option("--plain", is_flag=True, help="No screen: one line an event, for logs, pipes and screen readers.")
SIMULATE = click.option(
    "--simulate",
    is_flag=False,
    flag_value=LIVE_SCENARIO,
    metavar="[SCENARIO]",
    shell_complete=complete_scenario,
    help=f"Simulated sensors on simulated limbs (default scenario: {LIVE_SCENARIO}; see `clonoscope simulate --list`).",
)
_SYNCHRONISED = f"{__name__}.synchronised"


def _keep_synchronised(context: click.Context, _parameter: click.Parameter, wanted: bool | None) -> None:
    context.meta[_SYNCHRONISED] = wanted


def synchronised() -> bool | None:
    """Return whether a kit's sensors are to agree on one clock, as it was said; None: as the kit says."""
    wanted: bool | None = click.get_current_context().meta.get(_SYNCHRONISED)
    return wanted


def KIT(command: _Command) -> _Command:  # noqa: N802 - used as the options are
    """Add the option that names a kit, and the one that says whether its sensors agree on one clock."""
    sync = click.option(
        "--sync/--no-sync",
        default=None,
        expose_value=False,
        callback=_keep_synchronised,
        help="Have the kit's sensors agree on one clock first, where their family can (default: as the kit says).",
    )
    named = click.option(
        "--kit",
        metavar="NAME",
        shell_complete=complete_kit,
        help="The Bluetooth sensors of a kit (see `clonoscope kits`).",
    )
    return named(sync(command))


THEME = click.option(
    "--theme",
    type=click.Choice(["dark", "light", "high-contrast", "colour-blind"]),
    default=lambda: _as_said_before("theme")() or "dark",
    envvar="CLONOSCOPE_THEME",
    help="Colours of the screen (default: dark).",
)
GLYPHS = click.option(
    "--glyphs",
    type=click.Choice(["braille", "block", "ascii"]),
    default=lambda: _as_said_before("glyphs")() or usual_glyphs(),
    envvar="CLONOSCOPE_GLYPHS",
    help="What traces are drawn with (default: braille, ascii where the locale is not UTF-8); see `clonoscope doctor`.",
)
RECORDING = click.argument("recording", type=click.Path(path_type=Path))
BAND = click.option(
    "--band", type=click.Choice(["limbs", "jaw"]), default="limbs", show_default=True, help="3 to 8 Hz, or 3 to 12 Hz."
)
PARAMETERS = click.option(
    "--parameters",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A TOML file with parameters of the detector that are to be tried.",
)
AGAINST = click.option(
    "--against",
    type=click.Choice(["shown", "corrected", "limbs", "jaw"]),
    help="Show the difference from another answer instead.",
)

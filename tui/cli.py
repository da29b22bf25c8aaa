"""The command line. Each command imports what it needs when it runs, so that the first frame comes at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sensors.failure import ClonoscopeError
from sensors.version import VERSION
from tui.collector import put_off
from tui.exits import NotedSignals, told
from tui.export_command import export
from tui.file_commands import recover, verify
from tui.key_command import keys
from tui.options import (
    AGAINST,
    BAND,
    GLYPHS,
    KIT,
    PARAMETERS,
    PLAIN,
    RADIO,
    RECORDING,
    SESSIONS,
    SIMULATE,
    THEME,
    Positive,
)
from tui.passphrases import ENCRYPT, ask_where_possible
from tui.report_command import report
from tui.review_command import review
from tui.rule_command import rules
from tui.sensor_commands import kit_session, kits, scan
from tui.session_command import sessions
from tui.simulate_command import simulate
from tui.trend_command import trend

if TYPE_CHECKING:
    from analysis.live import LiveSession
    from sensors.discovery import MakeRadio
    from sensors.recordings import Flaws
    from sensors.source import Recording, Source

FASTEST = 1e6
"""Times real time: an hour in 4 ms, faster than any machine analyses it."""


class _Program(click.Group):
    """The group of all commands, as it is called from a shell."""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """Run; what an output cannot encode (a "≥" on an old code page) becomes a question mark there."""
        for output in (sys.stdout, sys.stderr):
            if isinstance(output, TextIOWrapper):
                output.reconfigure(errors="replace")
        put_off()
        return super().__call__(*arguments, **settings)


@click.group(cls=_Program, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="clonoscope")
@SESSIONS
@RADIO
@ENCRYPT
@THEME
@GLYPHS
@click.pass_context
@told
def main(context: click.Context, sessions: Path | None, theme: str, glyphs: str) -> None:
    """Live multi-sensor clonus sessions in the terminal.

    Without a command the dashboard opens on its home screen. Clonoscope is a measurement aid, never a diagnosis.

    \b
    Exit status: 0 done, 1 a recording or folder could not be used (one line says why), 2 wrong usage.
    """
    ask_where_possible()
    if context.invoked_subcommand is None:
        _needs_terminal("clonoscope COMMAND --plain, or see clonoscope --help")
        from tui.first_frame import open_home

        sys.exit(open_home(context.obj, sessions, theme, glyphs))


def _missing_terminal() -> str | None:
    """Return which end of a screen is not there: it is seen on one stream, and left by keys from the other."""
    for name, stream in (("output", sys.stdout), ("input", sys.stdin)):
        if stream is None or not stream.isatty():
            return f"standard {name}"
    return None


def _needs_terminal(instead: str) -> None:
    missing = _missing_terminal()
    if missing is not None:
        raise ClonoscopeError(f"{missing} is not a terminal; use {instead}")


@main.command(short_help="Watch a bundled stream of four sensors")
@SESSIONS
@THEME
@GLYPHS
@PLAIN
@told
def demo(sessions: Path | None, theme: str, glyphs: str, plain: bool) -> None:
    """Show a session on a bundled stream: four sensors, a stretch without clonus, two with, and a lost sensor.

    Without a terminal the same session is printed as plain lines, as fast as it can be analysed.
    """
    if plain or _missing_terminal() is not None:
        _print(_demo(), sessions, speed=None)
    else:
        _watch(_demo, "the demonstration", sessions, theme, glyphs)


@main.command(short_help="Watch and record a session")
@SIMULATE
@KIT
@RADIO
@ENCRYPT
@SESSIONS
@THEME
@GLYPHS
@PLAIN
@click.pass_obj
@told
def live(
    make_radio: MakeRadio | None,
    simulate: str | None,
    kit: str | None,
    sessions: Path | None,
    theme: str,
    glyphs: str,
    plain: bool,
) -> None:
    """Watch and record a live session. Without an option the sensors screen opens: choose sensors, save them as a kit.

    \b
    clonoscope live --kit "Ward 3"         the sensors of a kit
    clonoscope live --simulate             trials without an end
    clonoscope live --simulate both-ankles a named scenario
    """
    _only_one(simulate, kit)
    if simulate is not None and plain:
        _print(_simulated(simulate), sessions, speed=1.0)
    elif simulate is not None:
        _watch(partial(_simulated, simulate), f"simulated {simulate}", sessions, theme, glyphs)
    elif kit is not None and plain:
        _run_headless(kit_session(kit, make_radio, sessions), None, plain)
    elif kit is not None:
        _needs_terminal("--plain")
        from tui.first_frame import open_session

        sys.exit(open_session(kit_session(kit, make_radio, sessions), theme, glyphs))
    elif plain:
        raise click.UsageError("say what to watch: --kit NAME, --simulate, or --simulate SCENARIO")
    else:
        _needs_terminal("clonoscope live --kit NAME --plain")
        from tui.first_frame import open_sensors

        sys.exit(open_sensors(make_radio, sessions, theme, glyphs))


@main.command(short_help="Record a session without a screen")
@SIMULATE
@KIT
@RADIO
@ENCRYPT
@SESSIONS
@PLAIN
@click.option("--duration", type=Positive(), metavar="S", help="Seconds to record.")
@click.pass_obj
@told
def record(
    make_radio: MakeRadio | None,
    simulate: str | None,
    kit: str | None,
    sessions: Path | None,
    plain: bool,
    duration: float | None,
) -> None:
    """Record a session without a screen; the path of the file is printed last.

    Ctrl+C, SIGTERM or closing the terminal end it cleanly: the file is closed and complete.
    """
    _only_one(simulate, kit)
    if kit is not None:
        _run_headless(kit_session(kit, make_radio, sessions), duration, plain)
        return
    from sensors.replay import Playhead, Replay

    source = Replay(_simulated(simulate), Playhead())
    _run_headless(partial(_recorded, source, sessions), duration, plain)


@main.command(short_help="Play a session or a stream again")
@RECORDING
@click.option("--speed", type=Positive(FASTEST), default=1.0, show_default=True, metavar="X")
@THEME
@GLYPHS
@PLAIN
@told
def replay(recording: Path, speed: float, theme: str, glyphs: str, plain: bool) -> None:
    """Play a saved session or a stream again: pause, seek, step from episode to episode.

    With --plain the events are printed as they come, at --speed times real time.
    """
    if not plain:
        _needs_terminal("clonoscope replay --plain")
        from tui.first_frame import open_review

        sys.exit(open_review(recording, speed, theme, glyphs))
    from analysis.live import LiveSession
    from analysis.wordings import mended
    from sensors.recordings import Flaws, open_recording
    from sensors.replay import Playhead, Replay

    with closing(open_recording(recording)) as opened:
        flaws = Flaws.of(opened)
        for sensor in opened.sensors:
            if said := mended(flaws, sensor.key):
                click.echo(f"# {sensor.label:<14} {said}")
        played = Replay(opened, Playhead(speed=speed, at_s=opened.begins_s))
        try:
            _run_headless(partial(LiveSession, played), None, plain=True)
        finally:
            _warn(Flaws.of(opened))


@main.command(short_help="Find the episodes, by the same code as live")
@RECORDING
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON (schema clonoscope.analysis/1).")
@BAND
@PARAMETERS
@AGAINST
@told
def analyze(recording: Path, as_json: bool, band: str, parameters: Path | None, against: str | None) -> None:
    """Find the episodes in a saved session or a stream, by the same code as live, as fast as it goes.

    --against shows what differs from what the live session showed, from what the examiner corrected, or from what
    another band finds; with --parameters and --against limbs, what those parameters change.
    """
    from analysis.bands import BANDS, detector_with
    from analysis.parameter_file import load_parameters
    from analysis.reanalysis import Against, compared
    from analysis.results import analyse, document
    from sensors.recordings import Flaws, open_recording
    from sensors.wording import clean

    with closing(open_recording(recording)) as opened:
        chosen = BANDS[band] if parameters is None else load_parameters(parameters, BANDS[band])
        called = band if parameters is None else f"{band}, {clean(parameters.name)}"
        session = analyse(opened, detector_with(chosen))
        flaws = Flaws.of(opened)
        detector = next(iter(session.detectors.values()))
        difference = against and compared(opened, session.snapshot(), detector, called, Against(against))
    _warn(flaws)
    if as_json:
        found = document(session, flaws)
        click.echo(json.dumps(found | ({"comparison": difference.document()} if difference else {}), indent=1))
        return
    from tui.differences import told as told_differences
    from tui.plain import results

    for line in told_differences(difference) if difference else results(session, flaws):
        click.echo(line)


def _warn(flaws: Flaws) -> None:
    """Say on stderr what whoever relies on a recording's results must know."""
    from analysis.wordings import warnings

    for sentence in warnings(flaws):
        click.echo(f"clonoscope: {sentence}", err=True)


@main.command(short_help="Look at terminal, Bluetooth, folder and disk")
@SESSIONS
def doctor(sessions: Path | None) -> None:
    """Look at Python, terminal, colours, glyphs, Bluetooth, session folder and disk."""
    from tui.doctor import examine
    from tui.places import sessions_folder

    for finding in examine(sessions_folder(sessions)):
        click.echo(str(finding))


@main.command(short_help="Print the script that completes what you type")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, files and scenarios in your shell.

    \b
    bash   clonoscope completion bash > ~/.local/share/bash-completion/completions/clonoscope
    zsh    clonoscope completion zsh > "${fpath[1]}/_clonoscope"
    fish   clonoscope completion fish > ~/.config/fish/completions/clonoscope.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(main, {}, "clonoscope", "_CLONOSCOPE_COMPLETE").source())


main.add_command(scan)
main.add_command(kits)
main.add_command(rules)
main.add_command(recover)
main.add_command(verify)
main.add_command(export)
main.add_command(report)
main.add_command(trend)
main.add_command(sessions)
main.add_command(simulate)
main.add_command(keys)
main.add_command(review)


def _only_one(simulate: str | None, kit: str | None) -> None:
    if simulate is not None and kit is not None:
        raise click.UsageError("--simulate and --kit are two sessions; choose one of them")


def _demo() -> Recording:
    from sensors.recordings import open_recording
    from tui.places import DEMO_STREAM, sample_stream

    return open_recording(sample_stream(DEMO_STREAM))


def _simulated(scenario: str | None) -> Recording:
    if scenario is None:
        raise click.UsageError("say what to record: --kit NAME, --simulate, or --simulate SCENARIO")
    from sensors.scenarios import find
    from sensors.simulation import Simulation

    return Simulation(find(scenario))


def _recorded(source: Source, sessions: Path | None) -> LiveSession:
    from tui.saving import recorded

    return recorded(source, sessions)


def _watch(read: Callable[[], Recording], what: str, sessions: Path | None, theme: str, glyphs: str) -> None:
    """Run a recording through a live session that is saved, on the screen."""
    _needs_terminal("--plain")
    from tui.first_frame import open_live

    sys.exit(open_live(read, what, sessions, theme, glyphs))


def _print(recording: Recording, sessions: Path | None, *, speed: float | None) -> None:
    """Run a recording through a live session that is saved, as plain lines; without a speed as fast as it goes."""
    from sensors.replay import Playhead, Replay

    playhead = None if speed is None else Playhead(speed, recording.begins_s)
    _run_headless(partial(_recorded, Replay(recording, playhead), sessions), None, plain=True)


def _run_headless(begin: Callable[[], LiveSession], duration_s: float | None, plain: bool) -> None:
    """Run the session that `begin` makes: a signal ends it cleanly from the moment that there is a file to close."""
    from tui.headless import run

    with NotedSignals() as signals:
        session = begin()
        run(session, duration_s, click.echo if plain else None, signals.received)
    saving = session.snapshot().saving
    if saving is not None:
        click.echo(str(saving.path))
    if session.failure is not None:
        raise ClonoscopeError(session.failure)
    if signals.received:
        sys.exit(signals.status)

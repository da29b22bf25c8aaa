"""The command line. Each command imports what it needs when it runs, so that the first frame comes at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

from sensors.failure import ClonoscopeError
from sensors.version import VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from analysis.live import LiveSession
    from sensors.source import Recording, Source

P = ParamSpec("P")
LIVE_SCENARIO = "endless"
FAILED = 1
SIGNALLED = 128


def _complete_scenario(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from sensors.scenarios import SCENARIOS

    return [CompletionItem(s.name, help=s.description) for s in SCENARIOS.values() if s.name.startswith(begun)]


def _told(command: Callable[P, None]) -> Callable[P, None]:
    """Turn an expected failure into one line on stderr and exit status 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ClonoscopeError as error:
            click.echo(f"clonoscope: {error}", err=True)
            sys.exit(FAILED)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(FAILED)

    return run


def _as_said_before(name: str) -> Callable[[], str | Path | None]:
    """An option of a command that was given before the command's name holds for the command too."""

    def said() -> str | Path | None:
        found: str | Path | None = click.get_current_context().find_root().params.get(name)
        return found

    return said


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
    shell_complete=_complete_scenario,
    help=f"Simulated sensors on simulated limbs (default scenario: {LIVE_SCENARIO}; see `clonoscope simulate --list`).",
)
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
    default=lambda: _as_said_before("glyphs")() or "braille",
    envvar="CLONOSCOPE_GLYPHS",
    help="What traces are drawn with (default: braille); `clonoscope doctor` shows which your font has.",
)
RECORDING = click.argument("recording", type=click.Path(path_type=Path))


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="clonoscope")
@SESSIONS
@THEME
@GLYPHS
@click.pass_context
@_told
def main(context: click.Context, sessions: Path | None, theme: str, glyphs: str) -> None:
    """Live multi-sensor clonus sessions in the terminal.

    Without a command the dashboard opens on its home screen. Clonoscope is a measurement aid, never a diagnosis.

    \b
    Exit status: 0 done, 1 a recording or folder could not be used (one line says why), 2 wrong usage.
    """
    if context.invoked_subcommand is None:
        _needs_terminal("clonoscope COMMAND --plain, or see clonoscope --help")
        from tui.launch import open_home

        sys.exit(open_home(sessions, theme, glyphs))


def _needs_terminal(instead: str) -> None:
    if not sys.stdout.isatty():
        raise ClonoscopeError(f"standard output is not a terminal; use {instead}")


@main.command()
@SESSIONS
@THEME
@GLYPHS
@PLAIN
@_told
def demo(sessions: Path | None, theme: str, glyphs: str, plain: bool) -> None:
    """Show a session on a bundled stream: four sensors, a stretch without clonus, two with, and a lost sensor.

    Without a terminal the same session is printed as plain lines, as fast as it can be analysed.
    """
    from sensors.recordings import open_recording
    from tui.places import DEMO_STREAM, sample_stream

    recording = open_recording(sample_stream(DEMO_STREAM))
    if sys.stdout.isatty() and not plain:
        _watch(recording, sessions, theme, glyphs)
    else:
        _print(recording, sessions, speed=None)


@main.command()
@SIMULATE
@SESSIONS
@THEME
@GLYPHS
@PLAIN
@_told
def live(simulate: str | None, sessions: Path | None, theme: str, glyphs: str, plain: bool) -> None:
    """Watch and record a live session.

    \b
    clonoscope live --simulate             trials without an end
    clonoscope live --simulate both-ankles a named scenario
    """
    if plain:
        _print(_simulated(simulate), sessions, speed=1.0)
    else:
        _watch(_simulated(simulate), sessions, theme, glyphs)


@main.command()
@SIMULATE
@SESSIONS
@PLAIN
@click.option("--duration", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Seconds to record.")
@_told
def record(simulate: str | None, sessions: Path | None, plain: bool, duration: float | None) -> None:
    """Record a session without a screen; the path of the file is printed last.

    Ctrl+C, SIGTERM or closing the terminal end it cleanly: the file is closed and complete.
    """
    from sensors.replay import Playhead, Replay

    session = _recorded(Replay(_simulated(simulate), Playhead()), sessions)
    _run_headless(session, duration, plain)


@main.command()
@RECORDING
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, metavar="X")
@THEME
@GLYPHS
@PLAIN
@_told
def replay(recording: Path, speed: float, theme: str, glyphs: str, plain: bool) -> None:
    """Play a saved session or a stream again: pause, seek, step from episode to episode.

    With --plain the events are printed as they come, at --speed times real time.
    """
    if not plain:
        _needs_terminal("clonoscope replay --plain")
        from tui.launch import open_review

        sys.exit(open_review(recording, speed, theme, glyphs))
    from analysis.live import LiveSession
    from sensors.recordings import open_recording
    from sensors.replay import Playhead, Replay

    with closing(open_recording(recording)) as opened:
        _run_headless(LiveSession(Replay(opened, Playhead(speed=speed, at_s=opened.begins_s))), None, plain=True)


@main.command()
@RECORDING
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON (schema clonoscope.analysis/1).")
@_told
def analyze(recording: Path, as_json: bool) -> None:
    """Find the episodes in a saved session or a stream, by the same code as live, as fast as it goes."""
    from analysis.results import analyse, document
    from sensors.recordings import open_recording

    with closing(open_recording(recording)) as opened:
        session = analyse(opened)
    if as_json:
        click.echo(json.dumps(document(session), indent=1))
        return
    from tui.plain import results

    for line in results(session):
        click.echo(line)


@main.command()
@click.argument("scenario", required=False, shell_complete=_complete_scenario)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Stream file to write, *.csv.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios and end.")
@_told
def simulate(scenario: str | None, output: Path | None, listing: bool) -> None:
    """Write a simulated stream, and the truth about its beats beside it (*.truth.json)."""
    from sensors.scenarios import SCENARIOS, find

    if listing:
        for known in SCENARIOS.values():
            click.echo(f"{known.name:<14} {known.description}")
        return
    if scenario is None or output is None:
        raise click.UsageError("name a scenario and a file: clonoscope simulate SCENARIO -o FILE.csv")
    from sensors.simulation import Simulation
    from sensors.stream_writer import write_stream, write_truth

    simulation = Simulation(find(scenario))
    try:
        write_stream(simulation, output)
        write_truth(simulation, output.with_suffix(".truth.json"))
    except OSError as error:
        raise ClonoscopeError(f"{output}: cannot be written ({error.strerror}); choose another place") from None
    click.echo(str(output))


@main.command()
@SESSIONS
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@_told
def sessions(sessions: Path | None, as_json: bool) -> None:
    """List the saved sessions, newest first."""
    from tui.library import lines, listed
    from tui.places import sessions_folder

    found = listed(sessions_folder(sessions))
    if as_json:
        click.echo(json.dumps([entry.as_json() for entry in found], indent=1))
        return
    for line in lines(found):
        click.echo(line)


@main.command()
@SESSIONS
def doctor(sessions: Path | None) -> None:
    """Look at Python, terminal, colours, glyphs, Bluetooth, session folder and disk."""
    from tui.doctor import examine
    from tui.places import sessions_folder

    for finding in examine(sessions_folder(sessions)):
        click.echo(str(finding))


@main.command()
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


def _simulated(scenario: str | None) -> Recording:
    if scenario is None:
        raise click.UsageError("say what to watch: --simulate, or --simulate SCENARIO")
    from sensors.scenarios import find
    from sensors.simulation import Simulation

    return Simulation(find(scenario))


def _recorded(source: Source, sessions: Path | None) -> LiveSession:
    from tui.saving import recorded

    return recorded(source, sessions)


def _watch(recording: Recording, sessions: Path | None, theme: str, glyphs: str) -> None:
    """Run a recording through a live session that is saved, on the screen."""
    _needs_terminal("--plain")
    from sensors.replay import Playhead, Replay
    from tui.launch import open_live

    sys.exit(open_live(Replay(recording, Playhead(at_s=recording.begins_s)), sessions, theme, glyphs))


def _print(recording: Recording, sessions: Path | None, *, speed: float | None) -> None:
    """Run a recording through a live session that is saved, as plain lines; without a speed as fast as it goes."""
    from sensors.replay import Playhead, Replay

    playhead = None if speed is None else Playhead(speed, recording.begins_s)
    _run_headless(_recorded(Replay(recording, playhead), sessions), None, plain=True)


def _run_headless(session: LiveSession, duration_s: float | None, plain: bool) -> None:
    from tui.headless import headline, run

    if plain:
        click.echo(headline(session))
    received = run(session, duration_s, click.echo if plain else None)
    saving = session.snapshot().saving
    if saving is not None:
        click.echo(str(saving.path))
    if session.failure is not None:
        raise ClonoscopeError(session.failure)
    if received:
        sys.exit(SIGNALLED + received)

"""The command that compares the sessions of a code."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensors.failure import ClonoscopeError
from tui.exits import told
from tui.options import SESSIONS

if TYPE_CHECKING:
    from analysis.kept_figures import KeptFigures

MOST_CODES = 12
USUAL_COLUMNS = 100
"""What a pipe is taken to be wide."""


@click.command(short_help="Compare the sessions of a patient's code")
@click.argument("code")
@SESSIONS
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Page to write, *.html, instead of lines."
)
@told
def trend(code: str, sessions: Path | None, output: Path | None) -> None:
    """Compare the sessions of a patient's CODE: beats in 10 s, duration, frequency and pain of each limb.

    Treatments are marked, the spread of each session's trials is shown, and no change is claimed that is smaller.
    """
    from analysis.kept_figures import KeptFigures
    from analysis.reports import trend_page
    from sensors.private_file import write_text
    from tui.places import sessions_folder
    from tui.trend_lines import lines

    if output is not None and output.suffix.lower() not in (".html", ".htm"):
        raise click.UsageError("a trend is written as a page: end its name in .html")
    kept = KeptFigures(sessions_folder(sessions))
    found = kept.trend(code, _progress if sys.stderr.isatty() else None)
    for sentence in kept.troubles:
        click.echo(f"clonoscope: {sentence}", err=True)
    if not (found.sessions or found.undated or found.unusable):
        raise ClonoscopeError(f"{code}: {_nobody(kept)}")
    if output is not None:
        write_text(output, trend_page.written(found))
        click.echo(str(output))
        return
    click.echo(f"{found.code}  {trend_page.subtitle(found)}")
    for line in lines(found, shutil.get_terminal_size((USUAL_COLUMNS, 24)).columns):
        click.echo(line.whole)


def _progress(done: int, of: int) -> None:
    click.echo(f"\rreading session {done} of {of}{'' if done < of else chr(10)}", err=True, nl=False)


def _nobody(kept: KeptFigures) -> str:
    """Say whose sessions there are instead."""
    codes = list(kept.codes())
    if not codes:
        return f"no session in {kept.folder} belongs to a code; give it one when it begins"
    others = f" and {len(codes) - MOST_CODES} more" if len(codes) > MOST_CODES else ""
    return f"no session in {kept.folder} belongs to this code; there are {', '.join(codes[:MOST_CODES])}{others}"

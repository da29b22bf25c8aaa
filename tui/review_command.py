"""The command `review`: look at a recording episode by episode, and correct it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sensors.failure import ClonoscopeError
from tui.exits import told
from tui.options import GLYPHS, RECORDING, THEME


@click.command(short_help="Judge and correct trials and episodes")
@RECORDING
@THEME
@GLYPHS
@told
def review(recording: Path, theme: str, glyphs: str) -> None:
    """Look at the trials and episodes of a recording one by one: judge, correct, compare.

    What is said of a saved session is added to its file, beside what was found.
    """
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise ClonoscopeError("standard input or output is no terminal; use clonoscope analyze")
    from tui.first_frame import open_review

    sys.exit(open_review(recording, 1.0, theme, glyphs, reviewing=True))

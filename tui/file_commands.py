"""The commands about session files: is one whole, and what can be saved of one that is not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensors.wording import clean
from tui.exits import FAILED, told

if TYPE_CHECKING:
    from sensors.session_verify import Finding, Verdict

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
LONGEST_LINE = 1000


@click.command(short_help="Prove saved sessions whole")
@FILES
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON (schema clonoscope.verify/1).")
@told
def verify(files: tuple[Path, ...], as_json: bool) -> None:
    """Prove saved sessions whole: structure, checksums, sequence, content, audit log, end; a line each.

    \b
    ok   is proven, !! is not, and a line without a sign is about what the file has not got.
    Exit status: 0 each file is whole, 1 one is not.
    """
    from sensors.session_verify import verify as verified

    verdicts: list[Verdict] = []
    for path in files:
        verdict = verified(path)
        verdicts.append(verdict)
        if not as_json:
            click.echo(clean(str(verdict.path), LONGEST_LINE))
            for finding in verdict.findings:
                click.echo(_line(finding))
    if as_json:
        found = {"schema": "clonoscope.verify/1", "files": [_as_json(verdict) for verdict in verdicts]}
        click.echo(json.dumps(found, indent=1))
    if not all(verdict.whole for verdict in verdicts):
        sys.exit(FAILED)


@click.command(short_help="Save what can be read of a damaged session")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="New file (default: NAME-recovered beside it).",
)
@told
def recover(file: Path, output: Path | None) -> None:
    """Save into a new file what can still be read of FILE: cut, damaged, or copied without its journal.

    FILE and what lies beside it are only read. What is missing is said, a sentence each.

    
    Exit status: 0 something was saved (its path is printed last), 1 nothing could be.
    """
    from sensors.session_salvage import salvage

    saved = salvage(file, output or file.with_name(f"{file.stem}-recovered{file.suffix}"))
    click.echo(f"{saved.packets:,} packets are saved, up to {saved.held_s:.2f} s")
    for sentence in saved.lost:
        click.echo(clean(sentence, LONGEST_LINE))
    if not saved.lost:
        click.echo("nothing is missing")
    click.echo(str(saved.path))


def _line(finding: Finding) -> str:
    sign = {True: "ok  ", False: "!!  ", None: "    "}[finding.whole]
    return f"  {sign}{finding.subject:<10} {finding.text}"


def _as_json(verdict: Verdict) -> dict[str, object]:
    findings = [{"subject": f.subject, "whole": f.whole, "text": f.text} for f in verdict.findings]
    return {"path": str(verdict.path), "whole": verdict.whole, "chain": verdict.chain, "findings": findings}

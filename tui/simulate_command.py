"""`clonoscope simulate`: a simulated stream as a file, and the truth about it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import click

from sensors.failure import ClonoscopeError
from tui.exits import told
from tui.options import Positive, complete_scenario

LONGEST_STREAM_S = 3600.0
"""What is written of a simulation at most: its rows are sorted in memory, and sixteen sensors make 12 million."""


@click.command(short_help="Write a simulated stream and its truth")
@click.argument("scenario", required=False, shell_complete=complete_scenario)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Stream file to write, *.csv.")
@click.option("--duration", type=Positive(LONGEST_STREAM_S), metavar="S", help="Seconds to write (default: all).")
@click.option("--list", "listing", is_flag=True, help="List the scenarios and end.")
@told
def simulate(scenario: str | None, output: Path | None, duration: float | None, listing: bool) -> None:
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

    whole = find(scenario)
    if duration is None and math.isinf(whole.duration_s):
        raise click.UsageError(f"{scenario} has no end; say how much of it to write: --duration S")
    simulation = Simulation(whole if duration is None else replace(whole, duration_s=min(duration, whole.duration_s)))
    try:
        write_stream(simulation, output)
        write_truth(simulation, output.with_suffix(".truth.json"))
    except OSError as error:
        raise ClonoscopeError(f"{output}: cannot be written ({error.strerror}); choose another place") from None
    click.echo(str(output))

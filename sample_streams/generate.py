"""Makes the bundled streams anew from their scenarios: `python -m sample_streams.generate [--check]`.

The real recording in this folder is not made here; README.md says where it comes from.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

from sensors.scenarios import SCENARIOS, Scenario
from sensors.simulation import Simulation
from sensors.stream_writer import write_stream, write_truth

FOLDER = Path(__file__).parent
VALUE_TOLERANCE = 0.08
"""One step of the sensor and a printed digit, in deg/s and generous for m/s²: other processors round otherwise."""
BEAT_TOLERANCE_S = 0.0021
"""How far such rounding may move a beat: two steps of the simulation."""


def bundled() -> tuple[Scenario, ...]:
    """Return the scenarios that have an end; each is a stream in this folder."""
    return tuple(scenario for scenario in SCENARIOS.values() if math.isfinite(scenario.duration_s))


def stream_name(scenario: Scenario) -> str:
    """Return the name of a scenario's files without their suffixes."""
    return scenario.name.replace("-", "_")


def generate(scenario: Scenario, folder: Path) -> None:
    """Write the stream and its truth into `folder`."""
    simulation = Simulation(scenario)
    write_stream(simulation, folder / f"{stream_name(scenario)}.csv")
    write_truth(simulation, folder / f"{stream_name(scenario)}.truth.json")


def difference(scenario: Scenario, folder: Path) -> str | None:
    """Say what in `folder` is not as the scenario makes it today, rounding aside; None where all is."""
    name = stream_name(scenario)
    with tempfile.TemporaryDirectory() as fresh:
        generate(scenario, Path(fresh))
        for file, agree in ((f"{name}.csv", _same_stream), (f"{name}.truth.json", _same_truth)):
            if not (folder / file).exists():
                return f"{file} is missing"
            made, kept = ((place / file).read_text(encoding="utf-8") for place in (Path(fresh), folder))
            if made != kept and not agree(made, kept):
                return f"{file} is not what its scenario makes"
    return None


def _same_stream(made: str, kept: str) -> bool:
    made_rows, kept_rows = ([line.split(",") for line in text.splitlines()] for text in (made, kept))
    if len(made_rows) != len(kept_rows) or made_rows[0] != kept_rows[0]:
        return False
    return all(
        a[:2] == b[:2] and all(abs(float(x) - float(y)) <= VALUE_TOLERANCE for x, y in zip(a[2:], b[2:], strict=True))
        for a, b in zip(made_rows[1:], kept_rows[1:], strict=True)
    )


def _same_truth(made: str, kept: str) -> bool:
    made_episodes, kept_episodes = (json.loads(text)["episodes"] for text in (made, kept))
    return len(made_episodes) == len(kept_episodes) and all(
        (a["sensor"], a["beats"]) == (b["sensor"], b["beats"])
        and all(abs(x - y) <= BEAT_TOLERANCE_S for x, y in zip(a["beat_times_s"], b["beat_times_s"], strict=True))
        for a, b in zip(made_episodes, kept_episodes, strict=True)
    )


def main() -> int:
    """Write every stream, or with --check say which are out of date; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sample_streams.generate", description=(__doc__ or "").split(":")[0]
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a stream is out of date")
    if not parser.parse_args().check:
        for scenario in bundled():
            generate(scenario, FOLDER)
            print(f"{stream_name(scenario)}: {scenario.description}")
        return 0
    found = [text for scenario in bundled() if (text := difference(scenario, FOLDER)) is not None]
    for text in found:
        print(f"{text}; run python -m sample_streams.generate", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

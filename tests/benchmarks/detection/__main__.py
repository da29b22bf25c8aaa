"""`python -m tests.benchmarks.detection`: measure the detector and print the tables of docs/detection.md.

Thresholds of `analysis/` are chosen on the tuning seeds and frozen before `--seeds reporting` is run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.detector import BeatDetector
from sensors.version import VERSION
from tests.benchmarks.detection import invariance, page, recordings, speed, tables
from tests.benchmarks.detection.reflex_trials import Reflexes
from tests.benchmarks.detection.run import over
from tests.benchmarks.detection.seeds import SETS, TUNING
from tests.benchmarks.row import Row


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.detection")
    parser.add_argument("--seeds", choices=list(SETS), default=TUNING, help="tuning by default")
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases")
    parser.add_argument("--accelerometer", action="store_true", help="the same cases without gyroscopes as well")
    parser.add_argument("--invariance", action="store_true", help="turn, mirror and cut some of the cases as well")
    parser.add_argument("--speed", action="store_true", help="measure speed, growth and memory as well")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="real recordings as a table of their own")
    parser.add_argument("--kinds", nargs="+", metavar="KIND", help="only kinds whose names contain one of these")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="also put the tables into a page, between its marks")
    return parser.parse_args()


def _report(arguments: argparse.Namespace) -> Iterator[str]:
    sets = SETS[arguments.seeds]
    size = "a tenth of the cases" if arguments.quick else "all cases"
    many = f" (sets of them: {len(sets)})" if len(sets) > 1 else ""
    yield f"Clonoscope {VERSION}, {BeatDetector.name} {BeatDetector.version}, {arguments.seeds} seeds{many}, {size}."
    yield from _simulated(arguments, accelerometer=False)
    if arguments.accelerometer:
        yield from _simulated(arguments, accelerometer=True)
    if arguments.invariance:
        yield "\n### What must change nothing\n"
        yield from _rows(invariance.rows(Reflexes(sets[0])))
    if arguments.recordings:
        yield "\n### Real recordings, none of which holds clonus\n"
        yield from recordings.table(arguments.recordings)
    if arguments.speed:
        yield "\n### Speed\n"
        yield from _rows(speed.rows())


def _simulated(arguments: argparse.Namespace, accelerometer: bool) -> Iterator[str]:
    outcome = over(SETS[arguments.seeds], arguments.kinds or (), arguments.quick, accelerometer)
    yield f"\n### {'Accelerometer only: the same cases' if accelerometer else 'Six-axis sensors'}\n"
    yield from tables.figures(outcome.by_kind)
    yield "\nBy kind of clonus (pairs are median / 95 %):\n"
    yield from tables.clonus(outcome.by_kind)
    yield "\nWhere there is none:\n"
    yield from tables.disturbances(outcome.by_kind)
    yield "\nBy sensor and link, clonus clearly above noise:\n"
    yield from tables.links(outcome.by_link)


def _rows(rows: Sequence[Row]) -> Iterator[str]:
    yield tables.header("What", "Measured")
    for row in rows:
        yield tables.line(row.what, row.figure)


def main() -> None:
    """Print the tables as they become known."""
    arguments = _arguments()
    lines = []
    for line in _report(arguments):
        print(line, flush=True)
        lines.append(line)
    if arguments.write:
        page.put(arguments.write, "\n".join(lines))


if __name__ == "__main__":
    main()

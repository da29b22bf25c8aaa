"""`make benchmark`: measure this machine and print the table for docs/performance.md."""

from __future__ import annotations

import os
import platform

from sensors.version import VERSION
from tests.benchmarks import engine, library, screen


def main() -> None:
    """Print the table as Markdown, row by row as it is measured."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"Clonoscope {VERSION} on {machine}\n")
    print("| What | Measured |\n|---|---|")
    for measure in (engine.rows, screen.rows, library.rows):
        for row in measure():
            print(f"| {row.what} | {row.figure} |", flush=True)


if __name__ == "__main__":
    main()

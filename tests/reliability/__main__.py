"""`make reliability`: try each row as often as the page asks for, and write its line into docs/reliability.md.

`python -m tests.reliability [--suite] [ROW ...]`: only these rows; with --suite as often as the suite does, unwritten.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.reliability.page import write_line
from tests.reliability.registry import all_rows
from tests.reliability.row import Scale, UnavailableError

MOST_SHOWN = 10


def main(arguments: list[str]) -> int:
    """Return the exit status: 1 where a row did not pass."""
    scale = Scale.SUITE if "--suite" in arguments else Scale.PAGE
    wanted = [argument for argument in arguments if argument != "--suite"]
    rows = all_rows()
    failed = False
    for name in wanted or rows:
        row = rows[name]
        begun = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix="clonoscope-reliability-"))
        try:
            tally = row.run(scale, folder)
        except UnavailableError as missing:
            print(f"NOT TRIED  {row.NAME}: {missing}", flush=True)
            failed = True
            continue
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        took_s = time.monotonic() - begun
        failed |= tally.passed < tally.tried
        print(f"{tally.passed:>6} of {tally.tried:>6}  {row.NAME}: {tally.lost} ({took_s:.0f} s)", flush=True)
        for failure in tally.failures[:MOST_SHOWN]:
            print(f"        {failure}", flush=True)
        if scale is Scale.PAGE:
            write_line(row, tally)
    return int(failed)


if __name__ == "__main__":
    os.nice(0)
    sys.exit(main(sys.argv[1:]))

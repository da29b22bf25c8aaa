"""`make fuzz`: every group in turn, ten minutes in all; `python -m tests.fuzz [SECONDS] [GROUP ...]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.registry import GROUPS
from tests.fuzz.run import UnavailableError, fuzz

SECONDS = 600.0


def main(arguments: list[str]) -> int:
    """Return the exit status: 1 where anything went wrong; only what went wrong is kept, in a folder that is named."""
    seconds = next((float(one) for one in arguments if one.replace(".", "").isdecimal()), SECONDS)
    groups = [one for one in arguments if one in GROUPS] or list(GROUPS)
    folder = Path(tempfile.mkdtemp(prefix="clonoscope-fuzz-"))
    failed = False
    for group in groups:
        try:
            outcome = fuzz(group, seconds / len(groups), folder / group, seed=time.time_ns() % 2**31)
        except UnavailableError as missing:
            print(f"NOT TRIED  {group}: {missing}", flush=True)
            shutil.rmtree(folder)
            return 1
        failed |= bool(outcome.failed)
        figures = f"reached {outcome.reached}, slowest {outcome.slowest_s} s, peak {outcome.peak_mb} MB"
        print(f"{outcome.inputs:>8} inputs, {outcome.failed} failed  {group} ({figures})", flush=True)
        for finding in outcome.findings:
            print(f"        {finding}", flush=True)
    if not failed:
        shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

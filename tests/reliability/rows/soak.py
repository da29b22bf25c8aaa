"""Eight hours of eight sensors on virtual time, with links lost, stalls that come in a burst, lost packets, restarts.

It goes the whole way of a live session, writer included. The file must hold all that arrived; each sample that was sent
must have been taken in or be told as lost; memory and CPU a second must be flat; no thread may be left.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.reliability.row import Scale, Tally
from tests.soak import faults_in, trend_of

NAME = "Eight hours of troubled sensors"
ROOT = Path(__file__).parents[3]


def run(scale: Scale, folder: Path) -> Tally:
    """Soak for as long as tests/test_soak.py does in the suite, for eight hours for the page.

    A session that ends amid a break has lost what no packet told of any more; one of 200 s does not.
    """
    tally = Tally()
    seconds = scale.of(200, 8 * 3600)
    command = [sys.executable, "-m", "tests.soak", str(seconds), str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)
    wrong = faults_in(found)
    tally.note(not wrong, "; ".join(wrong))
    growth_mb, slower = trend_of(found["looks"])
    lost = sum(sensor["sent"] - sensor["delivered"] for sensor in found["sensors"])
    sent = sum(sensor["sent"] for sensor in found["sensors"])
    troubles = sum(sum(sensor["troubles"].values()) for sensor in found["sensors"])
    tally.lost = (
        f"by the radio {100 * lost / sent:.1f} % of {sent:,} samples in {troubles:,} troubles, all told; "
        f"memory {growth_mb:+.1f} MB, CPU x {slower:.2f}"
    )
    return tally

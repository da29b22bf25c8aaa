"""Starts recordings on a disk that misbehaves, and brings back what they tell."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.reliability.shim import ROOT, Faults, environment

NEVER_WAITS_S = 1.0
"""What recording one arrival may take where other programs have the processors; a disk's trouble takes longer."""


def recordings(manner: str, times: int, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what each of so many recordings tells; `failure` is None where every sample is there once."""
    for seed in range(times):
        disk = folder / f"{manner}-{seed}" / "disk"
        disk.mkdir(parents=True)
        yield recording(manner, disk, seed)


def recording(manner: str, disk: Path, seed: int) -> dict[str, Any]:
    """Return what one recording into the folder `disk` tells."""
    faults = disk.parent / "faults"
    Faults(faults)
    command = [sys.executable, "-m", "tests.reliability.misbehaving", manner, str(disk), str(seed)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(disk, faults=faults), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        return {"failure": ended.stderr.strip().splitlines()[-1]}
    told: dict[str, Any] = json.loads(ended.stdout)
    if told["failure"] is None and told["slowest_s"] > NEVER_WAITS_S:
        told["failure"] = f"recording one arrival took {told['slowest_s']:.3f} s"
    return told

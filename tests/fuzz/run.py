"""Run: a group is fuzzed in a process of its own for a time; what came of it, counted."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.registry import GROUPS

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
LONGEST_INPUT = 16 * 1024
STUCK_S = 60
"""What one input may take on the wall before the process is ended for it."""
MOST_MB = 2048
_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_./-]{2,24}")


class UnavailableError(Exception):
    """There is no atheris here."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`inputs` that were tried, `failed` of them, and a line for each place where something went wrong."""

    inputs: int
    failed: int
    findings: tuple[str, ...]
    reached: int
    slowest_s: int
    peak_mb: int


def fuzz(group: str, seconds: float, folder: Path, seed: int = 0) -> Outcome:
    """Fuzz a group; `folder` keeps what was found. The same seed tries the same for as long as the program is the same.

    Raises UnavailableError where atheris is not installed: it has wheels for Linux on x86-64.
    """
    if importlib.util.find_spec("atheris") is None:
        raise UnavailableError("atheris is not installed; it has wheels for Linux on x86-64 alone")
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    words: set[bytes] = set()
    for number, target in enumerate(GROUPS[group]()):
        for place, data in enumerate((*target.seeds, *known(target.name))):
            (corpus / f"{target.name}-{place}").write_bytes(bytes([number]) + data)
            words |= set(_WORD.findall(data[:4000]))
    dictionary = folder / "words"
    dictionary.write_bytes(b"".join(b'"%s"\n' % word for word in sorted(words)[:800]))
    memory = Path("/dev/shm")  # noqa: S108 - a disk is not what is tried
    work = Path(tempfile.mkdtemp(prefix="clonoscope-fuzz-", dir=memory if memory.is_dir() else None))
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-seed={seed or 1}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={STUCK_S}",
        f"-rss_limit_mb={MOST_MB}",
        f"-dict={dictionary}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-verbosity=1",
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.child", group, str(folder), str(work), *options, str(corpus)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    shutil.rmtree(work, ignore_errors=True)
    return _outcome(folder, ended.returncode, ended.stderr)


def known(target: str) -> tuple[bytes, ...]:
    """Return the inputs that are kept because something went wrong with them once."""
    return tuple(path.read_bytes() for path in sorted((CORPUS / target).glob("*")))


def _outcome(folder: Path, status: int, said: str) -> Outcome:
    findings, failed = [], 0
    for path in sorted((folder / "findings").glob("*.txt")):
        times = path.with_suffix(".times").stat().st_size
        failed += times
        findings.append(f"{path.read_text().splitlines()[0]} ({times} times; {path.with_suffix('.bin')})")
    if status:
        failed += 1
        findings.append(f"the process ended with {status}: {' | '.join(said.splitlines()[-3:])}")
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", said))
    inputs, slowest, peak = (
        int(figures.get(name, 0)) for name in ("number_of_executed_units", "slowest_unit_time_sec", "peak_rss_mb")
    )
    reached = max((int(edges) for edges in re.findall(r"cov: (\d+)", said)), default=0)
    return Outcome(max(inputs, failed), failed, tuple(findings), reached, slowest, peak)

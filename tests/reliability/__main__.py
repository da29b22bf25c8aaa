"""`make reliability`: try each row as often as the page asks for, and write its line into docs/reliability.md.

`python -m tests.reliability [--suite] [ROW ...]`: only these rows; with --suite as often as the suite does, unwritten.
Four rows are tried at once, each in a process of its own; what measures how late something is has the machine alone.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from tests.reliability.page import write_line
from tests.reliability.registry import all_rows, tried
from tests.reliability.row import Scale, Tally, UnavailableError

MOST_SHOWN = 10
AT_ONCE = 4
ALONE = ("stalled_terminal",)
LONGEST = ("soak_terminal", "soak", "ways_out")
"""Begun first, so that the others fit beside them; the first takes half an hour and a tenth of a core."""


def outcomes(names: Sequence[str], scale: Scale, at_once: int) -> Iterator[tuple[str, Future[tuple[Tally, float]]]]:
    """Yield each row's outcome as soon as it is known."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(at_once, mp_context=fresh, max_tasks_per_child=1) as pool:
        asked = {pool.submit(tried, name, scale): name for name in names}
        for done in as_completed(asked):
            yield asked[done], done


def main(arguments: list[str]) -> int:
    """Return the exit status: 1 where a row did not pass."""
    scale = Scale.SUITE if "--suite" in arguments else Scale.PAGE
    rows = all_rows()
    wanted = [argument for argument in arguments if argument != "--suite"] or list(rows)
    alone = [name for name in wanted if name in ALONE]
    others = [name for name in (*LONGEST, *rows) if name in wanted and name not in alone]
    failed = False
    for names, at_once in ((alone, 1), (list(dict.fromkeys(others)), AT_ONCE)):
        for name, done in outcomes(names, scale, at_once):
            failed |= not told(name, done, scale)
    return int(failed)


def told(name: str, done: Future[tuple[Tally, float]], scale: Scale) -> bool:
    """Say what became of a row, and write it into the page; return whether it passed."""
    row = all_rows()[name]
    try:
        tally, took_s = done.result()
    except UnavailableError as missing:
        print(f"NOT TRIED  {row.NAME}: {missing}", flush=True)
        return False
    except Exception as error:  # noqa: BLE001 - a row that ends so has not passed
        print(f"FAILED     {row.NAME}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"{tally.passed:>6} of {tally.tried:>6}  {row.NAME}: {tally.lost} ({took_s:.0f} s)", flush=True)
    for failure in tally.failures[:MOST_SHOWN]:
        print(f"        {failure}", flush=True)
    if scale is Scale.PAGE:
        write_line(row, tally)
    return tally.passed == tally.tried


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

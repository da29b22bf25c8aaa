"""How fast three thousand sessions are listed, found and moved through."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from textual.pilot import Pilot

from analysis.card_reading import analysed
from analysis.library import Library
from tests.analysis.saved import STARTED, saved, visit
from tests.benchmarks.row import Row
from tests.terminal import Terminal
from tui.app import ClonoscopeApp
from tui.first_frame import BegunSessions
from tui.launch import home_of
from tui.places import library_index
from tui.screens.home import HomeScreen

SESSIONS = 3000
MASTERS = 20
"""Sessions that are really recorded; the others are their copies under names and times of their own."""
SENSORS, SECONDS = 4, 12.0
REPEATS = 5
KEYS = 60
WORDS = "left ankle p-0007"


def rows() -> Iterator[Row]:
    """Measure everything about the library, in a cache of its own."""
    with tempfile.TemporaryDirectory() as root:
        os.environ["XDG_CACHE_HOME"] = str(Path(root) / "cache")
        folder = Path(root) / "sessions"
        fill(folder)
        yield from _cold(folder)
        yield from _warm(folder)
        yield from _in_a_terminal(folder)
        yield from asyncio.run(_keys(folder))


def fill(folder: Path) -> None:
    """Make the sessions: each has four sensors, twelve seconds, a code and a trial, one every seven hours."""
    masters = [
        saved(folder.with_name("masters"), *visit(f"P-{k:04d}"), of="clonus_12", started=STARTED - timedelta(days=k))
        for k in range(MASTERS)
    ]
    folder.mkdir(parents=True)
    for number in range(SESSIONS):
        began = STARTED - timedelta(hours=7 * number)
        path = folder / f"{began:%Y-%m-%d_%H%M%S}.clonoscope"
        shutil.copyfile(masters[number % MASTERS], path)
        os.utime(path, (began.timestamp(), began.timestamp()))


def _library(folder: Path) -> Library:
    return Library(folder, library_index(folder))


def _took(work: Callable[[], object]) -> tuple[float, float]:
    """Return CPU and wall seconds."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


def _cold(folder: Path) -> Iterator[Row]:
    cold = _library(folder)
    look_cpu_s, look_s = _took(cold.look)
    read_cpu_s, read_s = _took(cold.refresh)
    yield Row(
        f"{SESSIONS:,} sessions without an index: until they are listed by their names",
        f"{1000 * look_s:.0f} ms ({1000 * look_cpu_s:.0f} ms CPU)",
    )
    yield Row(
        f"{SESSIONS:,} sessions without an index: until all were read and the index was written",
        f"{read_s:.1f} s ({read_cpu_s:.1f} s CPU)",
    )


def _warm(folder: Path) -> Iterator[Row]:
    took = [_took(lambda: _library(folder).refresh()) for _ in range(REPEATS)]
    cpu_s, wall_s = (statistics.median(column) for column in zip(*took, strict=True))
    size = library_index(folder).stat().st_size
    yield Row(
        f"{SESSIONS:,} sessions with an index ({size / 1e6:.1f} MB): until all is known",
        f"{1000 * wall_s:.0f} ms ({1000 * cpu_s:.0f} ms CPU; median of {REPEATS})",
    )
    path = next(folder.iterdir())
    cpu_s = statistics.median(_took(lambda: analysed(path, lambda: None))[0] for _ in range(REPEATS))
    yield Row(
        f"worst grade of one session ({SENSORS} sensors x {SECONDS:.0f} s), which the list does not wait for",
        f"{1000 * cpu_s:.0f} ms CPU ({SENSORS * SECONDS / cpu_s:,.0f} x real time per sensor)",
    )


def _in_a_terminal(folder: Path) -> Iterator[Row]:
    empty = folder.with_name("nothing")
    for where, shown, what in (
        (empty, "No session yet", "start of the program to an empty list, in a terminal"),
        (folder, f"{SESSIONS:,} sessions", f"the same to the list of {SESSIONS:,} sessions, with an index"),
    ):
        seconds, cpu_s = [], []
        for _ in range(REPEATS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            with Terminal("tui", "--sessions", str(where)) as terminal:
                seconds.append(terminal.until(shown))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        yield Row(
            what, f"{statistics.median(seconds):.2f} s ({statistics.median(cpu_s):.2f} s CPU; medians of {REPEATS})"
        )


async def _keys(folder: Path) -> list[Row]:
    home = home_of(None, folder, BegunSessions())
    home.librarian.library.refresh()
    found = []
    async with ClonoscopeApp(home=home).run_test(size=(120, 40)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, HomeScreen)
        await pilot.pause()
        home.librarian.stop()
        assert home.librarian.wait(10.0)
        screen.look()
        moving = await _pressed(pilot, ["down"] * KEYS)
        found.append(Row(f"CPU for a key that moves through {SESSIONS:,} sessions at 120x40", moving))
        await pilot.press("slash")
        typing = await _pressed(pilot, ["space" if c == " " else c for c in WORDS])
        found.append(Row(f"CPU for a key that finds among {SESSIONS:,} sessions at 120x40", typing))
        screen.library.version += 1
        cpu_s, _ = _took(screen.look)
        found.append(Row(f"CPU to show {SESSIONS:,} sessions anew after one has changed", f"{1000 * cpu_s:.0f} ms"))
    assert home.librarian.wait(10.0)
    return found


async def _pressed(pilot: Pilot[None], keys: list[str]) -> str:
    """Press keys one by one; the harness waits for the whole app after each, which costs too and is taken off."""
    idle, took = [], []
    for key in keys:
        cpu_s = time.process_time()
        await pilot.press("f12")
        idle.append(time.process_time() - cpu_s)
        cpu_s = time.process_time()
        await pilot.press(key)
        took.append(time.process_time() - cpu_s)
    net = [max(0.0, 1000 * (cpu_s - statistics.median(idle))) for cpu_s in took]
    return f"{statistics.median(net):.1f} ms (median of {len(keys)}), {max(net):.1f} ms at most"

"""`make visit`: a whole visit by keyboard alone in a real terminal, and what it showed on the way.

Run as `python -m tests.visit_captures FOLDER`. The program runs in tmux, in a home of its own, on simulated sensors in
real time; each screen is written to `FOLDER/NAME.txt`. It fails where a step is not answered.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.captures import Tmux
from tests.whole_visit import CODE, EXPORT, earlier_visits, visited

COLUMNS, ROWS = 120, 40
TMUX_NAMES = {"enter": "Enter", "space": "Space", "up": "Up", "down": "Down", "right": "Right", "tab": "Tab"}
TMUX_NAMES |= {"home": "Home"}
PLACES = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
"""What would lead the program out of its home."""


class TmuxHands:
    """Hands at a real terminal, where time passes by itself."""

    def __init__(self, terminal: Tmux, folder: Path) -> None:
        self.terminal, self.folder = terminal, folder

    async def press(self, *keys: str) -> None:
        self.terminal.press(*(TMUX_NAMES.get(key, key) for key in keys))

    async def until(self, words: str) -> None:
        self.terminal.until(words)

    async def until_gone(self, words: str) -> None:
        self.terminal.until(lambda text: words not in text)

    async def shows(self, words: str) -> bool:
        return words in self.terminal.shown()

    async def keep(self, name: str) -> None:
        lines = [line.rstrip() for line in self.terminal.shown().splitlines()]
        (self.folder / f"{name}.txt").write_text("\n".join(lines).rstrip() + "\n")


def visit(folder: Path, home: Path) -> None:
    """Run the visit in `home`; raises TimeoutError where a step is not answered."""
    sessions = home / "sessions"
    earlier_visits(sessions)
    terminal = Tmux("visit", COLUMNS, ROWS)
    away = " ".join(f"-u {place}" for place in PLACES)
    terminal.start(f"env {away} HOME={home} {sys.executable} -m tui --sessions {sessions}")
    asyncio.run(visited(TmuxHands(terminal, folder)))
    terminal.press("q")
    (report,) = sessions.glob("*.html")
    if CODE not in report.read_text("utf-8") or not (home / EXPORT).stat().st_size:
        raise TimeoutError("the report or the export does not hold what it should")


def main() -> None:
    """Run it, and say where the screens are."""
    if shutil.which("tmux") is None:
        sys.exit("visit: tmux is needed; install it, for instance with your system's package manager")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="visit-") as home:
        visit(folder, Path(home))
    print(f"visit: {len(list(folder.glob('*.txt')))} screens in {folder}")


if __name__ == "__main__":
    main()

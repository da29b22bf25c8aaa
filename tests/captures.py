"""`make captures`: drive the program in tmux from its home screen to a replayed session, and keep what it showed.

Run as `python -m tests.captures FOLDER`. For each size of terminal a session is started, armed, marked, confirmed and
ended, and then replayed from its file; a guided test and the sensors screen have sessions of their own. Each screen is
written to `FOLDER/NAME-COLUMNSxROWS.txt`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SIZES = ((80, 24), (120, 40), (200, 60))
PATIENCE_S = 90.0
LOOK_EVERY_S = 0.1
SETTLE_S = 0.4
"""A few frames: what a key changed is on the screen by then. Only pictures depend on it, no test does."""


@dataclass(frozen=True, slots=True)
class Tmux:
    """One program in one tmux session on a server of our own."""

    name: str
    columns: int
    rows: int

    def start(self, command: str) -> None:
        """Start the program at the size given."""
        size = ("-x", str(self.columns), "-y", str(self.rows))
        _tmux("new-session", "-d", "-s", self.name, *size, "-c", str(ROOT), f"env COLORTERM=truecolor {command}")

    def press(self, *keys: str) -> None:
        """Type keys, one after the other."""
        for key in keys:
            _tmux("send-keys", "-t", self.name, key)
            time.sleep(SETTLE_S)

    def shown(self) -> str:
        """Return what stands on the screen."""
        return _tmux("capture-pane", "-p", "-t", self.name)

    def until(self, holds: str | Callable[[str], bool]) -> None:
        """Wait until the screen shows a text, or the predicate holds of it."""
        seen = holds if callable(holds) else lambda text: holds in text
        deadline = time.monotonic() + PATIENCE_S
        while not seen(self.shown()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: {holds} was never shown; the screen is\n{self.shown()}")
            time.sleep(LOOK_EVERY_S)
        time.sleep(SETTLE_S)

    def end(self, key: str = "q") -> None:
        """Press the key that ends the program, and wait until it has."""
        self.press(key)
        deadline = time.monotonic() + PATIENCE_S
        while not self.over():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: the program did not end")
            time.sleep(LOOK_EVERY_S)

    def over(self) -> bool:
        """Tell whether the program has ended."""
        found = subprocess.run(
            ["tmux", "-L", "clonoscope", "has-session", "-t", self.name], capture_output=True, check=False
        )
        return found.returncode != 0


def _tmux(*arguments: str) -> str:
    done = subprocess.run(["tmux", "-L", "clonoscope", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def capture(folder: Path, columns: int, rows: int) -> None:
    """Drive one program at one size from its home screen to a replayed session."""
    terminal = Tmux(f"size-{columns}x{rows}", columns, rows)

    def keep(name: str) -> None:
        text = "\n".join(line.rstrip() for line in terminal.shown().splitlines())
        (folder / f"{name}-{columns}x{rows}.txt").write_text(text.rstrip() + "\n")

    with tempfile.TemporaryDirectory() as sessions:
        terminal.start(f"{sys.executable} -m tui --sessions {sessions}")
        terminal.until("No session yet")
        keep("home")
        terminal.press("d")
        terminal.until("REC")
        terminal.press("?")
        keep("help")
        terminal.press("Escape", "m", "Space")
        terminal.until(lambda text: "CLONUS" in text and "9 beats" in text)
        keep("live-episode")
        terminal.press("Enter")
        terminal.until("LOST")
        keep("live-fault")
        terminal.press("q")
        keep("quit-question")
        terminal.press("y")
        terminal.until("TODAY")
        terminal.press("q")
        (saved,) = Path(sessions).glob("*.clonoscope")
        replayed = Tmux(f"replay-{columns}x{rows}", columns, rows)
        replayed.start(f"{sys.executable} -m tui replay {saved}")
        replayed.until("EPISODES" if rows > 24 else "left foot")
        replayed.press("Space", "]", ".", ".", ".", ".", ".")
        terminal = replayed
        keep("replay")
        replayed.press("v")
        replayed.until("INTERVALS")
        keep("review")
        replayed.end()
        terminal = guided = Tmux(f"guided-{columns}x{rows}", columns, rows)
        guided.start(f"{sys.executable} -m tui live --simulate guided-test --sessions {sessions}")
        guided.until("REC")
        guided.press("e", "Enter", "Space")
        guided.until("accept   r repeat")
        keep("guided")
        guided.press("q")
        guided.until("End the session?")
        guided.end("Enter")
        terminal = around = Tmux(f"sensors-{columns}x{rows}", columns, rows)
        around.start(f"env HOME={sessions} {sys.executable} -m tests.room live --sessions {sessions}")
        around.until("WitMotion")
        around.press("Down", "Down", "Space")
        around.until(lambda text: "1/1 streaming" in text and "rate -" not in text)
        keep("sensors")
        around.end()


def main() -> None:
    """Capture every size, side by side."""
    if shutil.which("tmux") is None:
        sys.exit("captures: tmux is needed; install it, for instance with your system's package manager")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(SIZES)) as pool:
        for done in [pool.submit(capture, folder, *size) for size in SIZES]:
            done.result()
    print(f"captures: {len(list(folder.glob('*.txt')))} screens in {folder}")


if __name__ == "__main__":
    main()

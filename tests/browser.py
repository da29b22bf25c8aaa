"""A real browser without a window: what it makes of a page. `BROWSER` is None where this machine has none."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
WITH_BROWSER = pytest.mark.skipif(
    BROWSER is None, reason="no browser here, so pages were not looked at: install chromium (apt-get install chromium)"
)
A4_PX, PHONE_PX = 703, 390
"""CSS pixels between the margins of a sheet of A4, and across a small telephone."""
PATIENCE_S = 60.0
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
_LOOK = """
addEventListener("load", () => {
  const told = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, wide = page.documentElement.clientWidth, over = [];
    for (const element of page.body.querySelectorAll("*:not(title)")) {
      const box = element.getBoundingClientRect(), picture = element.closest("svg")?.getBoundingClientRect();
      if (box.right > wide + 0.5 || (picture && (box.right > picture.right + 1 || box.left < picture.left - 1)))
        over.push(element.tagName + ": " + element.textContent.slice(0, 60));
    }
    told[frame.name] = {
      over, wide, scrolls: page.documentElement.scrollWidth,
      fetched: frame.contentWindow.performance.getEntriesByType("resource").map(entry => entry.name),
      styled: getComputedStyle(page.body).maxWidth !== "none", pictures: page.querySelectorAll("svg").length
    };
  }
  document.body.replaceChildren(JSON.stringify(told));
});
"""


def _run(folder: Path, *arguments: str) -> str:
    assert BROWSER is not None
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True, cwd=folder)
    return done.stdout


def looked_at(folder: Path, pages: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """Show HTML texts in frames, each so many pixels wide, and return what the browser says of each by its name."""
    frames = "".join(
        f'<iframe name="{name}" width="{width}" height="900" style="border:0" srcdoc="{escape(text)}"></iframe>'
        for name, (text, width) in pages.items()
    )
    path = folder / "looked_at.html"
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body><script>{_LOOK}</script>{frames}')
    shown = _run(folder, "--dump-dom", path.as_uri())
    told: dict[str, Any] = json.loads(unescape(shown[shown.index("<body>") + 6 : shown.rindex("</body>")]))
    return told


def opened(folder: Path, text: str) -> str:
    """Open an HTML text as a file; return the page as it then is."""
    path = folder / "opened.html"
    path.write_text(text)
    return _run(folder, "--dump-dom", path.as_uri())


def pages_printed(folder: Path, text: str) -> int:
    """Print an HTML text to PDF, and return the number of its pages."""
    path, printed = folder / "printed.html", folder / "printed.pdf"
    path.write_text(text)
    _run(folder, f"--print-to-pdf={printed}", "--no-pdf-header-footer", path.as_uri())
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


def pictured(folder: Path, text: str, into: Path, size: tuple[int, int]) -> None:
    """Take a picture (PNG) of an HTML text in a window of so many pixels."""
    path = folder / "pictured.html"
    path.write_text(text)
    columns, rows = size
    _run(folder, f"--window-size={columns},{rows}", f"--screenshot={into.resolve()}", path.as_uri())

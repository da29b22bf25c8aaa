"""`make pages`: pictures of a report and of a trend page, of simulated visits, as a browser shows them.

Run as `python -m tests.page_pictures FOLDER`; it writes `FOLDER/report.png` and `FOLDER/trend.png`.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.kept_figures import KeptFigures
from analysis.record import record_of
from analysis.reports import html, trend_page
from sensors.recordings import open_recording
from tests.browser import BROWSER, pictured
from tests.visits import CONTEXT, Visit, said

SIZE = (800, 1560)
TOXIN: dict[str, str | float] = {
    "medication_2": "botulinum toxin",
    "medication_2_dose": "200 U",
    "medication_2_muscles": "soleus, gastrocnemius",
    "medication_2_given_on": "2026-09-14",
}


def visits(folder: Path) -> Path:
    """Save four visits of one code, with an injection between the second and the third; return the folder."""
    after = {**CONTEXT, **TOXIN, "medication_1_dose": "30 mg"}
    before = tuple({**CONTEXT, "medication_1_dose": "20 mg"}.items())
    table = (
        (datetime(2026, 8, 3, 9, 30, tzinfo=UTC), (9.0, 9.4, 8.8), (6.6, 6.2, 6.4), (6, 6, 5, 4, 4, 5), before),
        (datetime(2026, 9, 7, 9, 10, tzinfo=UTC), (8.6, 9.0, 9.2), (6.4, 6.3, 6.6), (6, 5, 6, 4, 5, 4), before),
        (datetime(2026, 10, 12, 9, 20, tzinfo=UTC), (4.4, 4.6, 4.5), (4.4, 4.2, 1.0), (2, 2, 1, 1, 0, 0), None),
        (datetime(2026, 11, 23, 9, 15, tzinfo=UTC), (5.2, 4.6, 5.0), (4.4, 1.0, 4.8), (2, 3, 2, 1, 0, 1), None),
    )
    for seed, (started_utc, left, right, pain, context) in enumerate(table, start=5):
        path = folder / f"{started_utc:%Y-%m-%d_%H%M%S}.clonoscope"
        Visit(left, right, pain, context or tuple(after.items()), started_utc, seed).save(path)
    return folder


def visit(folder: Path) -> Path:
    """Save a visit in which much happens; return its file."""
    words = (said("flag", 2, flag="spasm"), said("override", 1, grade="1", reason="tires by the fifth beat"))
    return Visit(lost_s=0.8, seed=8).save(folder / "2026-11-22_131503.clonoscope", *words)


def main() -> None:
    """Write both pictures."""
    if BROWSER is None:
        sys.exit("pages: a browser is needed; install chromium, for instance with your system's package manager")
    into = Path(sys.argv[1])
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        trend = KeptFigures(visits(folder)).trend("P-0417")
        pictured(folder, trend_page.written(trend), into / "trend.png", SIZE)
        with closing(open_recording(visit(folder))) as session:
            pictured(folder, html.written(record_of(session)), into / "report.png", SIZE)
    print(f"pages: report.png and trend.png in {into}")


if __name__ == "__main__":
    main()

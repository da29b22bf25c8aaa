"""Claims about our pages in a real browser; without one they are skipped, and that is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from analysis.figures import figures_of
from analysis.record import Record, record_of
from analysis.reports import html, trend_page
from analysis.trends import trend_of
from sensors.recordings import open_recording
from tests.browser import A4_PX, PHONE_PX, WITH_BROWSER, looked_at, opened, pages_printed
from tests.visits import Visit, said

pytestmark = WITH_BROWSER
HOSTILE = "W" * 60 + " <b>bold</b> " + "x" * 200


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A usual visit: both ankles, three trials each, with all that may go wrong in one."""
    path = tmp_path_factory.mktemp("visit") / "2026-11-22_131503.clonoscope"
    Visit(lost_s=0.8).save(
        path,
        said("flag", 2, flag="spasm"),
        said("override", 1, grade="2", reason="seen to go on"),
        said("reject", 5, reason="hand slipped"),
    )
    with closing(open_recording(path)) as session:
        return record_of(session)


def trend_text(record: Record) -> str:
    figures = figures_of(record)
    days = (datetime(2026, month, 3, 9, tzinfo=UTC) for month in range(6, 12))
    sessions = [replace(figures, name=f"{day}", started_utc=day) for day in days]
    return trend_page.written(trend_of("P-0417", sessions))


def hostile(record: Record) -> Record:
    assert record.visit is not None
    faults = tuple(replace(fault, text=HOSTILE) for fault in record.faults)
    return replace(
        record,
        name=HOSTILE,
        visit=replace(record.visit, notes=HOSTILE, diagnosis_text="y" * 200),
        faults=faults,
        trials=tuple(replace(g, trial=replace(g.trial, reason="z" * 120)) for g in record.trials),
    )


def test_nothing_is_fetched_and_nothing_overflows_on_paper_or_on_a_telephone(record: Record, tmp_path: Path) -> None:
    report, trend, worst = html.written(record), trend_text(record), html.written(hostile(record))
    stream = html.written(record_of(open_recording(Path(__file__).parents[1] / "sample_streams" / "clonus_12.csv")))
    told = looked_at(
        tmp_path,
        {
            f"{name} at {width}": (text, width)
            for name, text in (("report", report), ("trend", trend), ("hostile", worst), ("stream", stream))
            for width in (A4_PX, PHONE_PX)
        },
    )
    assert len(told) == 8
    for name, page in told.items():
        assert page["over"] == [], name
        assert page["scrolls"] == page["wide"], name
        assert page["fetched"] == [], name
        assert page["styled"], name
        assert page["pictures"] >= 1, name
    assert told[f"report at {A4_PX}"]["pictures"] == 6


def test_what_overflows_or_is_fetched_would_be_seen(tmp_path: Path) -> None:
    with listening() as (address, _):
        page = f'<!DOCTYPE html><body><img src="{address}/dot"><p style="width:900px">wide</p>'
        told = looked_at(tmp_path, {"control": (page, PHONE_PX)})["control"]
    assert told["fetched"] == [f"{address}/dot"]
    assert told["over"]
    assert told["scrolls"] > told["wide"]


def test_a_usual_visit_is_printed_on_at_most_two_sheets(record: Record, tmp_path: Path) -> None:
    assert 1 <= pages_printed(tmp_path, html.written(record)) <= 2


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server of our own on this machine: its address, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_even_what_got_past_the_escaping_could_neither_run_nor_fetch(record: Record, tmp_path: Path) -> None:
    whole = html.written(record)
    with listening() as (address, asked):
        injected = f'<img src="{address}/leak"><script>document.title = "ran"</script>'
        guarded = whole.replace("<main>", f"<main>{injected}")
        assert "<title>ran</title>" not in opened(tmp_path, guarded)
        assert asked == []
        policy = next(line for line in guarded.splitlines() if "Content-Security-Policy" in line)
        assert "<title>ran</title>" in opened(tmp_path, guarded.replace(policy, ""))
        assert asked == ["/leak"]

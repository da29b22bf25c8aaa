"""Claims about the report of a session in its three forms, without a browser."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.alerts import Fault, FaultKind
from analysis.detector import BeatDetector
from analysis.figures import figures_of
from analysis.patient import Medication, Visit
from analysis.record import Record, record_of
from analysis.reports import document, html, markdown, trend_page
from analysis.reports.forms import FORMS, form_of
from analysis.snapshot import Mark
from analysis.trends import Trend
from sensors.recordings import open_recording
from sensors.wording import clean
from tests.visits import Visit as Simulated
from tests.visits import said

STREAMS = Path(__file__).parents[2] / "sample_streams"
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The elements, attributes and text of a page; `open` is what was never closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.unmatched: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif not self.get_starttag_text() or tag not in ("rect", "line", "polyline", "circle"):
            self.unmatched.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.text).split())


@cache
def visited() -> Record:
    """A visit: both ankles, three trials each, one rejected, one in which the sensor was lost."""
    words = (
        said("flag", 2, flag="spasm"),
        said("override", 1, grade="2", reason="seen to go on"),
        said("reject", 5, reason="hand slipped"),
    )
    with TemporaryDirectory() as folder:
        path = Simulated(lost_s=0.8).save(Path(folder) / "s.clonoscope", *words)
        with closing(open_recording(path)) as session:
            return record_of(session)


@pytest.fixture
def record() -> Record:
    return visited()


def test_all_that_an_examiner_asks_of_a_visit_is_on_the_page(record: Record) -> None:
    text = Page(html.written(record)).said
    for expected in (
        "P-0417",
        "spinal cord injury: T6, incomplete, 2019",
        "baclofen 20 mg 3.5 h before",
        "stretching, warm bath",
        "left ankle, dorsiflexion stretch, knee flexed, 20°",
        "PT-2",
        "accepted; spasm",
        "rejected: hand slipped",
        "2: seen to go on",
        "SCATS clonus, version 1",
        "borderline with",
        "within 1 beat of the cut-off at 5 beats",
        "the duration is a lower bound",
        "Not graded, for their questions were not answered: Hunter criteria, version 1",
        "data of the right foot were lost after the stretch",
        "LOST, for 0.9 s",
        "87 %",
        f"Detector beat-machine, version {BeatDetector.version}",
        "Measurement aid, not a diagnosis.",
    ):
        assert expected in text


def test_the_figures_on_the_page_are_those_of_the_record(record: Record) -> None:
    text = Page(html.written(record)).said
    for graded in record.trials:
        response = graded.trial.response
        if response is not None and response.frequency_hz is not None:
            beats = f"{'≥ ' * response.beats_at_least}{response.beats} beats"
            lasted = f"{'≥ ' * response.duration_at_least}{response.duration_s:.1f} s"
            assert f"{beats} · {response.frequency_hz:.1f} Hz · {lasted}" in text
    assert sum(g.trial.response is not None and g.trial.response.duration_at_least for g in record.trials) == 1


def test_each_trial_has_its_picture_with_a_tick_for_each_beat(record: Record) -> None:
    text = html.written(record)
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    titles = [re.search("<title>(.*?)</title>", picture) for picture in pictures]
    assert [title[1] for title in titles if title] == [
        f"{side} ankle, Trial {number}" for side, number in zip(["left"] * 3 + ["right"] * 3, range(1, 7), strict=True)
    ]
    ticks = [len(re.findall(r'stroke="#0b5cad"', picture)) for picture in pictures]
    expected = [g.trial.response.beats if g.trial.response else 0 for g in record.trials]
    assert ticks == expected
    assert ["no data" in picture for picture in pictures] == [False] * 5 + [True]


def test_both_sides_are_drawn_on_the_same_scales(record: Record) -> None:
    pictures = re.findall(r"<svg.*?</svg>", html.written(record), re.DOTALL)
    axes = {tuple(re.findall(r'font-size="8.5" fill="#57606a"[^>]*>([^<]*)<', picture)) for picture in pictures}
    assert len(axes) == 1


def test_the_page_is_well_formed_and_refers_to_nothing(record: Record) -> None:
    streams = (record_of(open_recording(STREAMS / f"{name}.csv")) for name in ("clonus_12", "quiet"))
    for text in (*map(html.written, (record, *streams)), trend_page.written(Trend("P-0417", (), (), (), ()))):
        page = Page(text)
        assert page.open == []
        assert page.unmatched == []
        refers = {"src", "href", "srcset", "action", "data", "poster", "background", "style", "xlink:href"}
        assert [name for name, _ in page.attributes if name in refers or name.startswith("on")] == []
        assert page.tags.keys() & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a"} == set()
        assert not re.search(r"url\(|@import|https?:|//\w|javascript:", text)
        policy = next(value for _, value in page.attributes if value.startswith("default-src"))
        assert policy.startswith("default-src 'none'; style-src 'sha256-")


FOREIGN = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</style><img src=x onerror=y>",
        '" onload="z',
        "&lt;b&gt;",
        "]]>",
        "<!--",
        "</title>",
    ]
)


def with_foreign(text: str) -> Record:
    """The visit with one trial, and `text` wherever text may come from a stranger."""
    record, graded = visited(), visited().trials[0]
    setup = replace(graded.trial.setup, manoeuvre=text, position=text, examiner=text)
    trial = replace(graded.trial, setup=setup, reason=text, grade=text, grade_reason=text, trouble=(text,))
    return replace(
        record,
        name=text,
        visit=Visit(text, text, text, (Medication(text, text, 1.0, text, text),), (text,), text),
        trials=(replace(graded, trial=trial),),
        notes={episode.id: text for episode in record.episodes},
        marks=(Mark(1.0, text),),
        faults=(Fault(FaultKind.LOST, None, 1.0, text, 2.0),),
        notices=(text,),
    )


@cache
def plain_page() -> Page:
    return Page(html.written(with_foreign("x")))


@settings(max_examples=40, deadline=None)
@given(FOREIGN)
def test_no_foreign_text_becomes_part_of_the_page(text: str) -> None:
    page = Page(html.written(with_foreign(text)))
    assert page.open == []
    assert page.unmatched == []
    if clean(text):
        assert page.tags == plain_page().tags
        assert [name for name, _ in page.attributes] == [name for name, _ in plain_page().attributes]
        assert clean(text) in " ".join(page.text)


def marks_of(text: str) -> list[int]:
    """Return how many cells each line of the tables has, for a reader of Markdown."""
    rows = (line for line in re.sub(r"\\.", "", text).splitlines() if line.startswith("|"))
    return [row.count("|") for row in rows]


@settings(max_examples=40, deadline=None)
@given(FOREIGN)
def test_no_foreign_text_becomes_markdown(text: str) -> None:
    told = markdown.written(with_foreign(text))
    if clean(text):
        assert marks_of(told) == marks_of(markdown.written(with_foreign("x")))
    assert not re.search(r"[<`\[]", re.sub(r"\\.", "", told))
    assert "://" not in told


@settings(max_examples=20, deadline=None)
@given(FOREIGN)
def test_json_brings_foreign_text_back_as_it_was(text: str) -> None:
    told = json.loads(document.written(with_foreign(text)))
    assert told["notices"] == [text]
    assert told["trials"][0]["override"] == text


def test_json_tells_programs_the_same(record: Record) -> None:
    told = json.loads(document.written(record))
    assert (told["schema"], told["visit"]["code"]) == ("clonoscope.report/1", "P-0417")
    assert [trial["counts"] for trial in told["trials"]] == [g.counts for g in record.trials]
    scats = [[g["value"] for g in t["grades"] if g["rule_set"] == "scats_clonus"] for t in told["trials"]]
    assert scats[0] == ["1"]
    assert told["sensors"][0]["battery_percent"] == 87


def test_markdown_has_a_table_row_for_each_trial(record: Record) -> None:
    rows = [line for line in markdown.written(record).splitlines() if re.match(r"\| \d \(\d of 3\)", line)]
    assert len([row for row in rows if row.count("|") == 12]) == 6


def test_a_session_without_trials_is_kindly_told_so_and_shows_its_episodes() -> None:
    text = html.written(record_of(open_recording(STREAMS / "clonus_12.csv")))
    said_there = Page(text).said
    assert "No trial was armed in this session, so there is nothing to grade" in said_there
    assert "No patient code" in said_there
    assert "clonus: 12 beats · 6.0 Hz" in said_there
    assert "Grades" not in said_there
    quiet = Page(html.written(record_of(open_recording(STREAMS / "quiet.csv")))).said
    assert "no rhythmic episode was found in it" in quiet


def test_an_episode_in_which_data_were_lost_lasts_at_least_so_long_in_its_picture() -> None:
    record = record_of(open_recording(STREAMS / "clonus_12.csv"))
    (episode,) = record.episodes
    text = Page(html.written(replace(record, episodes=(replace(episode, beats_at_least=True),)))).said
    assert re.search(r"≥.12 beats · 6.0 Hz · ≥.1.8 s", text)


def test_many_rule_sets_are_told_in_tables_that_fit_a_sheet(record: Record) -> None:
    graded = record.trials[0]
    more = tuple(replace(graded.grades[0], rule_set=f"own_{k}", name=f"Own {k}") for k in range(9))
    many = replace(record, trials=(replace(graded, grades=(*graded.grades, *more)),))
    heads = re.findall(r"<thead>.*?</thead>", html.written(many), re.DOTALL)
    grades = [head.count("version") for head in heads if "Clinician" in head]
    assert sum(grades) == len(graded.grades) + 9 - 2
    assert max(grades) <= 6


def test_a_clinicians_grade_is_shown_where_nothing_could_be_computed(record: Record) -> None:
    first, *others = record.trials
    blind = replace(first, trial=replace(first.trial, response=None, grade="3", grade_reason="by hand"), grades=())
    text = Page(html.written(replace(record, trials=(blind, *others)))).said
    assert "3: by hand" in text
    assert "SCATS clonus, version 1" in text


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_a_time_that_no_calendar_here_has_is_not_known(record: Record, year: int) -> None:
    odd = replace(record, started_utc=datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    assert "time not known" in Page(html.written(odd)).said
    assert figures_of(odd).started_utc is None


def test_a_form_is_chosen_by_the_suffix() -> None:
    assert [form.name for form in FORMS] == ["html", "markdown", "json"]
    for name, expected in (("a.html", "html"), ("a.HTM", "html"), ("a.md", "markdown"), ("a.json", "json")):
        form = form_of(Path(name))
        assert form is not None
        assert form.name == expected
    assert form_of(Path("a.pdf")) is None

"""The engine as a whole: alerts on the right sensor, faults apart from them, the operator heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.alerts import Fault, FaultKind
from analysis.episode import Change, Context, EpisodeChange
from analysis.session import ARMED_FOR_S, News, Session
from sensors.packet import Arrival, LinkChange, LinkState, OperatorEntry
from sensors.recordings import open_recording
from sensors.source import Recording

STREAMS = Path(__file__).parents[2] / "sample_streams"


def stream(name: str) -> Recording:
    return open_recording(STREAMS / f"{name}.csv")


def run(recording: Recording, *between: Arrival) -> tuple[Session, list[News]]:
    """Run a recording with further arrivals put in at their times."""
    session = Session(recording.sensors, recording.start_ns)
    news: list[News] = []
    session.listen(news.append)
    for arrival in sorted((*recording.arrivals(), *between), key=lambda a: a.arrival_ns):
        session.handle(arrival)
    session.finish()
    return session, news


def changes(news: list[News], kind: Change) -> list[EpisodeChange]:
    return [n for n in news if isinstance(n, EpisodeChange) and n.change is kind]


def faults(news: list[News]) -> list[Fault]:
    return [n for n in news if isinstance(n, Fault)]


def entry(kind: str, at_s: float, sensor: str | None = None, **detail: str) -> OperatorEntry:
    return OperatorEntry(kind, round(at_s * 1e9), sensor, detail)


def test_an_episode_is_raised_at_its_third_beat_and_told_to_its_end() -> None:
    _, news = run(stream("clonus_12"))
    (raised,) = changes(news, Change.RAISED)
    (ended,) = changes(news, Change.ENDED)
    assert raised.episode.beats == 3
    assert raised.at_s - raised.episode.beat_times_s[2] < 0.12
    assert ended.episode.beats == 12
    assert [change.episode.beats for change in changes(news, Change.BEAT)] == list(range(3, 13))
    assert not ended.episode.running


def test_the_shank_that_shakes_with_its_foot_raises_no_alarm_of_its_own() -> None:
    session, news = run(stream("sustained"))
    assert {n.episode.sensor for n in news if isinstance(n, EpisodeChange)} == {"left_foot"}
    assert [alert.sensor for alert in session.alerts] == ["left_foot"]


def test_both_ankles_at_once_are_two_episodes() -> None:
    session, _ = run(stream("both_ankles"))
    assert sorted(alert.sensor for alert in session.alerts) == ["left_foot", "right_foot"]


def test_a_lost_sensor_is_a_fault_and_never_an_episode() -> None:
    recording = stream("quiet")
    lost = LinkChange("left_foot", LinkState.LOST, "out of range", 2_000_000_000)
    kept = [a for a in recording.arrivals() if a.sensor != "left_foot" or a.arrival_ns < 2_000_000_000]
    session = Session(recording.sensors, recording.start_ns)
    news: list[News] = []
    session.listen(news.append)
    for arrival in sorted((*kept, lost), key=lambda a: a.arrival_ns):
        session.handle(arrival)
    (fault,) = faults(news)
    assert (fault.kind, fault.sensor, fault.text) == (FaultKind.LOST, "left_foot", "out of range")
    assert session.snapshot().faults == (fault,)
    assert changes(news, Change.RAISED) == []


def test_a_sensor_that_never_sends_does_not_hold_back_the_alerts_of_the_others() -> None:
    recording = stream("clonus_12")
    session = Session(recording.sensors, recording.start_ns)
    raised_at_s: list[float] = []
    session.listen(lambda n: raised_at_s.append(session.now_s) if isinstance(n, EpisodeChange) else None)
    for arrival in recording.arrivals():
        if arrival.sensor != "right_shank":
            session.handle(arrival)
    assert raised_at_s[0] < session.alerts[0].at_s + 0.5


def test_an_armed_trial_makes_an_episode_provoked_and_is_over_with_it() -> None:
    recording = stream("clonus_12")
    session, news = run(recording, entry("arm", 1.0))
    assert changes(news, Change.RAISED)[0].episode.context is Context.PROVOKED
    assert session.armed_since_s is None


def test_an_armed_trial_in_which_nothing_happens_is_over_after_a_minute() -> None:
    session = Session(stream("quiet").sensors, 0)
    session.handle(entry("arm", 1.0))
    session.handle(entry("mark", ARMED_FOR_S))
    assert session.snapshot().armed_since_s == 1.0
    session.handle(entry("mark", 1.0 + ARMED_FOR_S + 0.2))
    assert session.snapshot().armed_since_s is None


def test_the_operators_words_are_in_the_snapshot() -> None:
    said = (entry("mark", 2.0, text="cough"), entry("mute", 3.0, sensor="left_foot"))
    snapshot = run(stream("quiet"), *said)[0].snapshot()
    assert [mark.at_s for mark in snapshot.marks] == [2.0]
    assert [view.sensor.key for view in snapshot.sensors if view.muted] == ["left_foot"]


def delayed(recording: Recording, sensor: str, seconds: tuple[float, float], by_s: float) -> list[Arrival]:
    """The recording, but some packets of one sensor come late, all at once, as after a stall of its radio."""
    late = seconds[1] + by_s
    return sorted(
        (
            replace(a, arrival_ns=round(late * 1e9))
            if a.sensor == sensor and seconds[0] <= a.arrival_ns / 1e9 < late
            else a
            for a in recording.arrivals()
        ),
        key=lambda a: a.arrival_ns,
    )


@pytest.mark.parametrize("by_s", [0.0, 0.2, 0.7, 2.0])
def test_a_stall_of_the_foots_radio_leaves_no_episode_on_the_shank(by_s: float) -> None:
    recording = stream("sustained")
    session = Session(recording.sensors, recording.start_ns)
    news: list[News] = []
    session.listen(news.append)
    for arrival in delayed(recording, "left_foot", (4.4, 4.6), by_s):
        session.handle(arrival)
    session.finish()
    assert {e.sensor for e in session.snapshot().episodes} == {"left_foot"}
    withdrawn = {n.episode.sensor for n in changes(news, Change.WITHDRAWN)}
    assert {alert.sensor for alert in session.alerts} - withdrawn == {"left_foot"}


def test_time_that_passes_without_arrivals_changes_no_episode() -> None:
    recording = stream("sustained")
    ticked, plain = (Session(recording.sensors, recording.start_ns) for _ in range(2))
    for arrival in delayed(recording, "left_foot", (4.4, 4.6), 0.7):
        plain.handle(arrival)
        ticked.handle(arrival)
        ticked.advance(arrival.arrival_ns / 1e9 + 1.0)
    assert [e.beat_times_s for e in ticked.snapshot().episodes] == [e.beat_times_s for e in plain.snapshot().episodes]
    assert ticked.alerts == plain.alerts


def test_a_gap_on_an_unrelated_sensor_changes_nothing_on_another() -> None:
    recording = stream("sustained")
    whole, _ = run(recording)
    session = Session(recording.sensors, recording.start_ns)
    for arrival in recording.arrivals():
        if arrival.sensor != "right_shank" or not 15.0 < arrival.arrival_ns / 1e9 < 18.0:
            session.handle(arrival)
    session.finish()
    assert session.snapshot().episodes == whole.snapshot().episodes


def test_a_sensor_that_falls_silent_in_clonus_leaves_an_ended_lower_bound_and_an_honest_account() -> None:
    recording = stream("sustained")
    session = Session(recording.sensors, recording.start_ns)
    for arrival in recording.arrivals():
        if arrival.sensor != "left_foot" or arrival.arrival_ns < 8e9:
            session.handle(arrival)
        if arrival.arrival_ns > 11e9:
            break
    view = session.snapshot().sensors[0]
    assert view.running is None
    assert view.episodes[-1].beats_at_least
    assert view.honesty.longest_gap_s == pytest.approx(3.0, abs=0.2)
    session.finish()
    assert session.snapshot().sensors[0].honesty.received_percent == pytest.approx(100 * 8 / 11, abs=2)


def test_a_sensor_that_never_sent_received_nothing() -> None:
    recording = stream("quiet")
    session = Session(recording.sensors, recording.start_ns)
    for arrival in recording.arrivals():
        if arrival.sensor != "left_foot":
            session.handle(arrival)
    session.finish()
    assert session.snapshot().sensors[0].honesty.received_percent == 0.0


def test_an_armed_trial_does_not_expire_while_its_clonus_runs() -> None:
    session = Session(stream("quiet").sensors, 0)
    session.handle(entry("arm", 1.0))
    recording = stream("sustained")
    for arrival in recording.arrivals():
        session.handle(replace(arrival, arrival_ns=arrival.arrival_ns + 55_000_000_000))
        if arrival.arrival_ns > 10e9:
            break
    assert session.snapshot().armed_since_s == 1.0


def test_packets_of_unknown_sensors_are_left_out() -> None:
    recording = stream("quiet")
    session = Session(recording.sensors[:1], recording.start_ns)
    for arrival in recording.arrivals():
        session.handle(arrival)
    assert len(session.snapshot().sensors) == 1

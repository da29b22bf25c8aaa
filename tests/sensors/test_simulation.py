"""What a simulated session owes its readers: the same bytes each time, honest clocks and losses, beats as named."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import groupby, takewhile
from pathlib import Path

import numpy as np
import pytest

from sensors.drivers.simulated import GYRO_DPS, SimulatedDriver
from sensors.failure import SourceError
from sensors.packet import Arrival, LinkChange, LinkState, Packet
from sensors.scenarios import DEMONSTRATION, ENDLESS, SCENARIOS, Dropout, Radio, Scenario, find
from sensors.simulation import START_NS, Notification, Simulation
from sensors.source import Recording
from sensors.stream_writer import HEADER, write_stream, write_truth


def simulated(name: str) -> Simulation:
    return Simulation(find(name))


def first_seconds(simulation: Simulation, seconds: float) -> list[Arrival]:
    end_ns = START_NS + round(seconds * 1e9)
    return list(takewhile(lambda arrival: arrival.arrival_ns < end_ns, simulation.arrivals()))


def sent_by(simulation: Simulation, sensor: str) -> list[Notification]:
    return [notification for notification in simulation.notifications() if notification.sensor == sensor]


def with_radio(name: str, **changes: float) -> Scenario:
    scenario = find(name)
    sensors = tuple(replace(s, radio=replace(s.radio, **changes)) for s in scenario.sensors)
    return replace(scenario, sensors=sensors)


def test_a_simulation_is_a_recording() -> None:
    recording: Recording = simulated("quiet")
    assert recording.name == "quiet"
    assert [sensor.key for sensor in recording.sensors] == ["left_foot", "left_shank", "right_foot", "right_shank"]
    assert recording.start_ns == START_NS
    assert recording.duration_s == 10.0


@pytest.mark.parametrize("name", ["clonus-12", "wrist", "dropout", "load"])
def test_the_same_scenario_gives_the_same_bytes_each_time(name: str) -> None:
    simulation = simulated(name)
    assert first_seconds(simulation, 9.0) == first_seconds(simulation, 9.0) == first_seconds(simulated(name), 9.0)


def test_another_seed_gives_other_bytes() -> None:
    scenario = find("quiet")
    assert first_seconds(Simulation(scenario), 2.0) != first_seconds(Simulation(replace(scenario, seed=99)), 2.0)


@pytest.mark.parametrize("name", ["dropout", "loss", "load"])
def test_arrivals_come_in_order_and_none_before_its_last_sample(name: str) -> None:
    simulation = simulated(name)
    arrivals = first_seconds(simulation, 12.0)
    times = [arrival.arrival_ns for arrival in arrivals]
    assert times == sorted(times)
    sent = takewhile(lambda n: n.times_s[-1] < 12.0, simulation.notifications())
    assert all(n.packet.arrival_ns - START_NS > n.times_s[-1] * 1e9 + 5e6 for n in sent if n.packet is not None)


def test_every_sensor_is_connected_before_it_sends() -> None:
    arrivals = first_seconds(simulated("quiet"), 1.0)
    assert [(a.sensor, a.state) for a in arrivals[:4] if isinstance(a, LinkChange)] == [
        (sensor.key, LinkState.STREAMING) for sensor in simulated("quiet").sensors
    ]


def test_packets_arrive_in_bursts_at_connection_events() -> None:
    scenario = find("quiet")
    often = tuple(replace(s, samples_per_packet=1) for s in scenario.sensors)
    simulation = Simulation(replace(scenario, sensors=often))
    arrivals = [n.packet.arrival_ns for n in sent_by(simulation, "left_foot") if n.packet is not None]
    gaps_s = np.diff(arrivals) / 1e9
    assert (gaps_s < 0.001).mean() > 0.3
    assert (gaps_s > 0.02).mean() > 0.2


def test_the_share_of_lost_packets_is_as_asked_for_and_they_go_missing_in_bursts() -> None:
    scenario = replace(with_radio("quiet", loss=0.02), duration_s=200.0)
    lost = [n.packet is None for n in Simulation(scenario).notifications() if n.sensor == "right_foot"]
    assert 0.012 <= sum(lost) / len(lost) <= 0.028
    bursts = [len(list(run)) for missing, run in groupby(lost) if missing]
    assert {1, 2, 3} <= set(bursts)
    assert max(bursts) <= 6


def test_without_loss_every_packet_arrives() -> None:
    assert all(notification.packet is not None for notification in simulated("tapping").notifications())


def test_a_drop_out_silences_one_sensor_and_its_clock_runs_on() -> None:
    simulation = simulated("dropout")
    changes = [a for a in simulation.arrivals() if isinstance(a, LinkChange) and a.arrival_ns > START_NS]
    assert [(c.sensor, c.state) for c in changes] == [
        ("left_foot", state) for state in (LinkState.LOST, LinkState.CONNECTING, LinkState.STREAMING)
    ]
    packets = [n.packet for n in sent_by(simulation, "left_foot") if n.packet is not None]
    arrivals_s = np.array([(p.arrival_ns - START_NS) / 1e9 for p in packets])
    silent = int(np.argmax(np.diff(arrivals_s)))
    assert arrivals_s[silent] < 7.0
    assert arrivals_s[silent + 1] >= 8.5
    last, following = (SimulatedDriver().decode(packets[place]).ticks for place in (silent, silent + 1))
    assert (int(following[0] - last[-1]) % 2**32) * 1e-6 == pytest.approx(1.5, abs=0.08)


def test_drop_outs_repeat_with_the_round() -> None:
    sensors = tuple(replace(s, dropouts=(Dropout(5.0, 2.0),)) for s in find("endless").sensors[:1])
    scenario = replace(find("endless"), sensors=sensors, round_s=64.0)
    lost = [a for a in first_seconds(Simulation(scenario), 150.0) if isinstance(a, LinkChange)]
    assert [round((a.arrival_ns - START_NS) / 1e9) for a in lost if a.state is LinkState.LOST] == [5, 69, 133]


def test_a_device_clock_runs_fast_by_its_error() -> None:
    for sensor in find("quiet").sensors:
        times = np.concatenate([n.times_s for n in sent_by(simulated("quiet"), sensor.key)])
        packets = [n.packet for n in sent_by(simulated("quiet"), sensor.key) if n.packet is not None]
        ticks = np.concatenate([SimulatedDriver().decode(packet).ticks for packet in packets])
        device_s = (int(ticks[-1] - ticks[0]) % 2**32) * 1e-6
        assert (device_s / (times[-1] - times[0]) - 1) * 1e6 == pytest.approx(sensor.clock_ppm, abs=0.5)


def test_the_wrap_of_the_tick_lies_within_the_clonus() -> None:
    packets = [n.packet for n in sent_by(simulated("clonus-12"), "left_foot") if n.packet is not None]
    ticks = np.concatenate([SimulatedDriver().decode(packet).ticks for packet in packets])
    assert (np.diff(ticks) < 0).sum() == 1
    assert np.unique(np.diff(ticks) % 2**32).tolist() == [10_000]
    (episode,) = simulated("clonus-12").truth()
    assert episode.onset_s < 0.01 * int(np.argmin(ticks)) < episode.offset_s


def test_the_shank_sees_a_little_of_the_foot() -> None:
    foot, shank = (
        np.concatenate([n.raw[:, 3:] for n in sent_by(simulated("sustained"), key)]) * GYRO_DPS
        for key in ("left_foot", "left_shank")
    )
    assert 0.05 <= np.linalg.norm(shank.std(axis=0)) / np.linalg.norm(foot.std(axis=0)) <= 0.2


@pytest.mark.parametrize(
    ("name", "sensor", "beats"),
    [("clonus-12", "left_foot", 12), ("three-beats", "right_foot", 3)],
)
def test_a_scenario_has_the_beats_that_it_is_named_for(name: str, sensor: str, beats: int) -> None:
    (episode,) = simulated(name).truth()
    assert (episode.sensor, episode.beats) == (sensor, beats)


def test_clonus_12_beats_at_6_hz() -> None:
    (episode,) = simulated("clonus-12").truth()
    assert episode.frequency_hz == pytest.approx(6.0, abs=0.1)


def test_two_beats_are_two_beats_and_no_clonus() -> None:
    simulation = simulated("two-beats")
    assert simulation.truth() == ()
    limbs = simulation.limbs()
    limbs["left_ankle"].advance(10_000)
    assert len(limbs["left_ankle"].beats) == 2


@pytest.mark.parametrize("name", ["quiet", "stretch-only", "tapping", "walking"])
def test_where_there_is_no_clonus_the_truth_says_so(name: str) -> None:
    assert simulated(name).truth() == ()


def test_the_demonstration_shows_a_few_beats_and_then_clonus_that_tires() -> None:
    few, many = simulated(DEMONSTRATION).truth()
    assert (few.sensor, many.sensor) == ("left_foot", "left_foot")
    assert 8 <= few.beats <= 12
    assert many.beats > 15
    assert many.offset_s < 46.0


def test_clonus_of_both_ankles_overlaps() -> None:
    left, right = simulated("both-ankles").truth()
    assert (left.sensor, right.sensor) == ("left_foot", "right_foot")
    assert left.onset_s < right.onset_s < right.offset_s < left.offset_s


def test_sustained_clonus_lasts_until_the_release_and_fatiguing_clonus_does_not() -> None:
    (sustained,) = simulated("sustained").truth()
    (fatiguing,) = simulated("fatiguing").truth()
    assert sustained.offset_s - sustained.onset_s > 11.5
    assert 2.0 < fatiguing.offset_s - fatiguing.onset_s < 7.0


def test_the_peaks_in_the_packets_are_the_beats_of_the_truth() -> None:
    simulation = simulated("clonus-12")
    sent = sent_by(simulation, "left_foot")
    times = np.concatenate([n.times_s for n in sent])
    gyro = np.concatenate([n.raw[:, 3:] for n in sent]) * GYRO_DPS
    axis = np.linalg.svd(gyro - gyro.mean(axis=0), full_matrices=False)[2][0]
    rate = np.abs((gyro - gyro[:200].mean(axis=0)) @ axis)
    for beat_s in simulation.truth()[0].beat_times_s:
        near = np.abs(times - beat_s) < 0.045
        assert times[near][np.argmax(rate[near])] == pytest.approx(beat_s, abs=0.011)
        assert rate[near].max() > 70.0


def test_an_endless_session_goes_on_and_its_truth_needs_an_end() -> None:
    simulation = simulated(ENDLESS)
    assert math.isinf(simulation.duration_s)
    with pytest.raises(ValueError, match="no end"):
        simulation.truth()
    assert {episode.sensor for episode in simulation.truth(until_s=64.0)} == {"left_foot", "right_foot"}
    assert len({episode.beats for episode in simulation.truth(until_s=128.0)}) > 4


def test_the_load_is_sixteen_sensors_at_208_hz() -> None:
    simulation = simulated("load")
    assert len({sensor.key for sensor in simulation.sensors}) == 16
    samples = sum(
        SimulatedDriver().decode(arrival).ticks.size
        for arrival in first_seconds(simulation, 4.0)
        if isinstance(arrival, Packet)
    )
    assert samples == pytest.approx(16 * 208 * 4, rel=0.03)


def test_every_scenario_is_described_in_a_line() -> None:
    for name, scenario in SCENARIOS.items():
        assert name == scenario.name
        assert "\n" not in scenario.description
        assert 10 < len(scenario.description) < 100


def test_an_unknown_scenario_is_answered_with_the_nearest_and_all() -> None:
    with pytest.raises(SourceError, match="did you mean provocation") as raised:
        find("provokation")
    assert all(name in str(raised.value) for name in SCENARIOS)
    with pytest.raises(SourceError, match="no scenario xyz"):
        find("xyz\x1b[31m")


def test_a_stream_leaves_out_what_was_lost_and_runs_by_time(tmp_path: Path) -> None:
    simulation = Simulation(with_radio("two-beats", loss=0.05))
    write_stream(simulation, tmp_path / "stream.csv")
    header, *lines = (tmp_path / "stream.csv").read_text(encoding="utf-8").splitlines()
    assert header == HEADER
    received = sum(len(n.times_s) for n in simulation.notifications() if n.packet is not None)
    assert len(lines) == received < 4000
    times = [float(line.split(",")[0]) for line in lines]
    assert times == sorted(times)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stream.csv"]


def test_an_endless_simulation_is_not_written(tmp_path: Path) -> None:
    for write in (write_stream, write_truth):
        with pytest.raises(ValueError, match="no end"):
            write(simulated(ENDLESS), tmp_path / "endless")
    assert not list(tmp_path.iterdir())


def test_a_radio_may_be_perfect() -> None:
    scenario = with_radio("quiet", retry=0.0, loss=0.0, jitter_s=0.0)
    delays_s = [
        (n.packet.arrival_ns - START_NS) / 1e9 - n.times_s[-1]
        for n in Simulation(scenario).notifications()
        if n.packet is not None
    ]
    usual = Radio()
    assert min(delays_s) >= usual.delay_s - 1e-6
    assert max(delays_s) <= usual.delay_s + usual.interval_s + 0.001

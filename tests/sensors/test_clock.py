"""What a fitted device clock owes the session: steps told apart, time within milliseconds, drift followed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.clock import Clock, Step
from sensors.clock_line import ClockLine
from sensors.driver import Tick

MICROSECONDS = Tick(1e-6, 32)


def run(clock: Clock, seconds: float, *, drift: float = 0.0, start: int = 0, seed: int = 1) -> tuple[float, float]:
    """Feed packets of 40 ms with 8-30 ms of radio delay; return the true and the fitted time of the last sample."""
    rng = np.random.default_rng(seed)
    true_s = fitted_s = 0.0
    for k in range(round(seconds / 0.04)):
        true_s = 0.04 * k
        tick = start + round(true_s * (1 + drift) * 1e6)
        delay_s = 0.008 + rng.exponential(0.006)
        _, shift = clock.place(tick % 2**32, tick % 2**32, true_s + delay_s)
        fitted_s = float(clock.to_session(np.array([tick % 2**32 + shift]))[0])
    return true_s, fitted_s


@pytest.mark.parametrize("drift", [-200e-6, 0.0, 200e-6])
def test_after_ten_seconds_two_sensors_on_one_radio_agree_within_five_milliseconds(drift: float) -> None:
    slow, fast = Clock(MICROSECONDS), Clock(MICROSECONDS)
    true_s, first = run(slow, 12.0, drift=drift, seed=1)
    _, second = run(fast, 12.0, drift=-drift, seed=2)
    assert abs(first - second) < 0.005
    assert abs(first - true_s - 0.008) < 0.005


@pytest.mark.parametrize("drift", [-200e-6, 200e-6])
def test_a_minute_is_enough_to_learn_the_rate_of_the_crystal(drift: float) -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 70.0, drift=drift)
    assert clock.rate_error == pytest.approx(-drift, abs=40e-6)


def test_a_crystal_that_changes_its_rate_is_followed_within_a_minute_and_a_half() -> None:
    clock, rng, tick, late_s = Clock(MICROSECONDS), np.random.default_rng(3), 0.0, 0.0
    for k in range(6000):
        tick += 40_000 * (1 + (100e-6 if k > 3750 else -100e-6))
        _, shift = clock.place(round(tick), round(tick), 0.04 * (k + 1) + 0.008 + rng.exponential(0.006))
        late_s = float(clock.to_session(np.array([round(tick) + shift]))[0]) - 0.04 * (k + 1) - 0.008
    assert clock.rate_error == pytest.approx(-100e-6, abs=40e-6)
    assert abs(late_s) < 0.001


def test_a_wrapping_counter_goes_on_without_a_step() -> None:
    clock = Clock(MICROSECONDS)
    true_s, fitted_s = run(clock, 20.0, start=2**32 - 5_000_000)
    assert abs(fitted_s - true_s - 0.008) < 0.005


def test_the_alignment_is_unknown_before_there_is_evidence_and_small_afterwards() -> None:
    assert Clock(MICROSECONDS).alignment_s is None
    clock = Clock(MICROSECONDS)
    run(clock, 20.0)
    assert clock.alignment_s is not None
    assert 0 < clock.alignment_s < 0.005


def place(clock: Clock, tick: int, arrival_s: float) -> Step:
    return clock.place(tick, tick, arrival_s)[0]


def test_steps_are_told_apart() -> None:
    clock = Clock(MICROSECONDS)
    assert place(clock, 1_000_000, 1.0) is Step.FIRST
    assert place(clock, 1_040_000, 1.04) is Step.FORWARD
    assert place(clock, 1_040_000, 1.05) is Step.REPEAT
    assert place(clock, 1_120_000, 1.12) is Step.FORWARD
    assert place(clock, 1_080_000, 1.13) is Step.REORDER
    assert place(clock, 1_160_000, 1.16) is Step.FORWARD
    assert place(clock, 1_040_000, 1.17) is Step.REPEAT, "others came in between"


@pytest.mark.parametrize("wild", [516_000_000, 34_000_000, 6_000_000])
def test_one_wild_tick_is_dropped_and_does_not_move_the_time_of_later_samples(wild: int) -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 4.0)
    _, before = clock.place(4_000_000, 4_000_000, 4.01)
    assert place(clock, wild, 4.05) is Step.WILD
    step, after = clock.place(4_080_000, 4_080_000, 4.09)
    assert step is Step.FORWARD
    assert after == before


def test_two_wild_ticks_with_a_sound_one_between_are_no_restart() -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 4.0)
    assert place(clock, 516_000_000, 4.01) is Step.WILD
    assert place(clock, 4_040_000, 4.05) is Step.FORWARD
    assert place(clock, 516_080_000, 4.09) is Step.WILD
    assert place(clock, 4_120_000, 4.13) is Step.FORWARD


@pytest.mark.parametrize("wild_s", [0.4, 0.9, -3.0])
def test_a_tick_that_a_fitted_clock_cannot_have_yet_is_wild(wild_s: float) -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 12.0)
    wild = 12_000_000 + round(wild_s * 1e6)
    assert place(clock, wild, 12.01) is Step.WILD
    assert place(clock, 12_040_000, 12.05) is Step.FORWARD


def test_a_restart_whose_count_happens_to_go_on_is_recognised_by_its_lateness() -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 12.0)
    assert place(clock, 13_000_000, 42.0) is Step.WILD
    assert place(clock, 13_040_000, 42.04) is Step.RESET
    assert float(clock.to_session(np.array([13_040_000]))[0]) == pytest.approx(42.04)


@pytest.mark.parametrize("known_s", [2.0, 20.0])
def test_what_a_stall_of_the_computer_held_up_is_late_and_no_restart(known_s: float) -> None:
    clock = Clock(MICROSECONDS)
    run(clock, known_s)
    stall_s, step_us = 4.5, 40_000
    began = round(known_s * 1e6)
    ticks = range(began, began + round(stall_s * 1e6), step_us)
    held_up = [clock.place(tick, tick, known_s + stall_s + 0.01 + k / 1e4) for k, tick in enumerate(ticks)]
    assert {step for step, _ in held_up} == {Step.FORWARD}
    fitted_s = clock.to_session(np.array([tick + shift for tick, (_, shift) in zip(ticks, held_up, strict=True)]))
    assert np.abs(fitted_s - np.array(ticks) / 1e6 - 0.008).max() < 0.005


def test_a_hole_in_which_a_short_count_has_wrapped_is_not_taken_for_lateness() -> None:
    wrap_s = 2.0**12 * 1e-3
    clock = Clock(Tick(1e-3, 12))
    for k in range(500):
        clock.place(40 * k % 4096, 40 * k % 4096, 0.04 * k)
    beyond = 0.04 * 500 + wrap_s
    steps = [place(clock, round(1000 * (beyond + 0.04 * k)) % 4096, beyond + 0.04 * k) for k in range(3)]
    assert steps == [Step.WILD, Step.RESET, Step.FORWARD]


@pytest.mark.parametrize("uptime_s", [0.5, 5.0])
def test_a_restart_between_two_connections_shows_in_the_first_packet(uptime_s: float) -> None:
    clock = Clock(MICROSECONDS)
    run(clock, uptime_s)
    clock.hear_connected()
    assert place(clock, 300_000, uptime_s + 1.0) is Step.RESET
    assert place(clock, 340_000, uptime_s + 1.04) is Step.FORWARD


def test_a_device_that_restarts_again_and_again_and_counts_from_zero_repeats_nothing() -> None:
    clock = Clock(MICROSECONDS)
    place(clock, 5_000_000, 0.0)
    for life in range(1, 4):
        clock.hear_connected()
        steps = [place(clock, 40_000 * k, 3.0 * life + 0.04 * k) for k in range(1, 30)]
        assert steps == [Step.RESET, *[Step.FORWARD] * 28]


def test_a_count_that_goes_on_over_two_connections_is_no_restart() -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 5.0)
    clock.hear_connected()
    assert place(clock, 9_000_000, 9.02) is Step.FORWARD


def test_the_tolerance_of_a_tick_bounds_the_rate_that_is_believed() -> None:
    narrow, wide = Clock(MICROSECONDS), Clock(Tick(1e-6, 32, tolerance=0.05))
    for clock in (narrow, wide):
        run(clock, 30.0, drift=-0.02)
    assert narrow.rate_error == pytest.approx(MICROSECONDS.tolerance)
    assert wide.rate_error == pytest.approx(0.02, rel=0.05)


def test_a_sensor_that_restarts_is_recognised_by_two_packets_that_agree() -> None:
    clock = Clock(MICROSECONDS)
    run(clock, 10.0)
    assert place(clock, 40_000, 12.0) is Step.WILD
    assert place(clock, 80_000, 12.04) is Step.RESET
    assert place(clock, 120_000, 12.08) is Step.FORWARD
    assert float(clock.to_session(np.array([120_000]))[0]) == pytest.approx(12.08)


def test_ticks_that_already_are_session_time_are_taken_as_they_are() -> None:
    clock = Clock(Tick(1e-9, session_time=True))
    assert place(clock, 5_000_000_000, 77.0) is Step.FIRST
    assert float(clock.to_session(np.array([5_000_000_000]))[0]) == 5.0
    assert clock.alignment_s == 0.0


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.floats(0.0, 0.2)), min_size=1, max_size=60))
def test_no_sequence_of_ticks_breaks_the_clock(arrivals: list[tuple[int, float]]) -> None:
    clock = Clock(MICROSECONDS)
    now_s = 0.0
    for tick, wait_s in arrivals:
        now_s += wait_s
        step, shift = clock.place(tick, tick, now_s)
        if step in (Step.FIRST, Step.FORWARD, Step.RESET):
            fitted_s = float(clock.to_session(np.array([tick + shift]))[0])
            assert np.isfinite(fitted_s)
            assert fitted_s <= now_s + 0.1


def beside_each_other(
    clocks: dict[Clock, tuple[int, float]], seconds: float, seed: int = 1
) -> dict[Clock, list[float]]:
    """Feed each clock the ticks of one µs count, plus an offset, over a link of its own; return the fitted times.

    The links differ in their least delay.
    """
    rng = np.random.default_rng(seed)
    fitted: dict[Clock, list[float]] = {clock: [] for clock in clocks}
    arrivals: list[tuple[float, int, Clock, int]] = []
    for clock, (offset, delay_s) in clocks.items():
        for k in range(round(seconds / 0.04)):
            tick = (offset + round(0.04 * k * 1e6)) % 2**32
            arrivals.append((0.04 * k + delay_s + rng.uniform(0, 0.01), len(arrivals), clock, tick))
    for arrival_s, _, clock, tick in sorted(arrivals, key=lambda one: one[:2]):
        step, shift = clock.place(tick, tick, arrival_s)
        if step in (Step.FIRST, Step.FORWARD):
            fitted[clock].append(float(clock.to_session(np.array([tick + shift]))[0]))
    return fitted


@pytest.mark.parametrize("offset", [0, 2**32 - 3_000_000])
def test_two_devices_that_agree_on_a_clock_go_by_one_line_however_different_their_radios(offset: int) -> None:
    def apart_s(line: ClockLine | None) -> float:
        near, far = Clock(MICROSECONDS), Clock(MICROSECONDS)
        near.share(line)
        far.share(line)
        links = {near: (offset, 0.004), far: (offset, 0.020)}
        first, second = (times[-1] for times in beside_each_other(links, 8.0).values())
        assert near.shared == far.shared == (line is not None)
        return abs(first - second)

    assert apart_s(None) == pytest.approx(0.016, abs=0.002)
    assert apart_s(ClockLine(MICROSECONDS)) < 1e-6


def test_a_device_that_joins_after_the_count_has_wrapped_is_on_the_same_line() -> None:
    line, early, late = ClockLine(MICROSECONDS), Clock(MICROSECONDS), Clock(MICROSECONDS)
    early.share(line)
    run(early, 20.0, start=2**32 - 5_000_000)
    late.share(line)
    second = 20.0
    for k in range(20):
        tick = 15_000_000 + k * 40_000
        _, shift = late.place(tick, tick, second + 0.04 * k + 0.02)
    assert late.shared
    assert float(late.to_session(np.array([tick + shift]))[0]) == pytest.approx(second + 0.76 + 0.008, abs=0.005)


def test_a_device_that_says_so_and_has_another_clock_all_the_same_goes_by_its_own() -> None:
    line, one, other = ClockLine(MICROSECONDS), Clock(MICROSECONDS), Clock(MICROSECONDS)
    one.share(line)
    other.share(line)
    fitted = beside_each_other({one: (0, 0.004), other: (700_000_000, 0.008)}, 3.0)
    assert one.shared != other.shared, "the first that is heard has the line"
    assert fitted[one][-1] == pytest.approx(2.96 + 0.004, abs=0.005)
    assert fitted[other][-1] == pytest.approx(2.96 + 0.008, abs=0.005)


def test_a_device_that_restarts_leaves_the_common_clock() -> None:
    line, clock = ClockLine(MICROSECONDS), Clock(MICROSECONDS)
    clock.share(line)
    run(clock, 5.0)
    for k in range(3):
        clock.place(3_000_000_000 + 40_000 * k, 3_000_000_000 + 40_000 * k, 5.0 + 0.04 * k)
    assert not clock.shared

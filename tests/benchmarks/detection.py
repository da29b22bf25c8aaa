"""What the beat machine and the FFT baseline are worth on the kinematic reporting seeds.

Run `python -m tests.benchmarks.detection` for the table; the tests use a small part of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from analysis.channel import Channel
from analysis.detector import BeatDetector
from analysis.episode import Change, EpisodeChange
from sensors.driver import Sensor
from tests.benchmarks import fft_peak_ratio
from tests.benchmarks.kinematic import CONFOUNDS, REPORTING_SEEDS, Recording, provoked, stretches, unprovoked
from tests.benchmarks.scoring import Found, Score, spread

Detect = Callable[[Recording], tuple[list[Found], int]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A kind of recording and how to make one from a seed; `place` counts the seeds from 0."""

    name: str
    make: Callable[[int, int], Recording]


CONDITIONS = (
    Condition("clear, 3-5 beats", lambda seed, k: provoked(seed, 3 + k % 3)),
    Condition("clear, 6-30 beats", lambda seed, k: provoked(seed, 6 + k % 25)),
    Condition("unprovoked", lambda seed, k: unprovoked(seed, 3 + k % 10)),
    Condition("52 Hz", lambda seed, k: provoked(seed, 3 + k % 10, rate=52.0)),
    Condition("208 Hz", lambda seed, k: provoked(seed, 3 + k % 10, rate=208.0)),
    Condition("3 % lost in bursts", lambda seed, k: provoked(seed, 3 + k % 10, lost_share=0.03)),
    Condition("6 dB", lambda seed, k: provoked(seed, 3 + k % 12, snr_db=6.0)),
    Condition("0 dB", lambda seed, k: provoked(seed, 3 + k % 12, snr_db=0.0)),
)
CLEAR = 6
"""The first so many conditions have the signal clearly above the noise."""


def changes(recording: Recording, has_gyro: bool = True, size: int = 512) -> list[EpisodeChange]:
    """Return everything that the beat machine reports of a recording."""
    channel = Channel(Sensor("limb", "kinematic", recording.rate, has_gyro=has_gyro))
    detector = BeatDetector("limb", channel.unit)
    reported = []
    for block in recording.blocks(size=size):
        reported += detector.feed(channel.feed(block))
    return reported + detector.finish()


def found_in(reported: Iterable[EpisodeChange]) -> list[Found]:
    """Return the final episodes among changes."""
    final = [change.episode for change in reported if change.change is Change.ENDED]
    return [Found(e.onset_s, e.offset_s, e.alert_s, e.frequency_hz, e.beats, e.beats_at_least) for e in final]


def beat_machine(recording: Recording) -> tuple[list[Found], int]:
    reported = changes(recording)
    return found_in(reported), sum(change.change is Change.RAISED for change in reported)


def fft_baseline(recording: Recording) -> tuple[list[Found], int]:
    found = fft_peak_ratio.episodes(recording.gyro, recording.rate)
    return found, len(found)


def score(detect: Detect, recordings: Iterable[Recording]) -> Score:
    total = Score()
    for recording in recordings:
        found, alarms = detect(recording)
        total.add(recording.runs, found, alarms, recording.duration_s)
    return total


def line(name: str, result: Score) -> str:
    counted = f"{result.exact:.3f} {result.within_one:.3f}" if result.count_errors else "    -     -"
    return (
        f"{name:22}{result.f1:6.3f}{result.sensitivity:6.3f}  {result.alarms_per_hour:6.1f}  "
        f"{spread(result.onset_errors_s):14} {spread(result.offset_errors_s):14} "
        f"{spread(result.frequency_errors_hz):14} {counted}  {spread(result.alert_delays_s):14} "
        f"{spread(result.alert_beats)}"
    )


def table(detect: Detect, seeds: range, each: int, minutes: int) -> Score:
    """Print a line per condition and confound; return the sum."""
    print(f"{'':22}    F1  sens alarm/h  onset s        offset s       frequency Hz   exact  <=1   alert s       beats")
    everything, clear, negative = Score(), Score(), Score()
    for place, condition in enumerate(CONDITIONS):
        result = score(detect, (condition.make(seeds[100 * place + k], k) for k in range(each)))
        print(line(condition.name, result))
        everything.join(result)
        if place < CLEAR:
            clear.join(result)
    print(line("all clear", clear))
    for name, make in CONFOUNDS.items():
        result = score(detect, (make(seeds[k]) for k in range(minutes)))
        print(f"{name:22}{'':14}{result.alarms_per_hour:6.1f}")
        negative.join(result)
    print(f"{'all confounds':22}{'':14}{negative.alarms_per_hour:6.1f}")
    tested = [stretches(seeds[k]) for k in range(minutes)]
    alarms = sum(detect(recording)[1] for recording in tested)
    print(f"alarms per 100 stretches without clonus: {100 * alarms / sum(len(r.stretches_s) for r in tested):.2f}")
    everything.join(negative)
    print(line("everything", everything))
    return everything


def speed() -> None:
    """Print the cost of a sample in microseconds."""
    recording = provoked(REPORTING_SEEDS[0], 30)
    repeated = Recording(
        100.0, np.tile(recording.acc, (60, 1)), np.tile(recording.gyro, (60, 1)), np.tile(recording.received, 60)
    )
    channel = Channel(Sensor("limb", "kinematic", 100.0))
    detector = BeatDetector("limb", channel.unit)
    begin = time.process_time()
    signals = [channel.feed(block) for block in repeated.blocks()]
    middle = time.process_time()
    for signal in signals:
        detector.feed(signal)
    end = time.process_time()
    n = len(repeated.gyro)
    print(f"channel {1e6 * (middle - begin) / n:.2f} us/sample, detector {1e6 * (end - middle) / n:.2f} us/sample")


if __name__ == "__main__":
    print("beat machine")
    table(beat_machine, REPORTING_SEEDS, 100, 60)
    print("FFT peak ratio")
    table(fft_baseline, REPORTING_SEEDS, 100, 60)
    speed()

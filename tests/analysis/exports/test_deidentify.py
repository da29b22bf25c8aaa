"""What is left of a session without its identity: all figures, and no word that a person typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.alerts import FaultKind
from analysis.exports.deidentify import deidentified
from sensors.samples import APART
from tests.analysis.exports.material import exported, opened, stream, without_identity


def test_figures_and_intervals_stay() -> None:
    before, after = exported().record, without_identity().record
    (episode,), (was,) = after.episodes, before.episodes
    shift_s = was.onset_s - episode.onset_s
    assert np.diff(episode.beat_times_s) == pytest.approx(np.diff(was.beat_times_s), abs=1e-9)
    assert (episode.beats, episode.amplitude, episode.context) == (was.beats, was.amplitude, was.context)
    (graded,), (graded_before,) = after.trials, before.trials
    assert graded.trial.response == graded_before.trial.response
    assert graded_before.trial.armed_at_s - graded.trial.armed_at_s == pytest.approx(shift_s)
    assert graded.trial.pain == 3
    assert after.verdicts == before.verdicts
    assert [mark.at_s + shift_s for mark in after.marks] == pytest.approx([mark.at_s for mark in before.marks])
    assert FaultKind.LOST in {fault.kind for fault in after.faults}


def test_words_of_the_programs_own_stay_and_others_become_other() -> None:
    visit = without_identity().record.visit
    assert visit is not None
    assert (visit.code, visit.diagnosis, visit.measures) == ("", "stroke", ("yoga", "other"))
    assert [(m.name, m.hours) for m in visit.medications] == [
        *(("baclofen", 3.5), ("botulinum toxin", None), ("other", None)),
    ]
    (graded,) = without_identity().record.trials
    assert (graded.trial.setup.manoeuvre, graded.trial.grade, graded.trial.setup.examiner) == ("other", "other", "")
    assert graded.trial.trouble == ("data of the left foot were lost inside; the figures are lower bounds",)
    assert "ward_3" not in {grade.rule_set for grade in graded.grades}


def test_sensors_are_named_by_where_they_are_or_numbered() -> None:
    named = [samples.name for samples in without_identity().samples]
    assert named == ["left_foot", "left_shank", "right_foot", "sensor_4"]
    assert {view.sensor.address for view in without_identity().record.sensors} == {""}


def test_what_went_wrong_in_a_trial_is_told_without_the_sensors_own_name() -> None:
    (graded,) = exported().record.trials
    said = ("data of the Smiths shank were lost inside", "the Smiths shank was lost before the end")
    trial = replace(graded.trial, trouble=said, sensor="Smiths_shank", episode="Smiths_shank/3")
    record = replace(exported().record, trials=(replace(graded, trial=trial),))
    (scrubbed,) = deidentified(replace(exported(), record=record)).record.trials
    assert scrubbed.trial.trouble == ("data of the sensor 4 were lost inside", "the sensor 4 was lost before the end")
    assert (scrubbed.trial.sensor, scrubbed.trial.episode) == ("sensor_4", "sensor_4/3")


def test_a_family_that_a_file_describes_is_not_named() -> None:
    record = exported().record
    views = tuple(replace(view, sensor=replace(view.sensor, family="Smiths own")) for view in record.sensors)
    scrubbed = deidentified(replace(exported(), record=replace(record, sensors=views)))
    assert {view.sensor.family for view in scrubbed.record.sensors} == {"other"}


def test_acceleration_that_came_apart_keeps_its_name_apart() -> None:
    samples = replace(exported().samples[0], name=f"{exported().samples[0].sensor.key}{APART}")
    scrubbed = deidentified(replace(exported(), samples=(samples,)))
    assert scrubbed.samples[0].name == f"{scrubbed.samples[0].sensor.key}{APART}"


def test_an_axis_that_tells_the_date_is_shifted(tmp_path: Path) -> None:
    scrubbed = deidentified(opened(stream(tmp_path / "a.csv", np.arange(500) / 100 + 1_763_800_000)))
    assert scrubbed.samples[0].times[0] == 0.0
    assert (scrubbed.record.begins_s, scrubbed.record.ends_s) == pytest.approx((0.0, 4.99), abs=1e-6)

"""Review rows: the trials and episodes of a session as the rows of one table, by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.episode import Context, Episode
from analysis.grading import Grade
from analysis.record import GradedTrial, Record
from analysis.response import COUNTED_S
from analysis.snapshot import Verdict
from analysis.trial import Stage
from sensors.wording import clean

SIDES: Mapping[str, str] = {"left": "L", "right": "R"}
OTHER_SIDE: Mapping[str, str] = {"left": "right", "right": "left"}
GRADE = "scats_clonus"
"""The rule set whose grade has the column SCATS: every response has one. The others are in the report."""


@dataclass(frozen=True, slots=True)
class Row:
    """A trial with the episode that is its answer, or an episode that belongs to none.

    `at_s` is where it begins and `until_s` where it ends, `stretch_s` when its stretch was fastest. Figures are as they
    are written, "" where there is none; `flags` are phrases; `found` says in a phrase what the detector had; `at_least`
    says that beats and seconds are lower bounds.
    """

    at_s: float
    until_s: float
    sensor: str
    side: str
    site: str
    attempt: str = ""
    trial: int | None = None
    episode: Episode | None = None
    stretch_s: float | None = None
    beats: str = ""
    in_10_s: str = ""
    hertz: str = ""
    seconds: str = ""
    grade: str = ""
    pain: str = ""
    verdict: str = ""
    flags: tuple[str, ...] = ()
    found: str = ""
    rejected: bool = False
    at_least: bool = False

    @property
    def label(self) -> str:
        """What it is, in a few words: "trial 2, left ankle"."""
        side = next((word for word, letter in SIDES.items() if letter == self.side), "")
        limb = f"{side} {self.site}".strip()
        return f"trial {self.trial}, {limb}" if self.trial is not None else limb


def rows_of(record: Record) -> tuple[Row, ...]:
    """Return one row for each trial, and for each episode that is no trial's answer."""
    episodes = {episode.id: episode for episode in record.episodes}
    trials = [_of_trial(graded, episodes.get(graded.trial.episode), record) for graded in record.trials]
    answers = {graded.trial.episode for graded in record.trials}
    others = [_of_episode(episode, record) for key, episode in episodes.items() if key not in answers]
    return tuple(sorted([*trials, *others], key=lambda row: (row.at_s, row.sensor)))


def _of_trial(graded: GradedTrial, episode: Episode | None, record: Record) -> Row:
    trial, response = graded.trial, graded.trial.response
    verdict = "" if trial.verdict is None else trial.verdict.value
    begin_s = trial.stretch.time_s if trial.stretch is not None else trial.armed_at_s
    end_s = episode.offset_s if episode is not None else trial.over_s or begin_s
    flags = [flag.value for flag in trial.flags]
    if trial.stage is Stage.CALLED_OFF:
        flags.append("called off")
    elif response is None:
        flags.append("not measured")
    elif not response.beats:
        flags.append("no clonus")
    if verdict and _word_on(episode, record):
        flags.append(f"episode {_word_on(episode, record)}")
    if trial.grade:
        flags.append(f"own grade {clean(trial.grade, 12)}")
    if trial.released_early:
        flags.append("let go early")
    flags += _of_the_episode(episode, record)
    found = graded.found
    side, site = SIDES.get(trial.setup.side, ""), clean(trial.setup.site, 12)
    if not site:
        side, site = _limb(trial.sensor or "")
    answered = response is not None and response.beats > 0
    return Row(
        at_s=min(begin_s, episode.onset_s) if episode is not None else begin_s,
        until_s=max(begin_s, end_s),
        sensor=trial.sensor or "",
        side=side,
        site=site,
        attempt=f"{trial.setup.attempt}/{trial.setup.attempts}" if trial.setup.site else "",
        trial=trial.number,
        episode=episode,
        stretch_s=trial.stretch.time_s if trial.stretch is not None else None,
        beats=bound(response.beats, response.beats_at_least) if response is not None else "",
        in_10_s=bound(response.beats_in_10_s, response.beats_in_10_s_at_least) if response is not None else "",
        hertz=f"{response.frequency_hz:.1f}" if response is not None and response.frequency_hz else "",
        seconds=bound(response.duration_s, response.duration_at_least) if response is not None and answered else "",
        at_least=response is not None and response.beats_at_least,
        grade=_grade(graded.grades),
        pain="" if trial.pain is None else str(trial.pain),
        verdict=verdict or _word_on(episode, record),
        flags=tuple(flags),
        found="" if graded.corrected_by is None or found is None else f"{found.beats} beats, {found.duration_s:.1f} s",
        rejected=not graded.counts and verdict != "",
    )


def bound(figure: float, at_least: bool) -> str:
    """Return a count, or seconds to the tenth, with "≥" before a lower bound."""
    return f"{'≥' * at_least}{figure if isinstance(figure, int) else f'{figure:.1f}'}"


def _of_episode(episode: Episode, record: Record) -> Row:
    side, site = _limb(episode.sensor)
    before = [e for e in record.found if e.id in episode.replaces]
    found = "; ".join(f"{e.beats} beats, {e.duration_s:.1f} s" for e in before)
    return Row(
        at_s=episode.onset_s,
        until_s=episode.offset_s,
        sensor=episode.sensor,
        side=side,
        site=site,
        episode=episode,
        stretch_s=episode.stretch.time_s if episode.stretch is not None else None,
        beats=bound(episode.beats, episode.beats_at_least),
        in_10_s=bound(sum(t - episode.onset_s <= COUNTED_S for t in episode.beat_times_s), episode.beats_at_least),
        hertz=f"{episode.frequency_hz:.1f}" if episode.beats > 1 else "",
        seconds=bound(episode.duration_s, episode.beats_at_least),
        verdict=_word_on(episode, record),
        flags=tuple(_of_the_episode(episode, record)),
        found=found if episode.corrected_by is not None else "",
        rejected=record.verdicts.get(episode.id) is Verdict.REJECTED,
    )


def _of_the_episode(episode: Episode | None, record: Record) -> list[str]:
    """Return what is to be known of an episode: whose word it is, what it may be called, what was noted."""
    if episode is None:
        return []
    flags = []
    if episode.corrected_by is not None:
        what = "corrected" if episode.replaces else "added"
        flags.append(f"{what} by {episode.corrected_by}" if episode.corrected_by else what)
    if episode.context is not Context.PROVOKED:
        flags.append(episode.context.value)
    if note := record.notes.get(episode.id):
        flags.append(f"· {clean(note)}")
    return flags


def _word_on(episode: Episode | None, record: Record) -> str:
    verdict = None if episode is None else record.verdicts.get(episode.id)
    return "" if verdict is None else verdict.value


def _grade(computed: tuple[Grade, ...]) -> str:
    """Return the computed grade; a borderline one has both its grades."""
    grade = next((g for g in computed if g.rule_set == GRADE and g.value is not None), None)
    if grade is None:
        return ""
    others = "".join(f"/{other.grade}" for other in grade.others if other.grade is not None)
    return clean(f"{'≥' * grade.at_least}{grade.value}{others}", 6)


def _limb(sensor: str) -> tuple[str, str]:
    """Return the letter of a sensor's side, "" where it has none, and its place."""
    side, _, place = sensor.partition("_")
    return SIDES.get(side, ""), clean((place if side in SIDES else sensor).replace("_", " "), 12)


def opposite(row: Row, rows: tuple[Row, ...]) -> Row | None:
    """Return the row of the other side to compare with: the same attempt at the same site, else the nearest in time."""
    side, _, place = row.sensor.partition("_")
    mirrored = f"{OTHER_SIDE.get(side, '')}_{place}"
    same = [r for r in rows if r.sensor == mirrored]
    attempt = [r for r in same if r.attempt == row.attempt and row.attempt]
    return min(attempt or same, key=lambda r: abs(r.at_s - row.at_s), default=None)

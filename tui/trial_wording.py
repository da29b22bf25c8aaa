"""Trial wording: what the screen says of the guided test at this moment - the limb, the result, the grade, the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum, auto

from analysis.episode import Episode
from analysis.grading import Grade, grade_with
from analysis.response import Response
from analysis.rule_set import RuleSet
from analysis.snapshot import Snapshot
from analysis.trial import Ruling, Setup, Stage, Trial, continued
from sensors.wording import clean
from tui.canvas import Role
from tui.view import View
from tui.widgets.readout import Phrase, name_of
from tui.wordings import counted

VERDICTS = {Ruling.ACCEPTED: "✓ accepted", Ruling.REPEATED: "repeated", Ruling.REJECTED: "✗ rejected"}
_APART = " · "


class Phase(Enum):
    """What the operator is waited for, or the limb."""

    IDLE = auto()
    ARMED = auto()
    RESULT = auto()
    RULED = auto()


def phase(snapshot: Snapshot, view: View) -> Phase:
    """Return where the test stands; a result stands until it gets its verdict, is sent away, or the next is armed."""
    trial = snapshot.trial
    armed = snapshot.armed_since_s is not None
    if armed if trial is None else trial.is_open and (armed or bool(trial.setup.site)):
        return Phase.ARMED
    if trial is None or trial.is_open or trial.number == view.sent_away or _is_empty(trial):
        return Phase.IDLE
    return Phase.RESULT if trial.verdict is None else Phase.RULED


def _is_empty(trial: Trial) -> bool:
    """Whether there is nothing to be shown of it: it was called off before anything came."""
    nothing = trial.stage is Stage.CALLED_OFF or not trial.trouble
    return trial.response is None and nothing and not trial.asks_swap


def standing(snapshot: Snapshot, view: View) -> Trial | None:
    """Return the trial whose result stands, with a verdict or without."""
    return snapshot.trial if phase(snapshot, view) in (Phase.RESULT, Phase.RULED) else None


def shown(snapshot: Snapshot, view: View) -> Trial | None:
    """Return the trial that its sensor's row tells of: the one that is armed for a limb, or whose result stands."""
    trial = snapshot.trial
    if trial is not None and trial.is_open:
        return trial if trial.setup.site else None
    return standing(snapshot, view)


def limb_of(trial: Trial, snapshot: Snapshot) -> str:
    """Return the limb of a trial; where that was left open, the sensor that answered."""
    if trial.setup.site or trial.sensor is None:
        return trial.setup.label
    return name_of(trial.sensor, snapshot)


def attempt(setup: Setup) -> str:
    """Return "2/3"."""
    return f"{setup.attempt}/{setup.attempts}"


def is_done(snapshot: Snapshot) -> bool:
    """Whether the latest trial was the last attempt of its test: one more would be beyond those asked for."""
    trial, setup = snapshot.trial, snapshot.setup
    return trial is not None and trial.setup.is_same_test(setup) and setup.attempts > trial.setup.attempts


def other_side(snapshot: Snapshot) -> Setup:
    """Return the same test of the other side, at its next attempt there."""
    setup = snapshot.setup
    trial = snapshot.trial
    if trial is not None and trial.setup.is_same_test(setup):
        setup = replace(setup, attempts=trial.setup.attempts)
    return continued(setup.other_side, snapshot.trials)


def name_of_test(snapshot: Snapshot, view: View, name: str, *, brief: bool = False) -> str:
    """Return what is watched: "P-0417 · ankle test · left 2/3"; `name` where no test is set up."""
    trial = snapshot.trial
    at_it = phase(snapshot, view) in (Phase.ARMED, Phase.RESULT) or is_done(snapshot)
    setup = trial.setup if trial is not None and at_it else snapshot.setup
    code = [snapshot.visit.code] if snapshot.visit is not None else []
    if not setup.site:
        return _APART.join([*code, name])
    side = f"{setup.side} " if setup.side else ""
    if brief:
        return _APART.join([*code, f"{setup.label} {attempt(setup)}"])
    return _APART.join([*code, f"{setup.site} test", f"{side}{attempt(setup)}"])


def figures(response: Response) -> str:
    """Return "11 beats · 5.5 Hz · 2.0 s", with "≥" at each lower bound; "no clonus" where the limb did not answer."""
    if not response.beats:
        return "no clonus"
    beats = f"{'≥ ' * response.beats_at_least}{counted(response.beats, 'beat')}"
    hertz = [] if response.frequency_hz is None else [f"{response.frequency_hz:.1f} Hz"]
    lasted = f"{'≥ ' * response.duration_at_least}{response.duration_s:.1f} s"
    return _APART.join([beats, *hertz, lasted])


def graded(trial: Trial, snapshot: Snapshot, rule_set: RuleSet) -> Grade | None:
    """Return what a rule set makes of a trial; None where there is no response."""
    return None if trial.response is None else grade_with(rule_set, trial.response, snapshot.answers)


def first_line(snapshot: Snapshot, view: View, hint: str, room: int) -> Iterator[Phrase]:
    """Yield the state of the test: what to do, what is going on, or the result; what a grade means has to find room."""
    trial, now = snapshot.trial, phase(snapshot, view)
    if now is Phase.ARMED:
        yield " ARMED ", Role.CURSOR
        yield f" {_armed_words(snapshot)}", Role.STRONG
    elif now is Phase.IDLE or trial is None or (now is Phase.RULED and not trial.setup.is_same_test(snapshot.setup)):
        yield f"not armed{hint}", Role.DIM
        if snapshot.setup.site:
            yield f"   {_particulars(snapshot.setup)}", Role.PLAIN
    else:
        yield from _result(trial, snapshot, view, room)


def _armed_words(snapshot: Snapshot) -> str:
    trial = snapshot.trial
    if trial is None or not trial.is_open:
        since_s = snapshot.armed_since_s
        return "stretch now" if since_s is None else f"{max(0.0, snapshot.now_s - since_s):3.0f} s, stretch now"
    setup = trial.setup
    which = f"{limb_of(trial, snapshot)} {attempt(setup)}" if setup.site else limb_of(trial, snapshot)
    armed_s = f"{max(0.0, snapshot.now_s - trial.armed_at_s):3.0f} s"
    if trial.stage is Stage.READY or (trial.response is None and not setup.site):
        return f"{armed_s}  {which}: ready, stretch now"
    if trial.response is None:
        return f"{armed_s}  {which}: stretched{_APART}{stretch_words(trial) or 'hold it'}"
    return f"{armed_s}  {which}: {figures(trial.response)} and counting"


def stretch_words(trial: Trial) -> str:
    """Return "412 °/s 18°" of the stretch as measured; "" where it was not."""
    if trial.stretch is None:
        return ""
    degrees = trial.stretch.excursion_deg
    return f"{trial.stretch.peak_dps:.0f} °/s{f'  {degrees:.0f}°' if degrees else ''}"


def episode_stretch(episode: Episode) -> str:
    """Return "412 °/s, beat after 160 ms"; "" where no stretch was seen before an episode."""
    stretch = episode.stretch
    if stretch is None:
        return ""
    return f"{stretch.peak_dps:.0f} °/s, beat after {1000 * (episode.onset_s - stretch.time_s):.0f} ms"


def _particulars(setup: Setup) -> str:
    angle = "" if setup.angle_deg is None else f" {setup.angle_deg:g}°"
    said = [f"{setup.label} {attempt(setup)}", setup.manoeuvre, f"{setup.position}{angle}".strip()]
    return _APART.join(part for part in said if part)


def _result(trial: Trial, snapshot: Snapshot, view: View, room: int) -> Iterator[Phrase]:
    limb = limb_of(trial, snapshot).upper()
    grade = graded(trial, snapshot, view.rule_set)
    if trial.response is None or grade is None:
        yield f"{limb}  no result", Role.STRONG
        return
    text = f"{limb}  {figures(trial.response)}{_APART}{grade.label}"
    meaning = f" ({grade.meaning})" if grade.meaning and not grade.others else ""
    yield text + meaning * (len(text + meaning) <= room), Role.STRONG


def second_line(snapshot: Snapshot, view: View) -> Iterator[Phrase]:
    """Yield what is to be known of it: a question, what was said, what went wrong, why it is borderline."""
    trial, now = snapshot.trial, phase(snapshot, view)
    if trial is None or now is Phase.IDLE:
        return
    if trial.asks_swap:
        yield f"▲ {trial.trouble[_place_of_question(trial)]}", Role.STRONG
        return
    said = list(_said(trial, view))
    if said:
        yield _APART.join(said), Role.PLAIN
    told = [f"▲ {sentence}" for sentence in trial.trouble]
    if trial.released_early:
        told.append("let go before its end; the duration is a lower bound")
    grade = graded(trial, snapshot, view.rule_set) if now is not Phase.ARMED else None
    if grade is not None:
        told += _reasons(grade)
    if told:
        yield f"{_APART * bool(said)}{_APART.join(told)}", Role.DIM if not trial.trouble else Role.PLAIN


def _place_of_question(trial: Trial) -> int:
    return next(k for k, sentence in enumerate(trial.trouble) if sentence.endswith("swap?"))


def _said(trial: Trial, view: View) -> Iterator[str]:
    """Yield the examiner's words on a trial."""
    if trial.stage is Stage.CALLED_OFF:
        yield trial.stage.value
    if trial.verdict is not None:
        yield VERDICTS[trial.verdict] + (f" ({clean(trial.reason)})" if trial.reason else "")
    if trial.pain is not None:
        yield f"pain {trial.pain}"
    yield from (flag.value for flag in trial.flags)
    if trial.grade:
        yield own_grade(trial, view)


def own_grade(trial: Trial, view: View) -> str:
    """Return the examiner's own grade, with its scale where that is not the one that is shown."""
    scale = view.rules.by_key.get(trial.grade_by)
    which = f" {scale.name}" if scale is not None and scale.key != view.rule_set.key else ""
    return f"own grade{which} {clean(trial.grade)} ({clean(trial.grade_reason)})"


def _reasons(grade: Grade) -> list[str]:
    """Return why a grade is borderline, or why there is none."""
    reasons = [f"borderline with {other.grade or 'not graded'}: {other.why}" for other in grade.others]
    if grade.lacks:
        return [*reasons, f"d answers its {counted(len(grade.lacks), 'open question')}"]
    return [*reasons, grade.because] if grade.value is None else reasons


def rest_words(snapshot: Snapshot, view: View) -> str:
    """Return how long the limb should still rest, or what comes next; "" while one is armed or none is set up."""
    now, setup, trial = phase(snapshot, view), snapshot.setup, snapshot.trial
    if now is Phase.ARMED or not setup.site:
        return ""
    same = trial is not None and trial.setup.is_same_test(setup)
    if trial is not None and is_done(snapshot):
        return f"{setup.label}: {counted(trial.setup.attempts, 'attempt')} done"
    left_s = rest_left_s(snapshot)
    side = "" if same or not setup.side else f"{setup.side} "
    if left_s > 0.0:
        return f"rest {left_s:.0f} s, then {side}{attempt(setup)}"
    return f"ready for {side}{attempt(setup)}" if trial is not None else ""


def rest_left_s(snapshot: Snapshot) -> float:
    """Return how long the limb that is next should still rest after the last trial in which it was stretched."""
    setup = snapshot.setup
    stretched = [t for t in snapshot.trials if t.stretch is not None or t.response is not None]
    same = [t for t in stretched if (t.setup.site, t.setup.side) == (setup.site, setup.side)]
    return same[-1].rest_left_s(snapshot.now_s) if same and not same[-1].is_open else 0.0

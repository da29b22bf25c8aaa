"""Guided test: what the keys of a provocation test do - set it up, arm, judge the result, ask for pain and grades."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic

from analysis.patient import Visit
from analysis.rule_set import RuleSet
from analysis.snapshot import Snapshot
from analysis.trial import Interference, Setup, Trial
from tui.engine import Detail
from tui.screens.answers_dialog import AnswersDialog
from tui.screens.choice_dialog import ChoiceDialog
from tui.screens.pain_dialog import PainDialog
from tui.screens.setup_dialog import SetupDialog, suggested
from tui.screens.visit_dialog import VisitDialog
from tui.screens.watching import WatchingScreen
from tui.trial_wording import Phase, attempt, graded, limb_of, other_side, phase
from tui.view import View

REASONS = (
    "spasm",
    "voluntary movement",
    "stretch too slow",
    "position not kept",
    "sensor slipped",
    "patient asked to stop",
)
"""Why a trial is rejected most often."""
GRADE_REASONS = ("felt by hand", "seen otherwise", "beats missed", "beats counted that were none")
"""Why an examiner gives another grade most often."""
TEN_WITHIN_S = 1.0
"""A 0 so soon after a 1 makes it a 10."""
NEVER = (0, float("-inf"))
"""The trial whose pain was said to be 1, and when."""
_BACK = "(u takes it back)"

_RESULT_KEYS = {
    "episode.confirm": "accept",
    "trial.repeat": "repeat",
    "episode.reject": "reject",
    "trial.pain": "pain",
    "trial.override": "own grade",
    "trial.spasm": "spasm",
    "trial.voluntary": "voluntary",
    "trial.undo": "undo",
}
_RULED_KEYS = {"trial.arm": "arm", "test.side": "other side", "trial.pain": "pain", "test.setup": "test"}


class GuidedTest(WatchingScreen):
    """The test on top of the board. Words on a trial go to the latest one that is over."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._now = (Phase.IDLE, False)
        self._one = NEVER

    def show(self, snapshot: Snapshot) -> None:
        """Show the snapshot, and the keys that matter now."""
        now = phase(snapshot, self.view), snapshot.trial is not None and snapshot.trial.asks_swap
        if now != self._now and (now[0] is Phase.RESULT or now[1]):
            self.key_line.hush()
        self._now = now
        self.key_line.now = self._keys(snapshot)
        super().show(snapshot)

    def enter(self, done: str, kind: str, sensor: str | None = None, **detail: Detail) -> bool:
        """Enter what the operator did; a 0 after it makes no 10 of a pain that was said before."""
        self._one = NEVER
        return super().enter(done, kind, sensor, **detail)

    def _keys(self, snapshot: Snapshot) -> Mapping[str, str]:
        now, trial = phase(snapshot, self.view), snapshot.trial
        swap = {"trial.swap": "swap sides"} if trial is not None and trial.asks_swap else {}
        if now is Phase.RESULT:
            return {**swap, **_RESULT_KEYS}
        if now is Phase.ARMED:
            seen = trial is not None and trial.stretch is not None
            stretched = {} if trial is None or seen else {"trial.stretched": "stretched"}
            return {**swap, "trial.arm": "call off", **stretched}
        return _RULED_KEYS if now is Phase.RULED else {}

    # Before a trial

    def action_visit(self) -> None:
        """Ask whom the session belongs to."""

        def enter(visit: Visit | None) -> None:
            if visit is not None:
                self.enter(f"this visit is of {visit.code} {_BACK}", "visit", None, **visit.as_detail())

        self.app.push_screen(VisitDialog(self.snapshot.visit, self.view.earlier), enter)

    def action_setup(self) -> None:
        """Ask what is to be tested."""
        before = self.snapshot.setup
        if not before.site:
            before = self.view.last_setup or suggested(self.snapshot)

        def enter(setup: Setup | None) -> None:
            if setup is not None:
                self._set_up(setup)

        self.app.push_screen(SetupDialog(self.snapshot, before), enter)

    def _set_up(self, setup: Setup) -> None:
        self.view.last_setup = setup
        self.enter(f"next: {setup.label} {attempt(setup)} {_BACK}", "setup", None, **setup.as_detail())

    def action_side(self) -> None:
        """Go over to the other side."""
        setup = self.snapshot.setup
        if not setup.side:
            self.say("set up a test of one side first: e")
        elif phase(self.snapshot, self.view) is Phase.ARMED:
            self.say("a trial is armed: call it off first, or swap its sides")
        else:
            self._set_up(other_side(self.snapshot))

    # In a trial

    def action_go_on(self) -> None:
        """Do what comes next: accept the result that stands, or arm."""
        now = phase(self.snapshot, self.view)
        if now is Phase.RESULT:
            self._rule("accept", "accepted")
        elif now is not Phase.ARMED:
            self.arm()
        else:
            self.say("armed: the stretch is awaited; space calls it off")

    def arm(self) -> None:
        """Arm a trial."""
        setup = self.snapshot.setup
        which = f", {setup.label} {attempt(setup)}" if setup.site else ""
        self.enter(f"armed{which}: stretch now", "arm")

    def action_arm(self) -> None:
        """Arm a trial, or call it off."""
        if phase(self.snapshot, self.view) is Phase.ARMED:
            self.enter("the trial is called off", "disarm")
        else:
            self.arm()

    def action_stretched(self) -> None:
        """Say that the limb is stretched now, where no sensor sees it."""
        trial = self.snapshot.trial
        if trial is None or not trial.is_open:
            self.say("arm a trial first: space")
        else:
            self.enter(f"stretched, by your word {_BACK}", "stretched", trial=trial.number)

    def action_swap(self) -> None:
        """The other side was meant."""
        trial = self.snapshot.trial
        if trial is None or not trial.setup.side:
            self.say("there is no trial of one side")
        else:
            side = trial.setup.other_side.label
            self.enter(f"it is a trial of the {side} now {_BACK}", "swap", trial=trial.number)

    # After a trial

    def _over(self) -> Trial | None:
        """Return the trial that words are about; say why there is none."""
        trial = self.snapshot.trial
        if trial is None:
            self.say("no trial yet: space arms one")
            return None
        if trial.is_open:
            self.say("the trial is not over yet; space calls it off")
            return None
        return trial

    def _rule(self, kind: str, done: str, reason: str = "") -> None:
        trial = self._over()
        if trial is not None:
            because = {"reason": reason} if reason else {}
            name = f"{limb_of(trial, self.snapshot)} {attempt(trial.setup)}"
            self.enter(f"{name}: {done} {_BACK}", kind, trial=trial.number, **because)

    def action_confirm(self) -> None:
        """Accept the result that stands; else confirm the chosen episode."""
        if phase(self.snapshot, self.view) is Phase.RESULT:
            self._rule("accept", "accepted")
        else:
            super().action_confirm()

    def action_reject(self) -> None:
        """Reject the result that stands, with a reason; else the chosen episode."""
        if phase(self.snapshot, self.view) is Phase.RESULT:
            self._ask_why("Why is it rejected?", REASONS, lambda reason: self._rule("reject", "rejected", reason))
        else:
            super().action_reject()

    def action_repeat(self) -> None:
        """Set the trial aside and do it once more."""
        self._rule("repeat", "to be repeated")

    def _ask_why(self, heading: str, reasons: tuple[str, ...], then: Callable[[str], None]) -> None:
        dialog = ChoiceDialog(heading, [(reason, reason) for reason in reasons], free=True)
        self.app.push_screen(dialog, lambda reason: then(reason) if reason else None)

    def action_digit(self, digit: int) -> None:
        """Enter the pain; a 0 at once after a 1 makes it 10."""
        trial = self._over()
        if trial is None:
            return
        now_s = monotonic()
        number, one_s = self._one
        if digit == 0 and number == trial.number and now_s - one_s < TEN_WITHIN_S:
            self.submit("undo")
            digit = 10
        self._enter_pain(trial, digit)
        if digit == 1:
            self._one = (trial.number, now_s)

    def _enter_pain(self, trial: Trial, nrs: int) -> None:
        self.enter(f"{limb_of(trial, self.snapshot)}: pain {nrs} of 10 {_BACK}", "pain", trial=trial.number, nrs=nrs)

    def action_pain(self) -> None:
        """Ask for the pain."""
        trial = self._over()
        if trial is not None:
            dialog = PainDialog(limb_of(trial, self.snapshot))
            self.app.push_screen(dialog, lambda nrs: None if nrs is None else self._enter_pain(trial, nrs))

    def action_flag(self, flag: str) -> None:
        """Note what interfered, or that it did not."""
        trial = self._over()
        if trial is not None:
            on = Interference(flag) not in trial.flags
            said = f"{flag} movement" if flag == Interference.VOLUNTARY else flag
            self.enter(f"{said} {'noted' if on else 'taken off'} {_BACK}", "flag", trial=trial.number, flag=flag, on=on)

    # Grades

    def action_scale_by(self) -> None:
        """Choose the rule set, each with what it makes of the latest trial."""
        rules, trial = self.view.rules, self.snapshot.trial
        keys = list(rules.by_key)
        at = keys.index(self.view.rule_set.key)
        choices = [(key, self._graded_by(rule_set, trial)) for key, rule_set in rules.by_key.items()]
        dialog = ChoiceDialog("Which rule set grades?", choices, at, notes=rules.left_out)
        self.app.push_screen(dialog, lambda key: None if key is None else self._take_scale(key))

    def _graded_by(self, rule_set: RuleSet, trial: Trial | None) -> str:
        if trial is None or trial.response is None or trial.is_open:
            return f"{rule_set.name}, version {rule_set.version}"
        grade = graded(trial, self.snapshot, rule_set)
        return rule_set.name if grade is None else grade.label

    def _take_scale(self, key: str) -> None:
        self.view.scale = key
        asks = "; d answers its questions" if self.view.rule_set.questions else ""
        self.say(f"graded by {self.view.rule_set.name}, version {self.view.rule_set.version}{asks}")

    def action_answers(self) -> None:
        """Ask the questions of the rule set, or of one that has questions."""
        asking = [rule_set for rule_set in self.view.rules.by_key.values() if rule_set.questions]
        if self.view.rule_set.questions or len(asking) == 1:
            self._ask(self.view.rule_set if self.view.rule_set.questions else asking[0])
            return
        choices = [(rule_set.key, rule_set.name) for rule_set in asking]
        dialog = ChoiceDialog("Whose questions are answered?", choices)
        self.app.push_screen(dialog, lambda key: self._ask(self.view.rules.by_key[key]) if key else None)

    def _ask(self, rule_set: RuleSet) -> None:
        def enter(answers: dict[str, str] | None) -> None:
            for question, answer in (answers or {}).items():
                done = f"{rule_set.name}: answered {_BACK}"
                self.enter(done, "answer", rule_set=rule_set.key, question=question, answer=answer)

        self.app.push_screen(AnswersDialog(rule_set, self.snapshot.answers.get(rule_set.key, {})), enter)

    def action_override(self) -> None:
        """Ask for the examiner's own grade on the scale that is shown, and for the reason."""
        trial = self._over()
        if trial is None:
            return
        rule_set = self.view.rule_set
        digits = all(len(step.grade) == 1 and step.grade.isdecimal() for step in rule_set.scale)
        steps = [(step.grade, step.meaning if digits else f"{step.grade}: {step.meaning}") for step in rule_set.scale]

        def enter(grade: str, reason: str) -> None:
            done = f"own grade {grade} on {rule_set.name} {_BACK}"
            detail = {"grade": grade, "rule_set": rule_set.key, "reason": reason}
            self.enter(done, "override", trial=trial.number, **detail)

        def ask_why(grade: str | None) -> None:
            if grade is not None:
                self._ask_why(f"Own grade {grade}: why?", GRADE_REASONS, lambda reason: enter(grade, reason))

        dialog = ChoiceDialog(f"Own grade of the {limb_of(trial, self.snapshot)} on {rule_set.name}", steps)
        self.app.push_screen(dialog, ask_why)

    def action_no_sensor(self) -> None:
        """Send the result away; then choose no sensor: keys act on all."""
        trial = self.snapshot.trial
        if trial is not None and phase(self.snapshot, self.view) in (Phase.RESULT, Phase.RULED):
            self.view.sent_away = trial.number
            self.frame()
        else:
            super().action_no_sensor()

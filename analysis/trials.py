"""Trials: the engine of the provocation test - what the operator says of patient and trials, and what the limbs did.

It is part of a Session and decides from its arrivals alone, so that a replay gives the trials of the live session, word
for word. A word that makes no sense, as in a file that somebody edited, is told in a notice and skipped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.attempt import Attempt, Moment, measured
from analysis.episode import Change, EpisodeChange
from analysis.grading import AllAnswers
from analysis.limb import Limb
from analysis.particulars import Detail, choice_of, count_of, text_of
from analysis.patient import Visit
from analysis.trial import OPEN, Interference, Ruling, Setup, Stage, Trial
from sensors.failure import ClonoscopeError, EntryError
from sensors.packet import OperatorEntry

RULINGS = {"accept": Ruling.ACCEPTED, "repeat": Ruling.REPEATED, "reject": Ruling.REJECTED}
ON_A_TRIAL = frozenset({"accept", "repeat", "pain", "flag", "override", "swap"})
"""Entries about one trial; so is a "reject" that names one, any other rejects an episode."""
ON_THE_VISIT = frozenset({"visit", "answer"})
"""Entries about the patient."""
LIVE = frozenset({"setup", "arm", "disarm", "stretched"})
"""Entries that mean something only while the session runs."""
WORST_PAIN = 10
LOOK_EVERY_S = 0.02
"""How often a trial is worked out anew while nothing is told: a quarter of what a person sees as at once."""
LATE_S = 3.0
"""What is still looked for after a trial is over: a word of a sensor whose radio held it back."""
MOST_NOTICES = 20
MOST_ANSWERS = 500
"""Ten rule sets of fifty questions; more are no examination."""


@dataclass(frozen=True, slots=True)
class _State:
    visit: Visit | None = None
    setup: Setup = OPEN
    attempts: tuple[Attempt, ...] = ()
    answers: AllAnswers = field(default_factory=dict)

    def with_attempt(self, attempt: Attempt) -> _State:
        before, after = self.attempts[: attempt.number - 1], self.attempts[attempt.number :]
        return replace(self, attempts=(*before, attempt, *after))


class Trials:
    """The visit and its trials. What can be read is replaced whole, never changed, so that any thread may read it."""

    def __init__(self, limbs: Iterable[Limb]) -> None:
        self.trials: tuple[Trial, ...] = ()
        self.notices: tuple[str, ...] = ()
        self._limbs = {limb.sensor.key: limb for limb in limbs}
        self._state = _State()
        self._back: list[Callable[[_State], _State]] = []
        self._moving: set[int] = set()
        self._heard_s = self._looked_s = float("-inf")
        self.ended = False

    @property
    def visit(self) -> Visit | None:
        """Whom the session belongs to, if that was said."""
        return self._state.visit

    @property
    def answers(self) -> AllAnswers:
        """What was answered to the questions of rule sets."""
        return self._state.answers

    @property
    def setup(self) -> Setup:
        """What the next arming without particulars of its own will be for: the next attempt, or the same once more."""
        return self._next_setup()

    @property
    def current(self) -> Trial | None:
        """The latest trial, over or not."""
        return self.trials[-1] if self.trials else None

    @property
    def guided(self) -> bool:
        """Whether the latest trial says which limb is tested, and so when it is over."""
        return bool(self._state.attempts) and bool(self._state.attempts[-1].setup.site)

    def takes(self, entry: OperatorEntry) -> bool:
        """Tell whether an entry is about the visit or a trial."""
        about_a_trial = entry.kind in ON_A_TRIAL or (entry.kind == "reject" and "trial" in entry.detail)
        return about_a_trial or entry.kind in LIVE or entry.kind in ON_THE_VISIT

    def enter(self, entry: OperatorEntry, at_s: float) -> bool:
        """Apply an entry that `takes` approves of; tell whether it is one that can be taken back."""
        if entry.kind in LIVE:
            self._heard_s = max(self._heard_s, at_s)
        try:
            return self._apply(entry, at_s)
        except ClonoscopeError as error:
            self._notice(f'the entry "{entry.kind}" at {at_s:.1f} s is left out: {error}')
            return False

    def _notice(self, sentence: str) -> None:
        if sentence not in self.notices:
            self.notices = (*self.notices, sentence)[:MOST_NOTICES]

    def take_back(self) -> None:
        """Take back the last entry that can be; an arming stays, and is called off instead."""
        if self._back:
            self._state = self._back.pop()(self._state)
            self._work_out(range(1, len(self._state.attempts) + 1))

    def seal(self) -> None:
        """Let what was said so far stand."""
        self._back.clear()

    def _apply(self, entry: OperatorEntry, at_s: float) -> bool:
        state, detail = self._state, entry.detail
        match entry.kind:
            case "visit":
                self._change(replace(state, visit=Visit.parse(detail)), lambda now: replace(now, visit=state.visit))
            case "answer":
                self._change(
                    replace(state, answers=_answered(state.answers, detail)),
                    lambda now: replace(now, answers=state.answers),
                )
            case "setup":
                self._change(replace(state, setup=Setup.parse(detail)), lambda now: replace(now, setup=state.setup))
            case "arm":
                self._arm(detail, at_s)
                return False
            case "disarm":
                self._disarm(at_s)
                return False
            case _:
                self._say(entry.kind, self._named(detail), detail, at_s)
        return True

    def _change(self, state: _State, back: Callable[[_State], _State]) -> None:
        self._state = state
        self._back.append(back)

    def _arm(self, detail: Detail, at_s: float) -> None:
        """Open the next trial. The patient is being stretched: nonsense in the particulars must not lose it."""
        setup = self._next_setup()
        try:
            setup = Setup.parse(detail) if detail else setup
        except EntryError as error:
            self._notice(f'what "arm" at {at_s:.1f} s is for is left out: {error}')
        state = self._close(at_s, "another trial was armed")
        number = len(state.attempts) + 1
        attempt = Attempt(number, setup, at_s)
        self._state = replace(state, setup=setup, attempts=(*state.attempts, attempt))
        self._work_out((number - 1, number))

    def _next_setup(self) -> Setup:
        """Return the next attempt of a test that was answered and not set aside, else the same attempt once more."""
        state = self._state
        if not state.attempts or state.attempts[-1].setup != state.setup:
            return state.setup
        trial, verdict = self.trials[-1], state.attempts[-1].verdict
        again = verdict in (Ruling.REPEATED, Ruling.REJECTED) or trial.response is None
        return state.setup if again or trial.stage is Stage.CALLED_OFF else state.setup.next_attempt

    def _disarm(self, at_s: float) -> None:
        current = self.current
        if current is not None and current.is_open:
            self._state = self._close(at_s, "it was called off", called_off=True)
            self._work_out((current.number,))

    def _close(self, at_s: float, ending: str, called_off: bool = False) -> _State:
        """Return the state in which nothing later belongs to the latest attempt, unless something ended it before."""
        state = self._state
        if not state.attempts or state.attempts[-1].until_s <= at_s:
            return state
        return state.with_attempt(replace(state.attempts[-1], until_s=at_s, ending=ending, called_off=called_off))

    def _named(self, detail: Detail) -> Attempt:
        """Return the attempt that an entry is about: the one that it names, or else the latest."""
        attempts = self._state.attempts
        if not attempts:
            raise EntryError("there is no trial yet: arm one first")
        number = count_of(detail, "trial", 1, len(attempts))
        return attempts[-1 if number is None else number - 1]

    def _say(self, kind: str, before: Attempt, detail: Detail, at_s: float) -> None:
        after = _said(kind, before, detail)
        if kind == "stretched":
            after = replace(after, key_s=at_s)
        elif kind in RULINGS and at_s < before.until_s:
            after = replace(after, until_s=at_s, ending="its verdict")
        number, setup = before.number, self._state.setup
        fields = (f.name for f in dataclasses.fields(Attempt))
        changed = {name: old for name in fields if (old := getattr(before, name)) != getattr(after, name)}
        state = self._state.with_attempt(after)
        if setup == before.setup:
            state = replace(state, setup=after.setup)
        self._change(state, lambda now: replace(_restored(now, number, changed), setup=setup))
        self._work_out((number,))

    def tell(self, change: EpisodeChange) -> None:
        """Take what was told of an episode; one that is withdrawn may have been any trial's."""
        self._looked_s = float("-inf")
        if change.change is Change.WITHDRAWN:
            self._moving |= {trial.number for trial in self.trials}

    def hear(self, heard_s: float) -> None:
        """Look again at the trials that something may still belong to, now that a sensor was heard at `heard_s`."""
        self._heard_s = max(self._heard_s, heard_s)
        if self._moving and self._heard_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = self._heard_s
            self._work_out(tuple(self._moving))

    def finish(self) -> None:
        """There will be no more arrivals, only words."""
        self.ended = True
        self._work_out(range(1, len(self._state.attempts) + 1))

    def _work_out(self, numbers: Iterable[int]) -> None:
        moment = Moment(self._limbs, self._heard_s, self.ended)
        trials = list(self.trials)
        for number in sorted(n for n in numbers if n > 0):
            trial = measured(self._state.attempts[number - 1], moment)
            trials[number - 1 :] = [trial, *trials[number:]]
            over = trial.over_s is not None and self._all_reached(trial.over_s + LATE_S)
            (self._moving.discard if over else self._moving.add)(number)
        self.trials = tuple(trials)

    def _all_reached(self, t_s: float) -> bool:
        return all(limb.reached_s >= t_s for limb in self._limbs.values()) or self._heard_s > t_s + 60.0


def _restored(state: _State, number: int, fields: Mapping[str, Any]) -> _State:
    return state.with_attempt(replace(state.attempts[number - 1], **fields))


def _said(kind: str, attempt: Attempt, detail: Detail) -> Attempt:
    """Return an attempt with one more word on it; raise EntryError where the word makes no sense."""
    match kind:
        case "stretched":
            return attempt
        case "swap":
            if not attempt.setup.other_side.side:
                raise EntryError(f"the {attempt.setup.label} has no other side")
            return replace(attempt, setup=attempt.setup.other_side)
        case "pain":
            return replace(attempt, pain=count_of(detail, "nrs", 0, WORST_PAIN))
        case "flag":
            return _flagged(attempt, detail)
        case "override":
            return _overridden(attempt, detail)
        case _:
            reason = text_of(detail, "reason")
            if kind == "reject" and not reason:
                raise EntryError("a trial is rejected for a reason: say which")
            return replace(attempt, verdict=RULINGS[kind], reason=reason)


def _flagged(attempt: Attempt, detail: Detail) -> Attempt:
    flag = choice_of(detail, "flag", [f.value for f in Interference])
    if not flag:
        raise EntryError("which interference is not said: spasm or voluntary")
    others = tuple(f for f in attempt.flags if f.value != flag)
    return replace(attempt, flags=others if detail.get("on") is False else (*others, Interference(flag)))


def _overridden(attempt: Attempt, detail: Detail) -> Attempt:
    grade, by, reason = (text_of(detail, key) for key in ("grade", "rule_set", "reason"))
    if grade and not reason:
        raise EntryError("a grade is overridden for a reason: say which")
    return replace(attempt, grade=grade, grade_by=by if grade else "", grade_reason=reason)


def _answered(before: AllAnswers, detail: Detail) -> AllAnswers:
    """Return the answers with one more; an empty one takes that to its question off."""
    rule_set, question, answer = (text_of(detail, key) for key in ("rule_set", "question", "answer"))
    if not rule_set or not question:
        raise EntryError("which question is answered is not said: answer it again")
    others = {key: said for key, said in before.get(rule_set, {}).items() if key != question}
    if sum(len(given) for given in before.values()) >= MOST_ANSWERS and question not in before.get(rule_set, {}):
        raise EntryError(f"there are {MOST_ANSWERS} answers already: no further one is kept")
    return {**before, rule_set: {**others, question: answer} if answer else others}

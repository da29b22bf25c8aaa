"""Trial: one provocation test - what was asked for, what the limb did, and what the examiner made of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from analysis.episode import Stretch
from analysis.particulars import Detail, Particular, choice_of, count_of, number_of, text_of
from analysis.patient import code_of
from analysis.response import Response
from sensors.failure import EntryError
from sensors.placement import MIDLINE, SIDES

SITES = ("ankle", "knee", "wrist", "elbow", "finger", "jaw", "biceps", "calf")
"""Where a trial can be asked for."""
MANOEUVRES = ("dorsiflexion stretch", "drop test", "patellar push", "wrist extension")
"""The usual ones; any other can be named in free text."""
POSITIONS = ("knee flexed", "knee extended")
"""The usual ones of the leg; any other can be named in free text."""
ATTEMPTS = 3
MOST_ATTEMPTS = 99
REST_S = 30.0
"""Rest from the end of one attempt to the next: 30 to 60 s is usual practice, no source was found for it."""
LONGEST_REST_S = 3600.0

ANSWERING: Mapping[str, tuple[str, ...]] = {
    "ankle": ("foot", "ankle", "shank", "calf"),
    "calf": ("foot", "ankle", "calf", "shank"),
    "knee": ("shank", "calf", "ankle", "knee", "foot"),
    "wrist": ("hand", "wrist", "finger", "forearm"),
    "elbow": ("forearm", "wrist", "hand", "elbow", "biceps"),
    "biceps": ("forearm", "wrist", "hand", "biceps", "elbow"),
    "finger": ("finger", "hand", "wrist"),
    "jaw": ("jaw",),
}
"""For each site the places whose sensor tells of it, the best first: the nearest segment beyond the joint."""


class Stage(StrEnum):
    """How far a trial has come."""

    READY = "ready"
    STRETCHED = "stretched"
    RESPONDING = "responding"
    OVER = "over"
    CALLED_OFF = "called off"


class Ruling(StrEnum):
    """The examiner's verdict on a trial."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REJECTED = "rejected"


class Interference(StrEnum):
    """What else moved the limb."""

    SPASM = "spasm"
    VOLUNTARY = "voluntary"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a trial is to be. A site of "" leaves open where: whichever limb answers is meant.

    `angle_deg` is the joint's angle in the `position` as the examiner measured it; `attempt` n of `attempts`, with
    `rest_s` between them; `examiner` is a code like the patient's.
    """

    site: str = ""
    side: str = ""
    manoeuvre: str = ""
    position: str = ""
    angle_deg: float | None = None
    attempt: int = 1
    attempts: int = ATTEMPTS
    examiner: str = ""
    rest_s: float = REST_S

    @classmethod
    def parse(cls, detail: Detail) -> Setup:
        """Read the flat detail of a "setup" or "arm" entry; raise EntryError, naming what cannot be used."""
        site, side = choice_of(detail, "site", SITES), choice_of(detail, "side", SIDES)
        if site in MIDLINE or not site:
            side = ""
        elif not side:
            raise EntryError(f"which {site} is not said: choose left or right")
        attempt = count_of(detail, "attempt", 1, MOST_ATTEMPTS) or 1
        rest_s = number_of(detail, "rest_s", 0.0, LONGEST_REST_S)
        examiner = text_of(detail, "examiner")
        return cls(
            site,
            side,
            manoeuvre=text_of(detail, "manoeuvre"),
            position=text_of(detail, "position"),
            angle_deg=number_of(detail, "angle_deg", -180.0, 180.0),
            attempt=attempt,
            attempts=max(attempt, count_of(detail, "attempts", 1, MOST_ATTEMPTS) or ATTEMPTS),
            examiner=code_of(examiner, "the examiner") if examiner else "",
            rest_s=REST_S if rest_s is None else rest_s,
        )

    def as_detail(self) -> dict[str, Particular]:
        """Return the flat detail of a "setup" or "arm" entry, without what is not known."""
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}

    @property
    def label(self) -> str:
        """The limb as people say it: "left ankle"; "any limb" where it was left open."""
        return f"{self.side} {self.site}".strip() or "any limb"

    @property
    def other_side(self) -> Setup:
        """The same test of the other side; of a site without sides, the same one."""
        return replace(self, side={"left": "right", "right": "left"}.get(self.side, ""))

    @property
    def next_attempt(self) -> Setup:
        """The same test once more; the number of attempts grows where it has to."""
        attempt = min(self.attempt + 1, MOST_ATTEMPTS)
        return replace(self, attempt=attempt, attempts=max(attempt, self.attempts))

    def is_same_test(self, other: Setup) -> bool:
        """Whether another attempt is one of the same test: the same limb, moved and held the same way."""
        mine = self.site, self.side, self.manoeuvre, self.position, self.angle_deg
        return mine == (other.site, other.side, other.manoeuvre, other.position, other.angle_deg)

    def sensor_among(self, sensors: Collection[str]) -> str | None:
        """Return the key of the sensor that tells best of this limb; None where none does, or the limb is open."""
        keys = (f"{self.side}_{place}" if self.side else place for place in ANSWERING.get(self.site, ()))
        return next((key for key in keys if key in sensors), None)


OPEN = Setup()
"""Nothing was said: any limb, the first of three attempts."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as known at one moment; `number` counts the session's from 1.

    `sensor` is the one that answers, `stretch` the quick movement as it measured it, `episode` the id of the episode
    that the `response` was measured on and `onset_s` its first beat ("" and None: no clonus). There is a response from
    the first told beats on; a limb that did not answer gets one without beats when the trial is over. `over_s` is the
    second at which the result stood, `released_s` that at which the joint turned back: `released_early` while it still
    beat, so that its clonus lasted at least so long. `trouble` says in a sentence each what went wrong; `asks_swap`,
    that the other side moved. All after that is the examiner's: `grade` is one given instead of the one computed by the
    rule set `grade_by` (its key; "" where that was not said), and `pain` is on the numeric rating scale, 0 to 10.
    """

    number: int
    setup: Setup
    armed_at_s: float
    stage: Stage = Stage.READY
    sensor: str | None = None
    stretch: Stretch | None = None
    response: Response | None = None
    episode: str = ""
    onset_s: float | None = None
    over_s: float | None = None
    released_s: float | None = None
    released_early: bool = False
    trouble: tuple[str, ...] = ()
    asks_swap: bool = False
    verdict: Ruling | None = None
    reason: str = ""
    grade: str = ""
    grade_by: str = ""
    grade_reason: str = ""
    pain: int | None = None
    flags: tuple[Interference, ...] = ()

    @property
    def is_set_aside(self) -> bool:
        """Whether the examiner wants it again, or not at all."""
        return self.verdict in (Ruling.REPEATED, Ruling.REJECTED)

    @property
    def is_open(self) -> bool:
        """Whether something of it is still awaited."""
        return self.stage in (Stage.READY, Stage.STRETCHED, Stage.RESPONDING)

    def rest_left_s(self, now_s: float) -> float:
        """Return how long the limb should still rest at second `now_s` before the next attempt."""
        return 0.0 if self.over_s is None else max(0.0, self.over_s + self.setup.rest_s - now_s)


def continued(setup: Setup, trials: Iterable[Trial]) -> Setup:
    """Return a test as it goes on after those trials: its next attempt is one more than were answered and stand."""
    done = [t for t in trials if t.response is not None and not t.is_set_aside and setup.is_same_test(t.setup)]
    attempt = min(len(done) + 1, MOST_ATTEMPTS)
    return replace(setup, attempt=attempt, attempts=max(attempt, setup.attempts))

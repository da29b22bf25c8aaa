"""Card: what a list shows of one saved session, without the session being opened for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from analysis.wordings import usual
from sensors.failure import LONGEST_SENTENCE
from sensors.session_folder import Stamp
from sensors.wording import clean

CONTINUES_FACT = "continues"
"""The fact of a session that names the file of the one that it continues."""
_NAMED = "%Y-%m-%d_%H%M%S"
_NAMED_CELLS = 17


class State(StrEnum):
    """How a session ended, or that it is not known yet."""

    COMPLETE = "complete"
    RECORDING = "recording"
    RECOVERED = "recovered"
    CURTAILED = "journal missing"
    UNREADABLE = "unreadable"
    UNREAD = "not read yet"


@dataclass(frozen=True, slots=True)
class Findings:
    """What only an analysis tells: the episodes that nobody rejected, and the worst grade of the trials that count.

    `grade` is empty where no trial was graded; `at_least` and `is_borderline` are as in Grade. `trouble` says why the
    session cannot be analysed.
    """

    episodes: int = 0
    grade: str = ""
    grade_label: str = ""
    at_least: bool = False
    is_borderline: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One session: whose it is, when it was, what was tested, how it ended. Every text in it is clean but the name.

    `limbs` are those that were tested ("left ankle"), `trials` counts those not called off, `pain` is the worst on the
    numeric rating scale. `sensors` are keys. `continues` names the file that it goes on from. `findings` is None until
    the session has been analysed.
    """

    stamp: Stamp
    state: State = State.UNREAD
    started_utc: datetime | None = None
    duration_s: float = 0.0
    sensors: tuple[str, ...] = ()
    alerts: int = 0
    code: str = ""
    limbs: tuple[str, ...] = ()
    trials: int = 0
    pain: int | None = None
    bytes: int = 0
    continues: str = ""
    trouble: str = ""
    findings: Findings | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.stamp.name

    @property
    def is_interrupted(self) -> bool:
        """Whether its program ended before it did."""
        return self.state is State.RECOVERED

    @property
    def may_be_analysed(self) -> bool:
        """Whether an analysis would tell more of it than is known."""
        return self.findings is None and self.state in (State.COMPLETE, State.RECOVERED, State.CURTAILED)


def blank(stamp: Stamp) -> Card:
    """Return the card of a file that was not read yet; when it was made stands in its name."""
    started_utc = None
    with suppress(ValueError):
        started_utc = datetime.strptime(stamp.name[:_NAMED_CELLS], _NAMED).replace(tzinfo=UTC)
    return Card(stamp, started_utc=usual(started_utc), bytes=stamp.size)


def unreadable(stamp: Stamp, trouble: str) -> Card:
    """Return the card of a file that cannot be read, with the sentence that says why."""
    return replace(blank(stamp), state=State.UNREADABLE, trouble=clean(trouble, LONGEST_SENTENCE))

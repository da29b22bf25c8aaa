"""Trial panel: all figures of the latest trial beside the episodes; those of the chosen episode where there is none."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.episode import Episode
from analysis.response import Response
from analysis.snapshot import Snapshot
from analysis.trial import Trial
from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.trial_wording import attempt, episode_stretch, figures, graded, limb_of, stretch_words
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import at_least, is_counting

Row = tuple[str, str, Role]
"""What is measured, the figure, and what it means."""
FIGURES_AT = 12
"""The cell in which the figures begin."""


class TrialPanel(Painted):
    """A heading and the rows that find room. An episode chosen by key has it; without a trial the newest one."""

    DEFAULT_CSS = """
    TrialPanel { width: 42; height: 100%; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.snapshot: Snapshot | None = None
        self.chosen: Episode | None = None

    def show(self, snapshot: Snapshot, chosen: Episode | None) -> None:
        """Draw the latest trial of `snapshot`."""
        self.snapshot, self.chosen = snapshot, chosen
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw a rule, the heading, and the figures."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        canvas.rule(0)
        trial = snapshot.trial
        if trial is not None and self.view.episode is None:
            limb = f"{limb_of(trial, snapshot)} {attempt(trial.setup)}"
            self._draw(canvas, "TRIAL", limb, self._of_trial(trial, snapshot))
        elif self.chosen is not None:
            self._draw(canvas, "EPISODE", "", _of_episode(self.chosen, snapshot))
        else:
            self._draw(canvas, "TRIAL", "none yet", iter(()))

    def _draw(self, canvas: Canvas, heading: str, beside: str, rows: Iterator[Row]) -> None:
        canvas.write(2, 1, heading, Role.STRONG)
        canvas.write(FIGURES_AT, 1, beside, Role.DIM)
        for y, (name, text, role) in enumerate(rows, start=2):
            canvas.write(2, y, name, Role.DIM)
            canvas.write(FIGURES_AT, y, text, role)

    def _of_trial(self, trial: Trial, snapshot: Snapshot) -> Iterator[Row]:
        room = self.size.width - FIGURES_AT
        response = trial.response or Response()
        latency = [] if response.latency_s is None else [f"latency {1000 * response.latency_s:.0f} ms"]
        yield "stretch", _fitting([stretch_words(trial) or "-", *latency], room), Role.PLAIN
        if response.frequency_hz is None:
            yield "beats", "-" if trial.response is None else figures(response), Role.PLAIN
            yield "rhythm", "-", Role.PLAIN
        else:
            beats = f"{'≥ ' * response.beats_at_least}{response.beats}{' and counting' * trial.is_open}"
            in_10_s = f"in 10 s {'≥ ' * response.beats_in_10_s_at_least}{response.beats_in_10_s}"
            parts = [beats, in_10_s, _lasted(response)]
            yield "beats", _fitting(parts, room), Role.EPISODE if trial.is_open else Role.PLAIN
            yield "rhythm", _fitting(list(_rhythm(response)), room), Role.PLAIN
        grade = None if trial.is_open else graded(trial, snapshot, self.view.rule_set)
        yield "grade", "after the end" if trial.is_open else "-" if grade is None else grade.label, Role.PLAIN
        own = [f"own grade {clean(trial.grade)}"] if trial.grade else []
        early = ["released early"] if trial.released_early else []
        pain = "-" if trial.pain is None else f"{trial.pain} of 10"
        yield "pain", _fitting([pain, *own, *early], room), Role.PLAIN
        yield "decay", "-" if response.decay is None else f"{100 * response.decay:+.0f} % a beat", Role.PLAIN


def _lasted(response: Response) -> str:
    return f"{'≥ ' * response.duration_at_least}{response.duration_s:.1f} s"


def _rhythm(response: Response) -> Iterator[str]:
    spread = "" if response.spread_hz is None else f" ± {response.spread_hz:.1f}"
    yield f"{response.frequency_hz:.1f}{spread} Hz"
    if response.regularity_cv is not None:
        yield f"regular {100 * response.regularity_cv:.0f} %"


def _fitting(parts: list[str], room: int) -> str:
    """Return as many parts as find room, the first ones first."""
    kept = len(parts)
    while kept > 1 and len("  ".join(parts[:kept])) > room:
        kept -= 1
    return "  ".join(parts[:kept])


def _of_episode(episode: Episode, snapshot: Snapshot) -> Iterator[Row]:
    counting = is_counting(episode, snapshot)
    least = "≥ " * at_least(episode, snapshot)
    yield "stretch", episode_stretch(episode) or "none seen", Role.PLAIN
    beats = f"{least}{episode.beats}{' and counting' * counting}"
    yield "beats", beats, Role.EPISODE if counting else Role.PLAIN
    yield "rhythm", f"{episode.frequency_hz:.1f} Hz ± {100 * episode.regularity_cv:.0f} %", Role.PLAIN
    yield "length", f"{episode.duration_s:.1f} s", Role.PLAIN
    yield "amplitude", f"{episode.amplitude:.0f} {episode.amplitude_unit.replace('deg', '°')}", Role.PLAIN

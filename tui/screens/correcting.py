"""Correcting: what an examiner does to episodes by key - edges, split, join, add, single beats, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from analysis import corrections
from analysis.corrections import CLOSEST_S, Correction
from analysis.episode import Context, Episode
from analysis.patient import code_of
from analysis.peaks import proposed_beats
from analysis.snapshot import SensorView
from sensors.failure import EntryError
from tui.screens.dialogs import NoteDialog
from tui.screens.playing import PlayingScreen
from tui.wordings import clock, counted

KEEP = "enter keeps what is being changed, esc leaves it as it was"
KEYS = "enter keep  esc leave"


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of an episode while they are moved; `moving` is the one that the cursor is."""

    episode: Episode
    onset_s: float
    offset_s: float
    moving: str = "onset"

    def at(self, cursor_s: float) -> Edges:
        """Return them with the moving one at the cursor."""
        return replace(self, onset_s=cursor_s) if self.moving == "onset" else replace(self, offset_s=cursor_s)

    @property
    def here_s(self) -> float:
        """Where the moving one is."""
        return self.onset_s if self.moving == "onset" else self.offset_s


@dataclass(frozen=True, slots=True)
class Adding:
    """An episode that is being added, from a second to the cursor. `placed` are the examiner's beats, if there are."""

    sensor: str
    from_s: float
    placed: tuple[float, ...] | None = None


class CorrectingScreen(PlayingScreen):
    """Subclasses define `look_at` and keep `mode`; every correction goes through `correct`."""

    mode: Edges | Adding | None = None

    @property
    def sensor_view(self) -> SensorView | None:
        """The sensor whose trace is looked at, with its episodes as they stand."""
        raise NotImplementedError

    def settle(self, sensor: str, at_s: float) -> None:
        """Choose what stands on a sensor at a second, after something has changed."""
        raise NotImplementedError

    def correct(self, done: str, make: Callable[[], Correction]) -> None:
        """Enter the correction that `make` returns and say `done`, or say why there is none.

        Whoever corrects has a code: it is asked for once, where the session does not name its examiner.
        """
        try:
            correction = make()
        except EntryError as error:
            self.say(str(error))
            return
        if not self.review.author:
            self._ask_author(lambda: self._enter_correction(done, correction))
            return
        self._enter_correction(done, correction)

    def _enter_correction(self, done: str, correction: Correction) -> None:
        said = f"{done} (u takes it back)"
        if not self.enter(said, corrections.KIND, correction.sensor, **correction.as_detail()):
            return
        self.mode = None
        beats = [t for episode in correction.episodes for t in episode]
        self.settle(correction.sensor, beats[0] if beats else correction.from_s)

    def _ask_author(self, then: Callable[[], None], said: str = "") -> None:
        def answer(text: str | None) -> None:
            if text is None:
                self.say("nothing is changed without a code")
                return
            try:
                self.review.author = code_of(text, "the examiner")
            except EntryError as error:
                self._ask_author(then, str(error))
                return
            then()

        self.app.push_screen(NoteDialog(said or "Who corrects? A code, such as ex1, stands beside each change"), answer)

    # What is shown while something is being changed

    def preview(self, cursor_s: float) -> Episode | None:
        """Return the episode as it would be, without an entry; None where there is none yet."""
        match self.mode:
            case Edges() as edges:
                now = edges.at(cursor_s)
                try:
                    return replace(now.episode, beat_times_s=self._moved(now).episodes[0])
                except EntryError:
                    return now.episode
            case Adding() as adding if self.sensor_view is not None:
                beats = self._placed(adding, cursor_s)
                return beats_as_episode(self.sensor_view, beats) if beats else None
        return None

    def instruction(self, cursor_s: float) -> str:
        """Return what is going on and the keys for it; "" where nothing is."""
        match self.mode:
            case Edges() as edges:
                now = edges.at(cursor_s)
                try:
                    what = counted(len(self._moved(now).episodes[0]), "beat")
                except EntryError as error:
                    what = str(error)
                edge, other = (edges.moving, "offset" if edges.moving == "onset" else "onset")
                return f"EDGES  {edge} at {clock(now.here_s, 2)}: {what}   e {other}  {KEYS}"
            case Adding() as adding:
                beats = counted(len(self._placed(adding, cursor_s)), "beat")
                return f"ADD  from {clock(adding.from_s, 2)} to here: {beats}   b put  d drop  {KEYS}"
        return ""

    def _moved(self, edges: Edges) -> Correction:
        return corrections.with_edges(edges.episode, edges.onset_s, edges.offset_s, self.review.episodes)

    def _placed(self, adding: Adding, cursor_s: float) -> tuple[float, ...]:
        view = self.sensor_view
        if adding.placed is not None or view is None:
            return adding.placed or ()
        begin_s, end_s = sorted((adding.from_s, cursor_s))
        return proposed_beats(view, begin_s, end_s)

    # Keys

    def action_edges(self) -> None:
        """Begin to move the onset of the chosen episode; then take its other edge."""
        match self.mode:
            case Edges() as edges:
                now = edges.at(self.position_s)
                self.mode = replace(now, moving="offset" if now.moving == "onset" else "onset")
            case _ if (episode := self.chosen) is not None:
                self.playhead.pause()
                self.mode = Edges(episode, episode.onset_s, episode.offset_s)
            case _:
                self.say("no episode here")
                return
        self.go(self.mode.here_s)

    def action_add(self) -> None:
        """Begin an episode that was missed where the cursor is."""
        view = self.sensor_view
        if view is None:
            self.say("no sensor in this recording")
            return
        self.playhead.pause()
        self.mode = Adding(view.sensor.key, self.position_s)
        self.frame()

    def action_leave_mode(self) -> None:
        """Leave everything as it was."""
        if self.mode is not None:
            self.mode = None
            self.say("left as it was")

    def action_confirm(self) -> None:
        """Keep what is being changed; else confirm the chosen episode."""
        cursor_s, others = self.position_s, self.review.episodes
        match self.mode:
            case Edges() as edges:
                self.correct("edges moved", lambda: self._moved(edges.at(cursor_s)))
            case Adding() as adding:
                begin_s, end_s = sorted((adding.from_s, cursor_s))
                beats = self._placed(adding, cursor_s)
                self.correct("added", lambda: corrections.added(adding.sensor, begin_s, end_s, beats, others))
            case _:
                super().action_confirm()

    def action_split(self) -> None:
        """Split the chosen episode at the cursor."""
        if (episode := self._free()) is not None:
            self.correct("split in two", lambda: corrections.split(episode, self.position_s))

    def action_join(self) -> None:
        """Join the chosen episode with the next one of its sensor."""
        if (episode := self._free()) is None:
            return
        later = [e for e in self.review.episodes if e.sensor == episode.sensor and e.onset_s > episode.offset_s]
        if not later:
            self.say("no later episode of this sensor to join it with")
            return
        self.correct("joined with the next one", lambda: corrections.join(episode, later[0]))

    def action_put_beat(self) -> None:
        """Put a beat where the cursor is."""
        cursor_s = self.position_s
        if isinstance(self.mode, Adding):
            placed = self._placed(self.mode, cursor_s)
            if any(abs(t - cursor_s) < CLOSEST_S for t in placed):
                self.say("there is a beat already")
                return
            self.mode = replace(self.mode, placed=tuple(sorted((*placed, cursor_s))))
            self.frame()
        elif (episode := self._free()) is not None:
            self.correct("beat added", lambda: corrections.with_beat(episode, cursor_s, self.review.episodes))

    def action_drop_beat(self) -> None:
        """Take the beat away where the cursor is."""
        cursor_s = self.position_s
        if isinstance(self.mode, Adding):
            placed = self._placed(self.mode, cursor_s)
            kept = tuple(t for t in placed if abs(t - cursor_s) >= CLOSEST_S)
            if len(kept) == len(placed):
                self.say("there is no beat: go to one first")
                return
            self.mode = replace(self.mode, placed=kept)
            self.frame()
        elif (episode := self._free()) is not None:
            self.correct("beat taken away", lambda: corrections.without_beat(episode, cursor_s))

    def action_restore(self) -> None:
        """Let stand again what the detector found."""
        if (episode := self._free()) is not None:
            self.correct("what the detector found stands again", lambda: corrections.restored(episode))

    def _free(self) -> Episode | None:
        """Return the chosen episode unless something else is being changed; say what is in the way."""
        if self.mode is not None:
            self.say(KEEP)
            return None
        if self.chosen is None:
            self.say("no episode here")
        return self.chosen


def beats_as_episode(view: SensorView, beats: tuple[float, ...]) -> Episode:
    """Return beats that are not entered yet in the form in which episodes are drawn."""
    return Episode(view.sensor.key, 0, "", beats, beats[-1], 0.0, view.unit, 0.0, Context.UNCERTAIN, running=False)

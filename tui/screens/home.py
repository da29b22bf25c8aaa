"""Home screen: today's sessions, the codes seen lately, all that was saved - and every way to a new session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from analysis.card import Card, State
from sensors.failure import ClonoscopeError
from sensors.file_marks import SESSION_SUFFIX
from sensors.recordings import known_suffixes
from tui.actions import HOME, Action, bindings
from tui.beginning import NOTHING, Beginning
from tui.earlier_visit import earlier_visit
from tui.engine import Shelf
from tui.home import Home
from tui.home_rows import CodeRow, SessionRow, found_rows, home_rows
from tui.screens.dialogs import FailureDialog
from tui.screens.help import Signs
from tui.screens.keeping import KeepingScreen
from tui.screens.new_session import Begun, NewSessionDialog
from tui.screens.path_dialog import PathDialog
from tui.search import Searched, asks_for_grade
from tui.view import View
from tui.widgets.home_line import HomeLine
from tui.widgets.key_line import KeyLine
from tui.widgets.session_list import SessionList
from tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from tui.engine import Opening

EMPTY = ("No session yet: watch a demo, or start a new one.", "", "d  demo      n  new")
WHILE_TYPING = ("move", "page", "everything")
"""What keys still do while one types what is looked for."""
LOOK_EVERY_S = 0.25
"""How soon what the librarian has read is seen."""
LOOK_AGAIN_S = 10.0
"""How often the folder is looked at anew: another program may have put a session there."""
SIGNS: Signs = (
    ("SCATS 2", "the worst grade by SCATS clonus of the trials that count"),
    ("SCATS ≥2", "at least that: the clonus was cut short, or data were lost"),
    ("SCATS 2?", "borderline: the error of the figure leaves another grade possible"),
    ("…", "not analysed yet; that goes on by itself while this screen is shown"),
    ("recovered", "its program was interrupted; what was recorded before is whole"),
    ("unreadable", "enter says why"),
    ("grade 2+", "typed in a search: that or worse; also 2026-11, today, left ankle, recovered"),
)


class HomeScreen(KeepingScreen):
    """`choose` opens something on a thread of its own and shows it; the librarian works only while this is on top."""

    ACTIONS: ClassVar[tuple[Action, ...]] = HOME
    SIGNS: ClassVar[Signs] = SIGNS
    BINDINGS: ClassVar[list[BindingType]] = bindings(HOME)
    CSS_PATH = "home.tcss"
    AUTO_FOCUS = ""

    def __init__(self, view: View, home: Home, choose: Callable[[Opening], object]) -> None:
        super().__init__(view, home)
        view.earlier = lambda code: earlier_visit(code, self._cards, self.library.folder)
        self.home_line = HomeLine(view)
        self.session_list = SessionList(view)
        self.search = Input(placeholder="code, date, limb, grade 2+", id="search", select_on_focus=False)
        self.key_line = KeyLine(view, self.offered)
        self._choose = choose
        self._searched = Searched()
        self._cards: list[Card] = []
        self._shown = -1
        self._opening = ""
        self._again = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let a key that was typed before the search line was there do nothing."""
        typing = self.focused is self.search and action not in WHILE_TYPING
        return not typing and super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        yield self.home_line
        yield self.session_list
        yield self.search
        yield self.key_line
        yield TooSmall(self.view)

    def on_mount(self) -> None:
        """Keep in step with what the librarian finds."""
        self.search.display = False
        self.set_interval(LOOK_EVERY_S, self.look)
        self.set_interval(LOOK_AGAIN_S, self.load)

    def on_screen_resume(self) -> None:
        """One has come back: what there is may have changed."""
        self.load()

    def on_screen_suspend(self) -> None:
        """What was being opened stands in front, or why it cannot be opened."""
        self._opening = ""
        self.key_line.hush()

    def on_unmount(self) -> None:
        """Nothing is read for a screen that is gone."""
        self.home.librarian.stop()

    def load(self) -> None:
        """Let the folder be looked at again, unless that goes on anyway or another screen is on top."""
        if self.is_active and not self.home.librarian.works:
            self.home.librarian.start(self.home.known())

    def look(self) -> None:
        """Show what is known by now."""
        if self.library.version != self._shown:
            self._shown = self.library.version
            self._cards = self.library.cards()
            self._searched.put(self._cards)
            self._list()
        self.home_line.trouble = self.library.trouble
        self.home_line.told = self._told()
        self.home_line.paint()
        if self._opening:
            self.say(f"{'still ' * self._again}{self._opening}")
        self.key_line.paint()

    def _told(self) -> str:
        count = f"{len(self._cards):,} session{'' if len(self._cards) == 1 else 's'}" if self._cards else ""
        if not self.home.librarian.works:
            return count
        left = sum(card.may_be_analysed for card in self._cards)
        return f"{count} · {left:,} to analyse" if left else count

    def _list(self) -> None:
        now, typed = datetime.now(UTC), self.search.value
        if typed.strip():
            found = self._searched.found(typed, now.astimezone().date())
            missing = sum(card.may_be_analysed for card in self._cards) if asks_for_grade(typed) else 0
            self.session_list.show(found_rows(found, len(self._cards), missing, now))
        else:
            message = EMPTY if self.library.version else ("looking for saved sessions",)
            self.session_list.show(home_rows(self._cards, now), () if self.library.trouble else message)

    def say(self, text: str) -> None:
        """Answer a key."""
        self.key_line.say(text)

    @property
    def _chosen(self) -> Card | None:
        """The chosen session; of a code its newest one."""
        match self.session_list.row:
            case SessionRow(card, _):
                return card
            case CodeRow(_, cards, _):
                return cards[0]
        return None

    def session(self) -> Card | None:
        """Return the session that a key acts on, or say that none is chosen."""
        row = self.session_list.row
        if isinstance(row, SessionRow):
            return row.card
        self.say("choose a session first" if self._cards else "there is no session yet")
        return None

    def _open(self, what: str, opening: Opening) -> None:
        if self._opening:
            self._again = True
            self.say(f"still {self._opening}")
            return
        self.home.librarian.stop()
        self._opening, self._again = f"opening {what}", False
        self.say(self._opening)
        self._choose(opening)

    # Moving and finding

    def action_move(self, step: int) -> None:
        """Choose another row."""
        self.session_list.move(step)

    def action_page(self, direction: int) -> None:
        """Choose a row a page further on."""
        self.session_list.page(direction)

    def action_edge(self, direction: int) -> None:
        """Choose the first row or the last one."""
        self.session_list.edge(direction)

    def action_search(self) -> None:
        """Type what is looked for."""
        self.search.display = True
        self.set_focus(self.search)

    def on_input_changed(self) -> None:
        """Find while one types."""
        self._list()

    def on_input_submitted(self) -> None:
        """Give the keys back to the list of what was found."""
        self.set_focus(None)
        self.search.display = bool(self.search.value.strip())

    def action_everything(self) -> None:
        """List everything again."""
        self._look_for("")

    def _look_for(self, words: str) -> None:
        self.set_focus(None)
        self.search.value = words
        self.search.display = bool(words)
        self._list()

    # Opening and beginning

    def action_open(self) -> None:
        """Open the chosen session, or find all sessions of the chosen code."""
        match self.session_list.row:
            case CodeRow(code):
                self._look_for(code)
            case SessionRow(card, _) if card.trouble:
                self.app.push_screen(FailureDialog(card.trouble))
            case SessionRow(card, _):
                path = self.path_of(card)
                self._open(card.name, lambda: self.home.open(path))
            case None:
                self.say("there is nothing to open yet")

    def action_stream(self) -> None:
        """Ask for the path of a recording, and open it."""
        streams = self.home.streams()
        dialog = PathDialog(self.view, "Which stream or recording?", "open", known_suffixes(), offered=streams)
        self.app.push_screen(dialog, self._stream_named)

    def _stream_named(self, path: Path | None) -> None:
        if path is not None:
            self._open(path.name, lambda: self.home.open(path))

    def action_new(self) -> None:
        """Begin a session, for the chosen code."""
        self._begin("New session", self._of_chosen_code(), self.home.beginnings())

    def action_kits(self) -> None:
        """Begin a session with a kit."""
        kits = tuple(self.home.kits())
        if not kits:
            self.say("no kit yet: s finds sensors, and k saves them as one there")
            return
        self._begin("New session with a kit", self._of_chosen_code(), (Shelf("Kits", kits),))

    def _of_chosen_code(self) -> Beginning:
        """Return the beginning of a session for the code that somebody chose or looked for.

        What merely stands first in the list is not meant: a session must not go to the wrong patient unnoticed.
        """
        row = self.session_list.row
        meant = self.session_list.by_hand or bool(self.search.value.strip())
        try:
            return NOTHING.of(row.code if row is not None and meant else "")
        except ClonoscopeError:
            return NOTHING

    def action_go_on(self) -> None:
        """Begin a session that goes on from the chosen one, or from the newest of the chosen code."""
        card = self._chosen
        if card is None:
            self.say("there is no session to go on from yet")
            return
        if card.state is State.RECORDING:
            self.say(f"{card.name} is still being recorded")
            return
        try:
            beginning = Beginning.after(self.path_of(card))
        except ClonoscopeError as error:
            self.fail(error)
            return
        whose = beginning.code or "a session without a code"
        self._begin(f"Go on from {card.name.removesuffix(SESSION_SUFFIX)}, {whose}", beginning, self.home.beginnings())

    def _begin(self, heading: str, beginning: Beginning, shelves: tuple[Shelf, ...]) -> None:
        codes = list(dict.fromkeys(card.code for card in self._cards if card.code))
        self.app.push_screen(NewSessionDialog(self.view, heading, shelves, beginning, codes), self._decided)

    def _decided(self, begun: Begun | None) -> None:
        if begun is not None:
            self.session_list.by_hand = False  # the new session is to be the chosen one when it is over
            self._open(begun.offer.name, lambda: begun.offer.begin(begun.beginning))

    def action_demo(self) -> None:
        """Open the first simulated session."""
        demo = self.home.simulated[0]
        self._open(demo.name, lambda: demo.begin(NOTHING))

    def action_sensors(self) -> None:
        """Open the sensors screen."""
        sensors = self.home.sensors
        self._open(sensors.name, lambda: sensors.begin(NOTHING))

    # What becomes of it

    def action_trend(self) -> None:
        """Compare the sessions of the chosen code."""
        row = self.session_list.row
        if row is None or not row.code:
            self.say("choose a code, or a session that has one")
        else:
            self._open(f"the sessions of {row.code}", lambda: self.home.trend(row.code))

    def action_quit(self) -> None:
        """Leave Clonoscope."""
        self.leave()

"""Sensors screen: before a session - which sensors are around us, where they are worn, and what is short."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType

from analysis.live import LiveSession
from analysis.patient import Visit
from sensors.failure import ClonoscopeError
from sensors.placement import Placement
from sensors.wording import clean
from tui.actions import SENSORS, Action, bindings
from tui.canvas import Canvas, Role
from tui.preflight import Preflight, shortfalls
from tui.preparation import Preparation
from tui.screens.base import ClonoscopeScreen
from tui.screens.dialogs import FailureDialog, NoteDialog, QuestionDialog
from tui.screens.help import Signs
from tui.screens.place_dialog import PlaceDialog
from tui.screens.visit_dialog import VisitDialog
from tui.sensor_row import Row
from tui.view import View
from tui.widgets.key_line import KeyLine
from tui.widgets.painted import Painted
from tui.widgets.preflight_panel import PreflightPanel
from tui.widgets.sensor_list import SensorList
from tui.widgets.too_small import TooSmall
from tui.wordings import counted

SIGNS = (
    ("▂▄▆█", "how strongly the sensor is heard, until it is connected"),
    ("▂ █", "how much a chosen sensor moves; the row of one that is shaken lights up"),
    ("▲ missing", "chosen, but not heard: switch it on and bring it closer; it joins by itself"),
    ("▲ silent", "connected, but no data come"),
    ("delayed", "sends about once a second: it is recorded, but gives no live beats"),
    ("in sync", "goes by one clock with others of its family, which agreed on it: y"),
    ("aligned", "how well the sensor's clock is known; the worst of all, as are loss and battery"),
)
CHANGING = frozenset({"choose", "place", "rate", "sync", "blink", "save", "visit"})
"""Actions that change what is prepared: none does anything while the session begins with it."""
FRAME_S = 0.2
"""Twice as slow as figures change: what is read in passing must stand still."""


class SensorsLine(Painted):
    """What is prepared, and what else is on the air."""

    DEFAULT_CSS = """
    SensorsLine { height: 2; }
    """

    def __init__(self, view: View, preparation: Preparation) -> None:
        super().__init__(view)
        self.preparation = preparation

    def draw(self, canvas: Canvas) -> None:
        """Draw the kit's name and the count of other devices over a rule."""
        others = self.preparation.roll.others
        right = canvas.width - 1
        if others:
            right = canvas.write_right(right, 0, f"{counted(others, 'other device')} not shown", Role.DIM)
        x = canvas.write(1, 0, "Sensors", Role.STRONG, right)
        visit = self.preparation.visit
        code = f"{visit.code} · " if visit is not None else ""
        canvas.write(x + 3, 0, f"{code}kit {clean(self.preparation.name)}", Role.DIM, right - 1)
        canvas.rule(1)


class SensorsScreen(ClonoscopeScreen):
    """After it has closed `session` is the session that was started, None where it was left without."""

    ACTIONS: ClassVar[tuple[Action, ...]] = SENSORS
    SIGNS: ClassVar[Signs] = SIGNS
    BINDINGS: ClassVar[list[BindingType]] = bindings(SENSORS)
    CSS_PATH = "sensors.tcss"

    def __init__(self, view: View, preparation: Preparation) -> None:
        super().__init__(view)
        self.session: LiveSession | None = None
        self.preparation = preparation
        self.sensors_line = SensorsLine(view, preparation)
        self.sensor_list = SensorList(view)
        self.preflight_panel = PreflightPanel(view)
        self.key_line = KeyLine(view, SENSORS)
        self._leaving = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hold what is prepared while a thread makes a session of it, or lets go of it."""
        return not (self._leaving and action in CHANGING) and super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        """Lay out the screen from top to bottom."""
        yield self.sensors_line
        yield self.sensor_list
        yield self.preflight_panel
        yield self.key_line
        yield TooSmall(self.view)

    def on_mount(self) -> None:
        """Begin to listen."""
        self.preparation.roll_call.start()
        self.set_interval(FRAME_S, self.frame)
        for notice in self.preparation.notices:
            self.app.push_screen(FailureDialog(notice))

    def on_unmount(self) -> None:
        """Let go of every sensor, however the screen was left; a session keeps its own."""
        self.preparation.close()

    def leave(self) -> None:
        """Go without a session, once every sensor is let go."""
        if not self._leaving:
            self._leaving = True
            self.say("letting go of the sensors")
            self._let_go()

    @work(thread=True, group="open")
    def _let_go(self) -> None:
        self.preparation.close()
        self.app.call_from_thread(self._gone)

    def frame(self) -> None:
        """Paint what is known at this moment."""
        if self._leaving:
            return
        preparation = self.preparation
        rows = preparation.rows()
        self.sensors_line.paint()
        self.sensor_list.show(rows, preparation.roll.trouble)
        folder = preparation.sessions
        self.preflight_panel.show(self.sensor_list.row, Preflight.of(rows, folder), shortfalls(rows, folder))
        self.key_line.paint()

    def _gone(self) -> None:
        """The thread that asks for it must not wait until it is done: the screen waits for its threads."""
        self.dismiss(None)

    def say(self, text: str) -> None:
        """Answer a key."""
        self.key_line.say(text)

    def _row(self) -> Row | None:
        """Return the row that a key acts on, or say that there is none."""
        self.frame()
        row = self.sensor_list.row
        if row is None:
            self.say("no sensor is heard yet")
        return row

    def action_move(self, step: int) -> None:
        """Choose another row."""
        self.sensor_list.move(step)
        self.frame()

    def action_choose(self) -> None:
        """Let a sensor take part, or leave it out."""
        if (row := self._row()) is not None:
            taken = self.preparation.toggle(row)
            self.say(f"{row.label} {row.identity.shown} {'takes part; enter says where' if taken else 'is left out'}")
            self.frame()

    def action_place(self) -> None:
        """Say where a sensor is worn."""
        if (row := self._row()) is not None:
            before = row.choice.placement if row.choice is not None else None
            worn = {place: c.identity.shown for place, c in self.preparation.placed().items()}
            sensor = f"{row.label} {row.identity.shown}"
            dialog = PlaceDialog(self.view, sensor, before, row.known or self.preparation.suggested(), worn)
            self.app.push_screen(dialog, lambda place: self._placed(row, before, place))

    def _placed(self, row: Row, before: Placement | None, place: Placement | None) -> None:
        if place != before:
            self.preparation.place(row, place)
            self.say(f"{row.label} {row.identity.shown}: {place.label if place is not None else 'no place'}")
        self.frame()

    def action_rate(self) -> None:
        """Take the next rate."""
        if (row := self._row()) is not None:
            self.say(f"{row.label} {row.identity.shown}: {self.preparation.next_rate(row):g} Hz")
            self.frame()

    def action_sync(self) -> None:
        """Have the chosen sensors agree on one clock where they can, or keep clocks of their own again."""
        self.say(self.preparation.synchronise())
        self.frame()

    def action_blink(self) -> None:
        """Make a sensor blink."""
        if (row := self._row()) is not None:
            blinks = self.preparation.blink(row)
            self.say(f"{row.label} blinks once it streams" if blinks else f"{row.label} cannot blink; shake it")
            self.frame()

    def action_save(self) -> None:
        """Save what is chosen as a kit."""
        try:
            self.preparation.kit(self.preparation.name)
        except ClonoscopeError as error:
            self.say(str(error))
            return
        dialog = NoteDialog("Save as a kit under which name?", self.preparation.saved_as)
        self.app.push_screen(dialog, self._named)

    def _named(self, name: str | None) -> None:
        if name is None:
            return
        try:
            taken = self.preparation.is_taken(name)
        except ClonoscopeError as error:
            self.app.push_screen(FailureDialog(str(error)))
            return
        if taken:
            question = f"There is a kit {clean(name)} already. Replace it?"
            self.app.push_screen(QuestionDialog(question, "replace", "keep it"), lambda yes: self._save(name, yes))
        else:
            self._save(name, True)

    def _save(self, name: str, agreed: bool | None) -> None:
        if not agreed:
            return
        try:
            path = self.preparation.save(name)
        except ClonoscopeError as error:
            self.app.push_screen(FailureDialog(str(error)))
            return
        self.say(f"saved as {path}")
        self.frame()

    def action_visit(self) -> None:
        """Ask whom the session will belong to."""
        self.app.push_screen(VisitDialog(self.preparation.visit, self.view.earlier), self._visited)

    def _visited(self, visit: Visit | None) -> None:
        if visit is not None:
            self.preparation.visit = visit
            self.say(f"the session will be of {visit.code}")
            self.frame()

    def action_start(self) -> None:
        """Begin the session, whatever is short."""
        try:
            self.preparation.kit(self.preparation.name)
        except ClonoscopeError as error:
            self.say(str(error))
            return
        if not self._leaving:
            self.say("starting the session")
            self._leaving = True
            self._begin()

    @work(thread=True, group="open")
    def _begin(self) -> None:
        """Making the session's file takes a moment; the screen does not wait for it."""
        try:
            self.session = self.preparation.begin()
        except ClonoscopeError as error:
            self.app.call_from_thread(self._not_begun, str(error))
        else:
            self.app.call_from_thread(self._gone)

    def _not_begun(self, sentence: str) -> None:
        self._leaving = False
        self.app.push_screen(FailureDialog(sentence))

    def action_back(self) -> None:
        """Leave without a session."""
        self.leave()

"""App: the frame around the screens - themes, signals, failures, and which screen comes next."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.driver import Driver
from textual.events import Event, Paste
from textual.screen import ModalScreen, Screen

from sensors.failure import ClonoscopeError
from sensors.wording import visible
from tui import terminal, themes, updates
from tui.actions import Action, rekeyed
from tui.exits import FAILED, SIGNALLED
from tui.screens.base import ClonoscopeScreen
from tui.screens.opening import OpeningScreen

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from analysis.trends import Trend
    from tui.engine import Engine, Opening, Review
    from tui.home import Home
    from tui.preparation import Preparation
    from tui.screens.home import HomeScreen
    from tui.view import View


@dataclass(frozen=True, slots=True)
class Start:
    """What the app opens on, and how it is looked at: a session live or recorded, or the preparation of one.

    Without it that is the home screen. `notices` are said on the first screen, `left_out` once it has closed.
    """

    view: View
    shown: Engine | Review | Preparation | None = None
    home: Home | None = None
    notices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class ClonoscopeApp(App[None]):
    """Opens on `start`: a session live or recorded, or the preparation of one; without it on the home screen.

    With `first` in their place, still to be called, it opens at once and says `what` it opens: `first` is called on a
    thread of its own after that frame, which needs none of its imports, and what it returns is shown. What it raises is
    in `cannot_open` once the app is left.
    `return_code` is the exit status after `run`: 0, 1 after a failure nobody expected, 128 + number after a signal.
    """

    TITLE = "Clonoscope"
    BINDINGS: ClassVar = [Binding("ctrl+q", "leave", "Leave", show=False, priority=True)]
    CSS = "Screen { background: $ground; color: $plain; }"

    def __init__(
        self,
        start: Engine | Review | Preparation | None = None,
        home: Home | None = None,
        *,
        theme: str = "dark",
        view: View | None = None,
        what: str = "",
        first: Start | Callable[[], Start] | None = None,
    ) -> None:
        self._palette = themes.PALETTES[theme]
        super().__init__()
        for known in themes.THEMES:
            self.register_theme(known)
        self.theme = theme
        self.view: View
        self._what = what
        self.start: Start | None = None
        self.cannot_open: BaseException | None = None
        self._first = first if callable(first) else None
        if not callable(first):
            self._take(first or Start(view or _usual_view(), start, home))
        self._engine: Engine | None = None
        self._preparation: Preparation | None = None
        self._home: HomeScreen | None = None
        self._opening = self._ending = False
        self._threads: list[Thread] = []

    def _take(self, start: Start) -> None:
        self.start, self.view = start, start.view
        self.set_keymap(dict(start.view.keys))

    def get_default_screen(self) -> Screen[Any]:
        """Say what is being opened where that is not there yet."""
        return super().get_default_screen() if self._first is None else OpeningScreen(self._what)

    def get_driver_class(self) -> type[Driver]:
        """Take a driver that outlives its terminal."""
        return terminal.lasting(super().get_driver_class())

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send no more than has changed."""
        super()._display(screen, updates.spare(renderable))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give the roles a colour in Textual's own themes too."""
        return self._palette.roles

    def on_mount(self) -> None:
        """Catch signals and show the first screen."""
        self._catch_signals()
        self.set_interval(terminal.LOOK_EVERY_S, self._look_at_terminal)
        if self.start is not None:
            self._show_first(self.start)
        elif self._first is not None:
            self.call_after_refresh(self._apart, partial(self._put_together, self._first))

    def _show_first(self, start: Start) -> None:
        if start.shown is not None:
            self.show(start.shown)
        elif start.home is not None:
            self._show_home(start.home)
        if start.notices:
            self.call_later(self._tell_notices, start.notices)

    def _apart(self, work: Callable[[], None]) -> None:
        """Work on a thread that nobody waits for when the app is left: an executor's would keep the process."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(Thread(target=work, name="opening", daemon=True))
        self._threads[-1].start()

    @property
    def is_opening(self) -> bool:
        """Whether something is still being put together or opened, also once the app was left."""
        return any(thread.is_alive() for thread in self._threads)

    def _put_together(self, first: Callable[[], Start]) -> None:
        try:
            start = first()
        except BaseException as error:  # noqa: BLE001 - it is raised again where there is no screen any more
            self._hand_over(self._not_opened, error)
        else:
            self._hand_over(self._opened, start)

    def _hand_over(self, take: Callable[..., None], *found: object) -> None:
        """Have the app take what a thread has found, as work of its own, unless it was left meanwhile."""
        with suppress(RuntimeError):
            self.call_from_thread(self.call_later, take, *found)

    def _raise(self, error: Exception) -> None:
        raise error

    def _opened(self, start: Start) -> None:
        opening = self.screen_stack[0]
        if isinstance(opening, OpeningScreen):
            opening.clear()
        self._take(start)
        self._show_first(start)

    def _not_opened(self, error: BaseException) -> None:
        self.cannot_open = error
        self.exit(return_code=FAILED)

    def _tell_notices(self, notices: Sequence[str]) -> None:
        """Say on the first screen what could not be taken of the settings, as far as a line holds it."""
        if isinstance(self.screen, ClonoscopeScreen):
            self.screen.say(f"▲ {'; '.join(notices)}")

    def show(self, session: Engine | Review | Preparation | Trend) -> None:
        """Show a session, live or recorded, prepare one, or compare some; then the home screen, if there is one."""
        screen: ClonoscopeScreen
        if _is_trend(session):
            from tui.screens.trend import TrendScreen

            trend_screen = TrendScreen(self.view.renewed(), session)
            self.push_screen(trend_screen, lambda _: self._session_closed(trend_screen.view))
            return
        if _is_prepared(session):
            self._prepare(session)
            return
        if _is_recorded(session):
            from tui.screens.replay import ReplayScreen

            screen = ReplayScreen(session, self.view.renewed())
        else:
            from tui.screens.live import LiveScreen

            self._engine = session
            screen = LiveScreen(session, self.view.renewed())
        self.push_screen(screen, lambda _: self._session_closed(screen.view))

    def _prepare(self, preparation: Preparation) -> None:
        from tui.screens.sensors import SensorsScreen

        self._preparation = preparation
        screen = SensorsScreen(self.view, preparation)

        def prepared(_: None) -> None:
            """The sensors screen is still on top while it calls this."""
            self._preparation = None
            if screen.session is not None:
                self.call_later(self.show, screen.session)
            else:
                self._session_closed(screen.view)

        self.push_screen(screen, prepared)

    def _session_closed(self, view: View) -> None:
        self._engine = None
        self.view.glyphs, self.view.bell = view.glyphs, view.bell
        self.view.scale, self.view.last_setup = view.scale, view.last_setup
        if self._home is None:
            self.exit()

    def _show_home(self, ways: Home) -> None:
        from tui.screens.home import HomeScreen

        self._home = HomeScreen(self.view, ways, self.open)
        self.push_screen(self._home, lambda _: self.exit())

    def open(self, opening: Opening) -> None:
        """Open what was chosen, unless something is being opened already."""
        if not self._opening:
            self._opening = True
            self._apart(partial(self._open, opening))

    def _open(self, opening: Opening) -> None:
        """Opening reads files and starts threads; neither the screen waits for it nor who leaves it."""
        try:
            session = opening()
        except ClonoscopeError as error:
            self._hand_over(self.fail, str(error))
        except Exception as error:  # noqa: BLE001 - it is raised again in the app, which tells a defect
            self._hand_over(self._raise, error)
        else:
            self._hand_over(self.show, session)
        finally:
            self._opening = False

    def fail(self, sentence: str) -> None:
        """Show an expected failure."""
        from tui.screens.dialogs import FailureDialog

        self.push_screen(FailureDialog(sentence))

    def action_leave(self) -> None:
        """Leave the screen, asking where that ends a recording; close a dialog."""
        screen = self.screen
        if isinstance(screen, ClonoscopeScreen | OpeningScreen):
            screen.leave()
        elif isinstance(screen, ModalScreen):
            screen.dismiss(None)

    async def on_event(self, event: Event) -> None:
        """Take a paste without what is an instruction to the terminal: the line it goes to draws all that it holds."""
        if isinstance(event, Paste):
            event.text = "\n".join(visible(line) for line in event.text.splitlines())
        await super().on_event(event)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer what the keys of `screen` do in the command palette."""
        if not isinstance(screen, ClonoscopeScreen):
            return
        for action in rekeyed(screen.offered, self.view.keys):
            key = f"  [{action.shown}]" if action.shown else ""
            yield SystemCommand(f"{action.help}{key}", action.group, partial(self._call, screen, action))

    async def _call(self, screen: ClonoscopeScreen, action: Action) -> None:
        await screen.run_action(action.call)

    def _catch_signals(self) -> None:
        """A closed terminal or a `kill` ends the session cleanly, file first. Windows has no such handlers."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is None:
                continue
            try:
                loop.add_signal_handler(number, self._signalled, number)
            except (NotImplementedError, RuntimeError, ValueError):
                return

    def _look_at_terminal(self) -> None:
        """Not every terminal that goes tells it: do as if it had."""
        if sys.platform != "win32" and terminal.is_gone(self._driver):
            self._signalled(signal.SIGHUP)

    def _signalled(self, number: int) -> None:
        if not self._ending:
            self._ending = True
            self._stop_and_exit(SIGNALLED + number)

    @work(thread=True, group="signal", exit_on_error=False)
    def _stop_and_exit(self, status: int) -> None:
        try:
            if self._preparation is not None:
                self._preparation.roll_call.stop()
            if self._engine is not None:
                self._engine.stop()
        finally:
            if not self.is_headless:
                terminal.let_go()
                terminal.leave_for_certain(status)
            self.call_from_thread(self.exit, return_code=status)


def _usual_view() -> View:
    from tui.view import View

    return View()


def _is_prepared(session: Engine | Review | Preparation) -> TypeIs[Preparation]:
    return hasattr(session, "roll_call")


def _is_trend(session: Engine | Review | Preparation | Trend) -> TypeIs[Trend]:
    return hasattr(session, "series")


def _is_recorded(session: Engine | Review) -> TypeIs[Review]:
    return hasattr(session, "snapshot_at")

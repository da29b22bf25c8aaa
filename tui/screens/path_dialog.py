"""Path dialog: a path is typed and completed, or one of those it may go on to is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.paths import LONGEST_PATH, Candidate, candidates, completed, typed_path
from tui.screens.dialogs import BottomDialog
from tui.view import View
from tui.widgets.painted import Painted

NAME_CELLS = 26


class CandidateList(Painted):
    """What a path may go on to; none is chosen until one goes down to it."""

    DEFAULT_CSS = """
    CandidateList { width: 1fr; height: 10; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.among: Sequence[Candidate] = ()
        self._chosen = -1

    def show(self, among: Sequence[Candidate]) -> None:
        """Draw these, with none of them chosen."""
        self.among, self._chosen = among, -1
        self.paint()

    def move(self, step: int) -> None:
        """Choose the next or the one before; before the first one stands the typed text."""
        if self.among:
            self._chosen = (self._chosen + 1 + step) % (len(self.among) + 1) - 1
            self.paint()

    @property
    def candidate(self) -> Candidate | None:
        """The chosen one."""
        return self.among[self._chosen] if self._chosen >= 0 else None

    def draw(self, canvas: Canvas) -> None:
        """Draw as many as find room around the chosen one."""
        first = min(max(0, self._chosen - canvas.height // 2), max(0, len(self.among) - canvas.height))
        for y, one in enumerate(self.among[first : first + canvas.height]):
            is_chosen = first + y == self._chosen
            if is_chosen:
                canvas.write(0, y, "▸", Role.STRONG)
            role = Role.STRONG if is_chosen else Role.PLAIN
            limit = min(canvas.width, 2 + NAME_CELLS) if one.shows else canvas.width
            x = canvas.write(2, y, one.label, role, limit)
            canvas.write(max(x, 2 + NAME_CELLS) + 1, y, clean(one.shows, 160), Role.DIM, canvas.width)


class PathDialog(BottomDialog[Path]):
    """Closes with the path; with None where everything is to stay as it was.

    Paths end in one of `suffixes`, or are folders. While nothing is typed, `offered` paths stand below.
    """

    CSS = (
        BottomDialog.CSS
        + """
    PathDialog Input { margin-bottom: 1; }
    PathDialog .keys { margin-top: 0; }
    PathDialog CandidateList { background: $panel; }
    """
    )
    BINDINGS: ClassVar = [
        Binding("escape", "cancel", "leave it", show=False),
        Binding("tab", "complete", "complete", show=False, priority=True),
        Binding("down", "move(1)", "next", show=False),
        Binding("up", "move(-1)", "before", show=False),
    ]

    def __init__(
        self,
        view: View,
        heading: str,
        does: str,
        suffixes: Sequence[str],
        text: str = "",
        offered: Mapping[Path, str] | None = None,
    ) -> None:
        super().__init__()
        self.heading = clean(heading, 200)
        self.does = does
        self.suffixes = suffixes
        self.input = Input(text, max_length=LONGEST_PATH, select_on_focus=False)
        self.candidate_list = CandidateList(view)
        self.offered = [Candidate(path, shows=shows) for path, shows in (offered or {}).items()]

    def compose(self) -> ComposeResult:
        """Lay out the heading, the line to type on, what it may go on to, and the keys."""
        with Vertical():
            yield Static(Text(self.heading), classes="heading", markup=False)
            yield self.input
            yield self.candidate_list
            keys = f"tab  complete      ↓ ↑  choose      enter  {self.does}      esc  leave it"
            yield Static(Text(keys), classes="keys", markup=False)

    def on_mount(self) -> None:
        """Show where one may begin."""
        self._look()

    def _look(self) -> None:
        text = self.input.value
        self.candidate_list.show(candidates(text, self.suffixes) if text.strip() or not self.offered else self.offered)

    def on_input_changed(self) -> None:
        """Show what the text may go on to."""
        self._look()

    def action_complete(self) -> None:
        """Complete what is typed once every key before has reached the line: this one overtakes them."""
        self.input.call_later(self._complete)

    def _complete(self) -> None:
        """Complete the text as far as that is certain, or go into the chosen folder."""
        chosen = self.candidate_list.candidate
        if chosen is not None:
            self._take(chosen)
            return
        if text := self.input.value.strip():
            self._type(completed(text, candidates(text, self.suffixes)))

    def action_move(self, step: int) -> None:
        """Choose another one."""
        self.candidate_list.move(step)

    def on_input_submitted(self) -> None:
        """Close with the path; a chosen folder is gone into."""
        chosen = self.candidate_list.candidate
        if chosen is not None:
            self._take(chosen)
        elif self.input.value.strip():
            self.dismiss(typed_path(self.input.value))

    def _take(self, chosen: Candidate) -> None:
        text = f"{chosen.path}/"
        if chosen.is_folder and clean(text, LONGEST_PATH) == text:
            self._type(text)
        else:
            self.dismiss(chosen.path)

    def _type(self, text: str) -> None:
        self.input.value = text
        self.input.cursor_position = len(text)

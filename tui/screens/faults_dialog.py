"""Faults dialog: every fault that lasts, or that came and went before anybody said to have seen it.

Once the session is over they are told as past, and nobody is asked to have seen them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from analysis.alerts import ListedFault, Priority
from analysis.snapshot import Snapshot
from sensors.wording import clean
from tui.screens.dialogs import BottomDialog
from tui.widgets.readout import SIGNS, name_of
from tui.wordings import clock

LOOK_EVERY_S = 0.5
COLOURS = {Priority.HIGH: "fault-high", Priority.MEDIUM: "fault", Priority.LOW: "fault-low"}


class FaultsDialog(BottomDialog[None]):
    """Follows `look`; `seen` acknowledges all of them, for as long as the session is not `over`."""

    BINDINGS: ClassVar = [
        Binding("i", "seen", "seen", show=False),
        Binding("w,enter,escape,q", "cancel", "close", show=False),
        Binding("down,j,pagedown", "scroll(1)", "down", show=False),
        Binding("up,k,pageup", "scroll(-1)", "up", show=False),
    ]

    def __init__(
        self, look: Callable[[], Snapshot], seen: Callable[[], None], over: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__()
        self._look = look
        self._seen = seen
        self._over = over
        self._heading = Static(classes="heading", markup=False)
        self._list = Static(markup=False)
        self._keys = Static(classes="keys", markup=False)

    def compose(self) -> ComposeResult:
        """Lay out the list and its keys."""
        with Vertical():
            yield self._heading
            with VerticalScroll(can_focus=False):
                yield self._list
            yield self._keys

    def on_mount(self) -> None:
        """Show them, and what becomes of them."""
        self.refresh_list()
        self.set_interval(LOOK_EVERY_S, self.refresh_list)

    def refresh_list(self) -> None:
        """Show the faults of this moment."""
        snapshot, variables, over = self._look(), self.app.theme_variables, self._over()
        self._heading.update(Text("Past faults" if over else "Faults"))
        self._keys.update(Text("esc  close" if over else "i  all seen      esc  close"))
        page = Text("none" if not snapshot.listed else "")
        for row in snapshot.listed:
            head, text = described(row, snapshot, over=over)
            colour = "dim" if over else variables.get(COLOURS[row.fault.priority], "")
            style = f"{colour}{' bold' * (row.is_new and not over)}".strip()
            page.append(f"{head}\n", style=style)
            page.append(f"    {text}\n")
        page.rstrip()
        self._list.update(page)

    def action_seen(self) -> None:
        """All of them were seen; those that are over leave the list."""
        if not self._over():
            self._seen()
            self.refresh_list()

    def action_scroll(self, direction: int) -> None:
        """Scroll by half a page."""
        pane = self.query_one(VerticalScroll)
        pane.scroll_relative(y=direction * max(1, pane.size.height // 2), animate=False)


def described(row: ListedFault, snapshot: Snapshot, *, over: bool = False) -> tuple[str, str]:
    """Return two lines for a fault: what, where, since when and whether it was seen; and what to do."""
    fault = row.fault
    where = "session" if fault.sensor is None else name_of(fault.sensor, snapshot)
    if fault.until_s is not None:
        lasts = f"over after {fault.until_s - fault.since_s:.1f} s"
    else:
        lasts = "to the end" if over else f"lasts {max(0.0, snapshot.now_s - fault.since_s):.0f} s"
    seen = "" if over else " · new" if row.is_new else f" · seen {clock(row.acknowledged_s or 0.0)}"
    times = f" · {row.times} times" if row.times > 1 else ""
    head = f"{SIGNS[fault.priority]:<3} {fault.kind.value} · {where} · since {clock(fault.since_s)} · {lasts}{times}"
    return f"{head}{seen}", clean(fault.text, 200)

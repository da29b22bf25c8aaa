"""Session line: what is watched, and whether it is being saved."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.alerts import FaultKind
from analysis.snapshot import Saving, Snapshot
from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.trial_wording import name_of_test
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.readout import LABELS, SIGNS, Phrase, fault_count
from tui.wordings import clock, counted, size

WIDE = 100
"""Cells from which there is room for everything."""
_BEHIND_S = 1.0
"""The file is written every second; more than that waiting is worth a word."""


class SessionLine(Painted):
    """One line, and a rule under it where there is room."""

    DEFAULT_CSS = """
    SessionLine { height: 2; }
    """

    def __init__(self, view: View, name: str) -> None:
        super().__init__(view)
        self.session_name = clean(name, 80)
        self.snapshot: Snapshot | None = None
        self.frozen_s: float | None = None
        self.is_over = False
        self.failure: str | None = None

    def show(self, snapshot: Snapshot, *, frozen_s: float | None, is_over: bool, failure: str | None) -> None:
        """Draw the state of saving; `frozen_s` is the second at which the view was frozen.

        `failure` is what of the session does not work any more.
        """
        self.snapshot, self.frozen_s, self.is_over, self.failure = snapshot, frozen_s, is_over, failure
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw name, saving and the count of faults, each in its place."""
        if canvas.height > 1:
            canvas.rule(canvas.height - 1)
        snapshot = self.snapshot
        if snapshot is None:
            canvas.write(1, 0, self.session_name, Role.STRONG)
            return
        right = canvas.write_right(canvas.width - 1, 0, *_faults(snapshot, is_over=self.is_over))
        phrases = self._saving(snapshot)
        if not self.view.bell and (canvas.width >= WIDE or phrases[-1][1] is Role.DIM):
            right = canvas.write_right(right - 2, 0, "bell off", Role.DIM)
        if canvas.width >= WIDE:
            right = canvas.write_right(right - 2, 0, counted(len(snapshot.sensors), "sensor"), Role.DIM)
        middle = canvas.width * 3 // 8
        if self.frozen_s is None:
            brief = canvas.width < WIDE
            name = name_of_test(snapshot, self.view, self.session_name, brief=brief)
            canvas.write(1, 0, name, Role.STRONG, middle - 1)
        else:
            goes_on = "the session is over" if self.is_over else "recording goes on"
            text = f" FROZEN at {clock(self.frozen_s)} · {goes_on if snapshot.saving else 'the session goes on'} "
            middle = canvas.write(0, 0, text, Role.NOTICE) + 1
        x = middle
        for text, role in phrases:
            if role is not Role.DIM or x + len(text) < right:
                x = canvas.write(x, 0, text, role, right - 1)

    def _saving(self, snapshot: Snapshot) -> list[Phrase]:
        """Return the worst trouble first: what is not saved is lost for good, whatever else is wrong."""
        time = clock(snapshot.now_s)
        saving = snapshot.saving
        if saving is not None and saving.trouble is not None:
            return [("▲▲▲ NOT SAVED", Role.FAULT_HIGH), (f" {clean(saving.trouble, 120)}  {time}", Role.FAULT)]
        if self.failure is not None:
            recording = saving is not None and not self.is_over
            label = f"{'● REC ' * recording}{time}"
            stopped = any(fault.kind is FaultKind.STOPPED for fault in snapshot.faults)
            word = ("▲▲▲ STOPPED", Role.FAULT_HIGH) if stopped else ("▲▲ FAILED", Role.FAULT_LABEL)
            return [
                (f"{label}  ", Role.STRONG),
                word,
                (f" {clean(self.failure, 200)}", Role.FAULT),
            ]
        own = next((fault for fault in snapshot.faults if fault.sensor is None), None)
        if own is not None:
            label = f"{SIGNS[own.priority]} {own.kind.value}"
            return [(label, LABELS[own.priority]), (f" {clean(own.text, 120)}  {time}", Role.FAULT)]
        if saving is None:
            return [("over " if self.is_over else "not recorded ", Role.DIM), (time, Role.STRONG)]
        state = "saved" if self.is_over else "● REC"
        return [(f"{state} {time}", Role.STRONG), *((text, Role.DIM) for text in _amounts(saving))]


def _faults(snapshot: Snapshot, *, is_over: bool) -> tuple[str, Role]:
    """Return how many faults last or were not seen, by the sign of the worst that was not; and whether all were.

    Those of a session that is over are past, and nobody is asked to see them any more.
    """
    present = [row.fault for row in snapshot.listed] or list(snapshot.faults)
    if is_over:
        return counted(len(present), "past fault"), Role.DIM
    new = [row.fault for row in snapshot.listed if row.is_new] or present
    seen = bool(snapshot.listed) and not any(row.is_new for row in snapshot.listed)
    sign, role = fault_count(new)
    if not present:
        return sign, role
    text = f"{sign.partition(' ')[0]} {counted(len(present), 'fault')}{' seen' * seen}"
    return text, Role.FAULT if seen else role


def _amounts(saving: Saving) -> Iterator[str]:
    if saving.behind_s > _BEHIND_S:
        yield f"  {saving.behind_s:.0f} s behind"
    yield f"  {size(saving.bytes):>7}"
    if saving.free_bytes is not None:
        yield f"  {size(saving.free_bytes)} free"

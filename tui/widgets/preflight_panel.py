"""Preflight panel: the chosen row in words, the figures before the start, and what is short."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.faults import BATTERY_PERCENT, LEAST_FREE_BYTES, LOSS_PERCENT
from sensors.packet import LinkState
from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.preflight import Preflight
from tui.sensor_row import Row
from tui.view import View
from tui.widgets.painted import Painted
from tui.widgets.sensor_list import measured
from tui.wordings import counted, size

ROOMY_CELLS = 100
TROUBLED = frozenset({LinkState.LOST, LinkState.WAITING, LinkState.STALLED})
"""States whose reason is more worth than who the sensor is: it alone may be as long as the line."""
IN_ORDER = "nothing is short; s starts the session"


class PreflightPanel(Painted):
    """Three lines under a rule. What is good and measured is strong, what is unknown dim, what is short a fault."""

    DEFAULT_CSS = """
    PreflightPanel { width: 1fr; height: 4; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.row: Row | None = None
        self.preflight: Preflight | None = None
        self.short: Sequence[str] = ()

    def show(self, row: Row | None, preflight: Preflight, short: Sequence[str]) -> None:
        """Draw the chosen row, the figures, and what the session would lack if it began now."""
        self.row, self.preflight, self.short = row, preflight, short
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw the lines."""
        canvas.rule(0)
        if self.preflight is None:
            return
        if self.row is not None:
            attendance = self.row.attendance
            if attendance is not None and attendance.state in TROUBLED:
                canvas.write(2, 1, f"▲ {clean(attendance.reason, 160)}", Role.FAULT, canvas.width - 1)
            else:
                canvas.write(2, 1, _described(self.row), Role.DIM, canvas.width - 1)
        x = 2
        for text, role in figures(self.preflight, canvas.width >= ROOMY_CELLS):
            x = canvas.write(x, 2, text, role, canvas.width - 1) + 2
        if not self.preflight.chosen:
            canvas.write(2, 3, "choose sensors with space, and say with enter where they are worn", Role.DIM)
        elif self.short:
            more = f", and {counted(len(self.short) - 1, 'thing')} more" if len(self.short) > 1 else ""
            room = canvas.width - 1 - len(more)
            end = canvas.write(2, 3, f"▲ {clean(self.short[0], 160)}", Role.FAULT, room)
            canvas.write(end, 3, more, Role.FAULT)
        else:
            canvas.write(2, 3, IN_ORDER, Role.STRONG)


def _described(row: Row) -> str:
    name = row.identity.name if row.identity.name != row.label else ""
    parts = [row.label, name, f"serial {row.identity.serial}" if row.identity.serial else ""]
    parts += [row.identity.address, measured(row)]
    return clean(" · ".join(part for part in parts if part), 200)


def figures(preflight: Preflight, roomy: bool) -> list[tuple[str, Role]]:
    """Return the figures with the role of each, in more words where there is room."""
    whole = preflight.streaming == preflight.chosen > 0
    found = [(f"{preflight.streaming}/{preflight.chosen} streaming", _role(whole, preflight.chosen > 0))]
    known = preflight.rates_hz is not None
    found.append((_rates(preflight.rates_hz), _role(known, known)))
    loss, alignment, battery = preflight.loss_percent, preflight.alignment_s, preflight.battery_percent
    text = "loss -" if loss is None else f"loss {loss:.1f} %"
    found.append((text, _role(loss is None or 100 - loss >= LOSS_PERCENT, loss is not None)))
    aligned = "in sync " if preflight.in_sync else "aligned " * roomy
    text = "aligned -" if alignment is None else f"{aligned}±{1000 * alignment:.0f} ms"
    found.append((text, _role(alignment is not None, alignment is not None)))
    text = "battery -" if battery is None else f"{'battery' if roomy else 'batt'} ≥ {battery:.0f} %"
    found.append((text, _role(battery is None or battery >= BATTERY_PERCENT, battery is not None)))
    return [*found, (f"{size(preflight.free_bytes)} free", _role(preflight.free_bytes >= LEAST_FREE_BYTES, True))]


def _role(good: bool, known: bool) -> Role:
    if not known:
        return Role.DIM
    return Role.STRONG if good else Role.FAULT


def _rates(rates_hz: tuple[float, float] | None) -> str:
    if rates_hz is None:
        return "rate -"
    slowest, fastest = (f"{rate_hz:.0f}" for rate_hz in rates_hz)
    return f"{rates_hz[0]:.1f} Hz" if slowest == fastest else f"{slowest} to {fastest} Hz"

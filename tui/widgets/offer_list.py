"""Offer list: what can be opened, shelf by shelf."""

from __future__ import annotations

from collections.abc import Sequence

from sensors.wording import clean
from tui.canvas import Canvas, Role
from tui.engine import Offer, Shelf
from tui.view import View
from tui.widgets.painted import Painted

_NAME_CELLS = 28


class OfferList(Painted):
    """One row an offer; the chosen one has a ▸ and stays in sight."""

    DEFAULT_CSS = """
    OfferList { width: 1fr; height: 1fr; }
    """

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.shelves: Sequence[Shelf] = ()
        self.chosen = 0

    def show(self, shelves: Sequence[Shelf]) -> None:
        """Draw these shelves; the choice stays where it was as far as there still is one."""
        self.shelves = shelves
        self.chosen = min(self.chosen, max(0, len(self.offers) - 1))
        self.paint()

    @property
    def offers(self) -> list[Offer]:
        """All offers in the order in which they are drawn."""
        return [offer for shelf in self.shelves for offer in shelf.offers]

    @property
    def offer(self) -> Offer | None:
        """The chosen offer."""
        offers = self.offers
        return offers[self.chosen] if offers else None

    def move(self, step: int) -> None:
        """Choose another offer."""
        if self.offers:
            self.chosen = (self.chosen + step) % len(self.offers)
            self.paint()

    def choose_first(self, heading: str) -> None:
        """Choose the first offer of the shelf with that heading."""
        before = 0
        for shelf in self.shelves:
            if shelf.heading == heading:
                self.chosen = before
            before += len(shelf.offers)
        self.paint()

    def draw(self, canvas: Canvas) -> None:
        """Draw as many rows as find room around the chosen one."""
        rows: list[tuple[str, str, Role, bool]] = []
        number = chosen_row = 0
        for shelf in self.shelves:
            rows.append((shelf.heading.upper(), "", Role.STRONG, False))
            for offer in shelf.offers:
                if number == self.chosen:
                    chosen_row = len(rows)
                rows.append((offer.name, offer.description, Role.PLAIN, number == self.chosen))
                number += 1
            if not shelf.offers:
                rows.append((shelf.empty, "", Role.DIM, False))
            rows.append(("", "", Role.PLAIN, False))
        first = min(max(0, chosen_row - canvas.height // 2), max(0, len(rows) - canvas.height))
        for y, (name, description, role, is_chosen) in enumerate(rows[first : first + canvas.height]):
            indent = 2 if role is Role.STRONG else 4
            if is_chosen:
                canvas.write(2, y, "▸", Role.STRONG)
                role = Role.STRONG
            end = canvas.write(indent, y, clean(name), role, canvas.width if not description else indent + _NAME_CELLS)
            canvas.write(max(end + 1, indent + _NAME_CELLS + 2), y, clean(description, 160), Role.DIM, canvas.width - 1)

"""A whole visit by keyboard alone, step by step: home, a new session, both ankles, the review, the report, the trend.

Whoever has hands may do it: Pilot in virtual time (`tests/tui/test_whole_visit.py`), or tmux (`make visit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tests.visits import CONTEXT, Visit

CODE = "P-0417"
EXAMINER = "PT-2"
NOTE = "the first beat was the hand"
EXPORT = "visit.csv"
MOST_ROWS = 60
LEFT: Sequence[Sequence[str]] = (("enter", "4"), ("r",), ("enter", "3"), ("enter", "5"))
RIGHT: Sequence[Sequence[str]] = (("enter", "1"), ("x", "1"), ("enter", "0"), ("enter", "2"))
"""What is pressed at each result: accepted with its pain, to be repeated, rejected for the first reason of the list."""


class Hands(Protocol):
    """Somebody at a keyboard, who looks at the screen."""

    async def press(self, *keys: str) -> None:
        """Press keys, by Textual's names."""

    async def until(self, words: str) -> None:
        """Wait until the screen shows these words."""

    async def until_gone(self, words: str) -> None:
        """Wait until the screen does not show these words any more."""

    async def shows(self, words: str) -> bool:
        """Tell whether the screen shows these words now."""

    async def keep(self, name: str) -> None:
        """Keep what the screen shows."""


def earlier_visits(folder: Path) -> None:
    """Save two visits of the same patient, in September and October; between them she was less strong by half."""
    folder.mkdir(parents=True, exist_ok=True)
    context = tuple({**CONTEXT, "code": CODE}.items())
    september, october = (datetime(2026, month, day, 8, 30, tzinfo=UTC) for month, day in ((9, 7), (10, 12)))
    table = (
        (september, (9.0, 9.4, 8.8), (6.2, 6.8, 6.4), (6, 5, 6, 3, 2, 3)),
        (october, (6.4, 6.0, 6.6), (4.4, 4.6, 4.8), (4, 3, 5, 1, 0, 1)),
    )
    for seed, (at_utc, left, right, pain) in enumerate(table, start=11):
        path = folder / f"{at_utc:%Y-%m-%d_%H%M%S}.clonoscope"
        Visit(left, right, pain, context, at_utc, seed).save(path)


async def visited(hands: Hands) -> None:
    """Go through all of it, from the home screen and back to it."""
    await begun(hands)
    await set_up(hands)
    await tested(hands)
    await reviewed(hands)
    await compared(hands)
    await exported(hands)


async def begun(hands: Hands) -> None:
    """Choose the code on the home screen, and begin a session with the sensors of the simulated guided test."""
    await hands.until("2 sessions")
    await hands.until("at worst")
    await hands.until_gone("so far")
    await hands.keep("home")
    await hands.press("down", "up", "n")
    await hands.until(f"patient  {CODE}")
    await hands.press("down", "down")
    await hands.keep("new-session")
    await hands.press("enter")
    await hands.until("REC")


async def set_up(hands: Hands) -> None:
    """Say what is known of the visit, and what is tested."""
    await hands.press("v")
    await hands.until("medication 1")
    await hands.press("down", *"spi", "right", "down", "down", *"bac", "right", "down", "3", "0", "space", *"mg")
    await hands.press("down", *"3.5")
    await hands.keep("visit")
    await hands.press("enter")
    await hands.until(f"this visit is of {CODE}")
    await hands.press("e")
    await hands.until("Set up a test")
    await hands.press("down", "down", "down", *"knee", "space", "f", "right", "down", "2", "0")
    await hands.press("down", "down", "down", *EXAMINER)
    await hands.keep("setup")
    await hands.press("enter")
    await hands.until("next: left ankle 1/3")


async def tested(hands: Hands) -> None:
    """Test both ankles three times each, one attempt again and one rejected; end the session."""
    for side, attempts in (("left", LEFT), ("right", RIGHT)):
        if side == "right":
            await hands.press("l")
            await hands.until("right ankle 1/3")
        for number, keys in enumerate(attempts):
            await hands.press("space")
            await hands.until("ready, stretch now")
            if (side, number) == ("left", 0):
                await hands.keep("armed")
            await hands.until("accept   r repeat")
            if (side, number) == ("left", 0):
                await hands.keep("result")
            await hands.press(keys[0])
            if keys[0] == "x":
                await hands.until("Why is it rejected?")
                await hands.keep("rejected")
            await hands.press(*keys[1:])
            await hands.until({"enter": "accepted · pain", "r": "repeated", "x": "rejected (spasm)"}[keys[0]])
        await hands.until(f"{side} ankle: 3 attempts done")
    await hands.keep("done")
    await hands.press("q")
    await hands.until("End the session?")
    await hands.press("enter")
    await hands.until("TODAY")
    await hands.until("3 sessions")


async def reviewed(hands: Hands) -> None:
    """Open what was just recorded; correct the first trial, write a note on it, and have the report written."""
    await hands.press("enter")
    await hands.until("v review")
    await hands.press("v")
    await hands.until("verdict")
    await hands.press("home")
    for _ in range(MOST_ROWS):
        await hands.press("]")
        if await hands.shows("trial 1, left ankle"):
            break
    await hands.press("e")
    await hands.until("EDGES  onset")
    await hands.press(".", "enter")
    await hands.until("edges moved")
    await hands.press("n", *("space" if letter == " " else letter for letter in NOTE), "enter")
    await hands.until("noted")
    await hands.keep("review")
    await hands.press("R")
    await hands.until("the report is")
    if await hands.shows("enter  close"):
        await hands.press("enter")
    await hands.press("q")
    await hands.until("TODAY")


async def compared(hands: Hands) -> None:
    """Compare the visit with the two before it."""
    await hands.press("t")
    await hands.until("trend · 3 sessions")
    await hands.keep("trend")
    await hands.press("tab", "tab")
    await hands.until("RIGHT ANKLE")
    await hands.press("q")
    await hands.until("TODAY")


async def exported(hands: Hands) -> None:
    """Write the session in another format, beside the home folder's other files."""
    await hands.press("e")
    await hands.until("to which file?")
    await hands.press(*EXPORT, "enter")
    await hands.until("exported to")

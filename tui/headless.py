"""A session without a screen: lines on standard output, and a clean end on every signal."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType

from analysis.live import LiveSession
from analysis.session import News
from tui import plain

LOOK_EVERY_S = 0.1
"""How soon a signal or the end of the time asked for is noticed."""
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def _signals_noted() -> Iterator[list[int]]:
    """Collect the signals that ask for an end instead of dying of them."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(live: LiveSession, duration_s: float | None, say: Callable[[str], None] | None) -> int:
    """Run until the source ends, `duration_s` session seconds have passed, or a signal asks for an end.

    `say` gets each event as a line; None says nothing. Returns the number of the signal, or 0. Raises StorageError
    where the session file could not take everything.
    """
    news: SimpleQueue[News] = SimpleQueue()
    if say is not None:
        live.subscribe(news.put)
    with _signals_noted() as received:
        live.start()
        while not (received or live.ended or _time_is_up(live, duration_s)):
            _say_next(news, say)
        live.stop()
    while not news.empty():
        _say_next(news, say)
    if say is not None:
        for text in summary(live):
            say(text)
    return received[0] if received else 0


def _time_is_up(live: LiveSession, duration_s: float | None) -> bool:
    return duration_s is not None and live.session.now_s >= duration_s


def _say_next(news: SimpleQueue[News], say: Callable[[str], None] | None) -> None:
    try:
        line = plain.line(news.get(timeout=LOOK_EVERY_S))
    except Empty:
        return
    if line is not None and say is not None:
        say(line)


def headline(live: LiveSession) -> str:
    """Return the first line of a plain session."""
    names = ", ".join(sensor.label for sensor in live.source.sensors)
    return f"# {live.name} · {names} · measurement aid, not a diagnosis"


def summary(live: LiveSession) -> Iterator[str]:
    """Yield the last lines of a plain session: what each sensor's data are worth."""
    for view in live.snapshot().sensors:
        honesty = view.honesty
        rate = f"{honesty.rate_hz:.1f} Hz" if honesty.rate_hz else "rate unknown"
        count = len(view.episodes)
        episodes = f"{count} episode{'' if count == 1 else 's'}"
        yield (
            f"# {view.sensor.label:<14} {honesty.received_percent:6.2f} % received, "
            f"longest gap {honesty.longest_gap_s:.2f} s, {rate}, {episodes}"
        )

"""A session without a screen: lines on standard output, and a file that is closed however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue

from analysis.live import LiveSession
from analysis.session import News
from sensors.wording import clean
from tui import plain

LOOK_EVERY_S = 0.1
"""How soon a signal or the end of the time asked for is noticed."""


def run(
    live: LiveSession, duration_s: float | None, say: Callable[[str], None] | None, signalled: Sequence[int]
) -> None:
    """Run until the source ends, `duration_s` session seconds have passed, or a signal turns up in `signalled`.

    `say` gets each event as a line; None says nothing. Whatever it raises, the session file is closed. Raises
    StorageError where the file could not take everything.
    """
    news: SimpleQueue[News] = SimpleQueue()
    try:
        if say is not None:
            live.subscribe(news.put)
            say(headline(live))
        live.start()
        while not (signalled or live.ended or _time_is_up(live, duration_s)):
            _say_next(news, say)
    finally:
        live.stop()
    while not news.empty():
        _say_next(news, say)
    if say is not None:
        for text in summary(live):
            say(text)


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
    return f"# {clean(live.name)} · {names} · measurement aid, not a diagnosis"


def summary(live: LiveSession) -> Iterator[str]:
    """Yield the last lines of a plain session: the trials, and what each sensor's data are worth."""
    snapshot = live.snapshot()
    for trial in snapshot.trials:
        yield f"# {plain.trial_line(trial)}"
    for view in snapshot.sensors:
        honesty = view.honesty
        rate = f"{honesty.rate_hz:.1f} Hz" if honesty.rate_hz else "rate unknown"
        count = len(view.episodes)
        episodes = f"{count} episode{'' if count == 1 else 's'}"
        yield (
            f"# {view.sensor.label:<14} {honesty.received_percent:6.2f} % received, "
            f"longest gap {honesty.longest_gap_s:.2f} s, {rate}, {episodes}"
        )

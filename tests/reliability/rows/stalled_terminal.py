"""Nobody reads what the program writes to its terminal for 10 s; no packet may be taken more than 50 ms late for that.

Late is the time between a packet's arrival, as the simulation has it, and the session's taking it. Frames are left out
meanwhile. What is saved is compared packet by packet.
"""

from __future__ import annotations

from pathlib import Path

from tests.reliability.row import Scale, Tally
from tests.ways_out import terminal_stalled

NAME = "A terminal that stops reading"


def run(scale: Scale, folder: Path) -> Tally:
    """Stall it once for 3 s in the suite, where others use the computer and 1 s is allowed; ten times for the page."""
    tally, most_ms, left_out, packets = Tally(), 0.0, 0, 0
    for number in range(scale.of(1, 10)):
        place = folder / str(number)
        place.mkdir()
        try:
            late_ms, skipped = terminal_stalled(place, float(scale.of(3, 10)))
        except AssertionError as wrong:
            tally.note(False, f"{number}: {str(wrong).splitlines()[0]}")
            continue
        late = sum(ms > float(scale.of(1000, 50)) for ms in late_ms)
        most_ms, left_out, packets = max(most_ms, *late_ms), left_out + skipped, packets + len(late_ms)
        tally.note(not late and skipped > 0, f"{number}: {late} of {len(late_ms)} packets late, {skipped} frames")
    tally.lost = f"no packet; {left_out} frames; of {packets:,} packets the latest was {most_ms:.0f} ms late"
    return tally

"""Wordings: times, sizes and counts, written the same way everywhere."""

from __future__ import annotations


def clock(t_s: float, decimals: int = 0) -> str:
    """Return a session second as "04:12", or "1:04:12" from an hour on."""
    scale = 10**decimals
    whole, part = divmod(int(abs(t_s) * scale + 1e-6), scale)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"
    sign = "-" if t_s < 0 and (whole or part) else ""
    return f"{sign}{text}.{part:0{decimals}d}" if decimals else f"{sign}{text}"


def size(count: int) -> str:
    """Return bytes as "12.4 MB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if count >= scale:
            amount = count / scale
            whole = amount >= 100 or (unit == "GB" and amount >= 10)
            return f"{amount:.0f} {unit}" if whole else f"{amount:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def counted(count: int, noun: str) -> str:
    """Return "1 fault", "2 faults"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""Collector: when Python looks for garbage - seldom, and between frames, for a full look takes 30 ms and more."""

from __future__ import annotations

import gc

_RARELY = (100_000, 20, 20)
"""Thresholds of a collector that is left to itself only where no frame is painted for long."""


def put_off() -> None:
    """Let the collector wait: what is made while the program starts is there to stay."""
    gc.set_threshold(*_RARELY)


def settle() -> None:
    """Collect once, and spare the collector from then on the widgets that are there to stay."""
    put_off()
    gc.collect()
    gc.freeze()


def sweep(generation: int) -> None:
    """Collect what has become garbage since `settle`, up to a generation of Python's: 0 the youngest, 2 everything."""
    gc.collect(generation)

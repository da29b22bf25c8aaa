"""What tests of sensors share: time that passes at once where only the virtual radio is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.virtual_ble.computer import ON_BLUEZ
from tests.virtual_ble.simulated_time import simulated_time


@pytest.fixture
async def at_once() -> AsyncIterator[None]:
    """Let simulated time pass; an emulated computer with BlueZ has a clock of its own."""
    if ON_BLUEZ:
        yield
        return
    with simulated_time(asyncio.get_running_loop()):
        yield

"""Marks for tests of the suite that cannot hold on BlueZ, each with its reason."""

from __future__ import annotations

import pytest

from tests.virtual_ble.computer import ON_BLUEZ

TIMES_AS_LATE = 20 if ON_BLUEZ else 1
"""How much later packets may be there than elsewhere: the emulated computer runs the sensors too, and is slow."""
KERNEL_DEFECT = "Linux 6.1 does not survive a link that ends in the moment it was made (list_del corruption)"


def not_on_bluez(why: str) -> pytest.MarkDecorator:
    """Skip a test there."""
    return pytest.mark.skipif(ON_BLUEZ, reason=why)

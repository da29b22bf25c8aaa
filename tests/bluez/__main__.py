"""`python -m tests.bluez [PYTEST ARGUMENTS]`: run the Bluetooth suite against BlueZ, or say loudly why not."""

from __future__ import annotations

import sys

from tests.bluez import guest
from tests.virtual_ble.computer import WORLD_VARIABLE

SUITE = (
    "tests/sensors/test_virtual_ble.py",
    "tests/sensors/test_link.py",
    "tests/sensors/test_kit_source.py",
    "tests/sensors/test_link_faults.py",
    "tests/sensors/test_every_family.py::test_what_comes_out_is_what_was_measured_when_it_was_measured",
)
"""Of what is tried with every family only the first: all of it takes a quarter of an hour there."""
PYTEST = ("-n0", "-v", "--color=no", "-pno:cacheprovider", "-Wdefault::pytest.PytestUnraisableExceptionWarning")
WITHIN_S = 1500.0


def main(arguments: list[str]) -> int:
    """Return the exit status of pytest in the guest; 0 where there can be no guest."""
    if packages := guest.missing():
        print(f"SKIPPED: BLUEZ WAS NOT TESTED. Install what it needs: apt-get install {' '.join(packages)}")
        return 0
    environment = ["env", f"{WORLD_VARIABLE}=bluez"]
    return guest.run([*environment, sys.executable, "-m", "pytest", *PYTEST, *(arguments or SUITE)], WITHIN_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

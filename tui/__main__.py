"""`python -m tui` is `clonoscope`."""

from tui.cli import main

main()

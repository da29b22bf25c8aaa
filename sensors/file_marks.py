"""File marks: by what a session file is known before it is opened. Importing this costs nothing."""

from __future__ import annotations

SESSION_SUFFIX = ".clonoscope"
PLAIN_FILE = b"SQLite format 3\0"
"""How a session file begins that is not encrypted (https://www.sqlite.org/fileformat2.html, 1.3.1)."""

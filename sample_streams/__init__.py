"""Bundled recordings: `<name>.csv`, its truth in `<name>.truth.json`, and a line in README.md."""

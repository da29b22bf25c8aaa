"""Bytes that nobody sent on purpose, for everything that takes bytes from outside; docs/fuzzing.md."""

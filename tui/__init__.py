"""The terminal: a sink like any other, and the command line."""

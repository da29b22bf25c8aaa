"""The rows of docs/reliability.md, a module each."""

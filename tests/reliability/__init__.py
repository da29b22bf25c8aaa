"""What the program is put through, how often, and what that cost; `make reliability` writes docs/reliability.md."""

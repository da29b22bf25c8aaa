"""Other people's recordings in: one file per format, chosen by suffix."""

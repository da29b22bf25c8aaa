"""Sessions in other people's formats, one file each; every format says what it cannot represent."""

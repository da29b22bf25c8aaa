"""A virtual Bluetooth neighbourhood: bleak's real API over bumble's real host stack, on an air that tests can spoil."""

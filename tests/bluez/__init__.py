"""The Bluetooth suite against bleak's own backend for BlueZ, bluetoothd and a Linux kernel, in an emulated guest."""

"""Screens: one file each, with its layout beside it."""

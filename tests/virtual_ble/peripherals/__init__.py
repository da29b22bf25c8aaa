"""Emulated sensors, one file a family, written from what is published about them and never from our own drivers."""

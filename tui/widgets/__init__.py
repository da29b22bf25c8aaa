"""Widgets: one file each. They draw what they are given and compute no analysis."""

"""The version of this program, as it goes into session files and reports."""

VERSION = "0.1.0"

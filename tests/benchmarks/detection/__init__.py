"""What the detector is worth: seeded movement with exact truth goes through a whole session, against named figures."""

"""How near the session's times are to the truth, for clocks and radios of the kinds that sensors have."""

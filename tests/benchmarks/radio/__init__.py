"""How well links carry many sensors, measured over the virtual radio with bleak's real API."""

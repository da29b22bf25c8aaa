"""Where samples come from. Knows no analysis and no screen."""

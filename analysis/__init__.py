"""What the samples mean. Knows no radio and no screen."""

"""Whether a network matches a pattern, and with which letters."""

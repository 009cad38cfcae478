"""The input sizes that fit a network."""

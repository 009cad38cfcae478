"""From text to parsed architectures: statements, informal text, blocks."""

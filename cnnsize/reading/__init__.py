"""From text to parsed architectures: statements told apart, blocks composed."""

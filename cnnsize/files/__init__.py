"""Find, read, extract from and write back files."""

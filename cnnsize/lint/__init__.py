"""Rules: their pages, the catalogue, the engine, checks and fixers."""

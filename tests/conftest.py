"""Hypothesis without deadlines: a loaded machine is no failure, and timings belong in tests/bench."""

from hypothesis import settings

settings.register_profile("cnnsize", deadline=None)
settings.load_profile("cnnsize")

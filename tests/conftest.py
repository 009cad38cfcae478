"""How hypothesis runs: the same examples for everyone, so that a failure repeats, and no deadlines,
because a loaded machine is no failure. ``HYPOTHESIS_PROFILE=wild pytest`` draws new examples each
time.
"""

import os

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("wild", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

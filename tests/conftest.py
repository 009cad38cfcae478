"""How hypothesis runs: the same examples for everyone and no deadlines, because a loaded machine is
no failure. ``HYPOTHESIS_PROFILE=ci pytest -m ""`` is what CI runs, ``wild`` draws new examples.
"""

from tests.helpers import PROFILE, examples

settings = examples(100)
settings.register_profile(PROFILE, settings)
settings.load_profile(PROFILE)

"""Change files safely: ``check --fix`` and ``fmt``."""

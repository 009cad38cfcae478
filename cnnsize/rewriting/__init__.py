"""Files changed safely: ``check --fix`` and ``fmt``."""

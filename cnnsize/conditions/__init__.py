"""The expression language of rules and of ``family --where``."""

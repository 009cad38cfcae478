"""The limit on the findings whose fixes are verified."""

from __future__ import annotations


class FixAllowance:
    """A number of findings whose fixes may be verified.

    Each fix is applied, and the text read again, so many findings need a limit.
    """

    def __init__(self, total: int) -> None:
        self.total = self.remaining = total

    @property
    def note(self) -> str:
        """The note of a finding whose fixes are not verified."""
        return f"fixes are only looked for in the first {self.total:,} findings"

    def take(self) -> bool:
        """Count one more finding, and return whether it is within the allowance."""
        self.remaining -= 1
        return self.remaining >= 0

"""How many findings may still have their fixes verified."""

from __future__ import annotations


class Allowance:
    """A number of findings whose fixes may be verified.

    Each fix is parsed, sized and linted again, so a report with many findings needs a limit.
    """

    def __init__(self, total: int) -> None:
        self.total = self.remaining = total

    def take(self) -> bool:
        """Use up one finding, and return whether it was still within the allowance."""
        self.remaining -= 1
        return self.remaining >= 0

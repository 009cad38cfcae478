"""The limits on the findings whose fixes are verified, and on the statements that cannot be read."""

from __future__ import annotations

from cnnsize.limits import MAX_UNREADABLE


class FixAllowance:
    """A number of findings whose fixes may be verified.

    Each fix is applied, and the text read again, so many findings need a limit.
    """

    def __init__(self, total: int) -> None:
        self.total = self.remaining = total
        self.unreadable = 0  # statements
        self.stopped = False  # whether a statement was not read because too many cannot be

    @property
    def note(self) -> str:
        """The note of a finding whose fixes are not verified."""
        return f"fixes are only looked for in the first {self.total:,} findings"

    @property
    def too_many_unreadable(self) -> bool:
        """Whether so many statements cannot be read that no more are tried."""
        return self.unreadable >= MAX_UNREADABLE

    def take(self) -> bool:
        """Count one more finding, and return whether it is within the allowance."""
        self.remaining -= 1
        return self.remaining >= 0

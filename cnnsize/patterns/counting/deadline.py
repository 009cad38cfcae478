"""The limits on time and memory of one question about a family."""

from __future__ import annotations

from time import monotonic

from cnnsize.limits import MAX_COUNTING_ENTRIES


class CountingLimitError(Exception):
    """A question took longer, or would take more memory, than it may."""


class TooManySumsError(CountingLimitError):
    """The costs have too many different sums to keep."""


class Deadline:
    """The time that is left for a question. ``stage`` says what is done at the moment."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.end = None if seconds is None else monotonic() + seconds
        self.stage = ""
        self.share = 0.0  # of the stages that are done

    def check(self) -> None:
        """Raise CountingLimitError after the end of the time."""
        if self.end is not None and monotonic() > self.end:
            raise CountingLimitError(
                f"the time limit of {self.seconds:g} s was reached while {self.stage}"
            )

    def check_entries(self, entries: int) -> None:
        """Raise CountingLimitError where more sums of costs are kept than fit in memory."""
        self.check()
        if entries > MAX_COUNTING_ENTRIES:
            raise TooManySumsError(
                f"more than {MAX_COUNTING_ENTRIES:,} different sums of costs were reached while "
                f"{self.stage}"
            )

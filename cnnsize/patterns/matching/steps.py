"""The budget of work of one matching search."""

from __future__ import annotations

from collections.abc import Callable

from cnnsize.limits import MAX_MATCH_STEPS
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span


class Steps:
    """Count the steps of one search, report progress, and stop the search at ``MAX_MATCH_STEPS``."""

    def __init__(self, span: Span, progress: Callable[[int, int], None] | None) -> None:
        self.span = span  # of the whole pattern, for the error
        self.progress = progress
        self.taken = 0
        self.eighths = 0  # of a step: cheap comparisons are counted in eighths

    def take(self) -> None:
        """Count one step. Raises ArchitectureError (CNN009) when the budget is spent."""
        self.taken += 1
        if self.progress is not None and self.taken % 1024 == 0:
            self.progress(self.taken, MAX_MATCH_STEPS)
        if self.taken > MAX_MATCH_STEPS:
            raise error(
                "CNN009",
                f"the search for a match took more than {MAX_MATCH_STEPS:,} steps and was stopped",
                self.span,
                help=("fix letters, as in --set N=2, or use fewer of them in the pattern",),
            )

    def take_eighth(self) -> None:
        """Count an eighth of a step, for a comparison of two kinds."""
        self.eighths += 1
        if self.eighths % 8 == 0:
            self.take()

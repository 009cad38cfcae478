"""The limit on the findings of a report whose fixes are verified."""

from __future__ import annotations

from cnnsize.limits import MAX_REPORT_INPUT_STEPS


class FindingAllowance:
    """A number of findings whose fixes may be verified; the networks of a report share one.

    Each fix is parsed, sized and linted again, so a report with many findings needs a limit.
    """

    def __init__(self, total: int) -> None:
        self.total = self.remaining = total
        self.input_steps = (
            MAX_REPORT_INPUT_STEPS  # layers that may be sized to find inputs that fit
        )

    def take(self) -> bool:
        """Count one more finding, and return whether it is within the allowance."""
        self.remaining -= 1
        return self.remaining >= 0

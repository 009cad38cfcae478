"""The limit on the findings of a report whose fixes are verified."""

from __future__ import annotations

from cnnsize.limits import MAX_REPORT_INPUT_STEPS
from cnnsize.reading.allowance import FixAllowance


class FindingAllowance(FixAllowance):
    """A number of findings whose fixes may be verified; the networks of a report share one.

    Each fix is parsed, sized and linted again.
    """

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.input_steps = (
            MAX_REPORT_INPUT_STEPS  # layers that may be sized to find inputs that fit
        )

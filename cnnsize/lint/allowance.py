"""How many fixes may still be verified."""

from __future__ import annotations


class Allowance:
    """How many findings may still have their fixes worked out: each is read and sized again, which
    is dear.
    """

    def __init__(self, left: int) -> None:
        self.all = self.left = left

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0

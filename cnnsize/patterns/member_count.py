"""The number of members of a family, which can be called to count some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsize.limits import COUNTING_SECONDS

if TYPE_CHECKING:
    from cnnsize.patterns.family import Family


class MemberCount(int):
    """The number of members of a family: ``family.count``.

    Call it to count the members that meet a condition: ``family.count(where="params <= 5M")``.
    """

    family: Family

    def __new__(cls, family: Family) -> MemberCount:
        number = super().__new__(cls, family.members)
        number.family = family
        return number

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)

    def __call__(
        self,
        where: str | None = None,
        *,
        valid: bool = False,
        time_limit: float | None = COUNTING_SECONDS,
    ) -> int:
        """Return how many members meet a condition, without listing them.

        ``where`` is a condition, as in ``"params <= 5M and macs <= 600M"``; with ``valid``, only
        valid members count. Raises ValueError for a condition that cannot be read, and
        ArchitectureError where no member can be sized, or after ``time_limit`` seconds.
        """
        if where is None and not valid:
            return int(self)
        from cnnsize.patterns.counting.answers import count  # late, like the next: rarely needed
        from cnnsize.patterns.counting.selection import Selection

        return count(Selection(self.family, where, valid, time_limit))

"""Questions that a family answers without listing its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cnnsize.limits import COUNTING_SECONDS
from cnnsize.patterns.member_count import MemberCount
from cnnsize.record import Frozen

if TYPE_CHECKING:
    from cnnsize.patterns.counting.histogram import Histogram
    from cnnsize.patterns.counting.selection import Selection
    from cnnsize.patterns.family import Family
    from cnnsize.patterns.member import Member


class Questions(Frozen):
    """The methods of ``Family`` that work for any number of members.

    In all of them ``where`` is a condition, as in ``"params <= 5M and macs <= 600M"``, and ``valid``
    leaves out members that are not valid. They raise ValueError for a condition or a key that cannot
    be used, and ArchitectureError where no member can be sized, or after ``time_limit`` seconds.
    """

    @property
    def count(self) -> MemberCount:
        """The number of members. It can be called to count those that meet a condition:
        ``family.count(where="params <= 5M")``.
        """
        return MemberCount(cast("Family", self))

    def sample(
        self,
        number: int,
        where: str | None = None,
        *,
        seed: int = 0,
        valid: bool = False,
        time_limit: float | None = COUNTING_SECONDS,
    ) -> list[Member]:
        """Return different random members, each with the same probability; all of them, in random
        order, where there are no more.

        The same ``seed`` draws the same members.
        """
        from cnnsize.patterns.counting.answers import sample  # late, like the next: rarely needed

        return sample(self._selected(where, valid, time_limit), number, seed)

    def top(
        self,
        number: int,
        sort: str = "params",
        where: str | None = None,
        *,
        reverse: bool = False,
        valid: bool = False,
        time_limit: float | None = COUNTING_SECONDS,
    ) -> list[Member]:
        """Return the members with the lowest values of a fact, or the highest with ``reverse``.

        ``sort`` is a name as in conditions. Members with equal values come in their usual order, and
        those without a value are left out.
        """
        from cnnsize.patterns.counting.answers import top

        return top(self._selected(where, valid, time_limit), number, sort, reverse=reverse)

    def pareto(
        self,
        first: str = "params",
        second: str = "macs",
        where: str | None = None,
        *,
        valid: bool = False,
        time_limit: float | None = COUNTING_SECONDS,
    ) -> list[Member]:
        """Return a member for each point of the Pareto front over two facts, in the order of the first.

        No other member is better in one of them without being worse in the other. Lower is better,
        and higher after a minus: ``family.pareto("params", "-receptive_field")``.
        """
        from cnnsize.patterns.counting.answers import pareto

        return pareto(self._selected(where, valid, time_limit), (first, second))

    def histogram(
        self,
        key: str = "params",
        where: str | None = None,
        *,
        bins: int = 10,
        valid: bool = False,
        time_limit: float | None = COUNTING_SECONDS,
    ) -> Histogram:
        """Return how a fact is distributed: members by bins of equal widths, extremes and quartiles."""
        from cnnsize.patterns.counting.answers import histogram

        return histogram(self._selected(where, valid, time_limit), key, bins)

    def _selected(self, where: str | None, valid: bool, seconds: float | None) -> Selection:
        from cnnsize.patterns.counting.selection import Selection

        return Selection(cast("Family", self), where, valid, seconds)

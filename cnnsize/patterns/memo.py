"""Count the work spent on a family, and cache the outcomes of chains that its members share."""

from __future__ import annotations

from functools import partial

from cnnsize.language.tree import Chain
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_CACHED_OUTCOMES
from cnnsize.patterns.choices import Choices
from cnnsize.patterns.items import Included, chain_key
from cnnsize.sizing.rows import Outcome, Path
from cnnsize.sizing.walk import Memo, Walk

OutcomeKey = tuple[object, ...]


class Work:
    """The work spent on one family, in units of about five microseconds, and its limit."""

    __slots__ = ("done", "limit")

    def __init__(self) -> None:
        self.done = 0
        self.limit: int | None = None

    def allow(self, units: int | None) -> None:
        """Set the limit to so many more units from now on; None removes it."""
        self.limit = None if units is None else self.done + units

    @property
    def exceeded(self) -> bool:
        """Whether more was done than is allowed."""
        return self.limit is not None and self.done > self.limit


class ChainMemo:
    """A cache of what chains do to volumes, for all walks of one family; a hook of ``Walk``.

    The outcome of a chain depends on its input, on the values of its letters and ``?``, and on
    whether something follows it.
    """

    def __init__(self, choices: Choices, work: Work) -> None:
        self.choices = choices
        self.work = work
        self._outcomes: dict[OutcomeKey, Outcome] = {}

    def clear(self) -> None:
        """Empty the cache."""
        self._outcomes.clear()

    def for_members_with(self, included: Included) -> Memo:
        """Return the hook for a walk of the members that include these ``?``."""
        return partial(self._outcome, included)

    def _outcome(
        self,
        included: Included,
        walk: Walk,
        chain: Chain,
        volume: Volume | None,
        path: Path,
        tail: bool,
    ) -> Outcome:
        """Return the outcome of a chain from the cache, or walk it."""
        uses = self.choices.uses(chain)
        values = walk.scope.values
        key = (
            chain_key(chain),
            volume,
            tail,
            walk.depth,
            walk.pad_zeros,
            tuple([values.get(letter) for letter in uses.letters]),
            tuple([included[optional] for optional in uses.optionals]),
        )
        self.work.done += 2
        cached = self._outcomes.get(key)
        if cached is not None:
            return cached
        self.work.done += 4 * len(chain.items)
        outcome, visits = walk.outcome_of(chain, volume, path, tail=tail)
        self.work.done += 3 * visits
        if len(self._outcomes) > MAX_CACHED_OUTCOMES:
            self._outcomes.clear()
        self._outcomes[key] = outcome
        return outcome

"""Receptive fields of blocks: what segments do to any view, so that a block holds for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from cnnsize.layers.volume import KEEP, Volume
from cnnsize.patterns.sizer import Sizer
from cnnsize.patterns.states import Change, View
from cnnsize.sizing.growth import MAP_ENDS
from cnnsize.sizing.rows import Part, Row


class Trail:
    """The segments between the beginning of a block and some layer, in place of a ``View``.

    Trails of one block that are equal are one object: each knows those that go on from it.
    """

    __slots__ = ("_longer", "before", "change", "number", "sizes", "volume")

    def __init__(
        self,
        before: Trail | None,
        number: int,
        change: Change | None,
        volume: Volume | None,
        sizes: tuple[int, ...],
    ) -> None:
        self.before = before
        self.number = number
        self.change = change
        self.volume = volume
        self.sizes = sizes
        self._longer: dict[Any, Trail] = {}

    def then(
        self, number: int, change: Change, volume: Volume | None, sizes: tuple[int, ...]
    ) -> Trail:
        """Return the trail with one more segment."""
        key = (number, volume and volume[:2], sizes, change.ends_map)  # the depth does not matter
        trail = self._longer.get(key)
        if trail is None:
            trail = self._longer[key] = Trail(self, number, change, volume, sizes)
        return trail

    def followed_by(self, other: Trail, known: dict[Trail, Trail]) -> Trail:
        """Return the trail with all segments of another one; ``known`` has those found before."""
        if other.before is None or other.change is None:
            return self
        trail = known.get(other)
        if trail is None:
            start = self.followed_by(other.before, known)
            trail = start.then(other.number, other.change, other.volume, other.sizes)
            known[other] = trail
        return trail

    def view_from(self, view: View, sizer: Sizer, known: dict[Trail, View]) -> View:
        """Return the view at the end of the trail, where it begins with ``view``."""
        if self.before is None or self.change is None:
            return view
        end = known.get(self)
        if end is None:
            start = self.before.view_from(view, sizer, known)
            end = sizer.view_after(self.number, self.change, self.volume, start, self.sizes)
            known[self] = end
        return end


def first_trail() -> Trail:
    """Return the trail at the beginning of a block."""
    return Trail(None, -1, None, None, ())


class TrailSizer(Sizer):
    """A sizer of blocks: it keeps trails where ``sizer`` keeps views, and shares its caches."""

    def __init__(self, sizer: Sizer) -> None:
        super().__init__(sizer.choices, sizer.input, sizer.settings, sizer.work)
        self.memo, self._changes = sizer.memo, sizer._changes

    def view_after(
        self,
        number: int,
        change: Change,
        volume: Volume | None,
        view: View,
        sizes: tuple[int, ...],
    ) -> View:
        """Return the trail after a segment."""
        if keeps_positions(change.rows):  # any view stays the same
            return view
        return cast("View", cast("Trail", view).then(number, change, volume, sizes))


def keeps_positions(parts: Iterable[Part]) -> bool:
    """Return whether each position of a map reads only its own one, as after a nonlinearity."""
    for part in parts:
        if not isinstance(part, Row):
            return False
        volume = part.inputs[0]
        if volume is None or part.layer.kind in MAP_ENDS or part.layer.reach(volume) is not KEEP:
            return False
    return True

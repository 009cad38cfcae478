"""Records of the search over a family: how far a member has come, and how a stretch changes that."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.sizing.field import extents
from cnnsize.sizing.follow import MapProgress
from cnnsize.sizing.rows import Part
from cnnsize.sizing.steps import NO_ZEROS, Zeros


class Cause(NamedTuple):
    """Why members fail: one fault of one item, or an error that no layer can be made with.

    ``start`` is the offset of the item. Faults that are warnings are causes with ``error`` false.
    """

    code: str
    start: int
    error: bool


class View:
    """What the positions of a map see of the input.

    Equal views of a family are one object. Tables can therefore be keyed by the object itself.
    """

    __slots__ = ("_closed", "_measured", "_receptive_field", "seen")

    def __init__(self, seen: MapProgress) -> None:
        self.seen = seen
        self._closed: View | None = None
        self._measured = False
        self._receptive_field: tuple[int, int] | None = None

    @property
    def receptive_field(self) -> tuple[int, int] | None:
        """(W, H) of the input cells that one position of the last map sees; None if not known."""
        if not self._measured:
            self._measured = True
            last = self.seen.last
            if last is not None:
                self._receptive_field = extents(last.largest, self.seen.volume)
        return self._receptive_field

    @property
    def closed(self) -> View:
        """The same view after the layer that ends the map: no later layer changes it."""
        if self._closed is None:
            self._closed = View(self.seen._replace(field=None, more=False))
        return self._closed


UNSEEN = View(MapProgress(None, None, Volume(1, 1, 1)))


class State(NamedTuple):
    """How far a member has come: its volume, and the sums over the layers so far.

    A ``dead`` state has no output, because a volume is unknown or a layer cannot be made; later
    layers are not sized. ``zeros`` are those of a PAD that came last.
    """

    volume: Volume | None
    view: View
    params: int
    macs: int
    activations: int
    steps: int
    causes: tuple[Cause, ...]
    dead: bool
    valid: bool
    zeros: Zeros = NO_ZEROS


class Change(NamedTuple):
    """What a stretch of layers does to a volume. Its fields are those of ``State``.

    ``closes``: the first layer that looks at more than its own position ends the map.
    """

    rows: tuple[Part, ...]
    output: Volume | None
    closes: bool
    params: int
    macs: int
    activations: int
    steps: int
    causes: tuple[Cause, ...]
    dead: bool
    valid: bool
    zeros: Zeros = NO_ZEROS


def dead_change(causes: tuple[Cause, ...], *, steps: int = 0, valid: bool = False) -> Change:
    """Return the change by a stretch that has no output."""
    return Change((), None, False, 0, 0, 0, steps, causes, True, valid)

"""States of the search over a family, and how a segment of layers changes them."""

from __future__ import annotations

from cnnsize.layers.volume import Volume
from cnnsize.record import NamedTuple, public
from cnnsize.sizing.field import extents
from cnnsize.sizing.follow import MapProgress
from cnnsize.sizing.rows import Part
from cnnsize.sizing.steps import NO_ZEROS, Zeros


@public
class Cause(NamedTuple):
    """A reason why members fail: a fault of one item, or an error that no layer can be made with.

    ``start`` is the offset of the item. A fault that is a warning is a cause with ``error`` false.
    """

    code: str
    start: int
    error: bool


class View:
    """The receptive fields of the positions of a map.

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
        """(W, H) of the receptive field of the last map; None if not known."""
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
    """A member up to some layer: its volume there, and the sums over the layers so far.

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


def first_state(volume: Volume | None, view: View, causes: tuple[Cause, ...] = ()) -> State:
    """Return the state before the first layer; with causes it is dead and invalid."""
    return State(volume, view, 0, 0, 0, 0, causes=causes, dead=bool(causes), valid=not causes)


class Change(NamedTuple):
    """The effect of a segment of layers on a volume. Its fields are those of ``State``.

    ``ends_map``: the first layer that looks at more than its own position ends the map.
    """

    rows: tuple[Part, ...]
    output: Volume | None
    ends_map: bool
    params: int
    macs: int
    activations: int
    steps: int
    causes: tuple[Cause, ...]
    dead: bool
    valid: bool
    zeros: Zeros = NO_ZEROS


def dead_change(causes: tuple[Cause, ...], *, steps: int = 0, valid: bool = False) -> Change:
    """Return the change by a segment that has no output."""
    return Change((), None, False, 0, 0, 0, steps, causes, True, valid)

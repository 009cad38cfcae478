"""The input sizes that fit a network, as arithmetic: W = 32k + 3 for k >= 2.

The network is sized once for a whole progression of inputs, n + T t for t = 0, 1, 2, and so on. All
sizes are then polynomials in t, and a division by a stride is exact once T is a multiple of what the
strides require; the search extends T until it is. Each comparison along the way (does the filter
fit, are the branches equal) keeps its outcome up to some t, which is recorded; the network is sized
again from there. So each of the T progressions is finished after a few passes, and the result holds
for all sizes without trying them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnnsize.faults.verify import WorkAllowance
from cnnsize.inputs.polynomial import (
    BeyondRangeError,
    Horizon,
    LongerPeriodError,
    Polynomial,
)
from cnnsize.inputs.sizes import Sizes
from cnnsize.language.format import layer_text
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import LayerNode
from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_INPUT_STEPS, MAX_INTEGER
from cnnsize.record import NamedTuple, Record, public, replace
from cnnsize.sizing.rows import rows_of
from cnnsize.sizing.settings import TORCH, Settings, severity
from cnnsize.sizing.size import size as size_input
from cnnsize.sizing.size import sized
from cnnsize.sizing.sized import SizedNetwork
from cnnsize.sizing.strip import has_gaps
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.diagnostic import error as error_diagnostic
from cnnsize.text.english import shortened

EXACT, WHOLE, WORKS, FAILS = 3, 2, 1, 0  # how well a size fits; the fields of ``Side`` say more
PASS_OVERHEAD = 5  # the fixed cost of sizing a network once, in layers
PROGRESS_INTERVAL = 64  # progressions between two reports of progress


class Piece(NamedTuple):
    """Consecutive sizes of one progression that fit equally well."""

    start: int
    stop: int | None  # the first size after the piece; None if the piece has no end
    level: int  # EXACT, WHOLE, WORKS or FAILS


@public
class Side(NamedTuple):
    """The sizes that fit along one side, or along both sides of a square.

    ``exact``: no window leaves a remainder. ``whole``: the network is valid, and only padding goes
    unread at the far edge; cells that strides or dilations skip do not count. ``works``: PyTorch
    runs the network.
    """

    axis: str  # W or H; "W = H" for squares
    written: int  # the size in the text
    other: int | None  # the size of the other side, which was kept; None for squares
    exact: Sizes
    whole: Sizes
    works: Sizes

    @property
    def letter(self) -> str:
        """Return the letter of the size in words: W or H."""
        return self.axis[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the sizes as plain data, with the keys of the JSON."""
        return {
            "axis": self.axis,
            "written": self.written,
            "other": self.other,
            "exact": self._sizes(self.exact),
            "loses_nothing": self._sizes(self.whole),
            "works": self._sizes(self.works),
        }

    def _sizes(self, sizes: Sizes) -> dict[str, Any]:
        return sizes.to_dict(self.letter) | {
            "fits": self.written in sizes,
            "below": sizes.below(self.written),
            "above": sizes.above(self.written),
            "smallest": sizes.smallest,
        }


@public
class Fitting(Record):
    """The inputs that fit a network. Iterating yields those that lose no cell, smallest first.

    Iteration has no end, so this is not a tuple: copying a tuple would iterate it.
    """

    architecture: ParsedArchitecture
    input: Volume
    sides: tuple[Side, ...]  # one for squares, otherwise W and H
    notes: tuple[str, ...] = ()  # sizes that fit, and with which cells go unread even so

    def __iter__(self) -> Iterator[Volume]:
        first = self.sides[0]
        for size in first.whole:
            yield self.volume(first, size)

    def __repr__(self) -> str:
        sizes = "; ".join(side.whole.words(side.letter) for side in self.sides)
        return f"<Fitting: {shortened(sizes)}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the sizes as plain data, as ``cnnsize inputs --output-format json`` prints them."""
        return {
            "text": self.architecture.text,
            "input": list(self.input),
            "sides": [side.to_dict() for side in self.sides],
            "notes": list(self.notes),
        }

    def volume(self, side: Side, size: int) -> Volume:
        """Return the input of this size along a side."""
        if side.other is None:
            return Volume(size, size, self.input.D)
        return (
            Volume(size, side.other, self.input.D)
            if side.axis == "W"
            else Volume(side.other, size, self.input.D)
        )


def fitting(
    architecture: ParsedArchitecture,
    input: tuple[int, int, int] | None = None,
    settings: Settings = TORCH,
    values: Mapping[str, int] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Fitting:
    """Return the inputs that fit a network.

    ``input`` is (W, H, D) and replaces the size in INPUT; ``values`` are numbers for letters.
    ``progress`` is called from time to time with the number of finished progressions and their
    total. Raises ArchitectureError if the text is not a single network, or if the result would take
    too much work.
    """
    network = sized(architecture, input, settings, values or {})
    try:
        result = fit(network, WorkAllowance(MAX_INPUT_STEPS), progress=progress)
    except BeyondRangeError as error:
        diagnostic = error_diagnostic(
            "CNN009",
            "the input sizes that fit repeat with a period too long to compute",
            architecture.chain.span,
            notes=(error.reason,),
        )
        raise architecture.mapped_error(diagnostic) from None
    notes = [note for side in result.sides if (note := _gaps_note(network, result, side))]
    return replace(result, notes=tuple(dict.fromkeys(notes)))


def _gaps_note(network: SizedNetwork, result: Fitting, side: Side) -> str:
    """Return which of the nearest sizes that fit leave cells unread between the taps of a layer.

    Their sizes work out, so nothing else tells. Empty if there are none.
    """
    below, above = side.whole.below(side.written), side.whole.above(side.written)
    written = side.written if side.written in side.whole else None
    sizes: list[str] = []
    layer = ""
    for number in (below, written, above):
        if number is None:
            continue
        volume = result.volume(side, number)
        resized = size_input(network.architecture, volume, network.values, network.settings)
        row = next((row for row in rows_of(resized.rows) if has_gaps(row)), None)
        if row is not None:
            sizes.append(f"{volume.W}x{volume.H}")
            assert isinstance(row.item.node, LayerNode)
            layer = layer or layer_text(row.item.node)
    if not sizes:
        return ""
    return f"with {' and '.join(sizes)}, {layer} leaves cells unread between its taps"


def fit(
    network: SizedNetwork,
    allowance: WorkAllowance,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Fitting:
    """Return the inputs that fit a sized network. Raises BeyondRangeError."""
    w, h, _ = network.input
    search = _Search(network, allowance, progress)
    if w == h:
        sides = [search.side("W = H", w, None)]
    else:
        sides = [search.side_or_nearest("W", w, h), search.side_or_nearest("H", h, w)]
    return Fitting(network.architecture, network.input, tuple(sides))


def fit_multiples(network: SizedNetwork, axis: str, divisor: int, allowance: WorkAllowance) -> Side:
    """Return the multiples of a number that fit a sized network along W or H, or as squares.

    A square input stays square. Raises BeyondRangeError.
    """
    w, h, _ = network.input
    search = _Search(network, allowance, None, divisor)
    if w == h:
        return search.side("W = H", w, None)
    return search.side("W", w, h) if axis == "W" else search.side("H", h, w)


def fit_square(network: SizedNetwork, allowance: WorkAllowance) -> Side:
    """Return the square inputs that fit a sized network. Raises BeyondRangeError."""
    return _Search(network, allowance, None).side("W = H", network.input.W, None)


class _Search:
    """Size one network for one progression of inputs after another, within one allowance."""

    def __init__(
        self,
        network: SizedNetwork,
        allowance: WorkAllowance,
        progress: Callable[[int, int], None] | None,
        divisor: int = 1,
    ) -> None:
        self.network = network
        self.divisor = divisor  # of all sizes that are searched
        self.progress = progress
        self.allowance = allowance
        # A copy, because sizing keeps tables per settings object, and these hold plain numbers.
        self.settings = replace(network.settings, defaults=replace(network.settings.defaults))

    def side_or_nearest(self, axis: str, written: int, other: int) -> Side:
        """Return the sizes that fit along W or H while the other side keeps its size.

        If nothing works with that size, the other side takes the nearest one that works in a square.
        """
        side = self.side(axis, written, other)
        if side.works:
            return side
        square = self.side("W = H", written, None)
        nearest = square.works.above(other - 1) or square.works.below(other)
        return side if nearest is None else self.side(axis, written, nearest)

    def side(self, axis: str, written: int, other: int | None) -> Side:
        """Return the sizes that fit along an axis. Raises BeyondRangeError."""
        period, progressions = self.progressions(axis, other)
        exact, whole, works = (
            _sizes_of(progressions, period, level) for level in (EXACT, WHOLE, WORKS)
        )
        return Side(axis, written, other, exact, whole, works)

    def progressions(self, axis: str, other: int | None) -> tuple[int, dict[int, list[Piece]]]:
        """Return the shortest period that the strides allow, and the pieces for each remainder."""
        period = self.divisor
        while True:
            progressions = {}
            try:
                for remainder in range(0, period, self.divisor):
                    progressions[remainder] = self.pieces(remainder, period, axis, other)
                    if self.progress is not None and remainder % PROGRESS_INTERVAL == 0:
                        self.progress(remainder, period)
            except LongerPeriodError as error:
                period *= error.factor
                if period * PASS_OVERHEAD > self.allowance.limit - self.allowance.spent:
                    raise BeyondRangeError(f"the strides require a period of {period:,}") from None
            else:
                return period, progressions

    def pieces(self, remainder: int, period: int, axis: str, other: int | None) -> list[Piece]:
        """Return one progression in pieces, in ascending order; the last one has no end."""
        pieces: list[Piece] = []
        start = remainder or period
        while True:
            horizon = Horizon()
            level = self.level(Polynomial((start, period), horizon), axis, other)
            if horizon.first_change is None:
                pieces.append(Piece(start, None, level))
                return pieces
            stop = start + period * horizon.first_change
            pieces.append(Piece(start, stop, level))
            start = stop

    def level(self, size: Polynomial, axis: str, other: int | None) -> int:
        """Return how well a size fits along an axis: EXACT, WHOLE, WORKS or FAILS."""
        axes: tuple[int, ...]
        w: Any
        h: Any
        if other is None:
            axes, w, h = (0, 1), size, size
        elif axis == "W":
            axes, w, h = (0,), size, other
        else:
            axes, w, h = (1,), other, size
        network = self.network
        try:
            resized = size_input(
                network.architecture,
                Volume(w, h, network.input.D),
                network.values,
                self.settings,
            )
        except ArchitectureError as error:
            raise BeyondRangeError(error.diagnostic.message) from None
        self.allowance.spent += resized.walked + PASS_OVERHEAD
        if self.allowance.exhausted:
            raise BeyondRangeError(
                f"more than {self.allowance.limit:,} layers would have to be sized, "
                f"at a period of {size.coefficients[1]:,}"
            )
        if not resized.is_sized:
            return FAILS
        for problem in resized.problems:
            is_of_this_side = other is None or problem.fault.axis in (None, axis)
            if is_of_this_side and severity(problem.fault, self.settings) == "error":
                return WORKS
        for row in rows_of(resized.rows):
            remainders = row.sizing.remainder
            if remainders is not None and any(remainders[index] for index in axes):
                return WHOLE
        return EXACT


def _sizes_of(progressions: dict[int, list[Piece]], period: int, level: int) -> Sizes:
    """Return the sizes that fit at a level or better, up to the largest INPUT there can be."""
    starts: dict[int, int] = {}
    runs: list[range] = []
    for remainder, pieces in progressions.items():
        for piece in pieces:
            if piece.level < level or piece.start > MAX_INTEGER:
                continue
            if piece.stop is None:
                starts[remainder] = piece.start
            else:
                runs.append(range(piece.start, min(piece.stop, MAX_INTEGER + 1), period))
    return Sizes(period, starts, tuple(runs))

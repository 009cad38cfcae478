"""Which inputs fit a network, as arithmetic: W = 32k + 3 for k >= 2.

The network is walked once with a number that stands for a whole progression, n + T t for t = 0, 1, 2, ...: sizes
are then polynomials in t, and a division by a stride is exact once T is a multiple of what the strides ask for.
The walk finds that T by itself. Every comparison on the way (does the filter fit, are the branches equal) holds
up to a t that is noted; from there it is walked again. So each of the T progressions comes to an end after a few
walks, and what is said holds for all sizes, without trying them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import gcd
from typing import Any, NamedTuple

from cnnsize.architecture import Architecture
from cnnsize.diagnostic import ArchitectureError
from cnnsize.layers.base import Volume
from cnnsize.limits import MAX_INPUT_STEPS, MAX_INTEGER
from cnnsize.network import TORCH, Network, Settings, rows_of, severity
from cnnsize.record import replace
from cnnsize.resolve import error

EXACT, WHOLE, WORKS, FAILS = 3, 2, 1, 0
SCAN = 10_000  # how far a sign is looked for where no arithmetic finds it


class _Longer(Exception):
    """A stride asks for a longer period, by this factor."""

    def __init__(self, factor: int) -> None:
        super().__init__(factor)
        self.factor = factor


class _Beyond(Exception):
    """This is not worked out: a period that is too long, or 0 where there is no arithmetic for it."""

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self.period = period


class _Watch:
    """How long all comparisons so far keep their outcome."""

    def __init__(self) -> None:
        self.next: int | None = None  # the first t at which one of them might come out otherwise

    def until(self, t: int | None) -> None:
        if t is not None and (self.next is None or t < self.next):
            self.next = t


class Line:
    """A whole number that depends on t, as a polynomial; it computes and compares at t = 0."""

    __slots__ = ("parts", "watch")

    def __init__(self, parts: tuple[int, ...], watch: _Watch) -> None:
        self.parts = parts
        self.watch = watch

    def made(self, parts: list[int]) -> Any:
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return parts[0] if len(parts) == 1 else Line(tuple(parts), self.watch)

    def __repr__(self) -> str:
        return f"Line{self.parts}"

    def __hash__(self) -> int:
        return hash(self.parts)

    def __add__(self, other: Any) -> Any:
        more = _parts(other)
        count = max(len(self.parts), len(more))
        return self.made([_at(self.parts, i) + _at(more, i) for i in range(count)])

    __radd__ = __add__

    def __neg__(self) -> Any:
        return Line(tuple([-part for part in self.parts]), self.watch)

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        more = _parts(other)
        found = [0] * (len(self.parts) + len(more) - 1)
        for i, a in enumerate(self.parts):
            for j, b in enumerate(more):
                found[i + j] += a * b
        return self.made(found)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Any:
        self.divisible(other)
        return self.made([part // other for part in self.parts])

    def __mod__(self, other: Any) -> Any:
        self.divisible(other)
        return int(self.parts[0] % other)

    def divisible(self, other: Any) -> None:
        """Raises _Longer where t moves the remainder."""
        if isinstance(other, Line):
            raise _Beyond(0)  # a size in the place of a stride: no arithmetic for that
        common = gcd(other, *self.parts[1:])
        if common != other:
            raise _Longer(other // common)

    # -- comparisons: noted, then answered at t = 0 ------------------------------------------------

    def sign(self, other: Any) -> int:
        """The sign of self - other now; it is noted until when it stays."""
        if isinstance(other, int) and other == MAX_INTEGER:
            return -1 if self.parts[0] <= other else 1  # the bound of everything, and no size of a network
        difference = self - other
        if isinstance(difference, int):
            return (difference > 0) - (difference < 0)
        parts: tuple[int, ...] = difference.parts
        self.watch.until(_turn(parts))
        return (parts[0] > 0) - (parts[0] < 0)

    def __eq__(self, other: object) -> bool:
        return self.sign(other) == 0 if isinstance(other, (int, Line)) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return self.sign(other) != 0 if isinstance(other, (int, Line)) else NotImplemented

    def __lt__(self, other: Any) -> bool:
        return self.sign(other) < 0

    def __le__(self, other: Any) -> bool:
        return self.sign(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self.sign(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self.sign(other) >= 0


def _parts(value: Any) -> tuple[int, ...]:
    return value.parts if isinstance(value, Line) else (value,)


def _at(parts: tuple[int, ...], i: int) -> int:
    return parts[i] if i < len(parts) else 0


def _value(parts: tuple[int, ...], t: int) -> int:
    found = 0
    for part in reversed(parts):
        found = found * t + part
    return found


def _turn(parts: tuple[int, ...]) -> int | None:
    """The first t > 0 at which a polynomial has another sign than at 0; None where it never has."""
    now = (parts[0] > 0) - (parts[0] < 0)
    if len(parts) == 2:
        if now == 0:
            return 1
        return -(-abs(parts[0]) // abs(parts[1])) if (parts[1] > 0) != (now > 0) else None
    rises, falls = all(part >= 0 for part in parts[1:]), all(part <= 0 for part in parts[1:])
    if not (rises or falls):  # sizes grow with the input, so this is a difference of two products
        bound = 2 + max(abs(part) for part in parts[:-1]) // abs(parts[-1])
        for t in range(1, min(bound, SCAN) + 1):
            value = _value(parts, t)
            if (value > 0) - (value < 0) != now:
                return t
        if bound > SCAN:
            raise _Beyond(0)
        return None
    if now == 0:
        return 1
    if rises == (now > 0):
        return None
    low, high = 0, 1
    while (_value(parts, high) > 0) - (_value(parts, high) < 0) == now:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        value = _value(parts, middle)
        if (value > 0) - (value < 0) == now:
            low = middle
        else:
            high = middle
    return high


class Sizes:
    """A set of sizes: progressions without end, and others below them, all from 1 on.

    ``period`` and ``starts`` say the progressions: for each remainder the first size from which on all fit.
    ``runs`` are the others, as ranges.
    """

    __slots__ = ("period", "runs", "starts")

    def __init__(self, period: int, starts: dict[int, int], runs: tuple[range, ...]) -> None:
        self.period, self.starts, self.runs = _shortest(period, starts, runs)

    def __reduce__(self) -> tuple[Any, ...]:
        return Sizes, (self.period, self.starts, self.runs)

    def __contains__(self, size: int) -> bool:
        start = self.starts.get(size % self.period)
        return (start is not None and size >= start) or any(size in run for run in self.runs)

    def __iter__(self) -> Iterator[int]:
        """All of them in ascending order, for ever where there are progressions."""
        size: int | None = 0
        while (size := self.above(size or 0)) is not None:
            yield size

    def __bool__(self) -> bool:
        return bool(self.starts or self.runs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sizes) and (self.period, self.starts, self.runs) == (
            other.period, other.starts, other.runs,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.period, tuple(self.starts.items()), self.runs))

    def __repr__(self) -> str:
        return f"<Sizes: {self.words()}>"

    def above(self, size: int) -> int | None:
        """The smallest that is larger."""
        found = [max(start, size + 1 + (r - size - 1) % self.period) for r, start in self.starts.items()]
        found += [one for run in self.runs if (one := _after(run, size)) is not None]
        return min(found, default=None)

    def below(self, size: int) -> int | None:
        """The largest that is smaller."""
        found = [one for r, start in self.starts.items() if (one := size - 1 - (size - 1 - r) % self.period) >= start]
        found += [
            run[-1] if run[-1] < size else run[(size - 1 - run[0]) // run.step] for run in self.runs if run[0] < size
        ]
        return max(found, default=None)

    @property
    def smallest(self) -> int | None:
        return self.above(0)

    def words(self, letter: str = "W") -> str:
        """``W = 32k + 3 for k >= 2``"""
        said: list[str] = []
        if self.period == 1 and self.starts:
            start = self.starts[0]
            said.append(f"any {letter}" if start == 1 else f"{letter} >= {start}")
        elif len(self.starts) <= 4:
            for r, start in sorted(self.starts.items(), key=lambda one: one[1]):
                rest = f" + {r}" if r else ""
                said.append(f"{letter} = {self.period}k{rest} for k >= {(start - r) // self.period}")
        else:
            start = max(self.starts.values()) - self.period + 1
            lower = list(self._low(start))
            said.append(f"{letter} >= {max(start, 1)} with {letter} mod {self.period} = {_ranges(sorted(self.starts))}")
            if lower:
                said.append(f"{letter} = {', '.join(map(str, lower[:6]))}{', ...' if len(lower) > 6 else ''}")
        few = [size for run in self.runs[:8] for size in run[:8]]
        if self.runs:
            whole = sum(len(run) for run in self.runs) == len(few)
            if whole and len(few) <= 8:
                said.append(f"{letter} = {', '.join(map(str, few))}")
            else:
                said += [f"{letter} from {run[0]} to {run[-1]}" + (f" by {run.step}" if run.step > 1 else "")
                         for run in self.runs[:4]]  # fmt: skip
        return " and ".join(said) or f"no {letter}"

    def _low(self, start: int) -> Iterator[int]:
        """Those of the progressions that begin before ``start``."""
        for size in range(min(self.starts.values()), start):
            first = self.starts.get(size % self.period)
            if first is not None and size >= first:
                yield size


def _after(run: range, size: int) -> int | None:
    if run[-1] <= size:
        return None
    return run[0] if run[0] > size else run[(size - run[0]) // run.step + 1]


def _ranges(numbers: list[int]) -> str:
    """0..3, 7"""
    groups: list[list[int]] = []
    for one in numbers:
        if groups and groups[-1][-1] == one - 1:
            groups[-1].append(one)
        else:
            groups.append([one])
    parts = [str(group[0]) if len(group) == 1 else f"{group[0]}..{group[-1]}" for group in groups]
    return ", ".join(parts if len(parts) <= 8 else [*parts[:7], "..."])


def _shortest(
    period: int, starts: dict[int, int], runs: tuple[range, ...]
) -> tuple[int, dict[int, int], tuple[range, ...]]:
    """The same set with the shortest period, and progressions that begin as early as they can."""
    best = period
    for prime in _primes(period):
        while best % prime == 0 and all((r + best // prime) % best in starts for r in _folded(starts, best)):
            best //= prime
    found: dict[int, int] = {}
    for r in _folded(starts, best):
        mine = [start for one, start in starts.items() if one % best == r]
        found[r] = max(mine)
    # what lies below a common start, one by one: there are at most a few periods of it
    others: set[int] = set()
    kept: list[range] = []
    for run in runs:
        if len(run) > 4096:
            kept.append(run)
        else:
            others.update(run)
    for one, start in starts.items():
        others.update(range(start, found[one % best], period))
    for r in found:
        while (below := found[r] - best) > 0 and (below in others or any(below in run for run in kept)):
            found[r] = below
            others.discard(below)
    others = {size for size in others if not (size % best in found and size >= found[size % best])}
    return best, dict(sorted(found.items())), (*_as_runs(sorted(others)), *kept)


def _folded(starts: dict[int, int], period: int) -> set[int]:
    return {r % period for r in starts}


def _primes(number: int) -> list[int]:
    found, at = [], 2
    while at * at <= number:
        if number % at == 0:
            found.append(at)
            while number % at == 0:
                number //= at
        at += 1
    return [*found, *([number] if number > 1 else [])]


def _as_runs(numbers: list[int]) -> list[range]:
    """Ascending numbers as ranges without gaps."""
    found: list[range] = []
    for one in numbers:
        if found and found[-1].stop == one:
            found[-1] = range(found[-1].start, one + 1)
        else:
            found.append(range(one, one + 1))
    return found


class Side(NamedTuple):
    """The sizes that fit along one side, or along both of a square.

    ``exact``: no window leaves a remainder. ``whole``: nothing of any input is lost, only padding may go unread;
    the network is valid. ``works``: torch would run it.
    """

    axis: str  # W or H; W = H for squares
    written: int
    other: int | None  # the other side, which was held; None for squares
    exact: Sizes
    whole: Sizes
    works: Sizes

    @property
    def letter(self) -> str:
        return self.axis[0]


class Fitting(NamedTuple):
    """Which inputs fit a network. Iterate it for those that lose nothing, the smallest first, without end."""

    architecture: Architecture
    input: Volume
    sides: tuple[Side, ...]  # one for squares, else W and H

    def __iter__(self) -> Iterator[Volume]:
        first = self.sides[0]
        for size in first.whole:
            yield self.volume(first, size)

    def volume(self, side: Side, size: int) -> Volume:
        """The input that has this size along a side."""
        if side.other is None:
            return Volume(size, size, self.input.D)
        return Volume(size, side.other, self.input.D) if side.axis == "W" else Volume(side.other, size, self.input.D)


def fitting(
    one: Architecture, input: tuple[int, int, int] | None = None, settings: Settings = TORCH,
    values: Mapping[str, int] | None = None, watch: Callable[[int, int], None] | None = None,
) -> Fitting:  # fmt: skip
    """Which inputs fit. Raises ArchitectureError where there is no one network, or no arithmetic in reach.

    ``watch`` is told now and then how many progressions of how many are done.
    """
    network = one.sized(input, settings=settings, **(values or {}))
    w, h, _ = network.input
    search = _Search(one, network, _Budget(), watch)
    try:
        if w == h:
            return Fitting(one, network.input, (search.side("W = H", w, None),))
        sides = []
        for axis, written, other in (("W", w, h), ("H", h, w)):
            side = search.side(axis, written, other)
            if not side.works:  # the other side itself does not work: hold it where a square does
                square = search.side("W = H", written, None)
                near = square.works.above(other - 1) or square.works.below(other)
                if near is not None:
                    side = search.side(axis, written, near)
            sides.append(side)
        return Fitting(one, network.input, tuple(sides))
    except _Beyond as hard:
        wrong = error("CNN009", "which inputs fit repeats after too many sizes to be worked out", one.chain.span,
                      notes=(f"the strides ask for a period of {hard.period:,}",) if hard.period else ())  # fmt: skip
        raise one.mapped_error(wrong) from None


class _Budget:
    """The layers that were walked, for all progressions together."""

    left = MAX_INPUT_STEPS


class _Search:
    """One network, walked for one progression after the other."""

    def __init__(
        self, one: Architecture, network: Network, budget: _Budget, watch: Callable[[int, int], None] | None
    ) -> None:
        self.watch = watch
        self.one = one
        self.network = network
        self.budget = budget
        # not the object that the walk keeps its tables for: these are of numbers
        self.settings = replace(network.settings, defaults=replace(network.settings.defaults))

    def side(self, axis: str, written: int, other: int | None) -> Side:
        period = 1
        while True:
            try:
                levels = []
                for remainder in range(period):
                    levels.append(self.levels(remainder, period, axis, other))
                    if self.watch is not None and remainder % 64 == 0:
                        self.watch(remainder, period)
                break
            except _Longer as more:
                period *= more.factor
                if period > self.budget.left:
                    raise _Beyond(period) from None
        sets = []
        for least in (EXACT, WHOLE, WORKS):
            starts: dict[int, int] = {}
            runs: list[range] = []
            for remainder, pieces in enumerate(levels):
                for begin, end, level in pieces:
                    if level < least:
                        continue
                    if end is None:
                        starts[remainder] = begin
                    else:
                        runs.append(range(begin, end, period))
            sets.append(Sizes(period, starts, tuple(runs)))
        return Side(axis, written, other, *sets)

    def levels(self, remainder: int, period: int, axis: str, other: int | None) -> list[tuple[int, int | None, int]]:
        """(first size, the first behind them, how well they fit) along one progression; None: without end."""
        found: list[tuple[int, int | None, int]] = []
        size = remainder or period
        while True:
            watch = _Watch()
            level = self.level(Line((size, period), watch), axis, other)
            if watch.next is None:
                found.append((size, None, level))
                return found
            behind = size + period * watch.next
            found.append((size, behind, level))
            size = behind

    def level(self, side: Line, axis: str, other: int | None) -> int:
        """How well a size fits along an axis."""
        D = self.network.input.D
        sides: tuple[Any, Any] = (side, side) if other is None else (side, other) if axis == "W" else (other, side)
        try:
            walked = _walked(self.one, Volume(*sides, D), self.network, self.settings)
        except ArchitectureError:
            raise _Beyond(0) from None
        self.budget.left -= walked.walked + 1
        if self.budget.left < 0:
            raise _Beyond(side.parts[1])
        axes = (0, 1) if other is None else (0,) if axis == "W" else (1,)
        if walked.output is None:
            return FAILS
        for problem in walked.problems:
            if severity(problem.fault, self.settings) == "error" and (
                other is None or problem.fault.axis in (None, axis)
            ):
                return WORKS
        for row in rows_of(walked.rows):
            left = row.sizing.remainder
            if left is not None and any(left[one] for one in axes):
                return WHOLE
        return EXACT


def _walked(one: Architecture, input: Volume, network: Network, settings: Settings) -> Network:
    from cnnsize.walk import size

    return size(one, input, network.values, settings)

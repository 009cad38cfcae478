"""One network as it was read: its tree, where it came from, and the blocks that it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnnsize.language.parsed import NO_BLOCKS
from cnnsize.language.tree import Chain, Statement
from cnnsize.network import Network
from cnnsize.record import Record, replace
from cnnsize.sizing.make import free
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.size import size
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic, Edit, Fix, Label, error
from cnnsize.text.source import Source
from cnnsize.text.span import PieceMap, Span
from cnnsize.text.suggest import nearest

if TYPE_CHECKING:
    from cnnsize.patterns.family import Family, Member
    from cnnsize.patterns.inputs.fitting import Fitting
    from cnnsize.patterns.matching.search import Match


class Architecture(Record):
    """One network as written, with the blocks that it calls. ``str(net)`` is its canonical text."""

    source: Source
    statement: Statement
    map: PieceMap | None = None  # from the strict text that was parsed to what was written
    readings: tuple[tuple[Span, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    blocks: frozenset[str] = frozenset()  # of its document
    lines_join: bool = False  # it was read with its lines joined
    definitions: Mapping[str, Statement] = NO_BLOCKS  # the blocks it calls, and those that they call

    @property
    def text(self) -> str:
        """The text as written."""
        return self.source.text

    @property
    def name(self) -> str | None:
        return self.statement.name

    @property
    def chain(self) -> Chain:
        return self.statement.chain

    def __str__(self) -> str:
        from cnnsize.language.format import formatted  # late: sizing alone never formats

        return "\n".join(map(formatted, (*self.definitions.values(), self.statement)))

    def __repr__(self) -> str:
        return f"<Architecture {str(self)!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Architecture) and str(self) == str(other) and self.name == other.name

    def __hash__(self) -> int:
        return hash(str(self))

    def kinds(self) -> list[str]:
        """Layer kinds in forward order, numeric repeats unrolled, INPUT among them.

        Raises ArchitectureError for letters without a value, ``?``, ``...`` and too long a list.
        """
        try:
            return kinds(self, self.bound_letters())
        except ArchitectureError as wrong:
            raise self.mapped_error(wrong) from None

    def bound_letters(self) -> Mapping[str, int]:
        """The letters that ``where`` gives one value. Raises ArchitectureError where it gives one several."""
        return self._values({})

    def sized(self, input: tuple[int, int, int] | None = None, *, settings: Settings = TORCH, **values: int) -> Network:
        """Every volume of the network. ``input`` is (W, H, D) and overrides INPUT.

        A size that fails does not raise: ``valid`` is false and ``diagnostics`` says why. Raises
        ArchitectureError where there is no single network: a letter or ``?`` without a value, an
        ellipsis, no input.
        """
        try:
            if input is not None:
                input = _volume(input)
            return size(self, input, self._values(values), settings)
        except ArchitectureError as wrong:
            raise self.mapped_error(wrong) from None

    def family(
        self, input: tuple[int, int, int] | None = None, *, settings: Settings = TORCH, **values: int | Sequence[int]
    ) -> Family:
        """All members of a pattern: ``net.family(N=range(4))``. Iterate it for the members.

        A letter takes the values given here, else those of ``where``; a free repeat ranges over 0..3. Raises
        ArchitectureError for a free letter in a size, which has no default.
        """
        from cnnsize.patterns.family import Family  # reaches up: one network never needs it

        return Family(self, None if input is None else _volume(input), settings, values)

    def members(
        self, input: tuple[int, int, int] | None = None, *, settings: Settings = TORCH, **values: int | Sequence[int]
    ) -> Iterator[Member]:
        """The members of a pattern one by one. Raises ArchitectureError for too many, before any work."""
        return iter(self.family(input, settings=settings, **values))

    def match(self, network: Architecture, limit: int = 1000, **values: int | Sequence[int]) -> Match:
        """Does a network follow this pattern, and with which letters? Iterate the match for the assignments."""
        from cnnsize.patterns.matching.search import match  # reaches up, as family does

        return match(self, network, limit, values)

    def fitting_inputs(
        self, input: tuple[int, int, int] | None = None, *, settings: Settings = TORCH, **values: int
    ) -> Fitting:
        """Which inputs fit, as arithmetic. Iterate it for those that lose nothing, the smallest first, without end."""
        from cnnsize.patterns.inputs.fitting import fitting  # reaches up, as family does

        return fitting(self, None if input is None else _volume(input), settings, values)

    def _values(self, values: Mapping[str, int]) -> Mapping[str, int]:
        """The letters' values: those given, else those of ``where``."""
        if not values and not self.statement.where:
            return {}
        known = {domain.name for domain in self.statement.where}
        if values:
            known |= free(self.chain)
        for name, value in values.items():
            if name not in known:
                near = nearest(name, known) or sorted(known)
                raise error("CNN004", f"there is no letter {name} in this network", self.chain.span,
                            help=(f"its letters are {', '.join(near)}",) if near else ("it has no letters",))  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, int):
                raise error("CNN008", f"{name} needs one value here, not {value!r}", self.chain.span)
        bound: dict[str, int] = {}
        for domain in self.statement.where:
            if domain.single is not None:
                bound[domain.name] = domain.single
            elif domain.name not in values:
                raise error("CNN008", f"{domain.name} ranges over {len(domain.values)} values: a family, "
                            "and sizing needs one network", domain.span,
                            help=(f"give it one: --set {domain.name}={domain.values[-1]}",))  # fmt: skip
        return {**bound, **values}

    # -- back to what was written ------------------------------------------------------------------

    def original(self, span: Span) -> Span:
        """The span in ``text`` of a span of the parsed text."""
        return span if self.map is None else self.map.span(span)

    def piece(self, span: Span) -> tuple[Span, str]:
        """The original span, and its text."""
        found = self.original(span)
        return found, self.source.text[found.start : found.end]

    def mapped(self, found: Diagnostic) -> Diagnostic:
        """The same diagnostic with spans of the text as written."""
        if self.map is None:
            return found
        return replace(
            found,
            span=self.original(found.span),
            related=tuple(Label(self.original(label.span), label.message) for label in found.related),
            fixes=tuple(
                Fix(
                    fix.message,
                    tuple(Edit(self.original(edit.span), edit.text) for edit in fix.edits),
                    fix.applicability,
                )
                for fix in found.fixes
            ),
        )

    def mapped_error(self, wrong: ArchitectureError) -> ArchitectureError:
        from cnnsize.reading.document import proved  # reaches up: a fix is proved on the text itself

        found = proved(self.mapped(wrong.diagnostic), self)
        return ArchitectureError(replace(found, source=self.source), self.text)


def _volume(value: tuple[int, int, int]) -> tuple[int, int, int]:
    if len(value) != 3 or any(isinstance(side, bool) or not isinstance(side, int) or side < 1 for side in value):
        raise error("CNN004", f"an input is three sizes of at least 1, W x H x D, not {value!r}", Span(0, 0))
    return (value[0], value[1], value[2])

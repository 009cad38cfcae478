"""The public class of a parsed network: each method is one line to the module that does the
work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.network import Network
from cnnsize.reading.document import parse_one
from cnnsize.record import values as field_values
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.size import sized, volume_of
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.zoo import load_record

if TYPE_CHECKING:
    from cnnsize.patterns.family import Family, Member
    from cnnsize.patterns.inputs.fitting import Fitting
    from cnnsize.patterns.matching.search import Match


def parse(text: str, *, name: str | None = None) -> Architecture:
    """Return the network in ``text``; ``name`` picks one from a document of several. Raises
    ArchitectureError.
    """
    return Architecture.from_record(parse_one(text, name=name))


def load(name: str) -> Architecture:
    """Return a network of the zoo, as in ``load("resnet50")``. Raises ArchitectureError for an
    unknown name.
    """
    return Architecture.from_record(load_record(name))


class Architecture(ParsedArchitecture):
    """One network as written, with the blocks that it calls. ``str(net)`` is its canonical text."""

    @classmethod
    def from_record(cls, record: ParsedArchitecture) -> Architecture:
        """Return the same network with the methods of the library."""
        return cls(*field_values(record))

    def kinds(self) -> list[str]:
        """List the layer kinds in forward order, numeric repeats unrolled, INPUT among them.

        Raises ArchitectureError for letters without a value, ``?``, ``...`` and too long a list.
        """
        try:
            return kinds(self, bound_letters(self))
        except ArchitectureError as error:
            raise self.mapped_error(error) from None

    def sized(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int,
    ) -> Network:
        """Compute every volume of the network. ``input`` is (W, H, D) and overrides INPUT.

        A size that fails does not raise: ``valid`` is false and ``diagnostics`` says why. Raises
        ArchitectureError where there is no single network: a letter or ``?`` without a value, an
        ellipsis, no input.
        """
        return Network.from_record(sized(self, input, settings, values))

    def family(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int | Sequence[int],
    ) -> Family:
        """Return all members of a pattern: ``net.family(N=range(4))``. Iterate it for the members.

        A letter takes the values given here, else those of ``where``; a free repeat ranges over
        0..3. Raises ArchitectureError for a free letter in a size, which has no default.
        """
        from cnnsize.patterns.family import Family  # late: one network never needs it

        return Family(self, None if input is None else volume_of(input), settings, values)

    def members(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int | Sequence[int],
    ) -> Iterator[Member]:
        """Iterate over the members of a pattern. Raises ArchitectureError for too many, before any
        work.
        """
        return iter(self.family(input, settings=settings, **values))

    def match(
        self, network: ParsedArchitecture, limit: int = 1000, **values: int | Sequence[int]
    ) -> Match:
        """Match a network against this pattern. Iterate the match for the assignments of its
        letters.
        """
        from cnnsize.patterns.matching.search import match  # late, as in ``family``

        return match(self, network, limit, values)

    def fitting_inputs(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int,
    ) -> Fitting:
        """Return the inputs that fit, as arithmetic. Iterate it for those that lose nothing,
        smallest first, endless.
        """
        from cnnsize.patterns.inputs.fitting import fitting  # late, as in ``family``

        return fitting(self, None if input is None else volume_of(input), settings, values)

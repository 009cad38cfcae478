"""The context of emitted code: the occurrences that it must serve, and its input."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.language.tree import Expression
from cnnsize.layers.volume import Volume
from cnnsize.torch_code.occurrences import Occurrence
from cnnsize.torch_code.ranks import Rank, width
from cnnsize.torch_code.site import ConstructorScope, Numbers


class Context(NamedTuple):
    """The place of an item or of a chain in the source."""

    occurrences: list[Occurrence]
    depth: Expression  # incoming: the channels of a map, the values of a vector
    rank: Rank  # incoming
    scope: ConstructorScope

    @property
    def numbers(self) -> Numbers:
        """A chooser of expressions that hold at every occurrence."""
        return Numbers(self.scope, [occurrence.values for occurrence in self.occurrences])

    @property
    def volumes(self) -> list[Volume]:
        """The incoming volume (W x H x D) of each occurrence."""
        return [occurrence.volume for occurrence in self.occurrences]

    @property
    def outputs(self) -> list[Volume]:
        """The volume (W x H x D) that comes out of each occurrence."""
        return [occurrence.output for occurrence in self.occurrences]

    def depth_after(self, rank: Rank, *candidates: Expression | None) -> Expression:
        """Return an expression for the depth that comes out, the first candidate that holds."""
        widths = [width(volume, rank) for volume in self.outputs]
        return self.numbers.number("channels", widths, *candidates)

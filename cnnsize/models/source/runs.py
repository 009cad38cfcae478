"""A network of a file that was run on an input."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.models.flow import Flow
from cnnsize.models.source.evidence import CALLED, DECLARED, SOLVED
from cnnsize.models.source.machine import Place


class Run(NamedTuple):
    """A network that was run on an input."""

    flow: Flow
    places: tuple[Place, ...]
    claims: dict[int, int]  # the values that an FC takes, by the index of its node
    source: str  # where the size of the input comes from
    strength: str = SOLVED  # how sure it is

    @property
    def is_given(self) -> bool:
        """Whether the size is declared, or the file calls the network on it."""
        return self.strength in (DECLARED, CALLED)

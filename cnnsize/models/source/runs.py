"""A network of a file that was run on an input."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.models.flow import Flow
from cnnsize.models.source.machine import Place


class Run(NamedTuple):
    """A network that was run on an input."""

    flow: Flow
    places: tuple[Place, ...]
    claims: dict[int, int]  # the values that an FC takes, by the index of its node
    source: str  # where the size of the input comes from
    is_given: bool = False  # by the user, or by a call of the network

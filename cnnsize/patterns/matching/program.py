"""Frames and states of the matching search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnnsize.patterns.matching.tokens import LayerInstance

Bindings = Mapping[str | int, int]  # letters by name, ``?`` by where they stand


class Frame(NamedTuple):
    """What is still to be matched. Frames are numbered; equal ones have one number."""

    op: str  # item, pass, branch
    chain: int
    at: int  # the item, or the branch
    done: int  # passes so far
    begin: int  # where the pass that is under way began
    join: int  # of a branch: which token, by its order
    after: int  # the frame behind it


class State(NamedTuple):
    frame: int
    tokens: tuple[LayerInstance, ...]
    pos: int
    bound: dict[str | int, int]


END = -1

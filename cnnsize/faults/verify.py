"""The work spent on verifying fixes, and the order of items that verification compares."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.faults.edit import items
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.limits import FIX_STEPS
from cnnsize.sizing.rows import Problem
from cnnsize.text.diagnostic import Edit


class Budget:
    """The layers that were read and walked to prove the fixes of one network: not without end."""

    def __init__(self, most: int = FIX_STEPS) -> None:
        self.most = most
        self.spent = 0

    @property
    def stopped(self) -> str:
        """What a finding says whose fixes were not all looked for."""
        return f"the search for fixes stopped at its limit of {self.most:,} layers; there may be others"


class Candidate(NamedTuple):
    """A change to propose: what it is called, and its edits of the text as written."""

    letter: str
    value: str
    message: str
    edits: tuple[Edit, ...]


def unread(problem: Problem) -> int:
    """How many cells of an axis a fault loses."""
    facts = dict(problem.fault.facts)
    return int(facts["window"].unread(facts["size"])) if "r" in facts else 0


def reading_order(architecture: ParsedArchitecture) -> dict[int, int]:
    """Where each item stands in reading order, by its start. A layer wins over the bracket it
    opens.
    """
    return {item.start: index for index, item in enumerate(items(architecture))}

"""A parsed network as a record: its tree, its source text, and the blocks it calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnnsize.language.parser import NAMED
from cnnsize.language.tree import Statement
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.source import Source


class Failed(NamedTuple):
    """A statement that could not be read."""

    source: Source
    diagnostic: Diagnostic
    block: bool = False  # the definition of a block, and no network

    @property
    def name(self) -> str | None:
        """What stands before the ``=`` of the statement."""
        found = NAMED.match(self.source.text, self.source.begin)
        return found[1] if found else None


Definitions = Mapping[str, Statement]
NO_BLOCKS: Definitions = {}

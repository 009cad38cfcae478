"""A sized network as a record: rows in forward order, nested as they were written, and every fault
as a fact.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Item
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import Part, Problem, rounded, rows_of
from cnnsize.sizing.settings import Settings, severity


class SizedNetwork:
    """One sized network: rows and loops in forward order, and what is wrong with it.

    The record that every module works with; ``cnnsize.Network`` adds the numbers and the methods of
    the library.
    """

    __slots__ = (
        "architecture",
        "input",
        "output",
        "overridden",
        "problems",
        "rows",
        "settings",
        "values",
        "walked",
    )

    def __init__(
        self,
        architecture: ParsedArchitecture,
        input: Volume,
        output: Volume | None,
        rows: tuple[Part, ...],
        problems: tuple[Problem, ...],
        settings: Settings,
        values: Mapping[str, int],
        overridden: bool = False,
        walked: int = 0,
    ) -> None:
        self.walked = walked  # layers looked at, for those who size again and again
        self.architecture = architecture
        self.overridden = overridden  # the input was given, and is not the text's
        self.input = input
        self.output = output  # the last volume, W x H x D; None where it is unknown
        self.rows = rows
        self.problems = problems
        self.settings = settings
        self.values = dict(values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self.architecture)!r} -> {self.output}>"

    @property
    def valid(self) -> bool:
        """No error: every window fits, and nothing of any input is thrown away; under strict
        rounding no padding either.
        """
        if any(severity(problem.fault, self.settings) == "error" for problem in self.problems):
            return False
        return self.settings.rounding != "strict" or not any(map(rounded, rows_of(self.rows)))

    @property
    def assumed(self) -> tuple[tuple[Item, tuple[str, ...]], ...]:
        """The items whose sizes rest on defaults, once each, with what was assumed."""
        found: dict[tuple[int, tuple[str, ...]], tuple[Item, tuple[str, ...]]] = {}
        for row in rows_of(self.rows):
            if row.layer.assumed:
                found.setdefault((row.item.start, row.layer.assumed), (row.item, row.layer.assumed))
        return tuple(found.values())

"""A sized network as a record: its rows in forward order and its faults."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Item
from cnnsize.layers.volume import Volume
from cnnsize.sizing.rows import (
    Part,
    Problem,
    further_inputs,
    further_outputs,
    leaves_remainder,
    rows_of,
)
from cnnsize.sizing.settings import Settings, severity
from cnnsize.text.span import Span


class SizedNetwork:
    """One sized network: its rows in forward order, nested as written, and its problems.

    Every module works with this record; ``cnnsize.Network`` adds the numbers and the methods of the
    library.
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
    _fields = __slots__  # of copies

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
        self.walked = walked  # layers that were sized: the work that callers with a budget count
        self.architecture = architecture
        self.overridden = overridden  # the input is the caller's, not the one in the text
        self.input = input
        self.output = output  # the last volume, W x H x D; None where it is unknown
        self.rows = rows
        self.problems = problems
        self.settings = settings
        self.values = dict(values)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self.architecture)!r} -> {self.output}>"

    @property
    def inputs(self) -> tuple[Volume, ...]:
        """The volume of each input (W x H x D), ``input`` first, in the order of the text."""
        return (self.input, *further_inputs(self.rows))

    @property
    def outputs(self) -> tuple[Volume | None, ...]:
        """The volume of each output: ``output``, which is that of the last layer, then those of the
        branches of OUTPUT in the order of the text. None where it is unknown.
        """
        return (self.output, *further_outputs(self.rows))

    @property
    def is_sized(self) -> bool:
        """Whether every output is known."""
        return self.output is not None and None not in further_outputs(self.rows)

    @property
    def valid(self) -> bool:
        """Whether the network has no error: each window fits, and no input value goes unread.

        With ``rounding="strict"`` no padding may go unread either.
        """
        if self.problems and any(
            severity(problem.fault, self.settings) == "error" for problem in self.problems
        ):
            return False
        return self.settings.rounding != "strict" or not any(
            map(leaves_remainder, rows_of(self.rows))
        )

    @property
    def defaults_used(self) -> tuple[tuple[Span, str], ...]:
        """The defaults that were used, each with its layer as written, and their places: of this
        notation, as in ``CONV3: K=64, P=1``, and of frameworks.
        """
        architecture = self.architecture
        used: dict[str, Span] = {}  # each text once
        for item, defaults in self.assumed:
            span, text = architecture.piece(item.span)
            used.setdefault(f"{' '.join(text.split())}: {', '.join(defaults)}", span)
        for span, default in architecture.framework_defaults:
            text = " ".join(architecture.text[span.start : span.end].split())
            used.setdefault(f"{text}: {default}", span)
        return tuple(sorted((span, text) for text, span in used.items()))

    @property
    def assumed(self) -> tuple[tuple[Item, tuple[str, ...]], ...]:
        """The items that use default sizes, once each, with the defaults: ("F=3", "K=64")."""
        items: dict[tuple[int, tuple[str, ...]], tuple[Item, tuple[str, ...]]] = {}
        for row in rows_of(self.rows):
            if row.layer.assumed:
                defaults = row.layer.assumed
                items.setdefault((row.item.start, defaults), (row.item, defaults))
        return tuple(items.values())


def several_ends(network: SizedNetwork) -> dict[str, list[list[int] | None]]:
    """Return ``inputs`` and ``outputs`` as plain data, each where there is more than one."""
    ends = {"inputs": network.inputs, "outputs": network.outputs}
    return {
        name: [None if volume is None else list(volume) for volume in volumes]
        for name, volumes in ends.items()
        if len(volumes) > 1
    }

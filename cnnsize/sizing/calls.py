"""Calls of blocks: the definition that a call names, and the values of its arguments."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.parsed import Definitions
from cnnsize.language.tree import Call, Item, Statement
from cnnsize.record import replace
from cnnsize.sizing.rows import BlockCall
from cnnsize.text.diagnostic import ArchitectureError, Label, error

MAX_CALL_LABELS = 3  # calls that an error inside nested blocks points at


def definition_of(item: Item, node: Call, definitions: Definitions) -> Statement:
    """Return the definition that a call names. Raises ArchitectureError where there is none, as in
    a statement that was parsed without its document.
    """
    definition = definitions.get(node.name)
    if definition is None:
        raise error(
            "CNN008",
            f"block {node.name} is not defined here",
            item.span,
            help=(f"define it: {node.name}(...) = CONV3-64 -> RELU",),
        )
    return definition


def argument_values(item: Item, node: Call, values: Mapping[str, int]) -> tuple[int, ...]:
    """Return the arguments of a call as integers, its letters replaced by ``values``."""
    return tuple(
        [
            argument if isinstance(argument, int) else evaluate(argument, values, item.span)
            for argument in node.arguments
        ]
    )


def with_call_label(raised: ArchitectureError, call: BlockCall) -> ArchitectureError:
    """Return an error from inside a block with a label at the call; the same error where it has
    enough labels.
    """
    diagnostic = raised.diagnostic
    if len(diagnostic.related) >= MAX_CALL_LABELS:
        return raised
    related = (*diagnostic.related, Label(call.item.span, call.words))
    return ArchitectureError(replace(diagnostic, related=related))

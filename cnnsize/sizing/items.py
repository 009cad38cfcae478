"""Facts of an item that sizing needs: how often it runs, the shape it declares, whether it holds
an FC. Items that cannot be sized are refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from cnnsize.language.arithmetic import evaluate
from cnnsize.language.parsed import Definitions
from cnnsize.language.tree import Call, Chain, Expression, Group, Item, Join, LayerNode
from cnnsize.layers.volume import Fault, Volume
from cnnsize.limits import MAX_NESTING
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

# Decides an optional item: returns it without its ``?``, or None to leave it out.
Expand = Callable[[Item], Item | None]


def repetition_count(item: Item, values: Mapping[str, int]) -> int:
    """Return how often an item runs; 1 for an item without a count.

    Raises ArchitectureError for ``?`` and for a list of counts, which describe several networks.
    """
    suffix = item.suffix
    if suffix.optional:
        assert suffix.count_span is not None
        raise error(
            "CNN008",
            "an optional layer (`?`) makes this a family, but sizing needs one network",
            suffix.count_span,
            label="with or without it?",
            help=("remove the `?` to keep the layer, or remove the layer",),
        )
    if suffix.values:
        assert suffix.count_span is not None
        raise error(
            "CNN008",
            "a list of counts makes this a template, but sizing needs one network",
            suffix.count_span,
            help=("write one group for each value of the list",),
        )
    if suffix.repeat is None:
        return 1
    assert suffix.count_span is not None
    return evaluate_count(suffix.repeat, values, suffix.count_span)


def evaluate_count(
    expression: Expression, values: Mapping[str, int], span: Span, *, what: str = "the count"
) -> int:
    """Return the value of an expression that must be at least 0.

    ``what`` names the number in the message. Raises ArchitectureError for a negative value and for
    a letter without a value.
    """
    value = expression if isinstance(expression, int) else evaluate(expression, values, span)
    if value < 0:
        raise error("CNN004", f"{what} is {value}, but it must be at least 0", span)
    return value


def declared_fault(item: Item, values: Mapping[str, int], volume: Volume | None) -> Fault | None:
    """Return the fault of an item whose declared shape, ``: [WxHxD]``, is not its output.

    None where the shapes are equal, and where the output is unknown. Raises ArchitectureError for
    a side that has no value.
    """
    suffix = item.suffix
    assert suffix.declared is not None and suffix.declared_span is not None
    span = suffix.declared_span
    declared = tuple(
        evaluate_count(side, values, span, what="a declared side") for side in suffix.declared
    )
    if volume is None or declared == tuple(volume)[: len(declared)]:
        return None
    return Fault("CNN108", facts=(("said", declared), ("is", tuple(volume))))


def holds_fc(item: Item, definitions: Definitions, expand: Expand | None = None) -> bool:
    """Return whether an item holds an FC that may be the last one of its network."""
    if item.suffix.optional and expand is not None and expand(item) is None:
        return False
    node = item.node
    if isinstance(node, LayerNode):
        return node.kind == "FC"
    if isinstance(node, Group):
        return last_fc(node.chain, definitions, expand) >= 0
    if isinstance(node, Join):
        if node.makes_outputs:  # each of its branches has a last FC of its own
            return False
        return any(last_fc(branch, definitions, expand) >= 0 for branch in node.branches)
    if isinstance(node, Call) and node.name in definitions:
        return definitions[node.name].open_fc
    return False


def last_fc(chain: Chain, definitions: Definitions, expand: Expand | None = None) -> int:
    """Return the index of the last item that holds an FC; -1 for none."""
    for index in range(len(chain.items) - 1, -1, -1):
        if holds_fc(chain.items[index], definitions, expand):
            return index
    return -1


def refuse_ellipsis(item: Item) -> NoReturn:
    """Raise ArchitectureError for ``...``: the layers that it leaves out have no sizes."""
    raise error(
        "CNN008",
        "`...` leaves layers out, but sizing needs every layer",
        item.span,
        help=("write out the layers, or use a count: [CONV -> RELU]*3",),
    )


def check_depth(item: Item, depth: int) -> None:
    """Raise ArchitectureError for an item inside too many brackets and blocks."""
    if depth > MAX_NESTING:
        raise error(
            "CNN009",
            f"brackets and blocks are nested more than {MAX_NESTING} levels deep",
            item.span,
        )

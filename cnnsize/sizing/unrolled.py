"""List the layer kinds of a network with repetitions unrolled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.language.tree import Call, Chain, Group, Join, LayerNode
from cnnsize.limits import MAX_LISTED_LAYERS
from cnnsize.sizing.items import check_depth, refuse_ellipsis, repetition_count
from cnnsize.sizing.scope import Blocks
from cnnsize.text.diagnostic import error

if TYPE_CHECKING:
    from cnnsize.language.parsed import ParsedArchitecture


def kinds(architecture: ParsedArchitecture, values: Mapping[str, int]) -> list[str]:
    """Return the layer kinds in forward order, INPUT among them, with repetitions unrolled.

    Nothing is sized. Raises ArchitectureError for more than ``MAX_LISTED_LAYERS`` layers, and for a count
    that is not one number.
    """
    names: list[str] = []
    blocks = Blocks(architecture.definitions)

    def add(chain: Chain, values: Mapping[str, int], depth: int) -> None:
        for item in chain.items:
            node, count = item.node, repetition_count(item, values)
            check_depth(item, depth)
            if count == 0:
                continue
            start = len(names)
            if isinstance(node, LayerNode):
                names.append(node.kind)
            elif isinstance(node, Group):
                add(node.chain, values, depth + 1)
            elif isinstance(node, Join):
                for branch in node.branches:
                    add(branch, values, depth + 1)
                names.append(node.op)
            elif isinstance(node, Call):
                definition, _, scope = blocks.called(item, node, values)
                add(definition.chain, scope.values, depth + 1)
            else:
                refuse_ellipsis(item)
            iteration = names[start:]
            if len(names) + len(iteration) * (count - 1) > MAX_LISTED_LAYERS:
                raise error(
                    "CNN009", f"more than {MAX_LISTED_LAYERS:,} layers, too many to list", item.span
                )
            names.extend(iteration * (count - 1))

    add(architecture.chain, values, 0)
    return names

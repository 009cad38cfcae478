"""List the layer kinds of a network with repetitions unrolled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.language.tree import Call, Chain, Group, Join, LayerNode
from cnnsize.limits import MAX_LISTED_LAYERS, MAX_NESTING
from cnnsize.sizing.settings import TORCH
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import error

if TYPE_CHECKING:
    from cnnsize.language.parsed import ParsedArchitecture


def kinds(architecture: ParsedArchitecture, values: Mapping[str, int]) -> list[str]:
    """Return the layer kinds in forward order, INPUT among them, with repetitions unrolled.

    Nothing is sized. Raises ArchitectureError for more than ``MAX_LISTED_LAYERS`` layers, and for a count
    that is not one number.
    """
    names: list[str] = []
    walk = Walk(TORCH, values, architecture.definitions)

    def add(chain: Chain, depth: int) -> None:
        for item in chain.items:
            node, count = item.node, walk.times(item)
            if depth > MAX_NESTING:
                walk.too_deep(item)
            if count == 0:
                continue
            start = len(names)
            if isinstance(node, LayerNode):
                names.append(node.kind)
            elif isinstance(node, Group):
                add(node.chain, depth + 1)
            elif isinstance(node, Join):
                for branch in node.branches:
                    add(branch, depth + 1)
                names.append(node.op)
            elif isinstance(node, Call):
                definition, _, scope = walk.called(item, node)
                outer, walk.scope = walk.scope, scope
                add(definition.chain, depth + 1)
                walk.scope = outer
            else:
                walk.once(item, None, (), False)  # `...`: raises
            iteration = names[start:]
            if len(names) + len(iteration) * (count - 1) > MAX_LISTED_LAYERS:
                raise error(
                    "CNN009", f"more than {MAX_LISTED_LAYERS:,} layers, too many to list", item.span
                )
            names.extend(iteration * (count - 1))

    add(architecture.chain, 0)
    return names

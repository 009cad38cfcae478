"""List the layer kinds of a network with repetitions unrolled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.language.tree import Call, Chain, Group, Join, LayerNode
from cnnsize.limits import MAX_KINDS, MAX_NESTING
from cnnsize.sizing.settings import TORCH
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import error

if TYPE_CHECKING:
    from cnnsize.language.parsed import ParsedArchitecture


def kinds(architecture: ParsedArchitecture, values: Mapping[str, int]) -> list[str]:
    """The layer kinds with repeats unrolled, INPUT among them; nothing is sized."""
    found: list[str] = []
    walk = Walk(TORCH, values, architecture.definitions)

    def add(chain: Chain, depth: int) -> None:
        for item in chain.items:
            node, count = item.node, walk.times(item)
            if depth > MAX_NESTING:
                walk.too_deep(item)
            if count == 0:
                continue
            before = len(found)
            if isinstance(node, LayerNode):
                found.append(node.kind)
            elif isinstance(node, Group):
                add(node.chain, depth + 1)
            elif isinstance(node, Join):
                for branch in node.branches:
                    add(branch, depth + 1)
                found.append(node.op)
            elif isinstance(node, Call):
                definition, _, scope = walk.called(item, node)
                outer, walk.scope = walk.scope, scope
                add(definition.chain, depth + 1)
                walk.scope = outer
            else:
                walk.once(item, None, (), False)  # `...`: raises
            one = found[before:]
            if len(found) + len(one) * (count - 1) > MAX_KINDS:
                raise error("CNN009", f"more than {MAX_KINDS:,} layers in one list", item.span)
            found.extend(one * (count - 1))

    add(architecture.chain, 0)
    return found

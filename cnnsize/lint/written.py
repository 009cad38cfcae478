"""The items of a network as they were written: chain by chain, each with its neighbours."""

from __future__ import annotations

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Chain, Group, Item, Join


def chains(architecture: ParsedArchitecture) -> list[Chain]:
    """List every chain of a network, first those of its blocks; an outer chain before its inner
    ones.
    """
    result: list[Chain] = []
    for definition in architecture.definitions.values():
        _add_chains(definition.chain, result)
    _add_chains(architecture.chain, result)
    return result


def _add_chains(chain: Chain, result: list[Chain]) -> None:
    result.append(chain)
    for item in chain.items:
        node = item.node
        if node.__class__ is Group:
            _add_chains(node.chain, result)
        elif node.__class__ is Join:
            for branch in node.branches:
                _add_chains(branch, result)


Neighbours = dict[tuple[int, int], tuple[Item | None, Item | None]]


def neighbours(architecture: ParsedArchitecture) -> Neighbours:
    """Return the items written before and after each item in its chain, by its start and end.

    None stands for the beginning and the end of a chain.
    """
    table: Neighbours = {}
    for chain in chains(architecture):
        items = (None, *chain.items, None)
        for index, item in enumerate(chain.items):
            table[item.start, item.end] = items[index], items[index + 2]
    return table

"""The letters of a network, and the values that the caller or ``where`` gives them."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsize.language.arithmetic import letters
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Chain, LayerNode, all_items
from cnnsize.sizing.make import node_letters
from cnnsize.text.diagnostic import error
from cnnsize.text.suggest import nearest


def free_letters(chain: Chain) -> set[str]:
    """The letters that a chain uses in counts, sizes, options, shapes and arguments."""
    found: set[str] = set()
    for item in all_items(chain):
        suffix, node = item.suffix, item.node
        for value in (suffix.repeat, *suffix.values, *(suffix.declared or ())):
            if value is not None:
                found |= letters(value)
        if isinstance(node, LayerNode):
            found.update(node_letters(node))
        elif isinstance(node, Call):
            for value in node.arguments:
                found |= letters(value)
    return found


def bound_letters(network: ParsedArchitecture) -> Mapping[str, int]:
    """Return the letters that ``where`` gives one value. Raises ArchitectureError where it gives
    one several.
    """
    return letter_values(network, {})


def letter_values(network: ParsedArchitecture, values: Mapping[str, int]) -> Mapping[str, int]:
    """Return the values of the letters: those given, else those of ``where``.

    Raises ArchitectureError for an unknown letter, a value that is no integer, and a letter with
    several values.
    """
    if not values and not network.statement.where:
        return {}
    known = {domain.name for domain in network.statement.where}
    if values:
        known |= free_letters(network.chain)
    for name, value in values.items():
        if name not in known:
            near = nearest(name, known) or sorted(known)
            raise error(
                "CNN004",
                f"there is no letter {name} in this network",
                network.chain.span,
                help=(f"its letters are {', '.join(near)}",) if near else ("it has no letters",),
            )
        if isinstance(value, bool) or not isinstance(value, int):
            raise error("CNN008", f"{name} needs one value here, not {value!r}", network.chain.span)
    bound: dict[str, int] = {}
    for domain in network.statement.where:
        if domain.single is not None:
            bound[domain.name] = domain.single
        elif domain.name not in values:
            raise error(
                "CNN008",
                f"{domain.name} ranges over {len(domain.values)} values: a family, "
                "and sizing needs one network",
                domain.span,
                help=(f"give it one: --set {domain.name}={domain.values[-1]}",),
            )
    return {**bound, **values}

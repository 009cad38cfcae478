"""The letters of a network, and the values that the caller or ``where`` gives them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cnnsize.language.arithmetic import letters
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import PLAIN, Call, Chain, LayerNode, all_items
from cnnsize.sizing.make import node_letters
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.english import alternatives
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest


def free_letters(chain: Chain) -> set[str]:
    """Return the letters that a chain uses in counts, sizes, options, shapes and arguments."""
    names: set[str] = set()
    for item in all_items(chain):
        suffix, node = item.suffix, item.node
        if suffix is not PLAIN:
            for value in (suffix.repeat, *suffix.values, *(suffix.declared or ())):
                if value is not None:
                    names |= letters(value)
        if isinstance(node, LayerNode):
            names.update(node_letters(node))
        elif isinstance(node, Call):
            for value in node.arguments:
                names |= letters(value)
    return names


def bound_letters(network: ParsedArchitecture) -> Mapping[str, int]:
    """Return the values that ``where`` gives to letters.

    Raises ArchitectureError for a letter with several values.
    """
    return letter_values(network, {})


def letter_values(network: ParsedArchitecture, values: Mapping[str, int]) -> Mapping[str, int]:
    """Return the values of the letters: those of the caller, else those of ``where``.

    Raises ArchitectureError for an unknown letter, a value that is not an integer, and a letter
    with several values.
    """
    if not values and not network.statement.where:
        return {}
    known = free_letters(network.chain)
    for domain in network.statement.where:
        if domain.name not in known:
            raise unknown_letter(domain.name, sorted(known), domain.span)
    for name, value in values.items():
        if name not in known:
            raise unknown_letter(name, sorted(known), network.chain.span)
        if isinstance(value, bool) or not isinstance(value, int):
            help = ()
            if isinstance(value, (range, list, tuple)):
                help = (f"several values make a family: net.family({name}={value!r})",)
            raise error(
                "CNN008",
                f"letter {name} needs an integer, not {value!r}",
                network.chain.span,
                help=help,
            )
    bound: dict[str, int] = {}
    ranges = []
    for domain in network.statement.where:
        if domain.single is not None:
            bound[domain.name] = domain.single
        elif domain.name not in values:
            ranges.append(domain)
    if ranges:
        domain, *others = ranges
        choice = " ".join(f"--set {domain.name}={domain.values[-1]}" for domain in ranges)
        raise error(
            "CNN008",
            f"{domain.name} ranges over {len(domain.values)} values, which makes this a family; "
            "sizing needs one network",
            domain.span,
            help=(f"choose one value{' for each letter' if others else ''}: {choice}",),
            notes=("`cnnsize family` sizes all networks of the family",),
        )
    return {**bound, **values}


def unknown_letter(
    name: str, letters: Collection[str], span: Span, *, owner: str = "network"
) -> ArchitectureError:
    """Return the error for a letter that a network (or a pattern: ``owner``) does not have.

    Its help names the letters that may have been meant, else all of them.
    """
    candidates = nearest(name, letters)
    if candidates:
        help = f"did you mean {alternatives(candidates)}?"
    else:
        several = f"its letters are {', '.join(letters)}"
        single = f"its only letter is {', '.join(letters)}" if letters else "it has no letters"
        help = several if len(letters) > 1 else single
    return error("CNN004", f"this {owner} has no letter {name}", span, help=(help,))

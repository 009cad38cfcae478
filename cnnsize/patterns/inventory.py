"""Collect the letters and ``?`` of a pattern in reading order, and what each letter is used for."""

from __future__ import annotations

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.language.tree import Call, Chain, Group, Item, Join, LayerNode, all_items
from cnnsize.patterns.choices import Choice
from cnnsize.patterns.items import names, optional_key, own_letters
from cnnsize.text.span import Span

MAX_LABEL = 32  # characters of the name of a ``?``


class Inventory:
    """The letters and ``?`` of a text in reading order, and the roles of its letters.

    ``choices`` are keyed by letter, or by the offset of a ``?``; letters have no values yet.
    ``roles`` are subsets of {"count", "size", "width"}.
    """

    def __init__(self, architecture: ParsedArchitecture) -> None:
        self.architecture = architecture
        self.choices: dict[str | int, Choice] = {}
        self.roles: dict[str, set[str]] = {}
        self._blocks: set[str] = set()
        self._parameter_roles: dict[str, list[set[str]]] = {}
        self._collect(architecture.chain, in_block=False)

    def _collect(self, chain: Chain, *, in_block: bool) -> None:
        """Collect the choices of a chain. A block is read where it is first called.

        The letters in a block are its parameters, not letters of the network.
        """
        for item in chain.items:
            node = item.node
            if item.suffix.optional:
                key = optional_key(item)
                if key not in self.choices:
                    self.choices[key] = Choice(self._label(item), range(2), item.span, key)
            if not in_block:
                self._collect_letters(item)
            if isinstance(node, Group):
                self._collect(node.chain, in_block=in_block)
            elif isinstance(node, Join):
                for branch in node.branches:
                    self._collect(branch, in_block=in_block)
            elif isinstance(node, Call) and node.name not in self._blocks:
                self._blocks.add(node.name)
                definition = self.architecture.definitions.get(node.name)
                if definition is not None:
                    self._collect(definition.chain, in_block=True)

    def _collect_letters(self, item: Item) -> None:
        letters = list(own_letters(item))
        if isinstance(item.node, Call):
            parameters = self._roles_of_parameters(item.node.name)
            for roles, argument in zip(parameters, item.node.arguments, strict=False):
                letters += [
                    (name.name, name.span, role)
                    for name in names(argument)
                    for role in sorted(roles) or ["count"]
                ]
        for letter, span, role in letters:
            self.choices.setdefault(letter, Choice(letter, (), span))
            self.roles.setdefault(letter, set()).add(role)

    def _roles_of_parameters(self, block: str) -> list[set[str]]:
        """Return the roles of each parameter of a block, those in the blocks that it calls
        included.
        """
        cached = self._parameter_roles.get(block)
        if cached is not None:
            return cached
        definition = self.architecture.definitions.get(block)
        if definition is None:
            return []
        roles: dict[str, set[str]] = {name: set() for name in definition.parameters or ()}
        self._parameter_roles[block] = list(roles.values())
        for item in all_items(definition.chain):
            for name, _, role in own_letters(item):
                if name in roles:
                    roles[name].add(role)
            if isinstance(item.node, Call):
                inner = self._roles_of_parameters(item.node.name)
                for inner_roles, argument in zip(inner, item.node.arguments, strict=False):
                    for letter in names(argument):
                        if letter.name in roles:
                            roles[letter.name] |= inner_roles
        return self._parameter_roles[block]

    def _label(self, item: Item) -> str:
        """Return the name of a ``?``, which is what it follows: ``POOL?``."""
        node = item.node
        if isinstance(node, LayerNode):
            from cnnsize.language.format import layer_text  # late: sizing alone never formats

            text = layer_text(node)
        else:
            text = " ".join(self.architecture.piece(Span(item.start, item.end))[1].split())
            text = text.removesuffix("?")
        return (text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 3]}...") + "?"

"""What a rule is: the row of a table that the catalogue is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Condition = Callable[[Mapping[str, Any]], Any]
Message = Callable[[Mapping[str, Any]], str]
# The hundreds of the codes, so that a family can be selected by name.
FAMILIES = {
    "0": "language",
    "1": "shape",
    "2": "sizing",
    "3": "structure",
    "4": "cost",
    "5": "receptive-field",
    "6": "training",
    "7": "style",
    "8": "pattern",
    "9": "suppression",
}


class Rule(NamedTuple):
    """One rule, as its page's front matter says it, compiled.

    ``when`` is split in two: what one layer and its volume decide, which is kept from network to
    network, and what its place in the network decides. Either may be None, which is always met.
    """

    code: str
    name: str
    severity: str  # error, warning or info
    default: bool
    fix: str  # safe, unsafe or none
    scope: str  # layer, network, text or core
    layers: tuple[str, ...] = ()  # kinds of layers; empty: all
    local: Condition | None = None
    rest: Condition | None = None
    message: Message | None = None
    label: Message | None = None
    note: Message | None = None
    help: Message | None = None
    check: str | None = None  # the key of a check in checks.py, in place of a condition
    fixer: str | None = None  # the key of what builds its fixes there
    names: tuple[str, ...] = ()  # the facts that its texts use
    setting: str | None = None  # "loss=cross-entropy", "budget": on where this is set

    @property
    def family(self) -> str | None:
        """``shape`` for CNN1xx; a rule of somebody else has none."""
        return FAMILIES.get(self.code[3:4]) if self.code.startswith("CNN") else None

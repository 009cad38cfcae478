"""A rule as the catalogue holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnsize.record import Record
from cnnsize.text.codes import Severity

Condition = Callable[[Mapping[str, Any]], Any]
Message = Callable[[Mapping[str, Any]], str]
# The first digit of a code, and the name under which all its rules can be selected.
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


class Rule(Record):
    """One rule, compiled from the front matter of its page.

    The condition is split in two: ``local`` depends on one layer and its volumes alone and is
    cached, ``rest`` depends on the layer's place in the network. None always holds.
    """

    code: str
    name: str
    severity: Severity
    default: bool
    fix: str  # safe, unsafe or none
    scope: str  # layer, network, text, core, or code for rules about Python source
    layers: tuple[str, ...] = ()  # the kinds that it applies to; empty: all
    local: Condition | None = None
    rest: Condition | None = None
    message: Message | None = None
    label: Message | None = None
    note: Message | None = None
    help: Message | None = None
    check: str | None = None  # a key of lint.checks.CHECKS, in place of a condition
    fixer: str | None = None  # a key of lint.fixers.FIXERS
    names: tuple[str, ...] = ()  # the facts that its texts use
    setting: str | None = None  # on by default where this is set: "loss=cross-entropy", "budget"

    @property
    def family(self) -> str | None:
        """The family, such as "shape" for CNN1xx; None for rules that cnnsize does not ship."""
        return FAMILIES.get(self.code[3:4]) if self.code.startswith("CNN") else None

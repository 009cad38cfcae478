"""One violation of a rule, and how it is put into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, NamedTuple

from cnnsize.lint.context import Context
from cnnsize.lint.facts import FACTS, Facts
from cnnsize.lint.rule import Message, Rule
from cnnsize.sizing.outline import path_text
from cnnsize.text.diagnostic import Diagnostic, Fix, Label


class Violation:
    """A rule that spoke of one item: at its first place, with a count of all places where it
    holds.
    """

    __slots__ = ("_facts", "axes", "context", "count", "extra", "index", "rule")

    def __init__(
        self,
        rule: Rule,
        context: Context,
        index: int | None,
        axes: tuple[int, ...],
        extra: Any = None,
        count: int = 1,
    ) -> None:
        self.rule = rule
        self.context = context
        self.index = index
        self.axes = axes
        self.extra = extra  # what the check adds, a checks.Found
        self.count = count
        self._facts: dict[int, Facts] = {}

    def facts(self, axis: int) -> Facts:
        """What the texts of the rule may use, on an axis."""
        facts = self._facts.get(axis)
        if facts is None:
            row = None if self.index is None else self.context.row(self.index)
            facts = self._facts[axis] = Facts(row, axis, self.context, self.index or 0)
            if self.extra is not None:
                facts.update(self.extra.facts)
        return facts

    def everywhere(self) -> bool:
        """Does it hold in every place that its item stands for?"""
        if self.index is None:
            return True
        return self.count == self.context.places(self.context.row(self.index).item.start)

    def diagnostic(self, fixes: tuple[Fix, ...] = (), notes: tuple[str, ...] = ()) -> Diagnostic:
        """The finding in words, with its verified fixes and what is to be said of them."""
        rule, context, extra = self.rule, self.context, self.extra
        architecture = context.architecture
        texts = {self._said(rule.message, axis): axis for axis in reversed(self.axes)}
        axis = self.axes[0]
        facts = self.facts(axis)
        message = self._said(rule.message, axis)
        if self.index is not None and not self._alike():
            if len(self.axes) == 1:
                message += f", along {'WH'[axis]}"
            elif len(texts) > 1:
                message = ", and ".join(
                    f"along {'WH'[at]} {text}" for text, at in reversed(texts.items())
                )
        if self.index is not None:
            row = context.row(self.index)
            span, path = row.item.span, path_text(row.path)
            total = context.places(row.item.start)
            if rule.scope == "layer" and self.count < total:
                message += f", in {self.count:,} of its {total:,} places"
        else:
            first = architecture.chain.items[0]
            span, path = first.span, None
        related: tuple[Label, ...] = ()
        if extra is not None:
            span = extra.span or span
            related = tuple(Label(architecture.original(at), text) for at, text in extra.related)
        notes = (*filter(None, (self._said(rule.note, axis),)), *notes)
        said = self._said(rule.help, axis)
        help = tuple(filter(None, (said, "; or ".join(fix.message for fix in fixes))))
        return Diagnostic(
            rule.code,
            message,
            architecture.original(span),
            self._said(rule.label, axis),
            related,
            notes,
            help,
            fixes,
            path,
            MappingProxyType(self._numbers(facts)),
            (extra and extra.severity) or rule.severity,  # type: ignore[arg-type]
            rule=None if rule.code.startswith("CNN") else rule.name,
        )

    def _alike(self) -> bool:
        """Are both axes of the layer alike, so that none need be named?"""
        assert self.index is not None
        row = self.context.row(self.index)
        volume = row.inputs[0]
        windows = getattr(row.layer, "windows", None)
        if not any(FACTS[name].axis for name in self.rule.names if name in FACTS):
            return True
        return (
            volume is not None
            and volume.W == volume.H
            and (windows is None or windows[0] == windows[1])
        )

    def _said(self, message: Message | None, axis: int) -> str:
        if message is None:
            return ""
        try:
            return message(self.facts(axis))
        except (ArithmeticError, ValueError, KeyError):
            return self.rule.name.replace("-", " ")

    def _numbers(self, facts: Facts) -> dict[str, Any]:
        """The facts that the rule speaks of, for JSON."""
        found: dict[str, Any] = {}
        for name in self.rule.names:
            value = facts.known(name)
            if value is not None:
                found[name] = value if isinstance(value, (int, str, float, bool)) else float(value)
        return found


class Reported(NamedTuple):
    """How much the rules report of a network: enough to tell whether a fix makes it better."""

    items: Counter[str]  # by code, each item once
    errors_and_warnings: int  # errors and warnings

    @classmethod
    def of(cls, violations: Iterable[Violation]) -> Reported:
        """Count violations."""
        items: Counter[str] = Counter()
        serious = 0
        for violation in violations:
            items[violation.rule.code] += 1
            serious += violation.rule.severity != "info"
        return cls(items, serious)

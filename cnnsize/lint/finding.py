"""One violation of a rule, and the diagnostic that describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnsize.lint.context import Context
from cnnsize.lint.facts import FACTS, Facts
from cnnsize.lint.rule import Message, Rule
from cnnsize.record import Record
from cnnsize.sizing.outline import path_text
from cnnsize.text.diagnostic import Diagnostic, Fix, Label

if TYPE_CHECKING:
    from cnnsize.lint.checks.hit import Hit


class Violation:
    """A rule that is violated by one item of the text.

    It is reported at the first layer that the item stands for; ``count`` says for how many of these
    the rule is violated. ``index`` is that of the layer in the context, None for the whole network.
    """

    __slots__ = ("_facts", "axes", "context", "count", "hit", "index", "rule")

    def __init__(
        self,
        rule: Rule,
        context: Context,
        *,
        index: int | None,
        axes: tuple[int, ...],
        hit: Hit | None = None,
        count: int = 1,
    ) -> None:
        self.rule = rule
        self.context = context
        self.index = index
        self.axes = axes
        self.hit = hit  # of a rule with a check
        self.count = count
        self._facts: dict[int, Facts] = {}

    def facts(self, axis: int) -> Facts:
        """Return the facts that the texts of the rule may use, along an axis."""
        facts = self._facts.get(axis)
        if facts is None:
            row = None if self.index is None else self.context.row(self.index)
            facts = self._facts[axis] = Facts(row, axis, self.context, self.index or 0)
            if self.hit is not None:
                facts.update(self.hit.facts)
        return facts

    def holds_everywhere(self) -> bool:
        """Return whether every layer that the item stands for violates the rule."""
        return self.index is None or self.count == self._places()

    def _places(self) -> int:
        assert self.index is not None
        return self.context.count_places(self.context.row(self.index).item.start)

    def diagnostic(self, fixes: tuple[Fix, ...] = (), notes: tuple[str, ...] = ()) -> Diagnostic:
        """Return the violation as a diagnostic, with verified fixes and notes about the search for
        them.
        """
        rule, hit, architecture = self.rule, self.hit, self.context.architecture
        axis = self.axes[0]
        if self.index is None:
            span, path = architecture.chain.items[0].span, None
        else:
            row = self.context.row(self.index)
            span, path = row.item.span, path_text(row.path)
        related: tuple[Label, ...] = ()
        if hit is not None:
            span = hit.span or span
            related = tuple(
                Label(architecture.original(place), text) for place, text in hit.related
            )
        note = self._render(rule.note, axis)
        suggestions = self._render(rule.help, axis), "; or ".join(fix.message for fix in fixes)
        return Diagnostic(
            rule.code,
            self._message(),
            architecture.original(span),
            self._render(rule.label, axis),
            related,
            (note, *notes) if note else notes,
            tuple(filter(None, suggestions)),
            fixes,
            path,
            MappingProxyType(self._values(self.facts(axis))),
            (hit.severity if hit is not None else None) or rule.severity,
            rule=None if rule.code.startswith("CNN") else rule.name,
        )

    def _message(self) -> str:
        """Return the message; it names the axis or the number of places where that matters."""
        axis = self.axes[0]
        message = self._render(self.rule.message, axis)
        if self.index is None:
            return message
        if not self._axes_are_equal():
            texts = {self._render(self.rule.message, axis): axis for axis in reversed(self.axes)}
            if len(self.axes) == 1:
                message += f", along {'WH'[axis]}"
            elif len(texts) > 1:
                message = ", and ".join(
                    f"along {'WH'[axis]} {text}" for text, axis in reversed(texts.items())
                )
        if self.rule.scope == "layer" and self.count < self._places():
            message += f", in {self.count:,} of its {self._places():,} places"
        return message

    def _axes_are_equal(self) -> bool:
        """Return whether width and height are the same to the rule, so that none need be named."""
        assert self.index is not None
        if not any(FACTS[name].per_axis for name in self.rule.names if name in FACTS):
            return True
        row = self.context.row(self.index)
        volume, windows = row.inputs[0], getattr(row.layer, "windows", None)
        if volume is None or volume.W != volume.H:
            return False
        return windows is None or bool(windows[0] == windows[1])

    def _render(self, message: Message | None, axis: int) -> str:
        if message is None:
            return ""
        try:
            return message(self.facts(axis))
        except (ArithmeticError, ValueError, KeyError):  # a fact that has no value here
            return self.rule.name.replace("-", " ")

    def _values(self, facts: Facts) -> dict[str, Any]:
        """Return the facts that the rule uses as plain values, for JSON."""
        values: dict[str, Any] = {}
        for name in self.rule.names:
            value = facts.value_of(name)
            if value is not None:
                values[name] = value if isinstance(value, (int, str, float, bool)) else float(value)
        return values


class FindingCounts(Record):
    """Numbers of findings in a network, from which to decide whether a fix improves it."""

    items: Counter[str]  # by code, each item of the text once
    serious: Counter[str]  # the errors and warnings among them

    @classmethod
    def of(cls, violations: Iterable[Violation]) -> FindingCounts:
        """Count violations."""
        items: Counter[str] = Counter()
        serious: Counter[str] = Counter()
        for violation in violations:
            items[violation.rule.code] += 1
            serious[violation.rule.code] += violation.rule.severity != "info"
        return cls(items, serious)

"""Runs rules on a network: conditions layer by layer, checks on the graph, and the fixes of what
they find.

What one layer and its volume decide is worked out once and kept; only what depends on the place of
a layer is asked again. A rule speaks once of what was written once, however often it is repeated or
called.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.limits import MAX_FIXED
from cnnsize.lint.allowance import Allowance
from cnnsize.lint.context import Context
from cnnsize.lint.facts import Facts
from cnnsize.lint.finding import Reported, Violation
from cnnsize.lint.rule import Rule
from cnnsize.lint.selection import Selection
from cnnsize.network import Network
from cnnsize.sizing.rows import Row
from cnnsize.text.diagnostic import Diagnostic

KEPT = 20_000  # layers on volumes whose local findings are kept
LocalHit = tuple[Rule, tuple[int, ...]]


class Kept(NamedTuple):
    """What rules say of one layer on one volume. ``key`` is held, so that its identity stays its
    own.
    """

    key: Any
    hits: tuple[LocalHit, ...]


class Rules:
    """Rules sorted by what they look at."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rule for rule in rules if rule.scope != "core")
        self.codes = frozenset(rule.code for rule in self.rules)
        layer = [rule for rule in self.rules if rule.scope == "layer" and rule.check is None]
        self._any = tuple(rule for rule in layer if not rule.layers)
        self._by_kind: dict[str, tuple[Rule, ...]] = {}
        for kind in {kind for rule in layer for kind in rule.layers}:
            self._by_kind[kind] = tuple(
                rule for rule in layer if not rule.layers or kind in rule.layers
            )
        self._checks = tuple(
            rule for rule in self.rules if rule.check is not None and rule.scope != "text"
        )
        self._network = tuple(
            rule for rule in self.rules if rule.scope == "network" and rule.check is None
        )
        self._text = tuple(rule for rule in self.rules if rule.scope == "text")
        self._kept: dict[int, Kept] = {}

    # -- one network ----------------------------------------

    def lint(self, network: Network, allowed: Allowance | None = None) -> tuple[Diagnostic, ...]:
        """What the rules find in a network, each with its fixes as long as these are
        ``allowed``.
        """
        raised = self.raised(Context(network))
        if not raised:
            return ()
        allowed = allowed or Allowance(MAX_FIXED)
        before = Reported.of(raised)
        return tuple([self._worded(violation, before, allowed) for violation in raised])

    def _worded(self, violation: Violation, before: Reported, allowed: Allowance) -> Diagnostic:
        """Put a violation into words, with its verified fixes as long as the allowance lasts."""
        if violation.rule.fixer is None:
            return violation.diagnostic()
        if not allowed.take():
            return violation.diagnostic(
                notes=(f"fixes are only looked for in the first {allowed.all:,} findings",)
            )
        from cnnsize.lint.fixers.verify import fixes_of  # late: few findings have fixes

        fixes = fixes_of(violation, before, lambda context: Reported.of(self.raised(context)))
        verifier = violation.context.verifier
        was_stopped = not fixes and verifier is not None and verifier.stopped
        notes = (verifier.allowance.note,) if verifier is not None and was_stopped else ()
        return violation.diagnostic(fixes, notes)

    def text(
        self, architecture: ParsedArchitecture, allowed: Allowance | None = None
    ) -> tuple[Diagnostic, ...]:
        """What the rules about the text find: they need no sizes, and a family has them too."""
        if not self._text:
            return ()
        from cnnsize.lint.text_checks import CHECKS  # late: only where such rules are selected

        found: list[Diagnostic] = []
        for rule in self._text:
            if rule.check in CHECKS:
                found += CHECKS[rule.check](rule, architecture, allowed or Allowance(MAX_FIXED))
        return tuple(found)

    def raised(self, context: Context) -> list[Violation]:
        """Everything found in a network, once for each item and rule."""
        found: dict[tuple[str, int], Violation] = {}
        kept, by_kind, every = self._kept, self._by_kind, bool(self._any)
        kinds = context.kinds
        for index, row in enumerate(context.rows):
            if row is None or not (every or kinds[index] in by_kind):
                continue
            sizing = row.sizing
            known = kept.get(id(sizing))
            if known is None:
                known = self._look(row)
            for rule, axes in known.hits:
                if rule.rest is not None:
                    axes = tuple(
                        axis for axis in axes if _holds(rule, Facts(row, axis, context, index))
                    )
                    if not axes:
                        continue
                self._raise(found, rule, context, index, axes)
        for rule in self._network:
            facts = Facts(None, 0, context)
            if (rule.local is None or _met(rule.local, facts)) and _holds(rule, facts):
                key = (rule.code, -1)
                found[key] = Violation(rule, context, None, (0,))
        if self._checks:
            from cnnsize.lint.checks import CHECKS

            for rule in self._checks:
                assert rule.check is not None
                for one in CHECKS[rule.check].find(context):
                    if one.at is None:
                        found[rule.code, -1] = Violation(rule, context, None, (0,), one)
                    elif context.sized(one.at):
                        self._raise(found, rule, context, one.at, (one.axis,), one)
        return list(found.values())

    def _raise(
        self,
        found: dict[tuple[str, int], Violation],
        rule: Rule,
        context: Context,
        index: int,
        axes: tuple[int, ...],
        extra: Any = None,
    ) -> None:
        key = (rule.code, context.row(index).item.start)
        count = (
            context.graph.times[index] if extra is None or extra.places is None else extra.places
        )
        if key in found:
            found[key].count += count
        else:
            found[key] = Violation(rule, context, index, axes, extra, count)

    def _look(self, row: Row) -> Kept:
        """What is wrong with one layer on one volume, wherever it stands."""
        sizing = row.sizing
        volume = row.inputs[0]
        rules = self._by_kind.get(row.layer.kind, self._any)
        hits: list[LocalHit] = []
        if rules and volume is not None and sizing.output is not None:
            windows = getattr(row.layer, "windows", None)
            square = (
                volume.W == volume.H
                and (windows is None or windows[0] is windows[1])
                and row.layer.kind != "TCONV"
            )
            facts = [Facts(row, 0)] if square else [Facts(row, 0), Facts(row, 1)]
            for rule in rules:
                axes = tuple([f.axis for f in facts if rule.local is None or _met(rule.local, f)])
                if axes:
                    hits.append((rule, axes))
        if len(self._kept) > KEPT:
            self._kept.clear()
        kept = self._kept[id(sizing)] = Kept(sizing, tuple(hits))
        return kept


def _holds(rule: Rule, facts: Facts) -> bool:
    return rule.rest is None or _met(rule.rest, facts)


def _met(condition: Any, facts: Facts) -> bool:
    """Is a condition met? What is undefined is not."""
    try:
        return bool(condition(facts))
    except (ArithmeticError, ValueError):
        return False


_MADE: dict[int, tuple[Selection, Rules]] = {}


def rules_for(selection: Selection) -> Rules:
    """The rules of a selection, sorted and with what they keep; one object for one selection."""
    made = _MADE.get(id(selection))
    if made is None:
        if len(_MADE) > 64:
            _MADE.clear()
        wanted = [
            rule
            for code, rule in selection.table.items()
            if code in selection.codes and isinstance(rule, Rule)
        ]
        made = _MADE[id(selection)] = selection, Rules(wanted)
    return made[1]

"""Run rules on a network: conditions layer by layer, checks on the graph, then fixes.

The part of a condition that depends on one layer and its volumes alone is evaluated once and cached
for all networks; only the part that depends on the layer's place is evaluated again. Of a layer with
another width, only conditions that read a number of channels are evaluated again. A rule reports an
item of the text once, however many iterations and calls run it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.base import Layer
from cnnsize.limits import MAX_FINDINGS_WITH_FIXES
from cnnsize.lint.allowance import FindingAllowance
from cnnsize.lint.cache import MapKey, alike, map_key
from cnnsize.lint.context import Context
from cnnsize.lint.facts import Facts
from cnnsize.lint.finding import FindingCounts, Violation
from cnnsize.lint.rule import Condition, Rule
from cnnsize.lint.selection import Selection
from cnnsize.network import Network
from cnnsize.record import NamedTuple
from cnnsize.sizing.rows import Row
from cnnsize.text.diagnostic import Diagnostic

if TYPE_CHECKING:
    from cnnsize.lint.checks.hit import Hit

MAX_CACHED = 20_000  # layers on volumes
Violations = dict[tuple[str, int], Violation]  # by code and start of the item; -1 is the network


Hits = tuple[tuple[Rule, tuple[int, ...]], ...]  # rules whose local conditions hold, with the axes


class LayerHits(NamedTuple):
    """The rules whose local conditions hold for one layer on maps of one size.

    ``rules`` has None in place of the axes where a condition reads a number of channels. ``known`` has
    the hits by the channels of the input and of the output; None if there is no such condition.
    """

    layer: Layer
    rules: tuple[tuple[Rule, tuple[int, ...] | None], ...]
    known: dict[tuple[int, int], Hits] | None


class Linter:
    """Rules, sorted by what they apply to, with their cache of evaluated layers."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rule for rule in rules if rule.scope not in ("core", "code"))
        self.codes = frozenset(rule.code for rule in self.rules)
        conditions = [rule for rule in self.rules if rule.scope == "layer" and rule.check is None]
        self._for_all_kinds = tuple(rule for rule in conditions if not rule.layers)
        self._by_kind: dict[str, tuple[Rule, ...]] = {}
        for kind in {kind for rule in conditions for kind in rule.layers}:
            self._by_kind[kind] = tuple(
                rule for rule in conditions if not rule.layers or kind in rule.layers
            )
        self._with_check = tuple(
            rule for rule in self.rules if rule.check is not None and rule.scope != "text"
        )
        self._for_network = tuple(
            rule for rule in self.rules if rule.scope == "network" and rule.check is None
        )
        self._for_text = tuple(rule for rule in self.rules if rule.scope == "text")
        self._cache: dict[MapKey, LayerHits] = {}
        self._cached = 0  # results in it; it is emptied when there are too many

    def lint(
        self, network: Network, allowance: FindingAllowance | None = None
    ) -> tuple[Diagnostic, ...]:
        """Return what the rules report about a network.

        Fixes are verified for as many findings as the allowance permits. A paste gets none: they
        are in this notation.
        """
        context = Context(network)
        violations = self.violations(context)
        allowance = allowance or FindingAllowance(MAX_FINDINGS_WITH_FIXES)
        search = None
        diagnostics: list[Diagnostic] = []
        for violation in violations:
            if violation.rule.fixer is None or network.architecture.paste:
                diagnostics.append(violation.diagnostic())
            elif not allowance.take():
                diagnostics.append(violation.diagnostic(notes=(allowance.note,)))
            else:
                if search is None:
                    # late: few findings have fixes
                    from cnnsize.lint.fixers.verify import FixSearch

                    search = FixSearch(context, FindingCounts.of(violations), self.count_findings)
                fixes = search.fixes_of(violation)
                notes = (search.note,) if search.stopped and not fixes else ()
                diagnostics.append(violation.diagnostic(fixes, notes))
        return tuple(diagnostics)

    def lint_text(
        self, architecture: ParsedArchitecture, allowance: FindingAllowance | None = None
    ) -> tuple[Diagnostic, ...]:
        """Return what the rules about the text report; they need no sizes, so a family has some.

        They say nothing about a paste, which is not in this notation.
        """
        if not self._for_text or architecture.paste:
            return ()
        from cnnsize.lint.text_checks import CHECKS  # late: only where such rules are selected

        allowance = allowance or FindingAllowance(MAX_FINDINGS_WITH_FIXES)
        diagnostics: list[Diagnostic] = []
        for rule in self._for_text:
            if rule.check in CHECKS:
                diagnostics += CHECKS[rule.check](rule, architecture, allowance)
        return tuple(diagnostics)

    def count_findings(self, context: Context) -> FindingCounts:
        """Count what the rules report about a network."""
        return FindingCounts.of(self.violations(context))

    def violations(self, context: Context) -> list[Violation]:
        """Return all violations in a network, one for each item and rule."""
        violations: Violations = {}
        self._check_layers(context, violations)
        for rule in self._for_network:
            facts = Facts(None, 0, context)
            if _holds(rule.local, facts) and _holds(rule.rest, facts):
                violations[rule.code, -1] = Violation(rule, context, index=None, axes=(0,))
        if self._with_check:
            from cnnsize.lint.checks import CHECKS  # late: conditions alone do not need them

            for rule in self._with_check:
                assert rule.check is not None
                for hit in CHECKS[rule.check].find(context):
                    if hit.layer is None:
                        violations[rule.code, -1] = Violation(
                            rule, context, index=None, axes=(0,), hit=hit
                        )
                    elif context.is_sized(hit.layer):
                        _add(violations, rule, context, hit.layer, axes=(hit.axis,), hit=hit)
        return list(violations.values())

    def _check_layers(self, context: Context, violations: Violations) -> None:
        """Evaluate the conditions of rules of scope layer on every layer."""
        by_kind, check_all = self._by_kind, bool(self._for_all_kinds)
        kinds = context.kinds
        for index, row in enumerate(context.rows):
            if row is None or not (check_all or kinds[index] in by_kind):
                continue
            for rule, axes in self._hits(row):
                if rule.rest is not None:
                    axes = tuple(
                        axis for axis in axes if _holds(rule.rest, Facts(row, axis, context, index))
                    )
                    if not axes:
                        continue
                _add(violations, rule, context, index, axes=axes)

    def _hits(self, row: Row) -> Hits:
        """Return the rules whose conditions on layer and volume alone hold."""
        layer, volume, output = row.layer, row.inputs[0], row.sizing.output
        if volume is None or output is None:
            return ()
        key = map_key(row, volume, output)
        hits = self._cache.get(key)
        if hits is None or not alike(hits.layer, layer):
            self._make_room()
            hits = self._cache[key] = self._evaluate(row)
        if hits.known is None:
            return hits.rules  # type: ignore[return-value]
        channels = volume.D, output.D
        known = hits.known.get(channels)
        if known is None:
            self._make_room()
            known = hits.known[channels] = _with_channels(hits, row)
        return known

    def _make_room(self) -> None:
        """Empty the cache where it is full."""
        self._cached += 1
        if self._cached > MAX_CACHED:
            self._cached = 0
            self._cache.clear()

    def _evaluate(self, row: Row) -> LayerHits:
        """Evaluate the conditions that depend on layer and volume alone."""
        rules: list[tuple[Rule, tuple[int, ...] | None]] = []
        all_facts = _facts_by_axis(row)
        reads_channels = False
        for rule in self._by_kind.get(row.layer.kind, self._for_all_kinds):
            for facts in all_facts:
                facts.reads_channels = False
            axes = _axes(rule, all_facts)
            if any(facts.reads_channels for facts in all_facts):
                rules.append((rule, None))
                reads_channels = True
            elif axes:
                rules.append((rule, axes))
        return LayerHits(row.layer, tuple(rules), {} if reads_channels else None)


def _with_channels(hits: LayerHits, row: Row) -> Hits:
    """Evaluate the conditions that read a number of channels, and return all hits."""
    all_facts = _facts_by_axis(row)
    rules = []
    for rule, axes in hits.rules:
        axes = _axes(rule, all_facts) if axes is None else axes
        if axes:
            rules.append((rule, axes))
    return tuple(rules)


def _axes(rule: Rule, all_facts: list[Facts]) -> tuple[int, ...]:
    """Return the axes along which the local condition of a rule holds."""
    return tuple([facts.axis for facts in all_facts if _holds(rule.local, facts)])


def _facts_by_axis(row: Row) -> list[Facts]:
    """Return the facts of a layer along W, and along H where they may differ."""
    return [Facts(row, 0)] if _is_square(row) else [Facts(row, 0), Facts(row, 1)]


def _is_square(row: Row) -> bool:
    """Return whether width and height are equal, so that one evaluation serves both axes."""
    volume, windows = row.inputs[0], getattr(row.layer, "windows", None)
    if volume is None or volume.W != volume.H or row.layer.kind == "TCONV":
        return False
    return windows is None or windows[0] is windows[1]


def _add(
    violations: Violations,
    rule: Rule,
    context: Context,
    index: int,
    *,
    axes: tuple[int, ...],
    hit: Hit | None = None,
) -> None:
    """Add a violation, or count it where the same item already violates the rule."""
    key = (rule.code, context.row(index).item.start)
    count = context.graph.times[index] if hit is None or hit.places is None else hit.places
    if key in violations:
        violations[key].count += count
    else:
        violations[key] = Violation(rule, context, index=index, axes=axes, hit=hit, count=count)


def _holds(condition: Condition | None, facts: Facts) -> bool:
    """Return whether a condition holds. None always does; one with an unknown fact does not."""
    if condition is None:
        return True
    try:
        return bool(condition(facts))
    except (ArithmeticError, ValueError):
        return False


@lru_cache(maxsize=64)
def linter_for(selection: Selection) -> Linter:
    """Return the linter with the rules of a selection; it keeps its cache from call to call."""
    return Linter(rule for code, rule in selection.table.items() if code in selection.codes)

"""Decide whether changes have improved the networks of a text."""

from __future__ import annotations

from collections import Counter

from cnnsize.report.result import Report, Result
from cnnsize.rewriting.changes import Change
from cnnsize.sizing.letters import bound_letters
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError

STYLE_CODES = ("CNN7", "CNN9")  # fixes for these must not even change which layers there are
Counts = Counter[tuple[str, str]]  # diagnostics by code and severity


def not_improved(before: Report, after: Report, batch: list[Change]) -> set[int]:
    """Return the numbers of the networks that changes have not improved, or changed too much."""
    touched: dict[int, list[Change]] = {}
    for change in batch:
        for network in change.networks:
            touched.setdefault(network, []).append(change)
    if len(before.architectures) != len(after.architectures):
        return set(touched)
    counts_before, counts_after = _count_by_network(before), _count_by_network(after)
    worse = set()
    for network, changes in touched.items():
        old, new = before.architectures[network], after.architectures[network]
        had, has = counts_before.get(network, Counter()), counts_after.get(network, Counter())
        own = [change for change in changes if change.diagnostic.architecture == network]
        if old.architecture is None:
            continue  # it could not be parsed; its fixes were verified when they were proposed
        is_improved = _all_gone(own, had, has) and _adds_nothing(changes, had, has)
        if not (is_improved and _keeps_meaning(changes, old, new)):
            worse.add(network)
    return worse


def _count_by_network(report: Report) -> dict[int, Counts]:
    """Count the diagnostics of each network by code and severity.

    A style rule reports several places in one diagnostic; each place counts.
    """
    counts: dict[int, Counts] = {}
    for diagnostic in report.diagnostics:
        if diagnostic.architecture is not None:
            is_style = diagnostic.code.startswith(STYLE_CODES)
            places = diagnostic.facts.get("count", 1) if is_style else 1
            key = (diagnostic.code, diagnostic.severity)
            counts.setdefault(diagnostic.architecture, Counter())[key] += places
    return counts


def _is_safe(changes: list[Change]) -> bool:
    return all(change.fix.applicability == "safe" for change in changes)


def _all_gone(own: list[Change], had: Counts, has: Counts) -> bool:
    """Return whether there are fewer diagnostics of each kind that the changes fix."""
    keys = {(change.diagnostic.code, change.diagnostic.severity) for change in own}
    return all(has[key] < had[key] for key in keys)


def _adds_nothing(changes: list[Change], had: Counts, has: Counts) -> bool:
    """Return whether there are no new errors and warnings.

    Safe changes may turn one finding into another, as when two pools become one large pool, but
    must not increase their number.
    """
    if not _is_safe(changes):
        return not any(count > had[key] for key, count in has.items() if key[1] != "info")
    return all(
        _total(has, severities) <= _total(had, severities)
        for severities in (("error",), ("error", "warning"))
    )


def _total(counts: Counts, severities: tuple[str, ...]) -> int:
    return sum(count for (_, severity), count in counts.items() if severity in severities)


def _keeps_meaning(changes: list[Change], old: Result, new: Result) -> bool:
    """Return whether a network is still the same; changes that are not safe may alter it."""
    if new.architecture is None:
        return False
    if not _is_safe(changes):
        return True
    if (old.output, old.params, old.valid) != (new.output, new.params, new.valid):
        return False
    only_style = all(change.diagnostic.code.startswith(STYLE_CODES) for change in changes)
    return not only_style or _layer_kinds(old) == _layer_kinds(new)


def _layer_kinds(result: Result) -> list[str] | None:
    """Return the kinds of all layers in order; None for a family, and for too many layers."""
    assert result.architecture is not None
    try:
        return kinds(result.architecture, bound_letters(result.architecture))
    except ArchitectureError:
        return None

"""Compare the networks of a report with the classes that they are about (CNN128)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cnnsize.drift.architecture import Comparison, find_drift
from cnnsize.drift.code_network import read_class
from cnnsize.drift.ties import TiedText
from cnnsize.limits import MAX_SOURCE_NETWORKS
from cnnsize.report.result import Result
from cnnsize.text.diagnostic import Diagnostic

TOO_MANY = f"more than {MAX_SOURCE_NETWORKS} texts are about classes of one file"
ANSWERED = ("CNN005", "CNN008")  # an INPUT or a value that is missing: the class has it


def compare_with_classes(
    ties: Iterable[TiedText], results: Sequence[Result], diagnostics: Iterable[Diagnostic]
) -> tuple[list[Diagnostic], tuple[str, ...]]:
    """Return the diagnostics with the differences, and why some networks were not compared.

    A network that was compared needs no INPUT of its own, and no values for its letters.
    """
    read_class.cache_clear()  # files may have changed since the last report
    differences: list[Diagnostic] = []
    unread: list[str] = []
    compared: set[int] = set()
    counts: Counter[str | None] = Counter()  # texts about classes of each file
    for tie, numbers in ties:
        architectures = {
            number: architecture
            for number in numbers
            if number < len(results) and (architecture := results[number].architecture) is not None
        }
        if not architectures:
            continue
        counts[tie.file] += 1
        if counts[tie.file] > MAX_SOURCE_NETWORKS:
            comparison = Comparison(unread=TOO_MANY)
        else:
            comparison = find_drift(architectures, tie)
        compared |= comparison.compared
        if comparison.difference is not None:
            differences.append(comparison.difference)
        if comparison.unread:
            result = results[min(architectures)]
            unread.append(f"{result.file}:{result.line}: {comparison.unread}")
    kept = [
        diagnostic
        for diagnostic in diagnostics
        if not (diagnostic.code in ANSWERED and diagnostic.architecture in compared)
    ]
    return [*kept, *differences], tuple(unread)

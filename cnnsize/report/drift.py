"""Compare the networks of a report with the classes that they are about (CNN128)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnsize.drift.architecture import find_drift
from cnnsize.drift.code_network import read_class
from cnnsize.drift.ties import TiedText
from cnnsize.report.result import Result
from cnnsize.text.diagnostic import Diagnostic

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
    for tie, numbers in ties:
        architectures = {
            number: architecture
            for number in numbers
            if number < len(results) and (architecture := results[number].architecture) is not None
        }
        if not architectures:
            continue
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

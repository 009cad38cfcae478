"""Answers to questions about all members of a family, in the formats of ``cnnsize family``."""

from __future__ import annotations

import json
from collections.abc import Callable

from cnnsize.patterns.choices import count_words
from cnnsize.patterns.counting.answers import Counts


def counts_text(counts: Counts) -> str:
    """Return the numbers as lines, each with its share of the members."""
    lines = [f"members     {count_words(counts.members)}"]
    lines.append(f"valid       {_with_share(counts.valid, counts.members)}")
    if counts.satisfying is not None:
        lines.append(f"satisfying  {_with_share(counts.satisfying, counts.members)}")
    return "\n".join(lines)


def _with_share(number: int, members: int) -> str:
    """Return ``1,024 (25.0 %)``."""
    share = (2000 * number + members) // (2 * members) / 10
    if number in (0, members):
        return count_words(number)
    return f"{count_words(number)} ({f'{share} %' if share else 'less than 0.1 %'})"


def counts_csv(counts: Counts) -> str:
    """Return a header and a row; an empty cell without a condition."""
    cells = ["" if number is None else str(number) for number in counts]
    return ",".join(Counts._fields) + "\n" + ",".join(cells)


COUNTS: dict[str, Callable[[Counts], str]] = {
    "full": counts_text,
    "csv": counts_csv,
    "json": lambda counts: json.dumps(counts._asdict(), indent=2),
    "jsonl": lambda counts: json.dumps(counts._asdict()),
}

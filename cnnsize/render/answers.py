"""Answers to questions about all members of a family, in the formats of ``cnnsize family``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cnnsize.patterns.choices import count_words
from cnnsize.patterns.counting.answers import Counts
from cnnsize.patterns.counting.histogram import Histogram
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.render.family import CSV_NUMBERS, csv_cells, text_lines
from cnnsize.text.terminal import Style, safe

MAX_BAR = 40  # characters of the longest bar of a histogram


def counts_text(counts: Counts) -> str:
    """Return the numbers as lines, each with its share of the members."""
    lines = [f"members     {count_words(counts.members)}"]
    lines.append(f"valid       {_with_share(counts.valid, counts.members)}")
    if counts.satisfying is not None:
        lines.append(f"satisfying  {_with_share(counts.satisfying, counts.members)}")
    return "\n".join(lines)


def _with_share(number: int, members: int) -> str:
    """Return ``1,024 (25.0 %)``."""
    if number in (0, members):
        return count_words(number)
    share = (2000 * number + members) // (2 * members) / 10
    return f"{count_words(number)} ({f'{share} %' if share else 'less than 0.1 %'})"


def histogram_text(histogram: Histogram, style: Style) -> str:
    """Return a bar for each bin, and the extremes and quartiles below."""
    if histogram.lowest is None or histogram.highest is None:
        return "no members have this fact"
    most = max(part.members for part in histogram.bins)
    ranges = [
        f"{part.low:,}" if part.low == part.high else f"{part.low:,} to {part.high:,}"
        for part in histogram.bins
    ]
    numbers = [count_words(part.members) for part in histogram.bins]
    title = safe(histogram.key)
    width = max(map(len, [*ranges, title]))
    number_width = max(map(len, [*numbers, "members"]))
    bar = max(10, min(MAX_BAR, style.width - width - number_width - 4))
    lines = [f"{title:>{width}}  {'members':>{number_width}}"]
    for text, number, part in zip(ranges, numbers, histogram.bins, strict=True):
        length = -(-part.members * bar // most)
        lines.append(f"{text:>{width}}  {number:>{number_width}}  {'#' * length}".rstrip())
    about = "" if histogram.exact else "about "
    low, median, high = (f"{about}{value:,}" for value in histogram.quartiles)
    lines += [
        "",
        f"members    {count_words(histogram.members)}",
        f"lowest     {histogram.lowest:,}",
        f"quartiles  {low}; {median}; {high}",
        f"highest    {histogram.highest:,}",
    ]
    return "\n".join(lines)


def members_text(family: Family, members: Sequence[Member]) -> str:
    """Return members in columns, each with its text below."""
    title, *lines = text_lines(family, members)
    texts = [member.text.rsplit("\n", 1)[-1] for member in members]
    below = [f"{line}\n  {safe(text)}" for line, text in zip(lines, texts, strict=False)]
    return "\n".join([title, *below])


def members_csv(family: Family, members: Iterable[Member]) -> str:
    """Return CSV as ``family`` lists members, with a column for their texts."""
    names = [choice.name for choice in family.choices]
    return _csv([*names, *CSV_NUMBERS, "text"], ([*csv_cells(m), m.text] for m in members))


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([head, *rows])
    return buffer.getvalue().rstrip("\n")


COUNTS: dict[str, Callable[[Counts], str]] = {
    "full": counts_text,
    "csv": lambda counts: _csv(Counts._fields, [counts]),
    "json": lambda counts: json.dumps(counts._asdict(), indent=2),
    "jsonl": lambda counts: json.dumps(counts._asdict()),
}
HISTOGRAMS: dict[str, Callable[[Histogram, Style], str]] = {
    "full": histogram_text,
    "csv": lambda histogram, _: _csv(("low", "high", "members"), histogram.bins),
    "json": lambda histogram, _: json.dumps(histogram.to_dict(), indent=2),
    "jsonl": lambda histogram, _: "\n".join(json.dumps(part._asdict()) for part in histogram.bins),
}
MEMBERS: dict[str, Callable[[Family, Sequence[Member]], str]] = {
    "full": members_text,
    "csv": members_csv,
    "json": lambda _, members: json.dumps(
        {"members": [member.to_dict() for member in members]}, indent=2
    ),
    "jsonl": lambda _, members: "\n".join(json.dumps(member.to_dict()) for member in members),
}

"""A family in words and rows: what ``check`` says of a pattern, and the list of members that
``family`` prints.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any

from cnnsize.patterns.choices import Choice
from cnnsize.patterns.family import Family, Member
from cnnsize.patterns.survey import Survey, member_dict
from cnnsize.sizing.field import Two
from cnnsize.text.terminal import Style, safe

NUMBERS = ("params", "MACs", "memory", "sees", "output")
FIRST = 256  # rows that are held back, to know how wide the columns are,
HELD = 0.2  # and for so many seconds at most


def overview(survey: Survey, style: Style) -> str:
    """Members, boundary, ranges, and the smallest and largest member."""
    from textwrap import wrap

    said = [survey.counted, *survey.boundary] if survey.complete else [survey.summary]
    rows = [("members", "")]
    for index, line in enumerate(said):  # one sentence, broken where its parts end
        line += ";" if index + 1 < len(said) else ""
        before = rows[-1][1]
        if before and len(before) + len(line) + 11 > style.width:
            rows.append(("", line))
        else:
            rows[-1] = (rows[-1][0], f"{before} {line}" if before else line)
    rows.append(("free", ", ".join(free_words(choice) for choice in survey.family.choices)))
    if survey.params is not None and survey.macs is not None and survey.memory_bytes is not None:
        rows += [
            ("params", between(survey.params)),
            ("MACs", f"{between(survey.macs)} (FLOPs are 2 x MACs)"),
            ("memory", f"{between(survey.memory_bytes)} bytes of activations, 4 each"),
        ]
        if survey.receptive_field is not None:
            low, high = (f"{w}x{h}" for w, h in survey.receptive_field)
            rows.append(
                (
                    "sees",
                    f"{low if low == high else f'{low} to {high}'} input cells (receptive field)",
                )
            )
    for word, member in (("smallest", survey.smallest), ("largest", survey.largest)):
        if member is not None:
            rows.append((word, f"{member.words}: {member.params:,} params"))
            rows.append(("", member.text.rsplit("\n", 1)[-1]))
    if (
        survey.largest is not None
        and (network := survey.network(survey.largest)) is not None
        and network.assumed
    ):
        parts = dict.fromkeys(
            f"{survey.family.architecture.piece(item.span)[1]}: {', '.join(sizes)}"
            for item, sizes in network.assumed
        )
        rows.append(("assumed", "; ".join(parts)))
    lines: list[str] = []
    for word, text in rows:
        folded = wrap(
            safe(text), max(30, style.width - 10), break_long_words=False, break_on_hyphens=False
        ) or [""]
        lines.append(f"{word:<10}{folded[0]}")
        lines += [f"{'':10}{'  ' if word else ''}{line}" for line in folded[1:]]
    return "\n".join(lines)


def free_words(choice: Choice) -> str:
    """``N in 0..3``, ``POOL?``"""
    if choice.optional:
        return choice.name
    values = choice.values
    if isinstance(values, range) and values.step == 1:
        return f"{choice.name} in {values[0]}..{values[-1]}"
    shown = [*map(str, values[:6]), *(["...", str(values[-1])] if len(values) > 6 else [])]
    return f"{choice.name} in {{{', '.join(shown)}}}"


def between(ends: Two) -> str:
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,} to {ends[1]:,}"


def cells(member: Member) -> list[str]:
    """One row of the list."""
    family = member.family
    row = [
        ("yes" if value else "-") if choice.optional else str(value)
        for choice, value in zip(family.choices, member.choices, strict=True)
    ]
    numbers = (member.params, member.macs, member.memory_bytes)
    row += ["-" if value is None else f"{value:,}" for value in numbers]
    seen = member.receptive_field
    row.append("-" if seen is None else f"{seen[0]}x{seen[1]}")
    row.append("-" if member.output is None else str(member.output))
    row.append("" if member.valid else "not valid")
    return row


def listed(family: Family, members: Iterable[Member]) -> Iterator[str]:
    """The list as lines. The widths are those of the first rows; a longer number pushes its row to
    the right.
    """
    head = [*(choice.name for choice in family.choices), *NUMBERS, ""]
    source = iter(members)
    first: list[list[str]] = []
    stopped, begin = None, monotonic()
    try:
        for member in source:
            first.append(cells(member))
            if len(first) == FIRST or monotonic() - begin > HELD:
                break
    except KeyboardInterrupt as interruption:
        stopped = interruption
    widths = [max(map(len, column)) for column in zip(head, *first, strict=True)]

    def line(row: list[str]) -> str:
        return safe(
            "  ".join(f"{text:>{width}}" for text, width in zip(row[:-1], widths, strict=False))
            + f"  {row[-1]}"
        ).rstrip()

    if first:
        yield line(head)
    yield from map(line, first)
    if stopped is not None:
        raise stopped
    for member in source:
        yield line(cells(member))


def json_lines(_: Family, members: Iterable[Member]) -> Iterator[str]:
    """One JSON object a line."""
    for member in members:
        yield json.dumps(member_dict(member, text=False))


def comma_separated(family: Family, members: Iterable[Member]) -> Iterator[str]:
    """CSV with a head, plain numbers, and nothing where a number is not known."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")

    def row(values: list[Any]) -> str:
        out.seek(0)
        out.truncate()
        writer.writerow(values)
        return out.getvalue().rstrip("\n")

    yield row(
        [
            *(choice.name for choice in family.choices),
            "valid",
            "params",
            "macs",
            "memory_bytes",
            "receptive_field_W",
            "receptive_field_H",
            "W",
            "H",
            "D",
        ]
    )
    for member in members:
        yield row(
            [
                *member.choices,
                int(member.valid),
                member.params,
                member.macs,
                member.memory_bytes,
                *(member.receptive_field or (None, None)),
                *(member.output or (None, None, None)),
            ]
        )


LISTS: dict[str, Callable[[Family, Iterable[Member]], Iterator[str]]] = {
    "full": listed,
    "jsonl": json_lines,
    "csv": comma_separated,
}

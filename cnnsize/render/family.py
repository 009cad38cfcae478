"""A family as text: the overview that ``check`` prints, and the list that ``family`` prints."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any

from cnnsize.patterns.choices import Choice
from cnnsize.patterns.counting.verdicts import Range
from cnnsize.patterns.family import Family
from cnnsize.patterns.member import Member
from cnnsize.patterns.survey import Survey
from cnnsize.render.units import byte_size, count
from cnnsize.text.terminal import Style, safe

LABEL_WIDTH = 17
NUMBER_TITLES = ("params", "MACs", "memory", "RF", "output")
WIDTH_SAMPLE = 256  # rows that are collected first, to know how wide the columns are,
WIDTH_SECONDS = 0.2  # for this long at most
UNKNOWN = "-"
MAX_LISTED = 6  # values of a choice


def overview(survey: Survey, style: Style) -> str:
    """Return the members, the boundary, the ranges, and the smallest and largest member."""
    from textwrap import wrap

    width = max(30, style.width - LABEL_WIDTH)
    rows = [*boundary_rows(survey, style), *range_rows(survey), *extreme_rows(survey)]
    lines: list[str] = []
    for label, text in rows:
        first, *others = wrap(
            safe(text), width, break_long_words=False, break_on_hyphens=False
        ) or [""]
        lines.append(f"{label:<{LABEL_WIDTH}}{first}")
        lines += [f"{'':{LABEL_WIDTH}}{'  ' if label else ''}{line}" for line in others]
    return "\n".join(lines)


def boundary_rows(survey: Survey, style: Style) -> list[tuple[str, str]]:
    """Return how many members are valid and where the boundary is, broken between sentences."""
    sentences = [survey.counted, *survey.boundary] if survey.complete else [survey.summary]
    rows = [("members", "")]
    for index, sentence in enumerate(sentences):
        if index + 1 < len(sentences):
            sentence += ";"
        text = rows[-1][1]
        if text and len(text) + len(sentence) + LABEL_WIDTH + 1 > style.width:
            rows.append(("", sentence))
        else:
            rows[-1] = (rows[-1][0], f"{text} {sentence}" if text else sentence)
    return rows


def range_rows(survey: Survey) -> list[tuple[str, str]]:
    """Return the choices, the inputs that fit, and the ranges of the numbers of valid members."""
    choices = ", ".join(choice_text(choice) for choice in survey.family.choices)
    rows = [("choices", choices)] if choices else []
    inputs = " or ".join(map(str, sorted(survey.inputs.nearest)))
    if inputs:
        rows.append(("fits", f"every member is valid with an input of {inputs}"))
    if survey.params is not None and survey.macs is not None and survey.memory_bytes is not None:
        rows += [
            ("parameters", range_text(survey.params)),
            ("multiply-adds", f"{range_text(survey.macs)} (2 FLOPs each)"),
            ("memory", f"{range_text(survey.memory_bytes, byte_size)} of activations in float32"),
        ]
        if survey.receptive_field is not None:
            low, high = (f"{w}x{h}" for w, h in survey.receptive_field)
            rows.append(
                ("receptive field", f"{low if low == high else f'{low} to {high}'} input cells")
            )
    return rows


def extreme_rows(survey: Survey) -> list[tuple[str, str]]:
    """Return the smallest and the largest member, and the defaults that the largest uses."""
    rows = []
    ends = (("smallest", survey.smallest), ("largest", survey.largest))
    for label, member in ends if survey.members > 1 else (("network", survey.largest),):
        if member is not None:
            rows.append((label, f"{member.words}: {member.params:,} parameters"))
            rows.append(("", member.text.rsplit("\n", 1)[-1]))
    network = None if survey.largest is None else survey.network(survey.largest)
    if network is not None and network.defaults_used:
        rows.append(("defaults used", "; ".join(text for _, text in network.defaults_used)))
    return rows


def choice_text(choice: Choice) -> str:
    """Return the values of a choice: ``N in 0..3``, ``k in {8, 16}`` or ``POOL?``."""
    if choice.optional:
        return choice.name
    values = choice.values
    if isinstance(values, range) and values.step == 1:
        return f"{choice.name} in {values[0]}..{values[-1]}"
    step = values[1] - values[0] if len(values) > MAX_LISTED else 0
    if step > 0 and tuple(values) == tuple(range(values[0], values[-1] + 1, step)):
        return f"{choice.name} in {values[0]}..{values[-1]} step {step}"
    shown = [*map(str, values[:MAX_LISTED])]
    shown += ["...", str(values[-1])] if len(values) > MAX_LISTED else []
    return f"{choice.name} in {{{', '.join(shown)}}}"


def range_text(ends: Range, text_of: Callable[[int], str] = count) -> str:
    """Return ``1,930 to 116,618``, or the number when both ends are equal."""
    low, high = map(text_of, ends)
    return low if ends[0] == ends[1] else f"{low} to {high}"


def member_row(member: Member) -> list[str]:
    """Return the cells of one row of the list."""
    row = [
        ("yes" if value else UNKNOWN) if choice.optional else str(value)
        for choice, value in zip(member.family.choices, member.choices, strict=True)
    ]
    numbers = (member.params, member.macs)
    row += [UNKNOWN if number is None else count(number) for number in numbers]
    row.append(UNKNOWN if member.memory_bytes is None else byte_size(member.memory_bytes))
    field = member.receptive_field
    row.append(UNKNOWN if field is None else f"{field[0]}x{field[1]}")
    row.append(UNKNOWN if member.output is None else str(member.output))
    row.append("" if member.valid else "not valid")
    return row


def text_lines(family: Family, members: Iterable[Member]) -> Iterator[str]:
    """Yield the list as lines in columns.

    The first rows set the widths of the columns; a longer number later moves its row to the right.
    """
    titles = [*(choice.name for choice in family.choices), *NUMBER_TITLES, ""]
    remaining = iter(members)
    sample: list[list[str]] = []
    interruption, begin = None, monotonic()
    try:
        for member in remaining:
            if not sample:  # sorting takes time before the first row
                begin = monotonic()
            sample.append(member_row(member))
            if len(sample) == WIDTH_SAMPLE or monotonic() - begin > WIDTH_SECONDS:
                break
    except KeyboardInterrupt as error:  # print the rows that are done first
        interruption = error
    widths = [max(map(len, column)) for column in zip(titles, *sample, strict=True)]

    def line(row: list[str]) -> str:
        cells = [f"{text:>{width}}" for text, width in zip(row[:-1], widths, strict=False)]
        return safe("  ".join([*cells, row[-1]])).rstrip()

    yield line(titles) if sample else "no members to list"
    yield from map(line, sample)
    if interruption is not None:
        raise interruption
    for member in remaining:
        yield line(member_row(member))


def json_lines(_: Family, members: Iterable[Member]) -> Iterator[str]:
    """Yield one JSON object per member."""
    for member in members:
        yield json.dumps(member.to_dict(text=False))


CSV_NUMBERS = (
    *("valid", "params", "macs", "memory_bytes"),
    *("receptive_field_W", "receptive_field_H", "W", "H", "D"),
)


def csv_lines(family: Family, members: Iterable[Member]) -> Iterator[str]:
    """Yield CSV with a header, plain numbers, and empty cells for unknown numbers."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")

    def line(values: list[Any]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(values)
        return buffer.getvalue().rstrip("\n")

    yield line([*(choice.name for choice in family.choices), *CSV_NUMBERS])
    for member in members:
        yield line(csv_cells(member))


def csv_cells(member: Member) -> list[Any]:
    """Return the cells of one row of CSV: its choices, then ``CSV_NUMBERS``."""
    return [
        *member.choices,
        int(member.valid),
        member.params,
        member.macs,
        member.memory_bytes,
        *(member.receptive_field or (None, None)),
        *(member.output or (None, None, None)),
    ]


LISTS: dict[str, Callable[[Family, Iterable[Member]], Iterator[str]]] = {
    "full": text_lines,
    "jsonl": json_lines,
    "csv": csv_lines,
}

"""Read the table of torchsummary: ``Conv2d-1  [-1, 64, 112, 112]  9,408``."""

from __future__ import annotations

import re

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.tables.rows import (
    INPUT_SIZE,
    SIZES,
    Row,
    Table,
    counts_of,
    not_a_row,
    number,
    shape_of,
    table_lines,
)
from cnnsize.language.pastes.tables.summary import read_claims
from cnnsize.layers.volume import Volume
from cnnsize.text.span import Span

HEADER = re.compile(r"Layer \(type\)[\s|]{1,99}Output Shape[\s|]{1,99}Param", re.I)
ROW = re.compile(
    rf"[\s|]*(?P<type>[A-Za-z_]\w*)-(?P<number>\d{{1,9}})[\s|]+(?P<shape>\[{SIZES}\]|\[\[.*\]\]|\[\])[\s|]+(?P<params>[\d,]*\d)(?:[\s|]+[\d,]*\d)?[\s|]*"
)


def read(text: str, input: Volume | None = None) -> StrictText:
    """Return the network of a table as strict text. Raises ArchitectureError.

    ``input`` is the size of the input where the table has no row for it.
    """
    return read_claims(table_of(text)._replace(input=input), text)


def table_of(text: str) -> Table:
    """Return the table in a text. Raises ArchitectureError for a line that is no row."""
    rows: list[Row] = []
    header = HEADER.search(text)
    for line, bare in table_lines(text, header):
        match = ROW.fullmatch(bare.text)
        if match is not None:
            rows.append(row_of(match, bare.start))
        elif header is not None or rows:
            raise not_a_row(line)
    size = INPUT_SIZE.search(text)
    megabytes = None if size is None else (float(size[1]), 1 << 20)
    return Table("torchsummary", "torch", rows, counts_of(text), megabytes=megabytes)


def row_of(match: re.Match[str], offset: int) -> Row:
    """Return the row of a line."""
    name_span = Span(match.start("type"), match.end("number")).shifted(offset)
    shape_span = Span(*match.span("shape")).shifted(offset)
    params_span = Span(*match.span("params")).shifted(offset)
    name = f"{match['type']}-{match['number']}"
    return Row(
        name,
        match["type"],
        Span(name_span.start, params_span.end),
        name_span,
        shape_of(match["shape"], shape_span),
        shape_span,
        number(match["params"], params_span),
        params_span,
    )

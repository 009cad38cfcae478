"""Read the table of torchsummary: ``Conv2d-1  [-1, 64, 112, 112]  9,408``."""

from __future__ import annotations

import re

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.rows import (
    CUT,
    INPUT_SIZE,
    MARK,
    RULER,
    SIZES,
    Row,
    Table,
    counts_of,
    cut_off,
    lines_of,
    not_a_row,
    number,
    shape_of,
)
from cnnsize.language.pastes.summary import read_claims
from cnnsize.text.span import Span

HEADER = re.compile(r"Layer \(type\)\s+Output Shape\s+Param", re.I)
ROW = re.compile(
    rf"\s*(?P<type>[A-Za-z_]\w*)-(?P<number>\d{{1,9}})\s+(?P<shape>\[{SIZES}\]|\[\[.*\]\]|\[\])\s+(?P<params>[\d,]*\d)\s*"
)


def read(text: str) -> StrictText:
    """Return the network of a table as strict text. Raises ArchitectureError."""
    return read_claims(table_of(text), text)


def table_of(text: str) -> Table:
    """Return the table in a text. Raises ArchitectureError for a line that is no row."""
    rows: list[Row] = []
    header = HEADER.search(text)
    for line in lines_of(text):
        if header is not None and line.start < header.end():
            continue
        if re.search(r"\bparams\W", line.text):
            break
        stripped = MARK.sub("", line.text, count=1)
        if RULER.fullmatch(stripped) or RULER.fullmatch(line.text):
            continue
        if CUT.fullmatch(line.text):
            raise cut_off(line)
        match = ROW.fullmatch(stripped)
        if match is None:
            if header is None and not rows:
                continue
            raise not_a_row(line)
        rows.append(row_of(match, line.start + len(line.text) - len(stripped)))
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

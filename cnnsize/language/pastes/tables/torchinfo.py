"""Read the table of torchinfo: ``├─Conv2d: 1-1  [1, 64, 112, 112]  9,408``, a tree of modules."""

from __future__ import annotations

import re

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.tables.rows import (
    INPUT_SIZE,
    Line,
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
from cnnsize.text.diagnostic import error
from cnnsize.text.span import Span

COLUMNS = {
    "input shape": "received",
    "output shape": "shape",
    "param #": "params",
    "param %": "share",
    "kernel shape": "kernel",
    "groups": "groups",
    "mult-adds": "work",
    "trainable": "trainable",
}
HEADER = re.compile(r"Layer \(type[^\n)]{0,99}(?:\([^\n)]{0,99}\))?[^\n)]{0,99}\)[^\n]*", re.I)
ROW = re.compile(
    r"(?P<tree>[\s│|├└─+]*)(?P<name>[A-Za-z_][\w.]*)(?P<variable> \([\w.]+\))?(?::\s*(?P<index>\d+(?:-\d+)?))?(?=\s|$)"
)
TOKEN = re.compile(
    r"\[[^\]]*\]|--|\(recursive\)|\([\d,]+\)|[└├]─[\d,]*\d|\d[\d,.]*%?|<[\d.]+%|True|False|Partial|\S+"
)


def read(text: str, input: Volume | None = None) -> StrictText:
    """Return the network of a table as strict text. Raises ArchitectureError.

    ``input`` is the size of the input where the table has no row for it.
    """
    return read_claims(table_of(text)._replace(input=input), text)


def table_of(text: str) -> Table:
    """Return the table in a text. Raises ArchitectureError for a line that is no row."""
    header = HEADER.search(text)
    columns = ["shape", "params"] if header is None else columns_of(header[0])
    if "params" not in columns or "shape" not in columns:
        missing = "Param #" if "params" not in columns else "Output Shape"
        span = Span(*header.span()) if header else Span(0, len(text))
        raise error(
            "CNN001",
            f"the table has no column {missing}",
            span,
            help=(
                "print it with an input size and the columns output_size, num_params and kernel_size",
            ),
        )
    rows: list[Row] = []
    for line, bare in table_lines(text, header):
        row = row_of(bare, columns)
        if row is not None:
            rows.append(row)
        elif header is not None or rows:
            raise not_a_row(line)
    first = re.search(r"\[(\d+),", text)
    batch = int(first[1][:9]) if first else 1
    size = INPUT_SIZE.search(text)
    megabytes = None if size is None else (float(size[1]), 10**6)
    return Table(
        "torchinfo",
        "torch",
        [row for row in rows if row.type],
        counts_of(text),
        megabytes=megabytes,
        batch=batch,
        columns=tuple(columns),
    )


def columns_of(header: str) -> list[str]:
    """Return the columns after the first, in their order."""
    lower = header.lower()
    places = sorted((lower.find(title), key) for title, key in COLUMNS.items() if title in lower)
    return [key for _, key in places]


def row_of(line: Line, columns: list[str]) -> Row | None:
    """Return the row of a line; its type is empty for a line about one weight; None for no row."""
    text, offset = line
    match = ROW.match(text)
    if match is None:
        return None
    name_span = Span(match.start("name"), match.end()).shifted(offset)
    tokens = list(TOKEN.finditer(text, match.end()))
    is_weight = any(token[0][0] in "└├" for token in tokens)
    whole = Span(name_span.start, offset + (tokens[-1].end() if tokens else match.end()))
    if is_weight:
        return Row(match["name"], "", whole, name_span, None, name_span, None, name_span)
    if len(tokens) != len(columns):
        return None
    cells = dict(zip(columns, tokens, strict=True))
    spans = {key: Span(*token.span()).shifted(offset) for key, token in cells.items()}
    params = cells["params"][0]
    if params == "(recursive)" or params == "--":
        count: int | None = 0 if params == "--" else None
    elif re.fullmatch(r"\(?[\d,]*\d\)?", params):
        count = number(params.strip("()"), spans["params"])
    else:
        return None
    index = match["index"]
    name = match["name"] + (f": {index}" if index else "")
    return Row(
        name,
        match["name"],
        whole,
        name_span,
        shape_of(cells["shape"][0], spans["shape"]),
        spans["shape"],
        count,
        spans["params"],
        received=shape_of(cells["received"][0], spans["received"]) if "received" in cells else None,
        kernel=kernel_of(cells["kernel"][0]) if "kernel" in cells else (),
        groups=groups_of(cells["groups"][0]) if "groups" in cells else None,
        depth=depth_of(match["tree"], index),
    )


def depth_of(tree: str, index: str | None) -> int:
    """Return how deep a row is nested; 0 for the model itself."""
    if index is not None:
        return int(index.split("-")[0][:3])
    marks = re.search(r"[├└+]", tree)
    return 0 if marks is None else 1 + len(re.findall(r"[│|]|    ", tree[: marks.start()]))


def kernel_of(text: str) -> tuple[int, ...]:
    """Return the kernel (H, W) of ``[3, 3]``, ``2`` or ``[in, out, 3, 3]``; empty for none."""
    sizes = [int(size) for size in re.findall(r"\d{1,9}", text)]
    if len(sizes) == 4:
        return tuple(sizes[2:])
    if len(sizes) == 1 and "[" not in text:
        return (sizes[0], sizes[0])
    return tuple(sizes) if len(sizes) == 2 else ()


def groups_of(text: str) -> int | None:
    """Return the number of groups; None for ``--``."""
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None

"""Read the table that Keras prints as ``model.summary()``: Keras 1, 2 and 3, R and Markdown."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.tables.rows import (
    SIZES,
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

MIN_WORDS = 3  # of a line of prose
TORCH_TYPES = ("Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "BatchNorm2d", "Linear")
HEADER = re.compile(r"Layer \(type\)[^\n]{0,200}Output Shape[^\n]*", re.I)
SHAPE = rf"[\[(]{{1,2}}\s*{SIZES}\s*[\])]{{0,2}}(?:,\s?\([^\n]*?\)\]?)?|multiple|\?"
NAME = r"(?P<name>[^\s()|│┃]+?…?)\s*\((?P<type>[\w>.]*…?)(?P<closed>\)?)"
PLAIN_ROW = re.compile(
    rf"(?P<nested>[\s|]*)(?:{NAME}|(?P<start>[\w./-]+))\s+(?P<shape>{SHAPE})\s+(?P<params>[\d,]*\d(?: \(unbuilt\))?)(?![\w.])(?P<rest>.*)"
)
BARS = re.compile(r"[│┃|]")
AFTER_NAME = re.compile(r"[\w>./…-]*(?: ?\([\w>.…]*)?\)?")  # what a wrapped name may go on with
ANOTHER_CONNECTION = re.compile(r"\s*'?[\w./-]+\[\d+\]\[\d+\]'?[\],]*[\s|]*")
CONNECTION = re.compile(r"([^\s'\[\],…]+)(\[[^,\s]*|…)?")


class Parts(NamedTuple):
    """The cells of a row that is being read: what each of its lines adds to them."""

    first: dict[str, Span]  # the places of the cells in the first line
    texts: dict[str, list[str]]
    depth: int
    starts: tuple[int, int, int]  # the columns of shape, parameters and connections


def read(text: str, input: Volume | None = None) -> StrictText:
    """Return the network of a table as strict text. Raises ArchitectureError.

    ``input`` is the size of the input where the table has no row for it.
    """
    return read_claims(table_of(text)._replace(input=input), text)


def table_of(text: str) -> Table:
    """Return the table in a text. Raises ArchitectureError for a line that is no row."""
    header = HEADER.search(text)
    if header is not None and "param" not in header[0].lower():
        raise error(
            "CNN001",
            "the table has no column Param #",
            Span(*header.span()),
            help=("print the table with a larger line_length",),
        )
    rows: list[Parts] = []
    has_connections = header is not None and "connected" in header[0].lower()
    in_boxes = header is not None and len(BARS.findall(header[0])) >= 2
    for line, bare in table_lines(text, header):
        if in_boxes or (header is None and len(BARS.findall(line.text)) >= 3):
            is_row = read_boxes(line, rows) or read_plain(line, bare, rows)
        else:
            is_row = read_plain(line, bare, rows)
        if not is_row and (header is not None or rows):
            if rows and is_end(text, line):
                break
            raise not_a_row(line)
    finished_rows = [finished(parts, text) for parts in rows]
    is_torch = any(row.type in TORCH_TYPES for row in finished_rows)
    return Table(
        "Keras",
        "torch" if is_torch else "keras",
        finished_rows,
        counts_of(text),
        has_connections or any("rest" in parts.texts and has_names(parts) for parts in rows),
    )


def is_end(text: str, line: Line) -> bool:
    """Return whether prose begins after the last row: words, and no sizes in all that follows."""
    words = re.findall(r"[^\W\d_]{2,}", line.text)
    rest = text[line.start :]
    return len(words) >= MIN_WORDS and re.search(r"[\[(]\s*(?:None|-?\d+),", rest) is None


def has_names(parts: Parts) -> bool:
    """Return whether the last cell of a row names other rows."""
    return "[" in "".join(parts.texts["rest"])


def read_boxes(line: Line, rows: list[Parts]) -> bool:
    """Read a line whose cells are separated by bars; return whether it is part of a row."""
    bars = [match.start() for match in BARS.finditer(line.text)]
    if len(bars) < 2:
        return False
    if line.text[: bars[0]].strip():  # a table of Markdown without bars at its borders
        bars.insert(0, -1)
    cells: list[tuple[str, Span]] = []
    for begin, end in zip(bars, [*bars[1:], len(line.text)], strict=True):
        cell = line.text[begin + 1 : end]
        start = line.start + begin + 1 + len(cell) - len(cell.lstrip("└ \t"))
        cell = cell.strip("└ \t")
        cells.append((cell, Span(start, start + len(cell))))
    if len(cells) < 3:
        return False
    keys = ["name", "shape", "params", *["rest"] * (len(cells) - 3)]
    begins = re.fullmatch(r"[\d,]*\d(?: \(unbuilt\))?", cells[2][0]) is not None
    if begins:
        first = {key: span for key, (_, span) in zip(keys[:4], cells, strict=False)}
        inner = line.text[bars[0] + 1 :]
        indent = len(inner) - len(inner.lstrip())
        depth = (indent + 2) // 3 if inner.lstrip().startswith("└") else 0
        rows.append(Parts(first, {}, depth, (0, 0, 0)))
    elif not rows:
        return False
    texts = rows[-1].texts
    for key, (cell, _) in zip(keys, cells, strict=True):
        if cell:
            texts.setdefault(key, []).append(cell)
    return True


def read_plain(line: Line, bare: Line, rows: list[Parts]) -> bool:
    """Read a line whose cells begin in columns; return whether it is part of a row."""
    match = PLAIN_ROW.fullmatch(bare.text)
    if match is not None:
        offset = bare.start - line.start
        begin, end = match.end("nested"), max(match.end("closed"), match.end("start"))
        first = {
            key: Span(*match.span(key)).shifted(bare.start) for key in ("shape", "params", "rest")
        }
        first["name"] = Span(begin, end).shifted(bare.start)
        starts = (
            offset + match.start("shape"),
            offset + match.start("params"),
            offset + match.end("params"),
        )
        texts = {
            "name": [match.string[begin:end]],
            "shape": [match["shape"]],
            "params": [match["params"]],
        }
        rest = match["rest"].strip(" |")
        if rest:
            texts["rest"] = [rest]
        rows.append(Parts(first, texts, match["nested"].count("|"), starts))
        return True
    if not rows:
        return False
    row = rows[-1]
    if ANOTHER_CONNECTION.fullmatch(bare.text):
        row.texts.setdefault("rest", []).append(bare.text.strip(" |"))
        return True
    shape, params, rest_start = row.starts
    name = line.text[:shape].strip(" |#/")
    sizes = line.text[shape:params].strip(" |")
    rest = line.text[rest_start:].strip(" |")
    continues_name = AFTER_NAME.fullmatch(name) is not None
    continues_shape = re.fullmatch(r"[\d, None()\[\]]*", sizes) is not None
    is_closed = row.texts["name"][-1].endswith(")")
    if not (continues_name and continues_shape) or (name and is_closed):
        return False
    for key, part in (("name", name), ("shape", sizes), ("rest", rest)):
        if part:
            row.texts.setdefault(key, []).append(part)
    return True


def finished(parts: Parts, text: str) -> Row:
    """Return a row of which all lines were read. Raises ArchitectureError."""
    name_text = "".join(parts.texts["name"]).replace("\\", "").strip("*`")
    place = parts.first["name"]
    match = re.match(NAME, name_text)
    name, kind, closed = (match[1], match[2], match["closed"]) if match else (name_text, "", "")
    shape_text = "".join(parts.texts.get("shape", []))
    params_text = parts.texts["params"][0]
    params_span = parts.first["params"]
    if "unbuilt" in params_text or shape_text in ("?", "multiple"):
        raise error(
            "CNN001",
            f"the table gives no output shape of {name}",
            place,
            help=("build the model with an input shape before you print it",),
        )
    row = Row(
        name.rstrip("…"),
        kind.rstrip("…"),
        Span(place.start, params_span.end),
        place,
        shape_of(shape_text, parts.first["shape"]),
        parts.first["shape"],
        number(params_text, params_span),
        params_span,
        is_cut=not closed or kind.endswith("…"),
        name_is_cut=name.endswith("…"),
        depth=parts.depth,
    )
    return row._replace(inputs=connections(parts.texts.get("rest", [])))


def connections(lines: list[str]) -> tuple[str, ...]:
    """Return the names in the column "Connected to"; one that is cut off ends with ``…``."""
    text = "".join(lines)
    if "'" in text:
        return tuple(re.findall(r"'([^']+?)\[\d", text))
    names: list[str] = []
    for part in (part.strip() for line in lines for part in line.split(",")):
        match = CONNECTION.match(part)
        if match is None or part in ("Y", "N", "-") or not re.search(r"[\[…]", part):
            continue
        is_cut = match[2] == "…"
        names.append(match[1] + "…" if is_cut else match[1])
    return tuple(names)

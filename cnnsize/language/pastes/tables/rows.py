"""The rows of a table that a framework printed of a model: the records, and what readers share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cnnsize.layers.volume import Volume
from cnnsize.limits import MAX_INTEGER
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

MAX_LINE = 2_000  # characters of a line of a table
Shape = tuple[int | None, ...]  # without the batch, in the order of the table
RULER = re.compile(r"[\s_=+|─━│┃├┤┼┌┐└┘┬┴┏┓┗┛┳┻┡┩╇╞╡╪═¯:-]*")
CUT = re.compile(r"\W*(?:\.\.\.|…|⋮|\[\.\.\.\]|<snip>)\W*")
MARK = re.compile(r"[ \t]*(?:#+|//|--|%|>|\*)?[ \t]?")  # of a comment or a quotation
SIZES = r"(?:None|-?\d+)(?:,\s*(?:None|-?\d+))*,?"
TOTAL = re.compile(
    r"\b(Total|Trainable|Non-trainable|Optimizer) params:?\**:?\s*([\d,]*\d)(?!\.?\d)", re.I
)
INPUT_SIZE = re.compile(r"Input size \(MB\): (\d+\.\d+)")


class Row(NamedTuple):
    """One row: the layer's name and type, its output shape, and its parameters."""

    name: str
    type: str
    span: Span
    name_span: Span
    shape: Shape | None  # None where the table gives none
    shape_span: Span
    params: int | None
    params_span: Span
    is_cut: bool = False  # the end of the type is missing
    name_is_cut: bool = False
    inputs: tuple[str, ...] = ()  # the names in the column "Connected to"
    received: Shape | None = None  # the column "Input Shape"
    kernel: tuple[int, ...] = ()  # the column "Kernel Shape", (H, W)
    groups: int | None = None
    depth: int = 0  # of nesting

    @property
    def title(self) -> str:
        """The row as messages name it: ``conv2d_1 (Conv2D)``, ``Conv2d-1``."""
        return self.name if self.name.startswith(self.type) else f"{self.name} ({self.type})"


class Count(NamedTuple):
    """A number of the footer, with its place."""

    value: int
    span: Span


class Table(NamedTuple):
    """All rows of a table, in its order, and its footer."""

    tool: str  # whose table it is, as messages name it
    framework: str  # "keras" or "torch"
    rows: list[Row]
    counts: dict[str, Count]  # "total", "trainable", "non-trainable", "optimizer"
    has_connections: bool = False
    megabytes: tuple[float, int] | None = None  # of the input; bytes of a megabyte
    batch: int = 1
    columns: tuple[str, ...] = ("shape", "params")
    input: Volume | None = None  # given with --input


class Line(NamedTuple):
    """A line of the text, or the end of one, and its offset."""

    text: str
    start: int


def table_lines(text: str, header: re.Match[str] | None) -> Iterator[tuple[Line, Line]]:
    """Yield the lines between the header of a table and its footer, as they are and without marks.

    Raises ArchitectureError for a line that stands for rows that were left out, for a second header
    and for a line that is too long.
    """
    for line in lines_of(text):
        if header is not None and line.start < header.end():
            continue
        if re.search(r"\bparams\W", line.text[:MAX_LINE]):
            return
        mark = MARK.match(line.text)
        begin = mark.end() if mark else 0
        bare = Line(line.text[begin:].rstrip("\\ \t"), line.start + begin)
        if len(line.text) > MAX_LINE:
            raise error("CNN009", "the line is too long", Span(line.start, line.start))
        if RULER.fullmatch(line.text) or RULER.fullmatch(bare.text):
            continue
        if CUT.fullmatch(line.text):
            raise cut_off(line)
        if header is not None and re.search(r"Layer \(type", line.text):
            raise error(
                "CNN001",
                "a second table begins here",
                line_span(line),
                help=("paste one table",),
            )
        yield line, bare


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a text."""
    start = 0
    for line in text.split("\n"):
        yield Line(line.removesuffix("\r"), start)
        start += len(line) + 1


def counts_of(text: str) -> dict[str, Count]:
    """Return the numbers of the footer. Raises ArchitectureError where one is given twice."""
    counts: dict[str, Count] = {}
    for match in TOTAL.finditer(text):
        key = match[1].lower()
        span = Span(*match.span())
        if key in counts:
            raise error(
                "CNN001",
                f"the text has {match[1].lower()} params twice: it holds more than one table",
                span,
                help=("paste one table",),
            )
        counts[key] = Count(number(match[2], span), span)
    return counts


def number(text: str, span: Span) -> int:
    """Return a number with thousands separators. Raises ArchitectureError for a huge one."""
    digits = text.replace(",", "").lstrip("0") or "0"
    if len(digits) > len(str(MAX_INTEGER)):
        raise error("CNN004", f"the number {text[:20]}... has too many digits", span)
    return int(digits)


def shape_of(text: str, span: Span) -> Shape | None:
    """Return the sizes of ``(None, 26, 26, 32)`` without the batch; None where it gives none.

    Raises ArchitectureError for a shape whose end is cut off.
    """
    sizes = re.fullmatch(rf"[\[(]*\s*({SIZES})\s*([\])]*)", text.strip())
    if sizes is None or text.strip() in ("[]", "()"):
        return None
    if not sizes[2]:
        raise error(
            "CNN001",
            f"the shape {text.strip()} is cut off",
            span,
            help=("print the table with a larger line_length, or complete the shape",),
        )
    values = [part.strip() for part in sizes[1].strip(", ").split(",")]
    return tuple(None if value == "None" else number(value, span) for value in values[1:])


def cut_off(line: Line) -> ArchitectureError:
    """Return the error of a table that leaves rows out."""
    return error(
        "CNN001",
        "the table leaves rows out here",
        line_span(line),
        help=("paste the whole table",),
    )


def line_span(line: Line) -> Span:
    """Return the span of a line without the space around it."""
    start = line.start + len(line.text) - len(line.text.lstrip())
    return Span(start, max(start, line.start + len(line.text.rstrip())))


def not_a_row(line: Line) -> ArchitectureError:
    """Return the error of a line that is no row."""
    return error(
        "CNN001",
        "this line is not a row of the table",
        line_span(line),
        help=("remove the line, or paste the table as it was printed",),
    )


def volume_of(shape: Shape, framework: str, *, channels_first: bool) -> Volume | None:
    """Return a shape as W x H x D; None where it is neither a map nor a vector of known size."""
    if any(size is None or size < 1 for size in shape):
        return None
    sizes = [size for size in shape if size is not None]
    if len(sizes) == 1:
        return Volume(1, 1, sizes[0])
    if len(sizes) != 3:
        return None
    if channels_first:
        D, H, W = sizes
    else:
        H, W, D = sizes
    return Volume(W, H, D)
